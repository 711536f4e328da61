#include "sim/fleet/job_queues.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/placement.hpp"
#include "sim/fleet/queue_places.hpp"
#include "sim/fleet/queued_jobs.hpp"
#include "sim/fleet/queued_runs.hpp"
#include "sim/scheduling/sharing.hpp"

namespace headroom::fleet {

using results::metric;
using results::Place;
using scenario::JobQueueRule;
using scenario::Workload;
using scheduling::GangCluster;
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

/// Nodes and groups of a queue's part as the levels of a fabric.
network::FabricSpec shape_of(const JobQueue::Part& part) {
  network::FabricSpec spec;
  spec.accelerators_per_domain = static_cast<std::int32_t>(part.rule->node);
  spec.domains_per_group = part.rule->group > 0 ? static_cast<std::int32_t>(part.rule->group) : part.nodes();
  spec.groups_per_pod = (part.nodes() + spec.domains_per_group - 1) / spec.domains_per_group;
  return spec;
}

Place of_workload(std::size_t workload) { return {std::nullopt, std::nullopt, static_cast<std::uint16_t>(workload)}; }

double accelerator_hours(scheduling::AcceleratorTime time) { return scheduling::accelerator_seconds(time) / 3600; }

JobQueue make_queue(State& s, const JobQueueRule& rule, std::size_t index) {
  JobQueue queue;
  queue.rule = &rule;
  const auto add_part = [&](const scenario::QueuePart& part) { queue.parts.push_back({&part, s.pool_index(s.site_index(part.site), s.chip_index(part.chip)), 0, {}}); };
  add_part(rule);
  for (const auto& part : rule.also) add_part(part);
  for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
    if (s.plan.workloads[w].queue == rule.id) queue.workloads.push_back(w);
  }
  std::vector<Job> jobs;
  std::vector<std::vector<scheduling::Way>> ways;
  for (std::size_t t = 0; t < queue.workloads.size(); ++t) {
    const bool runs = s.plan.workloads[queue.workloads[t]].kind == Workload::Kind::training;
    runs ? add_runs(s, queue, static_cast<std::int32_t>(t), jobs, ways) : add_jobs(s, queue, static_cast<std::int32_t>(t), jobs, ways);
  }
  std::vector<std::int32_t> sizes;
  for (const Job& job : jobs) {
    if (job.deadline) queue.with_deadline.push_back(static_cast<JobId>(sizes.size()));
    sizes.push_back(job.gpus);
    queue.largest = std::max<std::int64_t>(queue.largest, job.gpus);
  }
  scheduling::Partitions cluster;
  const auto speed = place_speed(s, queue, index);
  for (std::size_t p = 0; p < queue.parts.size(); ++p) {
    const auto& part = queue.parts[p];
    const auto node = static_cast<std::int32_t>(part.rule->node);
    const bool anywhere = !speed && part.rule->group == 0 && scheduling::take_whole_nodes(jobs, ways, static_cast<std::int32_t>(p), node);
    cluster.add(anywhere ? GangCluster::counted(part.nodes(), node) : nodes_of(s, part), scheduling::laying_named(rule.placement, node, sizes));
  }
  queue.scheduler = std::make_unique<scheduling::GangScheduler>(std::move(cluster), std::move(ways), std::move(jobs), policy_of(s, queue), speed,
                                                                ready_at(s, queue, index));
  queue.held.resize(queue.workloads.size() * queue.parts.size());
  queue.month_hours.resize(queue.held.size());
  queue.seen.resize(queue.workloads.size());
  return queue;
}

}  // namespace

void open_queues(State& s) {
  if (s.plan.policies.queues.empty()) return;
  s.queues = std::make_unique<JobQueues>();
  s.queues->storage_free.resize(s.plan.sites.size());
  for (const JobQueueRule& rule : s.plan.policies.queues) s.queues->queues.push_back(make_queue(s, rule, s.queues->queues.size()));
}

void withhold(State& s) {
  if (!s.queues) return;
  for (Pool& pool : s.pools) pool.withheld = pool.queued_runs = 0;
  std::vector<double> watts;
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) watts.push_back(free_power(s, i).base());
  for (JobQueue& queue : s.queues->queues) {
    const auto held = held_by_runs(queue);
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      JobQueue::Part& part = queue.parts[p];
      Pool& pool = s.pools[part.pool];
      pool.queued_runs += held[p];
      const std::int64_t in_nodes = (held[p] + part.rule->node - 1) / part.rule->node * part.rule->node;
      const double extra = (pool.busy - pool.idle).base();
      const auto powered = static_cast<std::int64_t>(std::max(0.0, watts[pool.site]) / extra);
      const std::int64_t standing = pool.closed ? 0 : pool.up - pool.held_by_gangs - pool.withheld;
      part.withheld = std::clamp<std::int64_t>(std::min(standing, powered), 0, std::max(part.rule->reserved, in_nodes));
      pool.withheld += part.withheld;
      watts[pool.site] -= static_cast<double>(part.withheld) * extra;
    }
  }
}

