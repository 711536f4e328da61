#include "sim/fleet/queued_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/units/error.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/fleet/bulk.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/gangs.hpp"
#include "sim/fleet/queue_places.hpp"

namespace headroom::fleet {

using scenario::TrainingRun;
using scheduling::Fates;
using scheduling::Job;
using scheduling::JobStage;
using scheduling::Way;

namespace {

const TrainingRun& run_of(const State& s, const Gang& gang) { return s.plan.workloads[gang.workload].runs[gang.run]; }

double in_hours(scheduling::AcceleratorTime time) { return scheduling::accelerator_seconds(time) / 3600; }

/// Of the time in which a run works on its accelerators, where it goes.
struct Shares { double useful, writing, lost, restarting, slow; };

/// In the central run as it must be expected; in a drawn world only checkpoints and the slowed time are no events of their own.
Shares shares_of(const State& s, const Gang& there) {
  if (s.world.central()) {
    const auto& e = there.expected;
    return {e.useful * there.slow_speed, e.writing, e.lost, e.restarting, e.useful * (1 - there.slow_speed)};
  }
  const double write = there.interval.base() > 0 ? run_of(s, there).checkpoint_write.base() : 0;
  const double useful = write > 0 ? there.interval / (there.interval + Seconds{write}) : 1;
  return {useful, 1 - useful, 0, 0, 0};
}

Way way_of(const State& s, const Gang& there, std::size_t part, std::optional<std::size_t> second) {
  Way way;
  way.part = static_cast<std::int32_t>(part);
  if (second) {
    way.second_part = static_cast<std::int32_t>(*second);
    way.second_gpus = static_cast<std::int32_t>(there.parts[1].accelerators);
  }
  way.speed_ppm = std::max<std::int64_t>(1, std::llround(there.speed * shares_of(s, there).useful * 1e6));
  if (there.interval.base() > 0) way.checkpoint_every = engine::to_sim_time(there.interval * there.speed);
  return way;
}

/// By preference of chip, then in the order of the queue's parts.
void find_ways(const State& s, const JobQueue& queue, QueuedRun& queued, std::vector<Way>& ways) {
  const Gang& gang = s.gangs[queued.gang];
  const TrainingRun& run = run_of(s, gang);
  const auto try_on = [&](std::size_t p, std::optional<std::size_t> q) {
    auto there = settled_on(s, gang, queue.parts[p].pool, q ? std::optional{queue.parts[*q].pool} : std::nullopt);
    const auto room = [&](std::size_t part, std::int64_t n) { return queue.parts[part].rule->accelerators >= n; };
    if (!there || !room(p, there->parts[0].accelerators + (q == p ? there->parts[1].accelerators : 0))) return;
    if (q && !room(*q, there->parts[1].accelerators)) return;
    ways.push_back(way_of(s, *there, p, q));
    queued.ways.push_back(std::move(*there));
  };
  for (const std::string& chip : run.chips) {
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      if (queue.parts[p].rule->chip != chip) continue;
      if (!run.mixed_with && !run.rollout) try_on(p, std::nullopt);
      else for (std::size_t q = 0; q < queue.parts.size(); ++q) try_on(p, q);
    }
  }
}

/// Moves what an hour's time of a run became into the workload's meters; `d` is in accelerator time of all its parts.
void meter(State& s, QueuedRun& queued, const Gang& there, const Fates& d) {
  auto& sum = s.meters.gangs[there.workload];
  const Shares to = shares_of(s, there);
  const auto all = static_cast<double>(there.accelerators());
  double slow = 0;  // hours of the clock
  if (queued.slow_owed > 0 && d.restart > 0) {
    slow = std::min(queued.slow_owed / 3600, in_hours(d.restart) / all);
    queued.slow_owed -= slow * 3600;
  }
  for (const auto& part : there.parts) {
    const double n = static_cast<double>(part.accelerators) / all;
    const double worked = in_hours(d.useful) * n, useful = worked * to.useful * part.busy;
    sum.held_hours += in_hours(d.allocated) * n;
    sum.network_hours += in_hours(d.allocated) * n * part.network;
    sum.useful_hours += useful;
    sum.mfu_hours += useful * part.mfu;
    sum.idle_hours += worked * to.useful * (1 - part.busy);
    sum.writing_hours += worked * to.writing;
    sum.lost_hours += in_hours(d.lost) * n + worked * to.lost;
    sum.restart_hours += in_hours(d.restart) * n - slow * static_cast<double>(part.accelerators) + worked * to.restarting;
    sum.slow_hours += slow * static_cast<double>(part.accelerators) + worked * to.slow;
  }
  if (s.world.central()) sum.interruptions += there.stopped_per_hour * in_hours(d.useful) / all;
}

/// The run in its present or last way, and on a fabric where it stands there.
const Gang& standing(State& s, const JobQueue& queue, QueuedRun& queued) {
  const auto& scheduler = *queue.scheduler;
  const Gang& there = queued.ways[static_cast<std::size_t>(scheduler.state(queued.job).way)];
  const auto& nodes = scheduler.placement(queued.job);
  const bool on_fabric = s.fabrics && std::any_of(there.parts.begin(), there.parts.end(), [&](const auto& part) { return s.fabrics->pools[part.pool] != nullptr; });
  if (!on_fabric || nodes.empty()) return there;
  if (!queued.stands || queued.stands_on != nodes) {
    queued.stands_on = nodes;
    queued.stands = in_place(s, queue, there, nodes);
  }
  return *queued.stands;
}

void note(State& s, const char* what, const Gang& there, double value, const char* unit, std::string text) {
  const Pool& first = s.pools[there.parts.front().pool];
  s.happenings.push_back({s.today, what, s.site(first.site).id, s.chip(first.chip).id, s.plan.workloads[there.workload].id, run_of(s, there).id, value, unit, std::move(text)});
}

}  // namespace

