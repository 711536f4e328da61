#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training/predict.hpp"
#include "models/training/profiles.hpp"

namespace headroom::training {

/// One measured run.
struct Sample {
  Case c;
  double log_seconds = 0;  ///< ln of the measured step time
  double value = 0;        ///< in the row's metric
  bool aside = false;      ///< LoRA: fitted with small weight, not in the headline
};

/// Speed rows, one a run (tokens per accelerator before tokens before step time), settled under the prior constants.
[[nodiscard]] std::vector<Sample> samples_of(const std::vector<Row>&);

struct FitResult {
  Constants constants;
  int iterations = 0;
  double objective = 0;
};

/// Penalised robust least squares on ln time (Levenberg-Marquardt, Eigen): Student-t weights, every constant drawn to its prior
/// by its spread, and one intercept for each source with prior N(0, 0.06), which keeps a source's level out of the physics and is
/// never used in a prediction. Sources count by 6 sqrt(rows). Kernel profiles are sources of their own kind, which inform tiles,
/// reduction, streaming and links. `without`: group left out.
[[nodiscard]] FitResult fit_constants(const std::vector<Sample>&, const std::vector<KernelSample>&, const std::optional<std::string>& without);

/// Predictions for each sample by constants that never saw its group.
struct LeftOut {
  std::vector<double> log_ratio;   ///< ln(predicted / measured) of step time, by sample
  std::vector<Fitted> by_sample_group;
  std::vector<std::string> groups;
  std::vector<Prediction> predictions;
};
[[nodiscard]] LeftOut leave_groups_out(const std::vector<Sample>&, const std::vector<KernelSample>&, const Spread&);

/// The same left-out answers with the intervals of another spread.
[[nodiscard]] LeftOut with_spread(LeftOut, const std::vector<Sample>&, const Spread&);

/// Everything: constants on all samples, spread from the left-out residuals: one multiplier makes the intervals hold 80 % with every
/// source of five rows or more counting the same, then LoRA's own part is the least that holds 80 % in each source of five rows.
[[nodiscard]] Fitted fit_all(const std::vector<Sample>&, const std::vector<KernelSample>&, const LeftOut&, const Spread& made_with, std::string sha256);

}  // namespace headroom::training
