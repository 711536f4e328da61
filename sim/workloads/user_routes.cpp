#include "sim/workloads/user_routes.hpp"

#include <algorithm>
#include <set>

namespace headroom::workloads {

bool serves(const scenario::Site& site, const std::string& region) {
  return region.empty() || site.region == region || std::find(site.serves.begin(), site.serves.end(), region) != site.serves.end();
}

namespace {

/// Adds every site, every end of a link and every link; returns the names of the places.
std::set<std::string> join(const scenario::Scenario& scenario, network::WideArea& net) {
  std::set<std::string> places;
  const auto add = [&](const std::string& name) {
    if (places.insert(name).second) net.add_place(name);
  };
  for (const auto& site : scenario.sites) add(site.id);
  for (const auto& link : scenario.links) {
    for (const auto& end : link.between) add(end);
  }
  for (const auto& link : scenario.links) net.add_link(link.between[0], link.between[1], link.delay);
  return places;
}

}  // namespace

std::vector<UserRoute> user_routes(const scenario::Scenario& scenario) {
  std::vector<UserRoute> routes;
  if (scenario.links.empty()) return routes;
  network::WideArea net;
  const auto places = join(scenario, net);

  std::vector<std::string> regions;
  for (const auto& site : scenario.sites) {
    for (const std::string& region : site.serves) {
      if (std::find(regions.begin(), regions.end(), region) == regions.end()) regions.push_back(region);
    }
  }
  for (const std::string& region : regions) {
    const auto may_pass = [&](const std::string& place) {
      return std::any_of(scenario.sites.begin(), scenario.sites.end(), [&](const auto& site) { return site.id == place && serves(site, region); });
    };
    std::vector<std::string> starts;
    if (places.contains(region)) starts.push_back(region);
    for (const auto& site : scenario.sites) {
      if (site.region == region) starts.push_back(site.id);
    }
    for (std::size_t i = 0; i < scenario.sites.size(); ++i) {
      const auto& site = scenario.sites[i];
      if (site.region == region || !serves(site, region)) continue;
      std::optional<network::Route> best;
      for (const std::string& start : starts) {
        auto way = net.fastest(start, site.id, may_pass);
        const auto key = [](const network::Route& r) { return std::pair(r.delay.base(), r.hops.size()); };
        if (way && (!best || key(*way) < key(*best))) best = std::move(way);
      }
      if (best) routes.push_back({region, i, std::move(best->hops), std::move(best->places), 2.0 * best->delay});
    }
  }
  return routes;
}

std::optional<network::Route> site_route(const scenario::Scenario& scenario, const std::string& from, const std::string& to) {
  network::WideArea net;
  (void)join(scenario, net);
  return net.fastest(from, to, [&](const std::string& place) {
    return std::any_of(scenario.sites.begin(), scenario.sites.end(), [&](const auto& site) { return site.id == place; });
  });
}

const UserRoute* find_route(const std::vector<UserRoute>& routes, const std::string& region, std::size_t site) {
  for (const UserRoute& route : routes) {
    if (route.site == site && route.region == region) return &route;
  }
  return nullptr;
}

}  // namespace headroom::workloads
