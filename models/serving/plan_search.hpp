#pragma once

#include <optional>
#include <vector>

#include "models/serving/analytic.hpp"
#include "models/serving/load.hpp"

namespace headroom::serving {

/// What a service asks of a replica plan.
struct PlanRequest {
  double input = 1000, output = 1000;  ///< mean tokens of prompt and answer
  LengthSpread spread = LengthSpread::near;
  std::optional<Seconds> ttft;         ///< limits on the mean; nothing: no limit
  std::optional<Seconds> tpot;
  int max_devices = 16;                ///< of one replica
  /// Format, engine and date; its tp, pp, attention_dp and ep are chosen.
  ReplicaPlan base;
};

/// A plan that meets the request, at the load that gives it the most tokens per device.
struct PlanChoice {
  ReplicaPlan plan;
  int concurrency = 0;             ///< requests in flight at which the limits still hold
  TokensPerSecond output;          ///< of the replica
  TokensPerSecond output_per_device;
  Seconds ttft, tpot;              ///< means at that load
};

/// All plans that meet the request, most output tokens per second and device first (devices cost the same, so this is the
/// lowest cost per token). Tensor widths are powers of two up to the fast link's domain or max_devices; models with experts
/// are also tried with attention groups and spread experts. Empty when no plan meets the limits or fits the memory.
[[nodiscard]] std::vector<PlanChoice> search_plans(const catalog::Architecture& architecture, const catalog::Chip& chip,
                                                   const PlanRequest& request);

/// The first of `search_plans`. Throws Infeasible, naming what binds (memory or the limit), when there is none.
[[nodiscard]] PlanChoice best_plan(const catalog::Architecture& architecture, const catalog::Chip& chip, const PlanRequest& request);

/// `base` with the smallest tensor-parallel width, a power of two within a node of eight or the fast link's domain, that holds the
/// weights; nothing if none does. What `base` says of pipeline stages, attention groups and formats stays.
[[nodiscard]] std::optional<ReplicaPlan> smallest_layout(const ModelShape& shape, const DeviceRatings& ratings, const ReplicaPlan& base,
                                                         const Rates& rates);
[[nodiscard]] std::optional<ReplicaPlan> smallest_layout(const catalog::Architecture& architecture, const catalog::Chip& chip,
                                                         const ReplicaPlan& base);

}  // namespace headroom::serving
