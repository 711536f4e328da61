#pragma once

#include "sim/fleet/state.hpp"

/// Equations that must hold in every run: exactly for accelerators and money, within 1e-9 of the larger side elsewhere.
namespace headroom::fleet {

/// Checks of a month's meters, before they are emptied.
void audit_month(State& state, Period month);
/// Checks of the whole run. Afterwards `State::audit` holds every equation with its worst gap.
void audit_run(State& state);

}  // namespace headroom::fleet
