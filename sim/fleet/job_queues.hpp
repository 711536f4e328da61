#pragma once

#include <memory>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/scheduling/gang_scheduler.hpp"

/// Queues of gang jobs on what services and training runs leave of a pool: idle accelerators, and by night those that services
/// lend. Each hour a queue has so many whole nodes; where the next hour has fewer, jobs write a checkpoint and wait again
/// (recall). Who runs is the scheduling policy's choice (sim/scheduling). Jobs of a queue's workloads are its tenants.
namespace headroom::fleet {

struct JobQueue {
  const scenario::JobQueueRule* rule = nullptr;
  std::size_t pool = 0;
  std::vector<std::size_t> workloads;       ///< by tenant
  std::unique_ptr<scheduling::GangScheduler> scheduler;
  std::vector<scheduling::AcceleratorTime> held;  ///< by tenant, up to the last hour
  struct Seen { std::int64_t done = 0, preemptions = 0, failures = 0, due = 0, in_time = 0; scheduling::AcceleratorTime lost = 0; };
  std::vector<Seen> seen;                   ///< by tenant, up to the last month
};

struct JobQueues {
  std::vector<JobQueue> queues;
};

/// Makes the queues and all their jobs. Throws InputError for a job that its queue could never hold.
void open_queues(State& state);
/// Lets an hour pass with `free` accelerators in each pool, after services have taken theirs; takes what jobs used from `free`
/// and from the site's power.
void pass_queues(State& state, std::int64_t hour, std::vector<double>& free);
/// A failure of a pool stops the job, if one stands at that place of the line behind the training runs.
void hit_jobs(State& state, std::size_t pool, double place, std::int64_t accelerators, double at);
/// What the month was for the queues' workloads.
void observe_queues(State& state, int month);
/// Adds the waits of all jobs to the state's.
void note_waits(State& state);

}  // namespace headroom::fleet
