#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/units/quantity.hpp"

namespace headroom::collectives {

/// A drawn network: devices and switches joined by links of one capacity in each direction. What a formula with one
/// oversubscription cannot say (a missing spine, rails, a slow uplink) is read off its cuts.
class Topology {
 public:
  using Node = std::size_t;
  /// Adds a device (holds ranks) or a switch.
  Node add_device();
  Node add_switch();
  /// Joins two nodes, `capacity` each way. Parallel links add up. Throws std::out_of_range for an unknown node and
  /// std::domain_error for a negative capacity.
  void connect(Node a, Node b, BytesPerSecond capacity);

  [[nodiscard]] std::size_t devices() const { return devices_.size(); }
  /// Largest rate from the devices of `from` to those of `to` together, every path used (Boost.Graph maximum flow).
  [[nodiscard]] BytesPerSecond maximum_flow(const std::vector<Node>& from, const std::vector<Node>& to) const;
  /// Rate between the first and the second half of the devices in order of addition: the cut that a ring or an all-to-all
  /// over neighbours in that order has to cross.
  [[nodiscard]] BytesPerSecond bisection() const;
  /// Sum of the ports of half the devices / bisection, at least 1: what `Fabric::oversubscription` should be.
  [[nodiscard]] double oversubscription() const;

 private:
  struct Edge { Node a, b; double capacity; };
  std::vector<Edge> edges_;
  std::vector<Node> devices_;
  std::size_t nodes_ = 0;
};

/// `devices` with one port each on leaf switches of `leaf` ports, each leaf joined to a spine by `uplink` in all.
[[nodiscard]] Topology leaf_spine(std::size_t devices, std::size_t leaf, BytesPerSecond port, BytesPerSecond uplink);

}  // namespace headroom::collectives
