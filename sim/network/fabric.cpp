#include "sim/network/fabric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

namespace headroom::network {

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::domain: return "domain";
    case Level::group: return "group";
    case Level::pod: return "pod";
    case Level::core: return "core";
  }
  return "";
}

Fabric::Fabric(const FabricSpec& spec) : spec_(spec) {
  const bool counts = spec.accelerators_per_domain >= 1 && spec.rails >= 1 && spec.domains_per_group >= 1 && spec.groups_per_pod >= 1 && spec.pods >= 1;
  if (!counts || spec.leaf_oversubscription < 1 || spec.spine_oversubscription < 1) {
    throw std::invalid_argument("a fabric has at least one of each part and an oversubscription of at least 1");
  }
  if (!(spec.nic.base() > 0) || !(spec.scale_up.base() > 0)) throw std::invalid_argument("a fabric's bandwidths are above 0");
  const std::int32_t groups = spec.groups_per_pod * spec.pods;
  first_group_ = static_cast<std::size_t>(domains());
  first_pod_ = first_group_ + static_cast<std::size_t>(groups);
  core_ = first_pod_ + static_cast<std::size_t>(spec.pods);
  for (std::size_t v = 0; v <= core_; ++v) boost::add_vertex(graph_);
  const std::int64_t in_domain = spec.accelerators_per_domain;
  const std::int64_t in_group = in_domain * spec.domains_per_group;
  const std::int64_t in_pod = in_group * spec.groups_per_pod;
  const double nic = spec.nic.base();
  const auto add = [&](std::size_t v, Level level, std::int64_t below, std::size_t above, double capacity) {
    graph_[v] = {level, below};
    boost::add_edge(v, above, Uplink{capacity, 1}, graph_);
  };
  for (std::int32_t d = 0; d < domains(); ++d) {
    add(vertex(Level::domain, d), Level::domain, in_domain, vertex(Level::group, d / spec.domains_per_group), static_cast<double>(in_domain) * nic);
  }
  for (std::int32_t g = 0; g < groups; ++g) {
    add(vertex(Level::group, g), Level::group, in_group, vertex(Level::pod, g / spec.groups_per_pod),
        static_cast<double>(in_group) * nic / spec.leaf_oversubscription);
  }
  for (std::int32_t p = 0; p < spec.pods; ++p) {
    add(vertex(Level::pod, p), Level::pod, in_pod, core_, static_cast<double>(in_pod) * nic / spec.leaf_oversubscription / spec.spine_oversubscription);
  }
  graph_[core_] = {Level::core, in_pod * spec.pods};
}

std::size_t Fabric::vertex(Level level, std::int32_t index) const {
  const auto i = static_cast<std::size_t>(index);
  const std::size_t first[] = {0, first_group_, first_pod_, core_};
  const std::size_t end[] = {first_group_, first_pod_, core_, core_ + 1};
  const auto l = static_cast<std::size_t>(level);
  if (index < 0 || first[l] + i >= end[l]) throw std::invalid_argument("the fabric has no such part");
  return first[l] + i;
}

BytesPerSecond Fabric::uplink(Level level, std::int32_t index) const {
  if (level == Level::core) throw std::invalid_argument("nothing is above the core");
  const Uplink& link = up(vertex(level, index));
  return BytesPerSecond{link.capacity * link.left};
}

void Fabric::degrade(Level level, std::int32_t index, double share) {
  if (level == Level::core || !(share >= 0) || share > 1) throw std::invalid_argument("an uplink keeps a share from 0 to 1");
  graph_[*boost::out_edges(vertex(level, index), graph_).first].left = share;
}

