#pragma once

#include "sim/fleet/state.hpp"

namespace headroom::fleet {

/// Capacity that a service asks of today's placement over `expected` > 0, its forecast load in its units a second: 1 for batch
/// load, which waits; else by the plan's policy of headroom.
[[nodiscard]] double kept_headroom(const State& state, std::size_t service, double expected);

}  // namespace headroom::fleet
