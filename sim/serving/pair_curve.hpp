#pragma once

#include "sim/serving/capacity_curve.hpp"

namespace headroom::sim_serving {

/// Groups of accelerators that do prompts and groups that decode, working together as one replica of a disaggregated service.
struct PairSpec {
  std::uint32_t prefill_groups = 1, decode_groups = 1;
  BytesPerSecond transfer_bandwidth{50e9};  ///< of one prefill group, for caches
  Seconds transfer_latency{0.001};
};

/// A pair as one replica: its curve, and how busy each stage is when the first of them is saturated.
struct PairCurve {
  CapacityCurve curve;
  double prefill_load = 1, transfer_load = 1, decode_load = 1;  ///< at the pair's knee, of the stage's own; the largest is 1
};

/// Most of a link that caches may take: beyond, a transfer waits for more than ten others.
inline constexpr double most_link_load = 0.95;

/// The curve of a pair from those of its parts (of one group each). The pair serves what its slowest stage does: x = N_p mu_p = N_d mu_d
/// where they are balanced, and N_p x bandwidth / cache where the link is slower. At each load TTFT is that of the prefill groups at
/// theirs, the transfer of the cache and the mean wait for the link (M/D/1); TPOT is that of the decode groups, with no prompt in
/// a pass. A request's two targets are met independently. E2E is that of the decode groups after the mean TTFT.
[[nodiscard]] PairCurve pair_curve(const CapacityCurve& prefill, const CapacityCurve& decode, const PairSpec& spec, const Slo& slo);

/// How many groups of each kind make a pair.
struct GroupCounts {
  std::uint32_t prefill = 1, decode = 1;
};

/// A kind of group: what it serves at its target, and what it is made of.
struct GroupRate {
  double per_second = 0;  ///< requests
  double devices = 1;
};

/// The counts that serve most per accelerator, up to 16 of a kind; of those within 3 % of the best the fewest accelerators, since a
/// pair is placed as a whole. Requires rates above 0.
[[nodiscard]] GroupCounts balanced_groups(const GroupRate& prefill, const GroupRate& decode);

}  // namespace headroom::sim_serving
