#pragma once

#include <string>

#include "models/serving/accuracy.hpp"

namespace headroom::serving {

/// A fit with everything that the accuracy page and the constants file tell about it.
struct FitReport {
  ConstantSet constants;  ///< with spreads, inputs and note
  CrossValidation validation;
  std::vector<Residual> in_sample;
};

/// Fits all constants, leaves every group and every chip out in turn. `sha256` is that of the calibration file.
[[nodiscard]] FitReport fit_report(const std::vector<Case>& cases, const std::string& sha256, const FitOptions& options);

/// The serving part of models/ACCURACY.md in Markdown.
[[nodiscard]] std::string accuracy_text(const FitReport& report);

/// Errors on one group predicted without it, one line a family.
[[nodiscard]] std::string left_out_text(const std::vector<Case>& cases, const std::string& group, const FitOptions& options);

}  // namespace headroom::serving
