#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/units/evidence.hpp"
#include "sim/network/fabric.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scheduling/several_chips.hpp"

namespace headroom::workloads {

/// What a training run does on one of the chips that it accepts, without failures.
struct TrainingAbility {
  std::size_t workload = 0, run = 0;
  std::string chip;
  FlopsPerSecond achieved;           ///< model FLOPs (causal half, no recompute) of one accelerator
  Seconds ideal_duration;            ///< of the whole run on its gang
  double mfu = 0;                    ///< of the dense peak of the run's precision
  double low_factor = 1, high_factor = 1;  ///< 80 % interval of the speed, as factors
  Grade grade = Grade::assumed;
  std::string layout;                ///< parallel plan, for people; empty for a rate
};

/// A step of a run with rollouts.
[[nodiscard]] scheduling::RolloutStep rollout_step_of(const scenario::TrainingRun& run);

/// Every run on every chip that it accepts, in the scenario's order. With the table model speed is the rate's MFU, and a run's
/// length is given or follows from its tokens; another model finds the fastest parallel plan that fits the gang. Throws
/// InputError where a rate or an architecture is missing, Infeasible where a run cannot run on a chip that it accepts.
[[nodiscard]] std::vector<TrainingAbility> training_of(const scenario::Scenario& scenario);

/// Whether a run's accelerators exchange tokens with all others (experts) beside summing gradients in rings.
[[nodiscard]] bool exchanges_tokens(const scenario::TrainingRun& run);

/// Speed of a run beside that of its ability where its accelerators have such ports and its groups such reaches of their fabric (none: the
/// run stays in one domain). A model finds the fastest parallel plan there; a rate loses in its share of communication, which holds at the
/// chip's own scale-out bandwidth, or where that is not known at `port`, by what all of the gang sees.
[[nodiscard]] double speed_on_network(const scenario::Scenario& scenario, const TrainingAbility& able, BytesPerSecond port, std::span<const network::Reach> reaches);

}  // namespace headroom::workloads
