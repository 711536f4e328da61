#pragma once

#include "sim/fleet/job_queues.hpp"

/// Training runs that go through a queue. A run is a job of the queue's scheduler with a way for each part of the queue that it
/// accepts; what the chips, the site's failures and its checkpoints make of it there is the speed and the checkpoint interval
/// of that way. In the central run that speed is the expected one; drawn worlds interrupt the run in place.
/// On a fabric the place of its job decides its speed (queue_places.hpp). Where it starts it waits for its data and its state (bulk.hpp),
/// and after every stop for the site's storage to read it its state: runs in queues one after another, where runs outside queues have
/// equal parts of the bandwidth.
/// Beside those one thing is simpler: a slow node costs what it has slowed down until it is found at that moment.
namespace headroom::fleet {

/// Adds the runs of a tenant to the jobs of a queue, with a list of ways for each.
void add_runs(State& state, JobQueue& queue, std::int32_t tenant, std::vector<scheduling::Job>& jobs, std::vector<std::vector<scheduling::Way>>& ways);
/// When a run's data and state are there; nothing if neither links nor storage could keep it waiting.
[[nodiscard]] scheduling::ReadyAt ready_at(State& state, const JobQueue& queue, std::size_t index);
/// Draws the interruptions of the coming day that do not come from the site's failures.
void draw_queued_interruptions(State& state);
/// Meters what became of the hour of a queue's runs, and notes their starts, evictions and ends.
void meter_runs(State& state, JobQueue& queue);
/// Accelerators that the queue's runs hold of each of its parts now.
[[nodiscard]] std::vector<std::int64_t> held_by_runs(const JobQueue& queue);
/// A node turns slow at `hit.at` and is found after `hit.lasts`. True if a run stands there now, which bears it.
bool slow_queued_run(JobQueue& queue, std::int32_t node, const Hit& hit);
/// Stops a workload's runs until a day; they save their work first.
void pause_queued_runs(State& state, std::size_t workload, Date until);

}  // namespace headroom::fleet
