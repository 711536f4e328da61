#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/units/quantity.hpp"

namespace headroom::catalog {

/// One kind of interconnect as its vendor sells it. Bandwidth is per device and one direction.
struct Network {
  std::string id;
  std::string name;
  std::string vendor;
  std::string scope;     ///< scale_up (inside a box, rack or pod) | scale_out (between hosts) | host (device to processor)
  std::string topology;  ///< switched | mesh (every device to every other) | torus | ring | point_to_point
  bool in_network_reduction = false;  ///< the switch can add (NVLS, SHARP)

  Fact<BytesPerSecond> bandwidth;  ///< of the link, before protocol and message size
  Fact<Seconds> latency;           ///< of a small message between two devices of the domain
  Fact<int> domain;                ///< largest number of devices that share it
};

/// Calls `visit(key, fact)` for every fact in the order in which they are shown.
template <class AnyNetwork, class Visit>
void for_each_network_fact(AnyNetwork& network, Visit visit) {
  visit("bandwidth", network.bandwidth);
  visit("latency", network.latency);
  visit("domain", network.domain);
}

/// Every interconnect of the catalogue, in order of id.
[[nodiscard]] std::span<const Network> networks();
/// Null if there is none of that id.
[[nodiscard]] const Network* find_network(std::string_view id);

}  // namespace headroom::catalog
