#include "sim/placement/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace headroom::placement {
namespace {

[[noreturn]] void refuse(std::string_view kind, std::size_t index, std::string_view expected, double value) {
  throw std::logic_error(fmt::format("placement problem, {} {}: {} expected, not {}", kind, index, expected, value));
}

void non_negative(std::string_view kind, std::size_t index, std::string_view what, double value) {
  if (!(value >= 0) || !std::isfinite(value)) refuse(kind, index, what, value);
}

void check_arc(const Problem& problem, std::size_t index) {
  const Arc& arc = problem.arcs[index];
  if (arc.service >= problem.services.size()) refuse("arc", index, "a service index", static_cast<double>(arc.service));
  if (arc.pool >= problem.pools.size()) refuse("arc", index, "a pool index", static_cast<double>(arc.pool));
  if (arc.replica_accelerators < 1) {
    refuse("arc", index, "at least one accelerator a replica", static_cast<double>(arc.replica_accelerators));
  }
  non_negative("arc", index, "a rate of at least 0", arc.rate_per_accelerator);
  non_negative("arc", index, "a power of at least 0", arc.power_per_accelerator.base());
  non_negative("arc", index, "a cost of at least 0", arc.cost);
  non_negative("arc", index, "a switching cost of at least 0", arc.switching);
  non_negative("arc", index, "at least 0 current replicas", static_cast<double>(arc.current));
  if (!arc.companion) return;
  const Companion& other = *arc.companion;
  if (other.pool >= problem.pools.size() || other.pool == arc.pool) {
    refuse("companion of arc", index, "the index of another pool", static_cast<double>(other.pool));
  }
  if (other.replica_accelerators < 1) {
    refuse("companion of arc", index, "at least one accelerator a replica", static_cast<double>(other.replica_accelerators));
  }
  non_negative("companion of arc", index, "a power of at least 0", other.power_per_accelerator.base());
  non_negative("companion of arc", index, "a cost of at least 0", other.cost);
  non_negative("companion of arc", index, "a switching cost of at least 0", other.switching);
}

}  // namespace

void check(const Problem& problem) {
  for (std::size_t i = 0; i < problem.pools.size(); ++i) {
    const Pool& pool = problem.pools[i];
    non_negative("pool", i, "at least 0 accelerators", static_cast<double>(pool.accelerators));
    if (pool.site && *pool.site >= problem.sites.size())
      refuse("pool", i, "a site index", static_cast<double>(*pool.site));
  }
  for (std::size_t i = 0; i < problem.sites.size(); ++i) {
    non_negative("site", i, "a power limit of at least 0", problem.sites[i].power_limit.base());
  }
  for (std::size_t i = 0; i < problem.services.size(); ++i) {
    const Service& service = problem.services[i];
    non_negative("service", i, "a demand of at least 0", service.demand);
    non_negative("service", i, "a minimum of at least 0 replicas", static_cast<double>(service.minimum_replicas));
    if (!(service.weight > 0) || !std::isfinite(service.weight))
      refuse("service", i, "a weight above 0", service.weight);
  }
  std::vector<std::array<std::size_t, 3>> seen;
  seen.reserve(problem.arcs.size());
  for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
    check_arc(problem, i);
    const Arc& arc = problem.arcs[i];
    seen.push_back({arc.service, arc.pool, arc.companion ? arc.companion->pool : arc.pool});
  }
  std::sort(seen.begin(), seen.end());
  if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end()) {
    throw std::logic_error(fmt::format("placement problem: one arc between service {} and pool {} expected, not several", (*twice)[0], (*twice)[1]));
  }
  for (std::size_t i = 0; i < problem.links.size(); ++i) {
    non_negative("link", i, "a capacity of at least 0", problem.links[i].capacity);
    for (const Link::Use& use : problem.links[i].uses) {
      if (use.arc >= problem.arcs.size()) refuse("link", i, "an arc index", static_cast<double>(use.arc));
      non_negative("link", i, "a use of at least 0", use.per_replica);
    }
  }
}

}  // namespace headroom::placement
