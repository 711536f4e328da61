#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/scheduling/gang_scheduler.hpp"

/// Queues of gang jobs on what is reserved for them, what services and training runs leave of a pool, and by night what services
/// lend. Each hour a part of a queue has so many whole nodes; where the next hour has fewer, jobs write a checkpoint and wait
/// again (recall). Who runs is the scheduling policy's choice (sim/scheduling). The workloads of a queue are its tenants.
namespace headroom::fleet {

/// A training run that goes through a queue (queued_runs.hpp).
struct QueuedRun {
  std::size_t gang = 0;                     ///< of the state
  scheduling::JobId job = 0;
  std::vector<Gang> ways;                   ///< the run as it is in each of its ways
  std::optional<Gang> stands;               ///< as it is where it stands now or stood last, if that is on a fabric
  scheduling::GangPlacement stands_on;
  scheduling::Fates metered;                ///< up to the last hour
  bool ran = false;                         ///< in the last hour's end
  std::int32_t evictions = 0, failures = 0; ///< up to the last hour
  double slow_owed = 0;                     ///< seconds of its stops that are a slow node's
  engine::SimTime arrives{0};               ///< when its data and state are where it starts
  engine::SimTime reads_from{0}, reads_until{0};  ///< its last place in the line of a site's storage
};

struct JobQueue {
  const scenario::JobQueueRule* rule = nullptr;
  /// What of its pool's fabric a part has (queue_places.hpp); nodes are domains of it.
  struct OnFabric {
    std::int32_t offered = -1;              ///< nodes
    std::uint64_t tree_at = 0;              ///< changes of the fabric when they were chosen
    std::vector<std::int32_t> present;      ///< those chosen, in order
    scheduling::GangPlacement runs, jobs;   ///< that its runs and its jobs hold, read after `read_at` events
    scheduling::GangPlacement shown;        ///< of those, what the fabric counts as taken
    std::optional<std::uint64_t> read_at;
  };
  struct Part {
    const scenario::QueuePart* rule = nullptr;
    std::size_t pool = 0;
    std::int64_t withheld = 0;              ///< accelerators that nobody else has today
    OnFabric on_fabric;
    [[nodiscard]] std::int32_t nodes() const { return static_cast<std::int32_t>(rule->accelerators / rule->node); }
  };
  std::vector<Part> parts;
  std::vector<std::size_t> workloads;       ///< by tenant
  std::unique_ptr<scheduling::GangScheduler> scheduler;
  std::vector<QueuedRun> runs;
  std::vector<scheduling::AcceleratorTime> held;  ///< by tenant and part, up to the last hour
  struct Seen { std::int64_t done = 0, preemptions = 0, failures = 0, due = 0, in_time = 0; scheduling::AcceleratorTime lost = 0, to_places = 0; };
  std::int64_t largest = 0;                 ///< accelerators of its largest job
  std::vector<scheduling::JobId> with_deadline;  ///< jobs whose deadlines are looked at each month
  std::vector<Seen> seen;                   ///< by tenant, up to the last month
  std::vector<double> month_hours;          ///< by tenant and part, held this month
};

struct JobQueues {
  std::vector<JobQueue> queues;
  std::vector<engine::SimTime> storage_free;  ///< by site: when its storage has read all that queues' runs have asked it for and still want
};

/// Makes the queues and all their jobs. Throws InputError for a job that its queue could never hold.
void open_queues(State& state);
/// Sets aside for the day what is reserved for queues and what their runs hold, as far as it stands and has power.
void withhold(State& state);
/// Lets an hour pass with `free` accelerators in each pool, after services have taken theirs; takes what jobs used from `free`
/// and from the site's power.
void pass_queues(State& state, std::int64_t hour, std::vector<double>& free);
/// What befalls neighbours of a pool, from `place` (0 to 1 of those that stand) on, befalls the jobs that stand at that place of the
/// line behind the training runs; training runs in queues only if `runs_too`. True if a slow node is a run's to bear.
bool hit_jobs(State& state, std::size_t pool, double place, std::int64_t accelerators, const Hit& hit, bool runs_too = true);
/// What the month was for the queues' workloads.
void observe_queues(State& state, int month);
/// Adds the waits of all jobs to the state's.
void note_waits(State& state);

}  // namespace headroom::fleet
