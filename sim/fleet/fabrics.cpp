#include "sim/fleet/fabrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/fleet/failures.hpp"
#include "sim/fleet/queue_places.hpp"

namespace headroom::fleet {

using scenario::SiteFabric;

namespace {

const SiteFabric* rule_of(const State& s, const Pool& pool) {
  for (const SiteFabric& fabric : s.site(pool.site).fabric) {
    const auto& chips = fabric.chips;
    if (chips.empty() || std::find(chips.begin(), chips.end(), s.chip(pool.chip).id) != chips.end()) return &fabric;
  }
  return nullptr;
}

/// The most accelerators that a pool could ever have in service.
std::int64_t most_of(const State& s, const Pool& pool) {
  const auto here = [&](const auto& x) { return x.site == s.site(pool.site).id && x.chip == s.chip(pool.chip).id; };
  std::int64_t most = 0;
  for (const auto& cohort : s.plan.fleet) most += here(cohort) ? cohort.count : 0;
  for (const auto& order : s.plan.orders) {
    if (!here(order)) continue;
    std::int64_t times = 1;
    for (const auto& r : s.plan.responses) {
      if (r.action == scenario::Response::Action::order && r.target == order.id) times = std::max<std::int64_t>(times, r.limit);
    }
    for (const auto& delivery : order.deliveries) most += times * delivery.count;
  }
  for (const auto& lease : s.plan.leases) most += here(lease) ? lease.count : 0;
  for (const auto& r : s.plan.responses) most += r.action == scenario::Response::Action::bridge && here(r) ? r.count * r.limit : 0;
  return most;
}

std::int32_t domain_of(const SiteFabric& rule, const catalog::Chip& chip) {
  return static_cast<std::int32_t>(rule.domain > 0 ? rule.domain : chip.scaleup_domain.value());
}

std::int32_t domains_of(std::int64_t accelerators, std::int32_t domain) { return static_cast<std::int32_t>((accelerators + domain - 1) / domain); }

network::FabricSpec spec_of(const SiteFabric& rule, const catalog::Chip& chip, std::int64_t accelerators) {
  network::FabricSpec spec;
  spec.accelerators_per_domain = domain_of(rule, chip);
  spec.nic = rule.port.base() > 0 ? rule.port : chip.scaleout_bandwidth.value();
  // Inside a domain the step model reckons with its own link; here nothing may bind before the ports.
  spec.scale_up = std::max(spec.nic, chip.scaleup_bandwidth.value_or(spec.nic));
  spec.rails = rule.rails;
  spec.switch_ports = rule.switch_ports;
  spec.optical_leaf_links = rule.optical_leaf_links;
  spec.domains_per_group = static_cast<std::int32_t>(rule.domains_per_leaf);
  spec.groups_per_pod = static_cast<std::int32_t>(rule.leaves_per_pod);
  const std::int64_t in_pod = rule.domains_per_leaf * rule.leaves_per_pod;
  spec.pods = static_cast<std::int32_t>((domains_of(accelerators, spec.accelerators_per_domain) + in_pod - 1) / in_pod);
  spec.leaf_oversubscription = rule.leaf_oversubscription;
  spec.spine_oversubscription = rule.spine_oversubscription;
  return spec;
}

PoolFabric* fabric_at(State& s, std::size_t pool) { return s.fabrics ? s.fabrics->pools[pool].get() : nullptr; }
const PoolFabric* fabric_at(const State& s, std::size_t pool) { return s.fabrics ? s.fabrics->pools[pool].get() : nullptr; }

std::size_t ability_index(const State& s, const Gang& gang, const std::string& chip) {
  for (std::size_t i = 0; i < s.shared->training.size(); ++i) {
    const auto& able = s.shared->training[i];
    if (able.workload == gang.workload && able.run == gang.run && able.chip == chip) return i;
  }
  return ~std::size_t{0};
}

}  // namespace

PoolFabric::PoolFabric(const SiteFabric& r, const catalog::Chip& chip, std::int64_t accelerators)
    : rule(&r),
      tree(spec_of(r, chip, accelerators)),
      cluster(domains_of(accelerators, domain_of(r, chip)), domain_of(r, chip), static_cast<std::int32_t>(r.domains_per_leaf)),
      laying(scheduling::laying_named(r.placement, domain_of(r, chip), {})),
      present(cluster.nodes()),
      lowest_absent(cluster.nodes()) {}

Fabrics::Fabrics(const State& s) : pools(s.pools.size()) {
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const SiteFabric* rule = rule_of(s, s.pools[p]);
    const std::int64_t most = most_of(s, s.pools[p]);
    if (rule == nullptr || most == 0) continue;
    pools[p] = std::make_unique<PoolFabric>(*rule, s.chip(s.pools[p].chip), most);
  }
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    for (const SiteFabric& fabric : s.site(i).fabric) {
      for (const auto& p : fabric.parts) purchases.push_back({i, &fabric, &p, p.ordered, p.switches, p.optics, {}, {}});
    }
  }
}

std::int32_t wanted_domains(const State& s, std::size_t p, const PoolFabric& fabric) {
  const Pool& pool = s.pools[p];
  const std::int64_t accelerators = pool.closed ? 0 : std::max(standing_now(s, pool) - pool.unpowered, pool.held_by_gangs);
  return std::min(domains_of(accelerators, fabric.cluster.gpus_per_node()), fabric.cluster.nodes());
}

