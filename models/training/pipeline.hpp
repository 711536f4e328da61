#pragma once

#include <vector>

#include "models/training/plan.hpp"
#include "models/units/quantity.hpp"

namespace headroom::training {

/// One chunk of layers on one stage: times of one micro-batch.
struct ChunkTimes {
  double forward = 0, backward = 0;  ///< s; backward includes `weight`
  double weight = 0;                 ///< s of the weight gradients, which a zero-bubble schedule can put off
};

/// A pipeline of equal length on every stage. `chunks[c * stages + i]`: chunk c of stage i, in the order in which a micro-batch
/// passes them.
struct Pipeline {
  int stages = 1, virtual_stages = 1, micro_batches = 1;
  Schedule schedule = Schedule::one_forward_one_backward;
  std::vector<ChunkTimes> chunks;
  double send = 0;  ///< s between the end of a pass and its start on the next stage
};

/// Makespan of the schedule, by following it operation by operation:
/// - one chunk: 1F1B with p - 1 - i forwards before the first backward of stage i;
/// - several chunks: Megatron's interleaved order (groups of p micro-batches, a short one padded with idle slots;
///   2 (p - 1 - i) + (v - 1) p forwards first);
/// - zero-bubble: the 1F1B order with weight gradients put off into idle slots, no more in flight than 1F1B holds (ZB-H1, Qi
///   and others, arXiv 2401.10241).
/// From 4 p micro-batches on, the steady state repeats, so the makespan of the rest is added by its slope: O(p^2 v) operations.
/// Throws std::invalid_argument unless counts are positive and `chunks` has stages x virtual_stages entries.
[[nodiscard]] Seconds pipeline_time(const Pipeline&);

/// Closed form of 1F1B with one chunk: every stage once, then the slowest for each further micro-batch,
/// sum over i of (f_i + b_i) + (m - 1) max over i, plus 2 (p - 1) sends. Equal to the schedule where stages are equal and sends
/// are free (then (m + p - 1)(f + b)), and a lower bound otherwise.
[[nodiscard]] Seconds pipeline_bound(const Pipeline&);

}  // namespace headroom::training
