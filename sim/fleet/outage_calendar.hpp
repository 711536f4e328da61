#pragma once

#include "sim/fleet/failures.hpp"

/// What takes accelerators out at a time of its own: outages of a trace, causes with dates, maintenance. It strikes then, in every world.
namespace headroom::fleet {

/// The days of a rule's calendar within the horizon.
void plan_days(const State& state, std::uint32_t number, const scenario::FailureRule& rule, std::vector<RepairShop::Planned>& out);
/// Outages of a pool's trace that began before the scenario.
void open_trace(State& state, std::uint32_t pool);
/// What the calendar has for today befalls the runs and jobs that stand there; the calendar goes on to tomorrow.
void strike_planned(State& state);

}  // namespace headroom::fleet
