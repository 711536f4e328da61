#include "sim/fleet/queue_places.hpp"

#include <algorithm>
#include <cmath>

#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/gangs.hpp"

namespace headroom::fleet {

using scheduling::full_speed_ppm;
using scheduling::GangCluster;
using scheduling::GangPlacement;
using scheduling::JobId;
using scheduling::NodeRun;
using scheduling::Way;

namespace {

PoolFabric* fabric_of(const State& s, const JobQueue::Part& part) { return s.fabrics ? s.fabrics->pools[part.pool].get() : nullptr; }

template <class Do>
void for_each_part(const State& s, std::size_t pool, Do act) {
  if (!s.queues) return;
  for (JobQueue& queue : s.queues->queues) {
    for (std::size_t p = 0; p < queue.parts.size(); ++p) {
      if (queue.parts[p].pool == pool) act(queue, p);
    }
  }
}

/// One node more, in the same run of neighbours of a group if it fits there.
void add(GangPlacement& place, const GangCluster& cluster, std::int32_t node, std::int32_t gpus) {
  if (gpus <= 0) return;
  const auto goes_on = [&](const NodeRun& last) { return last.node + last.nodes == node && last.gpus == gpus && cluster.group_of(last.node) == cluster.group_of(node); };
  if (!place.empty() && goes_on(place.back())) ++place.back().nodes;
  else place.push_back({node, 1, gpus});
}

/// Reads what runs and jobs hold of a part, if anything has happened since.
void read_holdings(const JobQueue& queue, std::size_t part, JobQueue::OnFabric& on) {
  const auto& scheduler = *queue.scheduler;
  if (on.read_at == scheduler.changes()) return;
  on.read_at = scheduler.changes();
  const auto p = static_cast<std::int32_t>(part);
  const GangCluster& cluster = scheduler.cluster().part(p);
  const std::int32_t first = scheduler.cluster().first_node(p);
  std::vector<std::int32_t> of_runs(static_cast<std::size_t>(cluster.nodes()), 0);
  for (const QueuedRun& queued : queue.runs) {
    if (scheduler.state(queued.job).stage != scheduling::JobStage::running) continue;
    for (const NodeRun& run : scheduler.placement(queued.job)) {
      for (std::int32_t n = run.node - first; n < run.node - first + run.nodes; ++n) {
        if (0 <= n && n < cluster.nodes()) of_runs[static_cast<std::size_t>(n)] += run.gpus;
      }
    }
  }
  on.runs.clear();
  on.jobs.clear();
  for (std::int32_t n = 0; n < cluster.nodes(); ++n) {
    const std::int32_t held = cluster.gpus_per_node() - cluster.free_on(n), by_runs = of_runs[static_cast<std::size_t>(n)];
    add(on.runs, cluster, n, by_runs);
    add(on.jobs, cluster, n, held - by_runs);
  }
}

/// Takes what is free of `wanted`: a run outside queues may stand there since.
void take_free(GangCluster& cluster, const GangPlacement& wanted, GangPlacement& taken) {
  for (const NodeRun& run : wanted) {
    for (std::int32_t n = run.node; n < run.node + run.nodes; ++n) {
      if (!cluster.up(n) || cluster.free_on(n) < run.gpus) continue;
      cluster.take({{n, 1, run.gpus}});
      add(taken, cluster, n, run.gpus);
    }
  }
}

void hide(GangCluster& cluster, JobQueue::OnFabric& on) {
  cluster.give(on.shown);
  on.shown.clear();
}

/// The nodes of a placement that lie in a part, as domains of its fabric.
GangPlacement domains_of(const JobQueue& queue, std::int32_t part, const GangPlacement& nodes) {
  const std::int32_t first = queue.scheduler->cluster().first_node(part);
  GangPlacement domains = nodes;
  for (NodeRun& run : domains) run.node -= first;
  return domains;
}

std::int64_t in_millionths(double speed) { return std::max<std::int64_t>(1, std::llround(speed * static_cast<double>(full_speed_ppm))); }

/// Of a job of which a share of the time waits for the ports.
double speed_of_job(const PoolFabric& fabric, double communication, const GangPlacement& domains) {
  const double share = share_of_port(fabric, bandwidth_at(fabric, domains, network::Pattern::ring));
  return 1 / (1 - communication + communication / share);
}

}  // namespace

GangCluster nodes_of(const State& s, const JobQueue::Part& part) {
  const auto node = static_cast<std::int32_t>(part.rule->node);
  const PoolFabric* fabric = fabric_of(s, part);
  if (fabric == nullptr) return {part.nodes(), node, static_cast<std::int32_t>(part.rule->group)};
  return {std::max(part.nodes(), fabric->cluster.nodes()), node, static_cast<std::int32_t>(fabric->rule->domains_per_leaf)};
}

scheduling::PlaceSpeed place_speed(State& s, const JobQueue& queue, std::size_t index) {
  if (std::none_of(queue.parts.begin(), queue.parts.end(), [&](const auto& part) { return fabric_of(s, part) != nullptr; })) return {};
  return [&s, index](JobId id, const Way& way, const GangPlacement& nodes) {
    const JobQueue& here = s.queues->queues[index];
    const auto run = std::find_if(here.runs.begin(), here.runs.end(), [&](const QueuedRun& r) { return r.job == id; });
    if (run != here.runs.end()) {
      const auto same = [&](const Gang& gang) { return gang.parts[0].pool == here.parts[static_cast<std::size_t>(way.part)].pool &&
                                                       (way.second_gpus == 0 || gang.parts[1].pool == here.parts[static_cast<std::size_t>(way.second_part)].pool); };
      const auto there = std::find_if(run->ways.begin(), run->ways.end(), same);
      return in_millionths(in_place(s, here, *there, nodes).speed / there->speed);
    }
    const auto& job = here.scheduler->jobs()[static_cast<std::size_t>(id)];
    const auto& communication = s.plan.workloads[here.workloads[static_cast<std::size_t>(job.tenant)]].job_communication;
    const PoolFabric* fabric = fabric_of(s, here.parts[static_cast<std::size_t>(way.part)]);
    if (!communication || fabric == nullptr) return full_speed_ppm;
    return in_millionths(speed_of_job(*fabric, *communication, domains_of(here, way.part, nodes)));
  };
}

void offer_domains(State& s, JobQueue& queue, std::size_t p, std::int32_t nodes) {
  JobQueue::Part& part = queue.parts[p];
  PoolFabric& fabric = *fabric_of(s, part);
  JobQueue::OnFabric& on = part.on_fabric;
  int sharers = 0;
  for_each_part(s, part.pool, [&](const JobQueue&, std::size_t) { ++sharers; });
  if (sharers == 1 && on.tree_at == fabric.changes && on.offered == nodes && fabric.present == wanted_domains(s, part.pool, fabric)) return;
  show_queues(s, part.pool, Shown::all);
  stand(s, part.pool, fabric);
  hide(fabric.cluster, on);
  const auto which = static_cast<std::int32_t>(p);
  const GangCluster& cluster = queue.scheduler->cluster().part(which);
  std::vector<char> barred(static_cast<std::size_t>(cluster.nodes()), 1);
  for (std::int32_t n = 0; n < fabric.cluster.nodes(); ++n) {
    if (fabric.cluster.up(n) && fabric.cluster.free_on(n) == fabric.cluster.gpus_per_node()) barred[static_cast<std::size_t>(n)] = 0;
  }
  queue.scheduler->set_nodes(nodes, which, barred);
  on.present.clear();
  for (std::int32_t n = 0; n < cluster.nodes(); ++n) {
    if (cluster.up(n)) on.present.push_back(n);
  }
  on.read_at.reset();
  on.tree_at = fabric.changes;
  on.offered = nodes;
}

Gang in_place(State& s, const JobQueue& queue, const Gang& there, const GangPlacement& nodes) {
  Gang gang = there;
  std::size_t part = 0;
  std::int64_t left = gang.parts[0].accelerators;
  for (const NodeRun& run : nodes) {
    if (left == 0) left = gang.parts[++part].accelerators;
    left -= std::int64_t{run.nodes} * run.gpus;
    const auto at = std::find_if(queue.parts.begin(), queue.parts.end(), [&](const auto& x) { return x.pool == gang.parts[part].pool; });
    if (fabric_of(s, *at) == nullptr) continue;
    const std::int32_t first = queue.scheduler->cluster().first_node(static_cast<std::int32_t>(at - queue.parts.begin()));
    gang.parts[part].place.push_back({run.node - first, run.nodes, run.gpus});
  }
  gang.speed *= speed_in_place(s, gang);
  return gang;
}

void show_queues(State& s, std::size_t pool, Shown what) {
  PoolFabric& fabric = *s.fabrics->pools[pool];
  for_each_part(s, pool, [&](JobQueue& queue, std::size_t p) { hide(fabric.cluster, queue.parts[p].on_fabric); });
  for_each_part(s, pool, [&](JobQueue& queue, std::size_t p) {
    JobQueue::OnFabric& on = queue.parts[p].on_fabric;
    read_holdings(queue, p, on);
    take_free(fabric.cluster, on.runs, on.shown);
    if (what == Shown::all) take_free(fabric.cluster, on.jobs, on.shown);
  });
}

std::int64_t largest_job(const State& s, std::size_t pool) {
  std::int64_t largest = 0;
  for_each_part(s, pool, [&](const JobQueue& queue, std::size_t) { largest = std::max(largest, queue.largest); });
  return largest;
}

}  // namespace headroom::fleet
