#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training/step.hpp"

namespace headroom::training {

/// Fields of a plan that are given; the search chooses the others.
struct PlanBounds {
  std::optional<int> tensor, pipeline, virtual_stages, context, expert, zero_stage, micro_batch, shard_group;
  std::optional<bool> sequence_parallel;
  std::optional<Schedule> schedule;
  std::optional<Recompute> recompute;
  std::optional<bool> sums_in_32_bit;  ///< of gradients; where a framework leaves the choice
};

struct Candidate {
  Plan plan;
  int data = 1;
  Seconds time;
  Bytes memory;
};

/// Why plans were passed over, and how many.
struct Refused {
  std::string reason;
  long long plans = 0;
};

struct SearchResult {
  std::vector<Candidate> best;    ///< fastest first, at most five
  std::vector<Refused> refused;   ///< most frequent first
  long long examined = 0;         ///< plans whose memory was computed
  long long timed = 0;            ///< plans that fit and whose step was computed
  std::optional<Candidate> nearest_miss;  ///< plan with the least memory when none fits
};

/// Every plan in bounds over powers of two and divisors: tensor ranks inside the scale-up domain, pipeline stages that divide
/// the layers evenly (or with one layer less at both ends; powers of two also unevenly), chunks up to 8, context ranks from sequences of 8,192 on, expert ranks up
/// to 64, micro-batches up to 16 that divide the batch of a data rank, ZeRO-0 to 3 (3 without a pipeline, 2 in one under PyTorch's FSDP only), HSDP over one or four scale-up domains, zero-bubble
/// schedules where the software offers them, and the least recompute that fits. Deterministic; ties go to the plan met first
/// (fewer tensor ranks, fewer stages, ZeRO-1).
[[nodiscard]] SearchResult search_plans(const catalog::Architecture&, const Layout&, const DeviceGroup&, const Constants&,
                                        const PlanBounds& = {});

}  // namespace headroom::training
