#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/units/quantity.hpp"

namespace headroom::network {

/// A link of a way, by its place in the order of addition, and whether it is passed from its first end to its second.
struct Hop {
  std::size_t link = 0;
  bool forward = true;
};

/// A way between two places.
struct Route {
  std::vector<std::string> places;  ///< both ends included
  std::vector<Hop> hops;
  Seconds delay;                    ///< one way, summed over the links
};

/// Places (sites, and regions where users are) and the links between them (Boost.Graph).
class WideArea {
 public:
  WideArea() = default;
  WideArea(const WideArea&) = delete;
  WideArea& operator=(const WideArea&) = delete;
  /// Throws std::invalid_argument for a name that stands already.
  void add_place(const std::string& name);
  /// A link that delays as much in both directions. Throws std::invalid_argument for an unknown place or a negative delay.
  void add_link(const std::string& a, const std::string& b, Seconds delay);

  /// The way with the least delay, of those the one with fewest links, of those the one over the links added first; nothing
  /// if none exists. Places between the ends must satisfy `may_pass`: data of a residency class never leaves it, not even in
  /// transit. Throws std::invalid_argument for an unknown place.
  [[nodiscard]] std::optional<Route> fastest(const std::string& from, const std::string& to,
                                             const std::function<bool(const std::string&)>& may_pass = {}) const;

 private:
  struct Place {
    std::string name;
  };
  struct Link {
    double delay = 0;      ///< s
    std::size_t index = 0;
    std::size_t first = 0; ///< vertex of its first end
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, Place, Link>;
  using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
  [[nodiscard]] Vertex place(const std::string& name) const;

  Graph graph_;
};

}  // namespace headroom::network
