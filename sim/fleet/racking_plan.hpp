#pragma once

#include <vector>

#include "sim/fleet/state.hpp"

namespace headroom::fleet {

/// What services may count on in a week to come, by plan.
struct Supply {
  Date day;                                ///< first day of the week
  std::vector<std::int64_t> accelerators;  ///< by pool
  std::vector<Watts> power;                ///< by site: for load, beyond what idles
};

/// Weeks from number `first` of the horizon to its end. Arrivals stand in the plan's days; what should have come and has not is not
/// counted on. Racked first come first served, as the crew, power, space and ports of the week allow.
[[nodiscard]] std::vector<Supply> supply_by_plan(const State& state, std::size_t first);

}  // namespace headroom::fleet
