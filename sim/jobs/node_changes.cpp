#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs::detail {

/// Lets an interrupted gang that has lost a node go on with another; it waits if none stands free.
void Fleet::replace_node(Site& site, std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  if (site.nodes.free_nodes() == 0) {
    release(slot);
    wait(slot, true);
    return;
  }
  site.nodes.take_first(slot, 1, s.nodes);
  note_free(site);
  s.since = now_;
  s.ends_at = now_ + s.restart_left + s.left;
}

void Fleet::node_fails(std::int32_t node) {
  ++outcome_.failures;
  Site& site = site_of_node(node);
  const std::int32_t n = node - site.first_node;
  const double u = luck_of(repair_luck_, node);
  const SimTime repair = to_sim_time(repair_ ? Seconds{repair_->quantile(u)} : spec_.repair.mean);
  ++nodes_[at(node)].failures;
  expect(now_ + repair, Kind::repaired, node);
  outcome_.fates.down += Int128{site.nodes.gpus_per_node()} * (std::min(span_, now_ + repair) - now_).count();

  hit_.clear();
  for (std::int32_t s = nodes_[at(node)].part_owner; s != nobody; s = slots_[at(s)].next_on_node) hit_.push_back(s);
  for (const std::int32_t slot : hit_) {
    interrupt(slot);
    release(slot);
  }
  account(site);
  const std::int32_t holder = site.nodes.holder_of(n);
  site.nodes.take_down(n);
  note_free(site);
  if (holder >= 0) {
    interrupt(holder);
    replace_node(site, holder);
  } else if (holder != nobody) {  // a service goes on without the node and replaces it at the full hour
    --service_held_[at(-2 - holder)];
    --site.service_nodes;
  }
  for (const std::int32_t slot : hit_) {
    if (!start(slot)) wait(slot, true);
  }
  drain(site);
}

void Fleet::node_repaired(std::int32_t node) {
  ++outcome_.repairs;
  Site& site = site_of_node(node);
  account(site);
  site.nodes.bring_up(node - site.first_node);
  note_free(site);
  draw_failure(node, engine::to_seconds(now_));
  drain(site);
}

/// Evicts the running job of the lowest tier that started last (but for gaps). False if none of `from_tier` or below runs.
bool Fleet::recall(Site& site, std::int32_t from_tier) {
  for (std::int32_t tier = tiers_; tier-- > from_tier;) {
    if (site.running[at(tier)].empty()) continue;
    const std::int32_t slot = site.running[at(tier)].back();
    Slot& s = slots_[at(slot)];
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
  account(site);
  while (site.nodes.free_nodes() < nodes && recall(site, s.evicts_from_tier)) {
  }
  const std::int32_t given = std::min(nodes, site.nodes.free_nodes());
  outcome_.service_short += nodes - given;
  site.nodes.take_first(-2 - service, given, service_nodes_[at(service)]);
  note_free(site);
  service_held_[at(service)] += given;
  site.service_nodes += given;
}

void Fleet::service_gives(std::int32_t service, std::int32_t nodes) {
  Site& site = sites_[at(spec_.services[at(service)].site)];
  account(site);
  service_held_[at(service)] -= nodes;
  site.service_nodes -= nodes;
  site.nodes.give(service_nodes_[at(service)], nodes);
  note_free(site);
}

}  // namespace headroom::jobs::detail
