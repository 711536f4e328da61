#pragma once

#include "sim/fleet/state.hpp"
#include "sim/results/derating.hpp"

/// The derating waterfall of every chip and workload: from the datasheet's peak, where an iteration model tells it, or the
/// scenario's rate, down to what an accelerator in service usefully did in the year. A pair of prefill and decode groups has one, on the
/// chip of the decodes, over the accelerators of both.
namespace headroom::fleet {

/// At the end of a month, before the meters are emptied.
void meter_derating(State& state, int month);
[[nodiscard]] std::vector<results::Derating> deratings_of(const State& state);

}  // namespace headroom::fleet
