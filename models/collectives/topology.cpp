#include "models/collectives/topology.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>

#include <algorithm>
#include <stdexcept>

namespace headroom::collectives {
namespace {

// Whole bytes a second: augmenting paths are exact on integers, so the answer does not depend on their order.
using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                    boost::property<boost::edge_capacity_t, long long,
                                                    boost::property<boost::edge_residual_capacity_t, long long,
                                                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

void add_arc(Graph& g, std::size_t a, std::size_t b, long long capacity) {
  const auto there = boost::add_edge(a, b, g).first;
  const auto back = boost::add_edge(b, a, g).first;
  boost::put(boost::edge_capacity, g, there, capacity);
  boost::put(boost::edge_capacity, g, back, 0);
  boost::put(boost::edge_reverse, g, there, back);
  boost::put(boost::edge_reverse, g, back, there);
}

}  // namespace

Topology::Node Topology::add_device() {
  devices_.push_back(nodes_);
  return nodes_++;
}

Topology::Node Topology::add_switch() { return nodes_++; }

void Topology::connect(Node a, Node b, BytesPerSecond capacity) {
  if (a >= nodes_ || b >= nodes_) throw std::out_of_range("topology: a link names a node that was not added");
  if (!(capacity.base() >= 0)) throw std::domain_error("topology: a link needs a capacity of zero or more");
  edges_.push_back({a, b, capacity.base()});
}

BytesPerSecond Topology::maximum_flow(const std::vector<Node>& from, const std::vector<Node>& to) const {
  Graph g(nodes_ + 2);
  // Source and sink arcs carry more than everything else together, yet their sum stays far from overflow.
  long long unbounded = 1;
  for (const Edge& e : edges_) unbounded += 2 * static_cast<long long>(e.capacity);
  for (const Edge& e : edges_) {
    add_arc(g, e.a, e.b, static_cast<long long>(e.capacity));
    add_arc(g, e.b, e.a, static_cast<long long>(e.capacity));
  }
  for (const Node n : from) add_arc(g, nodes_, n, unbounded);
  for (const Node n : to) add_arc(g, n, nodes_ + 1, unbounded);
  return BytesPerSecond{static_cast<double>(boost::edmonds_karp_max_flow(g, nodes_, nodes_ + 1))};
}

BytesPerSecond Topology::bisection() const {
  const auto half = static_cast<std::ptrdiff_t>(devices_.size() / 2);
  return maximum_flow({devices_.begin(), devices_.begin() + half}, {devices_.begin() + half, devices_.end()});
}

double Topology::oversubscription() const {
  double ports = 0;
  for (std::size_t i = 0; i < devices_.size() / 2; ++i) {
    for (const Edge& e : edges_) {
      if (e.a == devices_[i] || e.b == devices_[i]) ports += e.capacity;
    }
  }
  const double cut = bisection().base();
  if (cut <= 0) throw std::domain_error("topology: the halves of the network are not joined");
  return std::max(1.0, ports / cut);
}

Topology leaf_spine(std::size_t devices, std::size_t leaf, BytesPerSecond port, BytesPerSecond uplink) {
  Topology t;
  const Topology::Node spine = t.add_switch();
  Topology::Node current = 0;
  for (std::size_t i = 0; i < devices; ++i) {
    if (i % leaf == 0) {
      current = t.add_switch();
      t.connect(current, spine, uplink);
    }
    t.connect(t.add_device(), current, port);
  }
  return t;
}

}  // namespace headroom::collectives