void stand(const State& s, std::size_t p, PoolFabric& fabric) {
  auto& cluster = fabric.cluster;
  const std::int32_t wanted = wanted_domains(s, p, fabric);
  for (std::int32_t n = fabric.lowest_absent; fabric.present < wanted; ++n) {
    if (!cluster.up(n)) {
      cluster.set_up(n, true);
      ++fabric.present;
      ++fabric.changes;
    }
    fabric.lowest_absent = n + 1;
  }
  for (std::int32_t n = cluster.nodes() - 1; fabric.present > wanted && n >= 0; --n) {
    if (!cluster.up(n) || cluster.free_on(n) < cluster.gpus_per_node()) continue;
    cluster.set_up(n, false);
    --fabric.present;
    ++fabric.changes;
    fabric.lowest_absent = std::min(fabric.lowest_absent, n);
  }
}

bool has_place(State& s, std::size_t pool, std::int64_t accelerators) {
  PoolFabric* fabric = fabric_at(s, pool);
  if (fabric == nullptr) return true;
  show_queues(s, pool, Shown::all);
  stand(s, pool, *fabric);
  show_queues(s, pool, Shown::runs);
  return fabric->cluster.fits(static_cast<std::int32_t>(accelerators), fabric->laying.rule());
}

bool take_place(State& s, std::vector<Gang::Part>& parts) {
  for (Gang::Part& part : parts) {
    PoolFabric* fabric = fabric_at(s, part.pool);
    if (fabric == nullptr) continue;
    show_queues(s, part.pool, Shown::all);
    stand(s, part.pool, *fabric);
    const auto lay = [&] { return fabric->laying.take(fabric->cluster, static_cast<std::int32_t>(part.accelerators), part.place); };
    bool laid = lay();
    if (!laid) {
      show_queues(s, part.pool, Shown::runs);
      laid = lay();
    }
    ++fabric->changes;
    if (laid) continue;
    for (Gang::Part& taken : parts) leave_place(s, taken);
    return false;
  }
  return true;
}

void leave_place(State& s, Gang::Part& part) {
  if (part.place.empty()) return;
  PoolFabric& fabric = *fabric_at(s, part.pool);
  fabric.cluster.give(part.place);
  ++fabric.changes;
  part.place.clear();
}

namespace {

std::vector<network::DomainShare> shares_of(const scheduling::GangPlacement& domains) {
  std::vector<network::DomainShare> shares;
  for (const scheduling::NodeRun& run : domains) {
    for (std::int32_t n = 0; n < run.nodes; ++n) shares.push_back({run.node + n, run.gpus});
  }
  return shares;
}

}  // namespace

network::GangBandwidth bandwidth_at(const PoolFabric& fabric, const scheduling::GangPlacement& domains, network::Pattern pattern) {
  return fabric.tree.bandwidth(shares_of(domains), pattern);
}

double share_of_port(const PoolFabric& fabric, const network::GangBandwidth& seen) {
  return seen.domains > 1 ? seen.per_accelerator / fabric.tree.spec().nic : 1;
}

std::optional<network::GangBandwidth> bandwidth_of(const State& s, const Gang& gang, const Gang::Part& part) {
  const PoolFabric* fabric = fabric_at(s, part.pool);
  if (fabric == nullptr) return std::nullopt;
  const bool exchanges = workloads::exchanges_tokens(s.plan.workloads[gang.workload].runs[gang.run]);
  return bandwidth_at(*fabric, part.place, exchanges ? network::Pattern::all_to_all : network::Pattern::ring);
}

double speed_in_place(State& s, Gang& gang) {
  double slowest = std::numeric_limits<double>::infinity();
  for (Gang::Part& part : gang.parts) {
    const auto seen = bandwidth_of(s, gang, part);
    const std::size_t able = ability_index(s, gang, s.chip(s.pools[part.pool].chip).id);
    if (!seen || able == ~std::size_t{0}) continue;  // rollouts only receive weights
    const BytesPerSecond port = fabric_at(s, part.pool)->tree.spec().nic;
    const BytesPerSecond rate = seen->domains > 1 ? seen->per_accelerator : port;
    part.network = rate / port;
    std::vector<network::Reach> reaches;
    if (seen->domains > 1) {
      auto shares = shares_of(part.place);
      std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.domain < b.domain; });
      reaches = network::reaches(fabric_at(s, part.pool)->tree, shares);
    }
    const auto [known, is_new] = s.fabrics->speeds.try_emplace({able, reaches}, 0.0);
    if (is_new) known->second = workloads::speed_on_network(s.plan, s.shared->training[able], port, reaches);
    part.mfu *= known->second;
    slowest = std::min(slowest, known->second);
  }
  return slowest < std::numeric_limits<double>::infinity() ? slowest : 1;
}

std::string place_in_words(const State& s, const Gang& gang) {
  std::string words;
  for (const Gang::Part& part : gang.parts) {
    const auto seen = bandwidth_of(s, gang, part);
    if (!seen) continue;
    words += fmt::format("; {} domains under {} groups of leaves in {} pods see {:.3f} of their ports", seen->domains, seen->groups, seen->pods, part.network);
  }
  return words;
}

}  // namespace headroom::fleet
