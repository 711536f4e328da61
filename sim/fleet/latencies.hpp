#pragma once

#include "sim/fleet/state.hpp"

/// TTFT and TPOT of services that iteration models serve: hours are summed by arc, arcs become a workload's month at its end,
/// months become longer periods by their requests. Percentiles are never averaged.
namespace headroom::fleet {

/// Says at the first day which layout serves or trains what on which chip, and which eligible chip cannot.
void note_models(State& state);
void add_latency(ArcLatency& sum, const sim_serving::HourResult& hour);
/// At the end of a month: keeps what its requests met, and begins anew.
void keep_latencies(State& state, int month);
/// At the end of the run: the percentiles of every month, quarter, year and the whole.
void observe_latencies(State& state);

}  // namespace headroom::fleet
