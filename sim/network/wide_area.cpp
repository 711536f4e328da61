#include "sim/network/wide_area.hpp"

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/property_map/transform_value_property_map.hpp>
#include <compare>
#include <limits>
#include <stdexcept>

namespace headroom::network {

void WideArea::add_place(const std::string& name) {
  for (auto [v, end] = boost::vertices(graph_); v != end; ++v) {
    if (graph_[*v].name == name) throw std::invalid_argument("place \"" + name + "\" stands twice");
  }
  boost::add_vertex(Place{name}, graph_);
}

WideArea::Vertex WideArea::place(const std::string& name) const {
  for (auto [v, end] = boost::vertices(graph_); v != end; ++v) {
    if (graph_[*v].name == name) return *v;
  }
  throw std::invalid_argument("there is no place \"" + name + "\"");
}

void WideArea::add_link(const std::string& a, const std::string& b, Seconds delay) {
  if (!(delay.base() >= 0)) throw std::invalid_argument("a link has no negative delay");
  const Vertex first = place(a);
  boost::add_edge(first, place(b), Link{delay.base(), boost::num_edges(graph_), first}, graph_);
}

namespace {

/// Delay first, then links.
struct Length {
  double delay = 0;
  std::int64_t links = 0;
  friend auto operator<=>(const Length&, const Length&) = default;
};

}  // namespace

std::optional<Route> WideArea::fastest(const std::string& from, const std::string& to,
                                       const std::function<bool(const std::string&)>& may_pass) const {
  const Vertex source = place(from);
  const Vertex target = place(to);
  const std::function<bool(Vertex)> allowed = [&](Vertex v) { return v == source || v == target || !may_pass || may_pass(graph_[v].name); };
  const boost::filtered_graph<Graph, boost::keep_all, std::function<bool(Vertex)>> inside(graph_, boost::keep_all{}, allowed);
  std::vector<Vertex> before(boost::num_vertices(graph_));
  for (std::size_t v = 0; v < before.size(); ++v) before[v] = v;
  const auto index = boost::get(boost::vertex_index, graph_);
  std::vector<Length> length(before.size());
  const auto weight = boost::make_transform_value_property_map([](const Link& l) { return Length{l.delay, 1}; }, boost::get(boost::edge_bundle, graph_));
  boost::dijkstra_shortest_paths(inside, source,
                                 boost::predecessor_map(boost::make_iterator_property_map(before.begin(), index))
                                     .weight_map(weight)
                                     .distance_map(boost::make_iterator_property_map(length.begin(), index))
                                     .distance_compare(std::less<Length>())
                                     .distance_combine([](Length a, Length b) { return Length{a.delay + b.delay, a.links + b.links}; })
                                     .distance_inf(Length{std::numeric_limits<double>::infinity(), 0})
                                     .distance_zero(Length{}));
  if (source != target && before[target] == target) return std::nullopt;

  Route route;
  for (Vertex v = target; v != source; v = before[v]) {
    route.places.push_back(graph_[v].name);
    // Of parallel links the search used the one with the least delay.
    const Link* used = nullptr;
    for (auto [e, end] = boost::out_edges(v, graph_); e != end; ++e) {
      if (boost::target(*e, graph_) != before[v]) continue;
      const Link& link = graph_[*e];
      if (used == nullptr || link.delay < used->delay || (link.delay == used->delay && link.index < used->index)) used = &link;
    }
    route.hops.push_back({used->index, used->first == before[v]});
    route.delay += Seconds{used->delay};
  }
  route.places.push_back(graph_[source].name);
  std::reverse(route.places.begin(), route.places.end());
  std::reverse(route.hops.begin(), route.hops.end());
  return route;
}

}  // namespace headroom::network
