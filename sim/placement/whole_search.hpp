#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/placement/problem.hpp"

namespace headroom::placement {

/// Shortfall by tier, in ascending order of tier: accelerators of each service's fastest arc that would carry what the
/// replicas do not, times the service's weight, and the same for replicas below the minimum.
[[nodiscard]] std::vector<double> shortfalls(const Problem& problem, const std::vector<std::int64_t>& replicas);

/// Whole replicas with the least shortfall tier by tier, better than `present` in the first tier where they differ: by
/// branch and bound on the divisible programme, then the least cost. Each search ends after 200 programmes with the
/// best that it has found. Absent if that is not better than `present`, and for more than 24 arcs, where it would
/// seldom end.
///
/// Rounding loses up to a replica by arc, and how much depends on where the divisible answer lies, so that one more
/// chip could cost the first tier a replica. The exact answer cannot: what fitted before still fits.
[[nodiscard]] std::optional<std::vector<std::int64_t>> better_whole(const Problem& problem,
                                                                    const std::vector<std::int64_t>& present);

}  // namespace headroom::placement
