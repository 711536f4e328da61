#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/units/money.hpp"
#include "models/units/quantity.hpp"

namespace headroom::network {

/// A link between two sites, the same in both directions.
struct SiteLink {
  std::string a, b;
  BytesPerSecond bandwidth;
  Seconds delay;              ///< one way
  Price<Bytes> egress;        ///< paid for each byte that leaves either end
};

/// A way between two sites.
struct Route {
  std::vector<std::string> sites;  ///< both ends included
  BytesPerSecond bandwidth;        ///< of the narrowest link
  Seconds delay;
  Money egress_per_gigabyte;       ///< summed over the links
};

/// A move of data over a route.
struct Transfer {
  Seconds time;                    ///< delay + bytes / bandwidth
  Money egress;
};

/// Sites and the links between them (Boost.Graph). Regions keep data where it must stay.
class WideArea {
 public:
  WideArea() = default;
  WideArea(const WideArea&) = delete;
  WideArea& operator=(const WideArea&) = delete;
  /// Adds a site of a residency region. Throws std::invalid_argument for a name that stands already.
  void add_site(const std::string& name, const std::string& region);
  /// Throws std::invalid_argument for an unknown site, a bandwidth that is not above 0 or a second currency.
  void add_link(const SiteLink& link);

  /// The way with the least delay, ties by fewer links; nothing if none exists. With `region` every site of the way must lie
  /// in it: data of a residency class never leaves it, not even in transit.
  [[nodiscard]] std::optional<Route> fastest(const std::string& from, const std::string& to, const std::optional<std::string>& region = {}) const;
  /// The way with the widest narrowest link.
  [[nodiscard]] std::optional<Route> widest(const std::string& from, const std::string& to, const std::optional<std::string>& region = {}) const;
  /// Bandwidth between two sites over all ways at once (maximum flow).
  [[nodiscard]] BytesPerSecond capacity(const std::string& from, const std::string& to) const;
  [[nodiscard]] Transfer transfer(Bytes size, const Route& route) const;

 private:
  struct Site {
    std::string name, region;
  };
  struct Link {
    double bandwidth = 0, delay = 0, egress = 0;  ///< bytes/s, s, currency per byte
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, Site, Link>;
  using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
  [[nodiscard]] Vertex site(const std::string& name) const;
  [[nodiscard]] std::optional<Route> best(const std::string& from, const std::string& to, const std::optional<std::string>& region, bool by_width) const;

  Graph graph_;
  Currency currency_ = usd;
};

}  // namespace headroom::network
