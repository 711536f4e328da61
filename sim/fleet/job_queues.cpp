#include "sim/fleet/job_queues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/units/error.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/scheduling/sharing.hpp"

namespace headroom::fleet {

using results::metric;
using results::Place;
using scenario::JobQueueRule;
using scenario::Workload;
using scheduling::Job;
using scheduling::JobId;
using scheduling::JobStage;

namespace {

engine::SimTime at_hour(double hour) { return engine::to_sim_time(hours(hour)); }
double hours_of(engine::SimTime time) { return engine::to_seconds(time).base() / 3600; }

std::unique_ptr<scheduling::QueuePolicy> policy_of(const State& s, const JobQueue& queue) {
  std::vector<std::int64_t> weights;
  std::vector<scheduling::TenantQuota> quotas;
  for (const std::size_t w : queue.workloads) {
    const Workload& workload = s.plan.workloads[w];
    weights.push_back(workload.weight);
    quotas.push_back({workload.quota, workload.may_borrow, workload.lends});
  }
  if (queue.rule->policy == "quota") return std::make_unique<scheduling::QuotaSharing>(quotas);
  if (queue.rule->policy == "fairshare") return std::make_unique<scheduling::FairShare>(weights);
  for (const auto& entry : scheduling::queue_policies()) {
    if (entry.name == queue.rule->policy) return entry.make();
  }
  throw std::logic_error("a queue policy passed the reader but does not exist");
}

/// What a workload's jobs have in common, for one of that size.
void complete(const Workload& w, Job& job) {
  if (w.deadline) job.deadline = job.submit + at_hour(w.deadline->days * 24 + w.deadline->months * 730);  // a month counts as 730 hours
  if (!w.elastic) return;
  job.min_gpus = std::max(1, static_cast<std::int32_t>(std::ceil(w.elastic->least * job.gpus - 1e-9)));
  job.max_gpus = static_cast<std::int32_t>(std::floor(w.elastic->most * job.gpus + 1e-9));
  job.growth_efficiency = w.elastic->growth_efficiency;
}

/// The jobs that a process brings: of exponential distances, or in the central run at even ones, with mean durations.
void add_arrivals(const State& s, const Workload& w, const Job& like, std::vector<Job>& jobs) {
  const auto& arrivals = *w.arrivals;
  double weights = 0;
  for (const auto& size : arrivals.sizes) weights += size.weight;
  engine::Stream draw(s.plan.seed, s.world.replication().value_or(0), "job", {engine::name_hash(w.id)});
  const double end = static_cast<double>((s.plan.horizon.end - s.plan.horizon.begin).count()) * 24, gap = 24 / arrivals.per_day;
  double place = 0;
  for (double at = s.world.central() ? gap / 2 : 0;;) {
    Job job = like;
    double duration = arrivals.duration.base();
    if (s.world.central()) {
      place += 0.6180339887498949;  // golden ratio: sizes in their shares, evenly mixed
      place -= std::floor(place);
    } else {
      at += engine::Exponential(gap).quantile(draw.uniform());
      place = draw.uniform();
      const double u = draw.uniform();
      if (arrivals.duration_variation > 0) duration = engine::Lognormal::of_mean(duration, arrivals.duration_variation).quantile(u);
    }
    if (at >= end) return;
    double up_to = 0;
    for (const auto& size : arrivals.sizes) {
      up_to += size.weight / weights;
      job.gpus = static_cast<std::int32_t>(size.accelerators);
      if (place < up_to) break;
    }
    job.submit = at_hour(at);
    job.duration = engine::to_sim_time(Seconds{duration});
    complete(w, job);
    jobs.push_back(job);
    if (s.world.central()) at += gap;
  }
}

void add_jobs(const State& s, const JobQueue& queue, std::int32_t tenant, std::vector<Job>& jobs) {
  const Workload& w = s.plan.workloads[queue.workloads[static_cast<std::size_t>(tenant)]];
  Job like;
  like.tenant = tenant;
  like.priority = 10 - w.tier;
  like.checkpoint_every = w.job_checkpoint.base() > 0 ? engine::to_sim_time(w.job_checkpoint) : engine::SimTime{0};
  like.restart = w.job_restart.base() > 0 ? engine::to_sim_time(w.job_restart) : engine::SimTime{0};
  like.saves_on_preemption = w.saves_when_evicted;
  for (const auto& written : w.jobs) {
    Job job = like;
    job.submit = at_hour(static_cast<double>((written.at - s.plan.horizon.begin).count()) * 24 + written.hour);
    job.gpus = static_cast<std::int32_t>(written.accelerators);
    job.duration = engine::to_sim_time(written.duration);
    complete(w, job);
    jobs.insert(jobs.end(), static_cast<std::size_t>(written.count), job);
  }
  if (w.arrivals) add_arrivals(s, w, like, jobs);
}

std::int32_t nodes_of(const JobQueueRule& rule) { return static_cast<std::int32_t>(rule.accelerators / rule.node); }

Place of_workload(std::size_t workload) { return {std::nullopt, std::nullopt, static_cast<std::uint16_t>(workload)}; }

double accelerator_hours(scheduling::AcceleratorTime time) { return scheduling::accelerator_seconds(time) / 3600; }

}  // namespace

void open_queues(State& s) {
  if (s.plan.policies.queues.empty()) return;
  s.queues = std::make_unique<JobQueues>();
  for (const JobQueueRule& rule : s.plan.policies.queues) {
    JobQueue queue;
    queue.rule = &rule;
    queue.pool = s.pool_index(s.site_index(rule.site), s.chip_index(rule.chip));
    for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
      if (s.plan.workloads[w].kind == Workload::Kind::jobs && s.plan.workloads[w].queue == rule.id) queue.workloads.push_back(w);
    }
    for (const std::size_t w : queue.workloads) {
      if (s.plan.workloads[w].elastic && rule.policy != "elastic") {
        throw InputError(fmt::format("workloads.{}: elastic sizes in queue {}, whose policy {} never changes a size; expected policy elastic", s.plan.workloads[w].id, rule.id, rule.policy));
      }
    }
    std::vector<Job> jobs;
    for (std::int32_t t = 0; t < static_cast<std::int32_t>(queue.workloads.size()); ++t) add_jobs(s, queue, t, jobs);
    scheduling::GangCluster cluster(nodes_of(rule), static_cast<std::int32_t>(rule.node), static_cast<std::int32_t>(rule.group));
    std::vector<std::int32_t> sizes;
    for (const Job& job : jobs) {
      sizes.push_back(job.gpus);
      if (cluster.ever_fits(job.gpus)) continue;
      throw InputError(fmt::format("workloads.{}: a job of {} accelerators never fits queue {} with its {} nodes of {}",
                                   s.plan.workloads[queue.workloads[static_cast<std::size_t>(job.tenant)]].id, job.gpus, rule.id, nodes_of(rule), rule.node));
    }
    queue.scheduler = std::make_unique<scheduling::GangScheduler>(std::move(cluster), std::move(jobs), policy_of(s, queue),
                                                                        scheduling::laying_named(rule.placement, static_cast<std::int32_t>(rule.node), sizes));
    queue.held.resize(queue.workloads.size());
    queue.seen.resize(queue.workloads.size());
    s.queues->queues.push_back(std::move(queue));
  }
}

