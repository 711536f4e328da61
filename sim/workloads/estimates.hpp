#pragma once

#include "sim/workloads/capability.hpp"

namespace headroom::workloads {

/// What a chip does for a service of which one estimate says everything: ranking by its largest batch whose answers hold the
/// latency target (a request waits for the batch under way and then runs in one: two batches at most), video by the time of
/// a clip. `why` is filled, and the capability meaningless, where the chip cannot.
struct Estimated {
  Capability able;
  std::string why;
};
[[nodiscard]] Estimated ranking_on(const scenario::RankingService& service, std::size_t index, const catalog::Chip& chip);
[[nodiscard]] Estimated video_on(const scenario::VideoService& service, std::size_t index, const catalog::Chip& chip);

}  // namespace headroom::workloads