namespace {

/// Counts what a queue's tenants held of a part in the hour; in accelerators.
double count_held(JobQueue& queue, std::size_t part) {
  double used = 0;
  for (std::size_t t = 0; t < queue.workloads.size(); ++t) {
    const std::size_t at = t * queue.parts.size() + part;
    const auto held = queue.scheduler->held(static_cast<std::int32_t>(t), static_cast<std::int32_t>(part));
    const double hours = accelerator_hours(held - queue.held[at]);
    queue.held[at] = held;
    queue.month_hours[at] += hours;
    used += hours;
  }
  return used;
}

/// Gives each part of a queue the whole nodes that it may use in the hour. Parts of one site share its power: what jobs hold keeps its
/// share, and the rest goes to the parts in their order.
void offer_nodes(State& s, JobQueue& queue, const std::vector<double>& free) {
  std::vector<double> watts = s.watts_left, offered(queue.parts.size());
  for (const bool is_held : {true, false}) {
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      const Pool& pool = s.pools[queue.parts[p].pool];
      if (pool.closed) continue;
      const auto& cluster = queue.scheduler->cluster().part(static_cast<std::int32_t>(p));
      const double extra = (pool.busy - pool.idle).base();
      const auto most = static_cast<double>(queue.parts[p].nodes() * queue.parts[p].rule->node);
      const double room = std::max(0.0, std::min(free[queue.parts[p].pool], most) - offered[p]);
      const double wanted = is_held ? std::min(room, static_cast<double>(cluster.up_gpus() - cluster.free_gpus())) : room;
      const double more = std::min(wanted, std::max(0.0, watts[pool.site] / extra));
      offered[p] += more;
      watts[pool.site] -= more * extra;
    }
  }
  for (std::size_t p = 0; p < queue.parts.size(); ++p) {
    const JobQueue::Part& part = queue.parts[p];
    const auto nodes = std::min(static_cast<std::int32_t>((offered[p] + 1e-6) / static_cast<double>(part.rule->node)), part.nodes());
    if (s.fabrics && s.fabrics->pools[part.pool]) offer_domains(s, queue, p, nodes);
    else queue.scheduler->set_nodes(nodes, static_cast<std::int32_t>(p));
  }
}

}  // namespace

void pass_queues(State& s, std::int64_t hour, std::vector<double>& free) {
  if (!s.queues) return;
  std::vector<std::int64_t> withheld(s.pools.size());
  for (std::size_t p = 0; p < s.pools.size(); ++p) withheld[p] = s.withheld_now(s.pools[p]);
  for (JobQueue& queue : s.queues->queues) {
    for (const JobQueue::Part& part : queue.parts) {
      const Pool& pool = s.pools[part.pool];
      const std::int64_t own = std::min(part.withheld, withheld[part.pool]);
      withheld[part.pool] -= own;
      free[part.pool] += static_cast<double>(own);
      s.watts_left[pool.site] += static_cast<double>(own) * (pool.busy - pool.idle).base();
    }
    offer_nodes(s, queue, free);
    queue.scheduler->run_until(at_hour(static_cast<double>(hour + 1)));
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      const JobQueue::Part& part = queue.parts[p];
      const Pool& pool = s.pools[part.pool];
      const double used = count_held(queue, p);
      free[part.pool] -= used;
      s.watts_left[pool.site] -= used * (pool.busy - pool.idle).base();
      s.busy_now[part.pool] += used;
      s.meters.pools[part.pool].job_hours += used;
      if (hour % 24 == 0 && queue.largest > 0 && !(s.fabrics && s.fabrics->pools[part.pool])) {
        const auto& cluster = queue.scheduler->cluster().part(static_cast<std::int32_t>(p));
        s.meters.pools[part.pool].unheld_hours += 24.0 * static_cast<double>(cluster.free_gpus());
        s.meters.pools[part.pool].fragmented_hours += 24.0 * fragmented(cluster, shape_of(part), queue.largest);
      }
    }
    meter_runs(s, queue);
  }
}

