#pragma once

#include <cstdint>
#include <vector>

#include "sim/placement/problem.hpp"

namespace headroom::placement {

/// Whole replicas by arc near the divisible ones, within every capacity, tiers in order.
[[nodiscard]] std::vector<std::int64_t> rounded(const Problem& problem, const std::vector<double>& divisible);

}  // namespace headroom::placement
