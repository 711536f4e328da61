#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs::detail {

/// Takes one whole node out of a placement and frees it.
void Fleet::leave_node(Site& site, GangPlacement& held, std::int32_t n) {
  const auto run = std::find_if(held.begin(), held.end(), [&](const NodeRun& r) { return r.holds(n); });
  const NodeRun whole = *run;
  *run = held.back();
  held.pop_back();
  if (whole.node < n) held.push_back({whole.node, n - whole.node, whole.gpus});
  if (n + 1 < whole.node + whole.nodes) held.push_back({n + 1, whole.node + whole.nodes - n - 1, whole.gpus});
  site.whole_owner[at(n)] = nobody;
  site.cluster.give_node(n);
}

/// Gives an interrupted gang another node for the one that it left, and lets it go on. False if none stands free.
bool Fleet::replace_node(Site& site, std::int32_t slot) {
  const auto node = site.cluster.take_node();
  if (!node) return false;
  Slot& s = slots_[at(slot)];
  s.placement.push_back({*node, 1, site.cluster.gpus_per_node()});
  site.whole_owner[at(*node)] = slot;
  s.since = queue_.now();
  s.end = queue_.schedule_after(s.restart_left + s.left, Phase::release, {Kind::end, slot});
  return true;
}

void Fleet::node_fails(std::int32_t node) {
  ++outcome_.failures;
  Site& site = site_of_node(node);
  const std::int32_t n = node - site.first_node;
  const double u = world_.draw("repair", key(node), failures_[at(node)]);
  const SimTime repair = to_sim_time(repair_ ? Seconds{repair_->quantile(u)} : spec_.repair.mean);
  ++failures_[at(node)];
  next_failure_[at(node)] = engine::latest;
  queue_.schedule_after(repair, Phase::release, {Kind::repaired, node});
  outcome_.fates.down += Int128{site.cluster.gpus_per_node()} * (std::min(span_, queue_.now() + repair) - queue_.now()).count();

  const std::int32_t owner = site.whole_owner[at(n)];
  std::vector<std::int32_t> hit;  // jobs that must be put together anew
  for (std::int32_t s = site.part_owner[at(n)]; s != nobody; s = slots_[at(s)].next_on_node) hit.push_back(s);
  for (const std::int32_t slot : hit) {
    interrupt(slot);
    release(slot);
  }
  account_idle(site);
  if (owner <= -2) {  // a service goes on without the node and replaces it at the full hour
    const std::int32_t service = -2 - owner;
    outcome_.fates.service += Int128{site.cluster.gpus_per_node()} * service_held_[at(service)] *
                              (queue_.now() - service_since_[at(service)]).count();
    service_since_[at(service)] = queue_.now();
    --service_held_[at(service)];
    leave_node(site, service_nodes_[at(service)], n);
  }
  if (owner >= 0) {
    interrupt(owner);
    leave_node(site, slots_[at(owner)].placement, n);
  }
  site.cluster.set_up(n, false);
  if (owner >= 0 && !replace_node(site, owner)) {
    release(owner);
    wait(owner, true);
  }
  for (const std::int32_t slot : hit) {
    if (!start(slot)) wait(slot, true);
  }
  drain(site);
}

void Fleet::node_repaired(std::int32_t node) {
  ++outcome_.repairs;
  Site& site = site_of_node(node);
  account_idle(site);
  site.cluster.set_up(node - site.first_node, true);
  draw_failure(node, engine::to_seconds(queue_.now()));
  drain(site);
}

/// Evicts the running job of the lowest tier that started last (but for gaps). False if none of `from_tier` or below runs.
bool Fleet::recall(Site& site, std::int32_t from_tier) {
  for (std::int32_t tier = tiers_; tier-- > from_tier;) {
    if (site.running[at(tier)].empty()) continue;
    const std::int32_t slot = site.running[at(tier)].back();
    Slot& s = slots_[at(slot)];
    queue_.cancel(s.end);
    close_run(slot, true);
    release(slot);
    ++outcome_.classes[at(s.job_class)].recalls;
    s.restart_left += restarts_[at(s.job_class)];
    wait(slot, true);
    return true;
  }
  return false;
}

void Fleet::service_takes(std::int32_t service, std::int32_t nodes) {
  const Service& s = spec_.services[at(service)];
  Site& site = sites_[at(s.site)];
  const std::int32_t width = site.cluster.gpus_per_node();
  account_idle(site);
  while (site.cluster.free_nodes() < nodes && recall(site, s.evicts_from_tier)) {
  }
  const std::int32_t given = std::min(nodes, site.cluster.free_nodes());
  outcome_.service_short += nodes - given;
  if (given == 0 || !site.cluster.take(given * width, scheduling::GangRule::tightest, scratch_)) return;
  for (const NodeRun& run : scratch_) {
    std::fill_n(site.whole_owner.begin() + run.node, run.nodes, -2 - service);
    service_nodes_[at(service)].push_back(run);
  }
  service_held_[at(service)] += given;
}

void Fleet::service_gives(std::int32_t service, std::int32_t nodes) {
  Site& site = sites_[at(spec_.services[at(service)].site)];
  GangPlacement& held = service_nodes_[at(service)];
  account_idle(site);
  service_held_[at(service)] -= nodes;
  while (nodes > 0) {
    NodeRun& last = held.back();
    const std::int32_t n = std::min(nodes, last.nodes);
    const NodeRun part{last.node + last.nodes - n, n, last.gpus};
    std::fill_n(site.whole_owner.begin() + part.node, n, nobody);
    scratch_.assign(1, part);
    site.cluster.give(scratch_);
    last.nodes -= n;
    if (last.nodes == 0) held.pop_back();
    nodes -= n;
  }
}

}  // namespace headroom::jobs::detail
