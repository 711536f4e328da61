#pragma once

#include "sim/fleet/state.hpp"

/// The hours of a day: placed accelerators meet the load that really comes.
namespace headroom::fleet {

/// Sets today's true load of every service.
void begin_day(State& state);
/// One hour. Interactive load beyond what its placed accelerators serve is shed. What they do not need is lent, less the
/// recall time, to batch load, tier by tier and in order of its arrival; batch load past its deadline expires.
void dispatch_hour(State& state, int hour);

}  // namespace headroom::fleet