void add_runs(State& s, JobQueue& queue, std::int32_t tenant, std::vector<Job>& jobs, std::vector<std::vector<Way>>& ways) {
  const std::size_t w = queue.workloads[static_cast<std::size_t>(tenant)];
  const auto& workload = s.plan.workloads[w];
  for (std::size_t g = 0; g < s.gangs.size(); ++g) {
    const Gang& gang = s.gangs[g];
    if (gang.workload != w) continue;
    const TrainingRun& run = run_of(s, gang);
    QueuedRun queued;
    queued.gang = g;
    queued.job = static_cast<scheduling::JobId>(jobs.size());
    std::vector<Way> found;
    find_ways(s, queue, queued, found);
    if (found.empty()) {
      throw InputError(fmt::format("workloads.{}: run {} may stand nowhere in queue {}: no part of it has its chips in its regions", workload.id, run.id, queue.rule->id));
    }
    Job job;
    job.tenant = tenant;
    job.priority = 10 - workload.tier;
    job.ways = static_cast<std::int32_t>(ways.size());
    job.submit = engine::to_sim_time(hours(24 * static_cast<double>(std::max<std::int64_t>(0, (run.start - s.plan.horizon.begin).count()))));
    job.gpus = static_cast<std::int32_t>(run.accelerators);
    job.duration = engine::to_sim_time(Seconds{gang.remaining});
    job.restart = engine::to_sim_time(run.restart);
    job.saves_on_preemption = workload.saves_when_evicted;
    job.stays = true;
    jobs.push_back(job);
    ways.push_back(std::move(found));
    queue.runs.push_back(std::move(queued));
  }
}

scheduling::ReadyAt ready_at(State& s, const JobQueue& queue, std::size_t index) {
  const auto reads = [&](const auto& part) { return s.site(s.pools[part.pool].site).checkpoint_read.has_value(); };
  if (queue.runs.empty() || (s.plan.links.empty() && std::none_of(queue.parts.begin(), queue.parts.end(), reads))) return {};
  return [&s, index](scheduling::JobId id, const Way& way, engine::SimTime from, scheduling::Begins begins) {
    JobQueue& here = s.queues->queues[index];
    const auto run = std::find_if(here.runs.begin(), here.runs.end(), [&](const QueuedRun& r) { return r.job == id; });
    if (run == here.runs.end()) return from;
    const std::size_t pool = here.parts[static_cast<std::size_t>(way.part)].pool;
    // What is under way must arrive first; what was being read is read anew.
    from = std::max(run->arrives, here.scheduler->now());
    if (begins == scheduling::Begins::start) from += engine::to_sim_time(hours(send_state(s, s.gangs[run->gang], pool)));
    run->arrives = from;
    const bool has_state = here.scheduler->state(id).first_start.has_value();
    const Seconds reading = reads_for(s, run->ways[static_cast<std::size_t>(here.scheduler->state(id).way)]);
    if (!has_state || reading.base() <= 0) return from;
    // What is still under way is read alone: a place in line from then on would hold up those that read before.
    if (from > here.scheduler->now()) return from + engine::to_sim_time(reading);
    engine::SimTime& storage = s.queues->storage_free[s.pools[pool].site];
    // A reading that was broken off gives its time in the line back, unless others have been promised theirs behind it.
    if (storage == run->reads_until) storage = std::clamp(from, run->reads_from, run->reads_until);
    run->reads_from = std::max(storage, from);
    run->reads_until = storage = run->reads_from + engine::to_sim_time(reading);
    return storage;
  };
}