GangBandwidth Fabric::bandwidth(std::span<const DomainShare> gang, Pattern pattern, bool contended) const {
  // Members of the gang below each part it touches, climbing the tree from its domains.
  std::map<std::size_t, std::int64_t> below;
  std::int64_t n = 0;
  for (const DomainShare& share : gang) {
    if (share.accelerators < 1 || share.accelerators > spec_.accelerators_per_domain) throw std::invalid_argument("a gang holds at least one accelerator of each of its domains");
    n += share.accelerators;
    for (std::size_t v = vertex(Level::domain, share.domain);; v = boost::target(*boost::out_edges(v, graph_).first, graph_)) {
      below[v] += share.accelerators;
      if (v == core_) break;
    }
  }
  if (n == 0) throw std::invalid_argument("a gang has at least one accelerator");

  GangBandwidth result;
  double best = std::numeric_limits<double>::infinity();
  const auto bind = [&](double rate, Level level) {
    if (rate < best) {
      best = rate;
      result.bottleneck = level;
    }
  };
  for (const auto& [v, m] : below) {
    const Level level = graph_[v].level;
    result.domains += level == Level::domain ? 1 : 0;
    result.groups += level == Level::group ? 1 : 0;
    result.pods += level == Level::pod ? 1 : 0;
    if (level == Level::core || m == n) continue;  // its traffic does not pass this border
    const Uplink& link = up(v);
    double capacity = link.capacity * link.left;
    if (contended) capacity *= static_cast<double>(m) / static_cast<double>(graph_[v].accelerators);
    if (pattern == Pattern::ring) {
      // As many rings as the gang has members in its widest domain, at most one for each NIC; each leaves a part once.
      const std::int64_t rings = std::min<std::int64_t>(m, spec_.accelerators_per_domain);
      bind(capacity / static_cast<double>(rings), level);
    } else {
      // m members send the share (n - m) / (n - 1) of their traffic across the border.
      bind(capacity * static_cast<double>(n - 1) / (static_cast<double>(m) * static_cast<double>(n - m)), level);
    }
  }
  // Never faster than its own port: the NIC once it leaves its domain, the scale-up link else.
  if (result.domains > 1) bind(spec_.nic.base(), Level::domain);
  bind(spec_.scale_up.base(), Level::domain);
  result.per_accelerator = BytesPerSecond{best};
  return result;
}

std::vector<Reach> reaches(const Fabric& fabric, std::span<const DomainShare> gang) {
  const auto seen = [&](std::span<const DomainShare> part, Pattern pattern) { return fabric.bandwidth(part, pattern).per_accelerator; };
  const FabricSpec& spec = fabric.spec();
  std::vector<Reach> found;
  for (const std::int32_t wide : {spec.domains_per_group, spec.domains_per_group * spec.groups_per_pod}) {
    Reach reach{0, seen(gang.first(1), Pattern::ring), seen(gang.first(1), Pattern::all_to_all)};
    std::int64_t before = 0;  // accelerators up to a border
    std::size_t parts = 0;
    for (std::size_t begin = 0, end = 0; begin < gang.size(); begin = end, ++parts) {
      if (begin > 0) reach.accelerators = std::gcd(reach.accelerators, before);
      while (end < gang.size() && gang[end].domain / wide == gang[begin].domain / wide) before += gang[end++].accelerators;
      const auto part = gang.subspan(begin, end - begin);
      reach.ring = std::min(reach.ring, seen(part, Pattern::ring));
      reach.all_to_all = std::min(reach.all_to_all, seen(part, Pattern::all_to_all));
    }
    const std::int64_t narrower = found.empty() ? spec.accelerators_per_domain : found.back().accelerators;
    if (parts > 1 && reach.accelerators > narrower) found.push_back(reach);
  }
  std::int64_t all = 0;
  for (const DomainShare& share : gang) all += share.accelerators;
  found.push_back({all, seen(gang, Pattern::ring), seen(gang, Pattern::all_to_all)});
  return found;
}

