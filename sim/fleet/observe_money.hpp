#pragma once

#include "sim/fleet/state.hpp"

namespace headroom::fleet {

/// Reads a month of the ledger into the table of metrics: by site and chip where a lot caused the flow, by site else.
void observe_money(State& state, int month, Period span);

}  // namespace headroom::fleet