void draw_queued_interruptions(State& s) {
  if (!s.queues || s.world.central()) return;
  const double start = static_cast<double>(s.days_passed() * 24);
  for (JobQueue& queue : s.queues->queues) {
    for (const QueuedRun& queued : queue.runs) {
      const TrainingRun& run = run_of(s, queued.ways.front());
      const double mean = run.interruptions_per_million_accelerator_hours * 1e-6 * 24 * static_cast<double>(queued.ways.front().accelerators()) + run.interruptions_per_day;
      if (mean <= 0 || queue.scheduler->state(queued.job).stage == JobStage::done) continue;
      const engine::Stream stream(s.plan.seed, *s.world.replication(), "run interruption",
                                  {engine::name_hash(s.plan.workloads[queued.ways.front().workload].id), engine::name_hash(run.id)});
      engine::Stream day = stream.part(static_cast<std::uint64_t>(start / 24));
      const auto n = static_cast<std::int64_t>(engine::Poisson(mean).quantile(day.uniform()));
      for (std::int64_t k = 0; k < n; ++k) queue.scheduler->interrupt(queued.job, engine::to_sim_time(hours(start + day.uniform() * 24)));
    }
  }
}

void meter_runs(State& s, JobQueue& queue) {
  for (QueuedRun& queued : queue.runs) {
    Gang& gang = s.gangs[queued.gang];
    if (gang.state == Gang::State::done) continue;
    const auto& state = queue.scheduler->state(queued.job);
    const Gang& there = standing(s, queue, queued);
    const Fates now = queue.scheduler->fates_now(queued.job);
    const Fates d{now.allocated - queued.metered.allocated, now.useful - queued.metered.useful, now.lost - queued.metered.lost, now.restart - queued.metered.restart};
    if (d.allocated != 0 || d.useful != 0) meter(s, queued, there, d);
    queued.metered = now;
    s.meters.gangs[gang.workload].interruptions += s.world.central() ? 0 : static_cast<double>(state.failures - queued.failures);
    queued.failures = state.failures;
    const bool runs = state.stage == JobStage::running, done = state.stage == JobStage::done;
    const auto width = static_cast<double>(there.accelerators());
    if (state.preemptions > queued.evictions) note(s, "run_evicted", there, width, "accelerators", s.plan.workloads[gang.workload].saves_when_evicted ? "saved" : "");
    if ((runs || done) && (!queued.ran || state.preemptions > queued.evictions)) {
      if (gang.starts++ == 0) note_mixed_job(s, there);
      const auto waited = static_cast<int>(engine::to_seconds(state.waited).base() / 86400);
      note(s, "run_started", there, width, "accelerators", fmt::format("waited {} days{}", waited, place_in_words(s, there)));
    }
    queued.evictions = state.preemptions;
    queued.ran = runs;
    if (!done) continue;
    gang.state = Gang::State::done;
    gang.ended_at = engine::to_seconds(state.end).base() / 3600;
    gang.done_on = s.today;
    note(s, "run_completed", there, 1, "runs", "");
  }
}

std::vector<std::int64_t> held_by_runs(const JobQueue& queue) {
  std::vector<std::int64_t> held(queue.parts.size());
  for (const QueuedRun& queued : queue.runs) {
    if (queue.scheduler->state(queued.job).stage != JobStage::running) continue;
    const Way& way = queue.scheduler->way(queued.job);
    held[static_cast<std::size_t>(way.part)] += queue.scheduler->state(queued.job).gpus;
    held[static_cast<std::size_t>(way.second_part)] += way.second_gpus;
  }
  return held;
}

bool slow_queued_run(JobQueue& queue, std::int32_t node, const Hit& hit) {
  const auto job = queue.scheduler->on_node(node);
  const auto queued = std::find_if(queue.runs.begin(), queue.runs.end(), [&](const QueuedRun& r) { return job && r.job == *job; });
  if (queued == queue.runs.end()) return false;
  const double lost = hit.lasts * (1 - hit.speed);
  queued->slow_owed += lost * 3600;
  queue.scheduler->interrupt(*job, engine::to_sim_time(hours(hit.at + hit.lasts)), {engine::to_sim_time(hours(lost)), true});
  return true;
}

void pause_queued_runs(State& s, std::size_t workload, Date until) {
  if (!s.queues) return;
  for (JobQueue& queue : s.queues->queues) {
    for (const QueuedRun& queued : queue.runs) {
      if (s.gangs[queued.gang].workload != workload) continue;
      queue.scheduler->pause(queued.job, engine::to_sim_time(hours(24 * static_cast<double>((until - s.plan.horizon.begin).count()))));
    }
  }
}

}  // namespace headroom::fleet