bool hit_jobs(State& s, std::size_t pool, double place, std::int64_t accelerators, const Hit& hit, bool runs_too) {
  if (!s.queues) return false;
  double behind = place * static_cast<double>(standing_now(s, s.pools[pool])) - static_cast<double>(s.pools[pool].held_by_gangs);
  bool borne = false;
  for (JobQueue& queue : s.queues->queues) {
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      const JobQueue::Part& part = queue.parts[p];
      if (part.pool != pool) continue;
      const auto node = static_cast<double>(part.rule->node);
      const std::int32_t first_of_part = queue.scheduler->cluster().first_node(static_cast<std::int32_t>(p));
      const double first = std::max(0.0, std::floor(behind / node));
      const bool on_fabric = s.fabrics && s.fabrics->pools[pool];
      const double there = on_fabric ? static_cast<double>(part.on_fabric.present.size()) : static_cast<double>(part.nodes());
      const double end = std::min((behind + static_cast<double>(accelerators) - 1) / node + 1e-9, there - 1);
      // The pool's own count says how many nodes are left; here the jobs that stood on these are stopped.
      const scheduling::GangScheduler::Stop stop{at_hour(hit.lasts), hit.kind == Hit::Kind::announced, !runs_too};
      const bool in_a_row = hit.kind != Hit::Kind::slow && !on_fabric;
      for (double n = first; n <= end; n += in_a_row ? end + 1 : 1) {
        const auto struck = first_of_part + (on_fabric ? part.on_fabric.present[static_cast<std::size_t>(n)] : static_cast<std::int32_t>(n));
        if (hit.kind == Hit::Kind::slow) borne = slow_queued_run(queue, struck, hit) || borne;
        else queue.scheduler->strike(struck, in_a_row ? static_cast<std::int32_t>(end) - static_cast<std::int32_t>(n) + 1 : 1, at_hour(hit.at), stop);
      }
      behind -= static_cast<double>(part.rule->accelerators);
    }
  }
  return borne;
}

namespace {

/// What a queue's tenants have come to since the start.
std::vector<JobQueue::Seen> seen_now(const JobQueue& queue) {
  std::vector<JobQueue::Seen> now(queue.workloads.size());
  for (std::size_t t = 0; t < now.size(); ++t) {
    const auto tenant = static_cast<std::int32_t>(t);
    const scheduling::Tally tally = queue.scheduler->tally(tenant);
    now[t] = {tally.done, tally.preemptions, tally.failures, 0, 0, tally.fates.lost + tally.fates.restart, queue.scheduler->lost_to_places(tenant)};
  }
  for (const JobId id : queue.with_deadline) {
    const Job& job = queue.scheduler->jobs()[static_cast<std::size_t>(id)];
    const auto& state = queue.scheduler->state(id);
    auto& sum = now[static_cast<std::size_t>(job.tenant)];
    const bool done = state.stage == JobStage::done;
    sum.due += done || *job.deadline < queue.scheduler->now() ? 1 : 0;
    sum.in_time += done && state.end <= *job.deadline ? 1 : 0;
  }
  return now;
}

}  // namespace

void observe_queues(State& s, int month) {
  if (!s.queues) return;
  for (JobQueue& queue : s.queues->queues) {
    auto now = seen_now(queue);
    for (std::size_t t = 0; t < queue.workloads.size(); ++t) {
      const std::size_t w = queue.workloads[t];
      auto& store = *s.store;
      store.add(metric("jobs_completed"), month, of_workload(w), static_cast<double>(now[t].done - queue.seen[t].done));
      store.add(metric("jobs_evicted"), month, of_workload(w), static_cast<double>(now[t].preemptions - queue.seen[t].preemptions));
      store.add(metric("jobs_failed"), month, of_workload(w), static_cast<double>(now[t].failures - queue.seen[t].failures));
      if (s.plan.workloads[w].deadline || now[t].due > 0) {
        store.add_ratio(metric("job_deadlines_met"), month, of_workload(w), static_cast<double>(now[t].in_time - queue.seen[t].in_time),
                        static_cast<double>(now[t].due - queue.seen[t].due));
      }
      const double lost = accelerator_hours(now[t].lost - queue.seen[t].lost);
      store.add(metric("job_lost_hours"), month, of_workload(w), lost);
      const auto first_part = queue.month_hours.begin() + static_cast<std::ptrdiff_t>(t * queue.parts.size());
      const double all_held = std::accumulate(first_part, first_part + static_cast<std::ptrdiff_t>(queue.parts.size()), 0.0);
      if (s.plan.workloads[w].job_communication) store.add(metric("job_network_hours"), month, of_workload(w), accelerator_hours(now[t].to_places - queue.seen[t].to_places));
      for (std::size_t p = 0; p < queue.parts.size(); ++p) {
        const Pool& pool = s.pools[queue.parts[p].pool];
        double& held = queue.month_hours[t * queue.parts.size() + p];
        const auto grade = grade_of_jobs(s, w, pool.chip);
        store.add(metric("job_hours"), month, of_workload(w), held, grade);
        if (all_held > 0) s.meters.pools[queue.parts[p].pool].job_lost_hours += lost * held / all_held;
        store.add_ratio(metric("occupancy"), month, {static_cast<std::uint16_t>(pool.site), static_cast<std::uint16_t>(pool.chip), static_cast<std::uint16_t>(w)}, held, 0);
        held = 0;
      }
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
      if (state.stage == JobStage::unsubmitted && !state.first_start) continue;
      const double started = state.first_start ? hours_of(*state.first_start) : std::numeric_limits<double>::infinity();
      s.waits.push_back({queue.workloads[static_cast<std::size_t>(jobs[j].tenant)], hours_of(jobs[j].submit), started});
    }
  }
}

}  // namespace headroom::fleet
