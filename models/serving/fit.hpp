#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "models/serving/estimate.hpp"

namespace headroom::serving {

/// One measured number of a run.
struct Target {
  std::string id;
  std::string metric;
  std::string_view family;
  double log_value = 0;
  double weight = 1;
  bool primary = false;  ///< the first of its family in the scorer's preference; only these enter the fit
};

/// One measured run with the configuration that produced it.
struct Case {
  std::string group;  ///< releases of one product and rounds of one benchmark belong together
  Configuration configuration;
  std::string question;   ///< model, task, lengths and load as the row writes them: what rows that are compared have in common
  std::string setting;    ///< chip, counts, engine, precision and parallel sizes: in what they differ
  std::vector<Target> targets;
};

/// The scorer's groups by the prefix of a row's id.
[[nodiscard]] std::string group_of(std::string_view id);

/// Scoreable runs of inference_calibration.csv; rows that cannot be read as a configuration are left out.
[[nodiscard]] std::vector<Case> read_cases(const std::filesystem::path& file);

struct FitOptions {
  std::string leave_out;       ///< group, empty: none
  std::string leave_out_chip;  ///< chip, empty: none
  int runs_per_group = 200;   ///< runs of one group that enter the fit, evenly spaced in the file
  int iterations = 10;
};

struct Residual {
  const Case* of = nullptr;
  const Target* target = nullptr;
  double log_ratio = 0;  ///< ln(measured / predicted)
  bool answered = false;
};

/// Fits the constants by damped Gauss-Newton on the logarithms of the targets with robust weights (between squares and
/// absolute values) and the priors as further observations. `start` gives the priors and the point to start from.
[[nodiscard]] ConstantSet fit_constants(const std::vector<Case>& cases, const ConstantSet& start, const FitOptions& options);

/// Residuals of all targets of all cases (or of one group).
[[nodiscard]] std::vector<Residual> residuals(const std::vector<Case>& cases, const ConstantSet& constants, std::string_view only_group = {},
                                              std::string_view only_chip = {});

/// Chips that occur in the cases of all groups but one, in order of id.
[[nodiscard]] std::vector<std::string> chips_of(const std::vector<Case>& cases, std::string_view leave_out);

}  // namespace headroom::serving
