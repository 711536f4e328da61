#pragma once

#include <string>
#include <vector>

#include "models/serving/fit.hpp"
#include "models/serving/predict.hpp"

namespace headroom::serving {

/// Residuals of every group predicted with constants that were fitted without it, and of every chip predicted with
/// constants fitted without its rows (the chip known from its datasheet only).
struct CrossValidation {
  std::vector<Residual> by_group;
  std::vector<Residual> by_chip;
};

/// Refits once per group and once per measured chip, starting from `full`.
[[nodiscard]] CrossValidation cross_validate(const std::vector<Case>& cases, const ConstantSet& full, const FitOptions& options);

/// Intervals from the residuals: 10 % and 90 % quantiles of ln(measured / predicted) by family of metrics, every group with
/// the same weight; keys with ".new_chip" come from the residuals by chip.
[[nodiscard]] std::vector<ConstantSet::Spread> spreads_of(const CrossValidation& validation);

/// Errors of one family over one set of residuals.
struct ErrorRow {
  std::string family, group;  ///< group "ALL" weighs every group with at least 5 rows the same
  int rows = 0, answered = 0;
  double mean = 0, median = 0, within20 = 0, signed_mean = 0;  ///< of |predicted / measured - 1|, in percent
  double inside = 0;  ///< share inside the 80 % interval, percent
};
/// Primary metrics only; families throughput, tpot, ttft. `by_chip` groups by chip instead of source.
[[nodiscard]] std::vector<ErrorRow> error_table(const std::vector<Residual>& residuals, const ConstantSet& constants, bool by_chip);

/// Pairs of rows of one group that ask the same of two settings, measured at least 10 % apart.
struct OrderRow {
  std::string family;
  int pairs = 0;
  double right = 0;  ///< of them predicted in the measured order, percent
};
/// Primary metrics only, as the scorer counts.
[[nodiscard]] std::vector<OrderRow> order_table(const std::vector<Residual>& residuals);

/// What was predicted of each row without its group, in order of the groups' names; intervals from the set's spreads.
[[nodiscard]] std::vector<Prediction> left_out_predictions(const CrossValidation& validation, const ConstantSet& constants);

}  // namespace headroom::serving
