#include "sim/network/wide_area.hpp"

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <boost/property_map/transform_value_property_map.hpp>
#include <functional>
#include <limits>
#include <stdexcept>

#include "models/units/money.hpp"

namespace headroom::network {

void WideArea::add_site(const std::string& name, const std::string& region) {
  for (auto [v, end] = boost::vertices(graph_); v != end; ++v) {
    if (graph_[*v].name == name) throw std::invalid_argument("site \"" + name + "\" stands twice");
  }
  boost::add_vertex(Site{name, region}, graph_);
}

WideArea::Vertex WideArea::site(const std::string& name) const {
  for (auto [v, end] = boost::vertices(graph_); v != end; ++v) {
    if (graph_[*v].name == name) return *v;
  }
  throw std::invalid_argument("there is no site \"" + name + "\"");
}

void WideArea::add_link(const SiteLink& link) {
  if (!(link.bandwidth.base() > 0) || link.delay.base() < 0 || link.egress.amount_per_base < 0) {
    throw std::invalid_argument("a link has a bandwidth above 0, and neither a negative delay nor a negative price");
  }
  if (boost::num_edges(graph_) > 0 && link.egress.currency != currency_) throw std::invalid_argument("egress prices must be in one currency");
  currency_ = link.egress.currency;
  boost::add_edge(site(link.a), site(link.b), Link{link.bandwidth.base(), link.delay.base(), link.egress.amount_per_base}, graph_);
}

namespace {

/// Delay first, then links.
struct Length {
  double delay = 0;
  std::int64_t links = 0;
  friend auto operator<=>(const Length&, const Length&) = default;
};

}  // namespace

std::optional<Route> WideArea::best(const std::string& from, const std::string& to, const std::optional<std::string>& region, bool by_width) const {
  const Vertex source = site(from);
  const Vertex target = site(to);
  const std::function<bool(Vertex)> allowed = [&](Vertex v) { return !region || graph_[v].region == *region; };
  if (!allowed(source) || !allowed(target)) return std::nullopt;
  const boost::filtered_graph<Graph, boost::keep_all, std::function<bool(Vertex)>> inside(graph_, boost::keep_all{}, allowed);
  std::vector<Vertex> before(boost::num_vertices(graph_));
  for (std::size_t v = 0; v < before.size(); ++v) before[v] = v;
  const auto predecessors = boost::predecessor_map(boost::make_iterator_property_map(before.begin(), boost::get(boost::vertex_index, graph_)));
  const auto index = boost::get(boost::vertex_index, graph_);
  if (by_width) {
    // Widths combine by the minimum and the larger one is better; a delay of zero stands for "the source itself".
    std::vector<double> width(before.size(), 0);
    boost::dijkstra_shortest_paths(inside, source,
                                   predecessors.weight_map(boost::get(&Link::bandwidth, graph_))
                                       .distance_map(boost::make_iterator_property_map(width.begin(), index))
                                       .distance_compare(std::greater<double>())
                                       .distance_combine([](double a, double b) { return std::min(a, b); })
                                       .distance_inf(0.0)
                                       .distance_zero(std::numeric_limits<double>::infinity()));
  } else {
    std::vector<Length> length(before.size());
    const auto weight = boost::make_transform_value_property_map([](const Link& l) { return Length{l.delay, 1}; }, boost::get(boost::edge_bundle, graph_));
    boost::dijkstra_shortest_paths(inside, source,
                                   predecessors.weight_map(weight)
                                       .distance_map(boost::make_iterator_property_map(length.begin(), index))
                                       .distance_compare(std::less<Length>())
                                       .distance_combine([](Length a, Length b) { return Length{a.delay + b.delay, a.links + b.links}; })
                                       .distance_inf(Length{std::numeric_limits<double>::infinity(), 0})
                                       .distance_zero(Length{}));
  }
  if (source != target && before[target] == target) return std::nullopt;

  Route route;
  double bandwidth = std::numeric_limits<double>::infinity();
  double delay = 0;
  double egress = 0;
  for (Vertex v = target; v != source; v = before[v]) {
    route.sites.push_back(graph_[v].name);
    // Of parallel links the one that the search used: the widest, or the one with the least delay.
    const Link* used = nullptr;
    for (auto [e, end] = boost::out_edges(v, graph_); e != end; ++e) {
      if (boost::target(*e, graph_) != before[v]) continue;
      const Link& link = graph_[*e];
      if (used == nullptr || (by_width ? link.bandwidth > used->bandwidth : link.delay < used->delay)) used = &link;
    }
    bandwidth = std::min(bandwidth, used->bandwidth);
    delay += used->delay;
    egress += used->egress;
  }
  route.sites.push_back(graph_[source].name);
  std::reverse(route.sites.begin(), route.sites.end());
  route.bandwidth = BytesPerSecond{bandwidth};
  route.delay = Seconds{delay};
  route.egress_per_gigabyte = Money::of(egress * 1e9, currency_);
  return route;
}

std::optional<Route> WideArea::fastest(const std::string& from, const std::string& to, const std::optional<std::string>& region) const {
  return best(from, to, region, false);
}

std::optional<Route> WideArea::widest(const std::string& from, const std::string& to, const std::optional<std::string>& region) const {
  return best(from, to, region, true);
}

BytesPerSecond WideArea::capacity(const std::string& from, const std::string& to) const {
  // Boost's maximum flow wants directed arcs, each with a reverse of no capacity.
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  struct Arc {
    std::int64_t capacity = 0, residual = 0;  // whole bytes a second, so that the flow balances exactly
    Traits::edge_descriptor reverse;
  };
  using Flow = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Arc>;
  const Vertex source = site(from);
  const Vertex target = site(to);
  if (source == target) return BytesPerSecond{std::numeric_limits<double>::infinity()};
  Flow flow(boost::num_vertices(graph_));
  for (auto [e, end] = boost::edges(graph_); e != end; ++e) {
    const auto bandwidth = static_cast<std::int64_t>(graph_[*e].bandwidth);
    for (const auto& [from_site, to_site] : {std::pair{boost::source(*e, graph_), boost::target(*e, graph_)},
                                             std::pair{boost::target(*e, graph_), boost::source(*e, graph_)}}) {
      const auto there = boost::add_edge(from_site, to_site, Arc{bandwidth, 0, {}}, flow).first;
      const auto back = boost::add_edge(to_site, from_site, Arc{0, 0, {}}, flow).first;
      flow[there].reverse = back;
      flow[back].reverse = there;
    }
  }
  const std::int64_t most = boost::push_relabel_max_flow(flow, source, target, boost::get(&Arc::capacity, flow), boost::get(&Arc::residual, flow),
                                                         boost::get(&Arc::reverse, flow), boost::get(boost::vertex_index, flow));
  return BytesPerSecond{static_cast<double>(most)};
}

Transfer WideArea::transfer(Bytes size, const Route& route) const {
  const Seconds sending = route.sites.size() < 2 ? Seconds{0} : size / route.bandwidth;
  return {route.delay + sending, Money::of(route.egress_per_gigabyte.amount() * size.base() / 1e9, currency_)};
}

}  // namespace headroom::network
