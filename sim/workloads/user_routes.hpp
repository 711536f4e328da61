#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/network/wide_area.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::workloads {

/// The way of a region's traffic to a site outside it.
struct UserRoute {
  std::string region;
  std::size_t site = 0;              ///< place in Scenario::sites
  std::vector<network::Hop> hops;    ///< from the users to the site; links by their place in the scenario
  std::vector<std::string> places;
  Seconds round_trip;
};

/// Whether the site may serve traffic of the region; that of no region goes anywhere.
[[nodiscard]] bool serves(const scenario::Site& site, const std::string& region);

/// One for each region and site outside it that may serve it; none without links, when the network is free and takes no time.
/// A way begins in the region itself or at one of its sites, and passes only through sites that may serve it.
[[nodiscard]] std::vector<UserRoute> user_routes(const scenario::Scenario& scenario);

/// Null for a site of the region.
[[nodiscard]] const UserRoute* find_route(const std::vector<UserRoute>& routes, const std::string& region, std::size_t site);

/// The way between two sites, through sites alone; nothing without links, or where none leads there.
[[nodiscard]] std::optional<network::Route> site_route(const scenario::Scenario& scenario, const std::string& from, const std::string& to);

}  // namespace headroom::workloads
