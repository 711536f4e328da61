#pragma once

#include "sim/fleet/state.hpp"

/// Pretraining runs: they hold a gang of whole accelerators of one chip at one site until their work is done.
namespace headroom::fleet {

void open_gangs(State& state);
/// A run joins the queue on its start date.
void queue_gang(State& state, std::uint32_t gang);
/// Starts what fits, in order of tier, day queued and place in the scenario; a gang never starts partially.
void start_gangs(State& state);
/// Takes accelerators from runs, last started first, until each pool holds no more than it has. An evicted run keeps its
/// work up to its last checkpoint and queues again.
void evict_gangs(State& state);
/// Stops a workload's runs until a day: their accelerators go to other loads meanwhile.
void pause_gangs(State& state, std::size_t workload, Date until);
void end_gang(State& state, const Event& event);

}  // namespace headroom::fleet
