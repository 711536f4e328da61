#pragma once

#include "sim/fleet/state.hpp"

/// What a month shows: books its costs, reads its meters into the table of metrics and empties them.
namespace headroom::fleet {

void observe_month(State& state);

}  // namespace headroom::fleet
