#pragma once

#include "sim/fleet/state.hpp"

/// What the plan does when something happens. A response sees yesterday and before, never what will come.
namespace headroom::fleet {

/// Compares every response's predicate with what is known today and schedules those that fire after their lag.
void respond(State& state);
/// Does what a response decided.
void act(State& state, std::uint32_t response);

}  // namespace headroom::fleet