FabricParts parts_for(const FabricSpec& spec, std::int64_t accelerators) {
  FabricParts p;
  if (accelerators <= 0) return p;
  const std::int64_t domains = ceil_div(accelerators, spec.accelerators_per_domain);
  const std::int64_t groups = ceil_div(domains, spec.domains_per_group);
  const std::int64_t pods = ceil_div(groups, spec.groups_per_pod);
  const std::int64_t nic_links = domains * spec.accelerators_per_domain;
  // A group needs ports for its NICs and for its uplinks; at least one leaf a rail.
  const auto up_links = [&](std::int64_t down, double oversubscription) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(down) / oversubscription));
  };
  const std::int64_t down_of_group = std::int64_t{spec.domains_per_group} * spec.accelerators_per_domain;
  std::int64_t leaf_up = 0;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t down = std::min(down_of_group, nic_links - g * down_of_group);
    const std::int64_t up = groups > 1 ? up_links(down, spec.leaf_oversubscription) : 0;
    p.leaves += std::max<std::int64_t>(spec.rails, ceil_div(down + up, spec.switch_ports));
    leaf_up += up;
  }
  std::int64_t spine_up = 0;
  if (groups > 1) {
    for (std::int64_t pod = 0; pod < pods; ++pod) {
      const std::int64_t down = ceil_div(leaf_up, pods);
      const std::int64_t up = pods > 1 ? up_links(down, spec.spine_oversubscription) : 0;
      p.spines += ceil_div(down + up, spec.switch_ports);
      spine_up += up;
    }
  }
  if (pods > 1) p.cores = ceil_div(spine_up, spec.switch_ports);
  p.ports = nic_links + 2 * leaf_up + 2 * spine_up;
  p.optics = 2 * (leaf_up + spine_up) + (spec.optical_leaf_links ? 2 * nic_links : 0);
  return p;
}

Connectable connectable(const FabricSpec& spec, std::int64_t accelerators, const FabricStock& stock) {
  const auto fits = [&](std::int64_t domains) {
    const FabricParts p = parts_for(spec, domains * spec.accelerators_per_domain);
    return p.switches() <= stock.switches && p.optics <= stock.optics;
  };
  std::int64_t low = 0;  // fits; parts grow with the size, so bisection finds the largest
  std::int64_t high = accelerators / spec.accelerators_per_domain + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  Connectable result{low * spec.accelerators_per_domain, "accelerators"};
  if (low < accelerators / spec.accelerators_per_domain) {
    const FabricParts next = parts_for(spec, (low + 1) * spec.accelerators_per_domain);
    result.binding = next.switches() > stock.switches ? "switches" : "optics";
  }
  return result;
}

BytesPerSecond torus_all_to_all(const TorusSpec& torus, const Box& box) {
  const bool inside = box.x >= 1 && box.y >= 1 && box.z >= 1 && box.x <= torus.x && box.y <= torus.y && box.z <= torus.z;
  if (!inside) throw std::invalid_argument("the box must lie inside the torus");
  const double n = static_cast<double>(box.x) * box.y * box.z;
  if (n < 2) return BytesPerSecond{6 * torus.link.base()};
  double best = std::numeric_limits<double>::infinity();
  const auto cut = [&](std::int32_t length, std::int32_t whole, double cross_section) {
    if (length < 2) return;
    // Halves of the box; around a whole dimension of more than two the traffic has a second way.
    const double low = length / 2;
    const double ways = length == whole && whole > 2 ? 2 : 1;
    const double m = n * low / length;
    const double capacity = cross_section * ways * torus.link.base();
    best = std::min(best, capacity * (n - 1) / (m * (n - m)));
  };
  cut(box.x, torus.x, static_cast<double>(box.y) * box.z);
  cut(box.y, torus.y, static_cast<double>(box.x) * box.z);
  cut(box.z, torus.z, static_cast<double>(box.x) * box.y);
  return BytesPerSecond{best};
}

Fragmentation fragmentation(const FabricSpec& spec, std::span<const std::int32_t> free_in_domain, Level level, std::int64_t size) {
  std::int64_t per_part = 1;
  if (level >= Level::group) per_part *= spec.domains_per_group;
  if (level >= Level::pod) per_part *= spec.groups_per_pod;
  if (level >= Level::core) per_part *= spec.pods;
  Fragmentation f;
  std::int64_t part = 0;
  for (std::size_t d = 0; d < free_in_domain.size(); ++d) {
    part += free_in_domain[d];
    const bool last = (static_cast<std::int64_t>(d) + 1) % per_part == 0 || d + 1 == free_in_domain.size();
    if (!last) continue;
    f.free += part;
    if (part >= size) f.usable += part;
    f.largest = std::max(f.largest, part);
    part = 0;
  }
  return f;
}

}  // namespace headroom::network
