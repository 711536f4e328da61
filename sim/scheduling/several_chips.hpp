#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/units/evidence.hpp"
#include "models/units/quantity.hpp"

/// Jobs that run on several chip types: one gang over unlike halves, and reinforcement learning with its rollouts on one
/// chip and its updates on another.
namespace headroom::scheduling {

/// Accelerators of one chip type in a job, and what each of them does there alone.
struct ChipShare {
  std::string chip;
  std::int32_t accelerators = 0;
  TokensPerSecond rate;              ///< of one accelerator on this job, among its like
  Grade grade = Grade::assumed;      ///< of the rate
};

/// A rate with the weakest grade of what it rests on.
struct GradedRate {
  TokensPerSecond rate;
  Grade grade = Grade::assumed;
};

/// A gang over several chips whose work is split in proportion to speed: the sum of the parts' rates times `efficiency`
/// (above 0 to 1; what unlike collectives, pipeline stages and software cost). Measured efficiencies are rare and near 0.9 or
/// less: without a measurement grade it `assumed`. Throws std::invalid_argument for no accelerators or another efficiency.
[[nodiscard]] GradedRate mixed_rate(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade);

/// The same gang on equal shares of the work: every step waits for the slowest accelerator.
[[nodiscard]] GradedRate lockstep_rate(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade);

/// A mixed job beside its faster part alone.
struct MixedComparison {
  GradedRate mixed;
  GradedRate faster_alone;
  std::string faster;                ///< chip
  /// Above 1 the mixture is worth its trouble.
  [[nodiscard]] double gain() const { return mixed.rate / faster_alone.rate; }
  /// The efficiency below which the faster part alone is better.
  double break_even_efficiency = 0;
};
[[nodiscard]] MixedComparison compare_mixed(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade);

/// RL post-training: each step generates tokens on the rollout chips and learns from them on the update chips.
struct RolloutPlan {
  ChipShare rollout;                 ///< rate: tokens generated
  ChipShare update;                  ///< rate: tokens learnt from
  Tokens tokens_per_step;
  Seconds weight_transfer;           ///< of the new weights to the rollout chips, each step
  bool overlapped = true;            ///< rollouts of the next step run while this one is learnt (one step off policy)
};
struct RolloutStep {
  Seconds time;                      ///< overlapped: the longer half plus the transfer; else both halves plus the transfer
  Seconds rollout, update;
  double rollout_idle = 0;           ///< share of the step in which the rollout chips wait
  double update_idle = 0;
  Grade grade = Grade::assumed;
};
[[nodiscard]] RolloutStep rollout_step(const RolloutPlan& plan);

/// How many rollout accelerators keep pace with the update chips (the least whole number).
[[nodiscard]] std::int32_t balanced_rollout(const RolloutPlan& plan);

}  // namespace headroom::scheduling
