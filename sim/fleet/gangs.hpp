#pragma once

#include "sim/fleet/state.hpp"

/// Training runs outside queues: they hold a gang of whole accelerators at one site until their work is done.
namespace headroom::fleet {

void open_gangs(State& state);
/// A run joins the queue on its start date.
void queue_gang(State& state, std::uint32_t gang);
/// Starts what fits, in order of tier, time queued and place in the scenario; a gang never starts partially. In the morning
/// services of a higher tier keep what they have; within the day every service does.
enum class When { morning, within_day };
void start_gangs(State& state, When when);
/// The gang holds nothing any more.
void release(State& state, Gang& gang);
/// Whether the workload of a run may stand at a site.
[[nodiscard]] bool may_run_at(const State& state, const Gang& gang, std::size_t site);
/// Takes accelerators from runs, last started first, until each pool holds no more than it has. An evicted run keeps its
/// work up to its last checkpoint and queues again.
void evict_gangs(State& state);
/// Stops a workload's runs until a day: their accelerators go to other loads meanwhile. They save their work first.
void pause_gangs(State& state, std::size_t workload, Date until);

/// Puts a run on accelerators in thought: its speed, how busy each part is, what it must expect there. Throws Infeasible if
/// interruptions leave it no time to work.
void settle(const State& state, Gang& gang, std::vector<Gang::Part> parts);
/// The run as it would be on a pool, and on a second one if it needs two chips; nothing where it may not run.
[[nodiscard]] std::optional<Gang> settled_on(const State& state, const Gang& gang, std::size_t pool, std::optional<std::size_t> second);
/// An event that compares a job that two chips share with its faster half alone.
void note_mixed_job(State& state, const Gang& gang);

/// Draws each running run's interruptions of the coming day that do not come from the site's failures. The central run has
/// none: there every run advances by the expected share of its time.
void draw_gang_interruptions(State& state);
/// What befalls neighbours of a pool, from `place` (0 to 1 of those that stand) on, befalls the runs that stand there. True if one
/// does.
bool hit_gangs(State& state, std::size_t pool, double place, std::int64_t accelerators, const Hit& hit);
/// Lets the hour that begins there pass for every running run, and meters it; runs whose work is done leave at its end.
void pass_gangs(State& state, double hour);
/// What the run must expect where it now stands: how often it is stopped, its checkpoint interval, the shares of its time.
void expect_interruptions(const State& state, Gang& gang);
/// State that a restart reads over the site's storage; 0 where nothing limits that.
[[nodiscard]] double bytes_to_load(const State& state, const Gang& gang);
/// The time in which that is read alone.
[[nodiscard]] Seconds reads_for(const State& state, const Gang& gang);
/// Hours for which the run stands after an interruption: its restart, and to read its state alone.
[[nodiscard]] double stands_for(const State& state, const Gang& gang);
/// Time of work between two checkpoints of a run that is interrupted at `rate`: its own, or the optimum of Young and Daly.
[[nodiscard]] Seconds checkpoint_interval(const scenario::TrainingRun& run, PerSecond rate);

}  // namespace headroom::fleet
