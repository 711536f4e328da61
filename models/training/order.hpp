#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training/fit.hpp"

namespace headroom::training {

/// Spearman's rank correlation of two lists of one length; equal values share their mean rank. 0 where a list does not vary.
[[nodiscard]] double spearman(const std::vector<double>& a, const std::vector<double>& b);

/// Measurements of one configuration taken again: standard deviation of ln time about each configuration's mean, pooled. A value that a
/// source prints twice counts once. Nothing where no configuration was measured twice.
struct RepeatNoise {
  double spread = 0;
  int configurations = 0, measurements = 0;
};
[[nodiscard]] std::optional<RepeatNoise> repeat_noise(const std::vector<std::vector<double>>& log_times);

/// What a sweep measured at one of its values.
struct SweepPoint {
  double log_time = 0;   ///< mean over its measurements
  int measurements = 1;
};
/// Mean rank correlation that a model without error would reach: the measured times, taken for the true ones, against themselves
/// with noise of `spread` / sqrt(measurements) added, in 2,000 draws of one fixed stream. The measured times spread by
/// their own noise already, so the truth is somewhat lower where noise and spread are alike.
[[nodiscard]] double order_ceiling(const std::vector<SweepPoint>& sweep, double spread);

/// "Order inside a source" of models/ACCURACY.md: rank correlations of whole sources and, by kind of sweep, of rows that differ in
/// one thing only, beside the ceiling that the measurement's noise sets.
[[nodiscard]] std::string order_section(const std::vector<Sample>& all, const LeftOut& left);

}  // namespace headroom::training