void pass_queues(State& s, std::int64_t hour, std::vector<double>& free) {
  if (!s.queues) return;
  for (JobQueue& queue : s.queues->queues) {
    const Pool& pool = s.pools[queue.pool];
    const double extra = (pool.busy - pool.idle).base();
    const double powered = std::max(0.0, s.watts_left[pool.site] / extra);
    const double room = pool.closed ? 0 : std::min(free[queue.pool], powered);
    const auto nodes = static_cast<std::int32_t>(std::max(0.0, room + 1e-6) / static_cast<double>(queue.rule->node));
    auto& scheduler = *queue.scheduler;
    scheduler.set_nodes(std::min(nodes, nodes_of(*queue.rule)));
    scheduler.run_until(at_hour(static_cast<double>(hour + 1)));
    double used = 0;
    for (std::size_t t = 0; t < queue.workloads.size(); ++t) {
      const auto held = scheduler.held(static_cast<std::int32_t>(t));
      const double part = accelerator_hours(held - queue.held[t]);
      queue.held[t] = held;
      s.meters.jobs[queue.workloads[t]].held_hours += part;
      used += part;
    }
    free[queue.pool] -= used;
    s.watts_left[pool.site] -= used * extra;
    s.busy_now[queue.pool] += used;
    s.meters.pools[queue.pool].job_hours += used;
  }
}

