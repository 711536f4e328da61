#pragma once

#include "sim/fleet/state.hpp"

namespace headroom::fleet {

/// Percentiles of waits and finish times of jobs, of every month, quarter, year and the whole run. Called once, at the end.
void observe_jobs(State& state);

}  // namespace headroom::fleet
