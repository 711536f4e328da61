/// Accelerators that are free and yet of no use to a large gang, because of where they are.
#include <algorithm>

#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/gangs.hpp"
#include "sim/fleet/queue_places.hpp"

namespace headroom::fleet {

namespace {

/// Accelerators that a run would hold of a chip.
std::int64_t wanted_of(const scenario::TrainingRun& run, const std::string& chip) {
  std::int64_t n = std::find(run.chips.begin(), run.chips.end(), chip) != run.chips.end() ? run.accelerators : 0;
  if (run.mixed_with && run.mixed_with->chip == chip) n = std::max(n, run.mixed_with->accelerators);
  if (run.rollout && run.rollout->chip == chip) n = std::max(n, run.rollout->accelerators);
  return n;
}

/// The largest gang outside queues that waits for a pool's accelerators; if none waits, the largest that is planned for them, the
/// jobs of queues among them; 0 if none is.
std::int64_t largest_gang(const State& s, std::size_t p) {
  const Pool& pool = s.pools[p];
  std::int64_t waiting = 0, planned = largest_job(s, p);
  for (const Gang& gang : s.gangs) {
    if (!may_run_at(s, gang, pool.site)) continue;
    const std::int64_t n = wanted_of(s.plan.workloads[gang.workload].runs[gang.run], s.chip(pool.chip).id);
    planned = std::max(planned, n);
    if (gang.state == Gang::State::queued) waiting = std::max(waiting, n);
  }
  return waiting > 0 ? waiting : planned;
}

}  // namespace

double fragmented(const scheduling::GangCluster& cluster, const network::FabricSpec& spec, std::int64_t gang) {
  const std::int64_t domain = spec.accelerators_per_domain, group = domain * spec.domains_per_group, pod = group * spec.groups_per_pod;
  const std::int64_t free = cluster.free_gpus();
  if (free < gang) return 0;  // a shortage, wherever they are
  if (gang <= domain) return static_cast<double>(cluster.fragmented(static_cast<std::int32_t>(gang)));
  const std::int64_t whole = std::int64_t{cluster.free_nodes()} * domain;  // a gang of several domains takes whole ones
  if (whole < gang) return static_cast<double>(free);
  if (gang > pod || cluster.groups() == 1) return static_cast<double>(free - whole);
  std::vector<std::int32_t> idle;
  for (std::int32_t n = 0; n < cluster.nodes(); ++n) idle.push_back(cluster.up(n) && cluster.free_on(n) == domain ? cluster.free_on(n) : 0);
  const auto level = gang <= group ? network::Level::group : network::Level::pod;
  return static_cast<double>(free - network::fragmentation(spec, idle, level, gang).usable);
}

void meter_fragmentation(State& s) {
  if (!s.fabrics) return;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    PoolFabric* fabric = s.fabrics->pools[p].get();
    const std::int64_t gang = fabric != nullptr ? largest_gang(s, p) : 0;
    if (gang == 0) continue;
    show_queues(s, p, Shown::all);
    stand(s, p, *fabric);
    s.meters.pools[p].unheld_hours += 24.0 * static_cast<double>(fabric->cluster.free_gpus());
    s.meters.pools[p].fragmented_hours += 24.0 * fragmented(fabric->cluster, fabric->tree.spec(), gang);
  }
}

}  // namespace headroom::fleet