void hit_jobs(State& s, std::size_t pool, double place, std::int64_t accelerators, double at) {
  if (!s.queues || s.world.central()) return;
  const double behind = place * static_cast<double>(standing_now(s, s.pools[pool])) - static_cast<double>(s.pools[pool].held_by_gangs);
  for (JobQueue& queue : s.queues->queues) {
    if (queue.pool != pool) continue;
    const auto node = static_cast<double>(queue.rule->node);
    const double first = std::max(0.0, std::floor(behind / node));
    const double end = std::min((behind + static_cast<double>(accelerators) - 1) / node + 1e-9, static_cast<double>(queue.scheduler->cluster().nodes()) - 1);
    // The pool's own count says how many nodes are left; here the jobs that stood on these are stopped.
    for (double n = first; n <= end; n += 1) queue.scheduler->add_outage(static_cast<std::int32_t>(n), at_hour(at), engine::SimTime{1});
  }
}

void observe_queues(State& s, int month) {
  if (!s.queues) return;
  for (JobQueue& queue : s.queues->queues) {
    std::vector<JobQueue::Seen> now(queue.workloads.size());
    const auto& jobs = queue.scheduler->jobs();
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      const auto& state = queue.scheduler->state(static_cast<JobId>(j));
      auto& sum = now[static_cast<std::size_t>(jobs[j].tenant)];
      sum.done += state.stage == JobStage::done ? 1 : 0;
      sum.preemptions += state.preemptions;
      sum.failures += state.failures;
      sum.lost += state.fates.lost + state.fates.restart;
      if (!jobs[j].deadline) continue;
      const bool done = state.stage == JobStage::done;
      sum.due += done || *jobs[j].deadline < queue.scheduler->now() ? 1 : 0;
      sum.in_time += done && state.end <= *jobs[j].deadline ? 1 : 0;
    }
    const Pool& pool = s.pools[queue.pool];
    for (std::size_t t = 0; t < queue.workloads.size(); ++t) {
      const std::size_t w = queue.workloads[t];
      auto& store = *s.store;
      store.add(metric("jobs_completed"), month, of_workload(w), static_cast<double>(now[t].done - queue.seen[t].done));
      store.add(metric("jobs_evicted"), month, of_workload(w), static_cast<double>(now[t].preemptions - queue.seen[t].preemptions));
      store.add(metric("jobs_failed"), month, of_workload(w), static_cast<double>(now[t].failures - queue.seen[t].failures));
      if (s.plan.workloads[w].deadline) {
        store.add_ratio(metric("job_deadlines_met"), month, of_workload(w), static_cast<double>(now[t].in_time - queue.seen[t].in_time),
                        static_cast<double>(now[t].due - queue.seen[t].due));
      }
      store.add(metric("job_hours"), month, of_workload(w), s.meters.jobs[w].held_hours);
      store.add(metric("job_lost_hours"), month, of_workload(w), accelerator_hours(now[t].lost - queue.seen[t].lost));
      store.add_ratio(metric("occupancy"), month,
                      {static_cast<std::uint16_t>(pool.site), static_cast<std::uint16_t>(pool.chip), static_cast<std::uint16_t>(w)}, s.meters.jobs[w].held_hours, 0);
    }
    queue.seen = std::move(now);
  }
}

void note_waits(State& s) {
  if (!s.queues) return;
  for (const JobQueue& queue : s.queues->queues) {
    const auto& jobs = queue.scheduler->jobs();
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      const auto& state = queue.scheduler->state(static_cast<JobId>(j));
      if (state.stage == JobStage::unsubmitted) continue;
      const double started = state.first_start ? hours_of(*state.first_start) : std::numeric_limits<double>::infinity();
      s.waits.push_back({queue.workloads[static_cast<std::size_t>(jobs[j].tenant)], hours_of(jobs[j].submit), started});
    }
  }
}

}  // namespace headroom::fleet
