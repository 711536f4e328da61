#pragma once

#include "models/training/plan.hpp"

namespace headroom::training {

/// Layers of the first and the last stage and of the fullest between them, with whole layers placed as frameworks do.
struct Stages { double first, middle, last, mean; };
[[nodiscard]] Stages stages_of(const catalog::Architecture&, const Plan&);

/// Times of the parts of one micro-batch that a pipeline spreads over its stages.
struct SlotTimes {
  double forward = 0, backward = 0, again = 0, weight = 0;  ///< of a layer; `weight` is a part of `backward`
  double head_forward = 0, head_backward = 0;
  double send = 0;  ///< one exposed message
  [[nodiscard]] double layer() const { return forward + backward + again; }
};

/// Time of the pipeline of one step, and its share without imbalance, idle slots and sends.
struct PipelineTimes { double all, busy; };

/// By closed forms where they hold (1F1B, interleaved), else by following the schedule. `bubble` scales the idle slots.
[[nodiscard]] PipelineTimes pipeline_times(const Stages&, const SlotTimes&, const Plan&, double micro_batches, double bubble);

}  // namespace headroom::training
