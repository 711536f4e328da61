#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "models/training/search.hpp"
#include "models/training/step.hpp"

namespace headroom::training {

/// Time of one optimizer step of a training job on a fixed group of equal devices.
/// Pure: equal arguments give equal results; safe to call from many threads.
class TrainingModel {
 public:
  virtual ~TrainingModel() = default;
  /// Requires `group.chip`, positive counts, and a plan whose ranks are those of the group, or no plan (`auto`).
  /// Returns a finite time > 0 (zero would stop the clock) whose parts sum to it, with grade and 80 % interval.
  /// Law: more sequences in a step never take less time; never faster than the peak allows.
  /// Throws OutOfMemory (bytes needed and present per rank), UnsupportedPlan, UnsupportedPrecision, catalog::UnknownFact.
  [[nodiscard]] virtual StepEstimate step(const catalog::Architecture&, const Layout&, const DeviceGroup&) const = 0;
};

/// A way to make training models. `options` is the model's own block of the scenario; unknown keys are rejected.
struct TrainingModelEntry {
  std::string_view name;
  std::string_view summary;  ///< what it does and what it cannot do
  std::unique_ptr<TrainingModel> (*make)(const nlohmann::json& options);
};

/// All training models, in the order shown by `headroom catalog models`.
[[nodiscard]] std::span<const TrainingModelEntry> training_models();
/// Throws InputError with the valid names if there is none of that name.
[[nodiscard]] const TrainingModelEntry& find_training_model(std::string_view name);

/// Data-sheet peaks, fitted kernel and communication constants; one isolated job. Options: none.
[[nodiscard]] std::unique_ptr<TrainingModel> make_analytic(const nlohmann::json& options);
/// Measured points: {"points": [{"architecture", "chip", "precision", "accelerators", "global_batch", "sequence", "seconds"}]}.
/// Between two points of one architecture, chip, precision and sequence: linear in the batch at equal accelerators, linear in
/// the time over ln(accelerators) at equal batch for each accelerator. Beyond the points it refuses (Infeasible).
[[nodiscard]] std::unique_ptr<TrainingModel> make_table(const nlohmann::json& options);

}  // namespace headroom::training
