#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/values.hpp"

/// How a site's accelerators are joined, as the scenario says.
namespace headroom::scenario {

/// Switches and transceivers bought apart from the accelerators.
struct NetworkPurchase {
  std::string id;
  Date ordered;
  CalendarSpan lead;                           ///< from the order until they are built in
  std::int64_t switches = 0, optics = 0;
  std::optional<Money> switch_price, optic_price;  ///< of one; absent: nothing
  std::string budget;                          ///< purpose of the line that pays; empty: none
};

/// The scale-out fabric of some chips at a site. Each chip has a tree of its own: scale-up domains under groups of leaves, those
/// under the spines of a pod, pods under a core.
struct SiteFabric {
  std::string id;
  std::vector<std::string> chips;              ///< empty: every chip that no earlier fabric names
  BytesPerSecond port;                         ///< of an accelerator, one direction; 0: the chip's own
  std::int64_t domain = 0;                     ///< accelerators that share the scale-up link; 0: as the chip says
  std::int64_t domains_per_leaf = 32;          ///< domains under one group of leaves
  std::int64_t leaves_per_pod = 8;             ///< groups of leaves under the spines of a pod
  double leaf_oversubscription = 1;            ///< capacity down over capacity up, 1 or more
  double spine_oversubscription = 1;
  std::string placement = "topology";          ///< how gangs are laid over the domains
  int rails = 8;                               ///< leaves of a group, at least
  int switch_ports = 64;                       ///< of every switch, each as fast as an accelerator's
  bool optical_leaf_links = true;              ///< else copper between accelerators and leaves
  std::vector<NetworkPurchase> parts;          ///< empty: as many as accelerators need, paid in their bundles
  CalendarSpan life{60, 0};                    ///< of bought parts
  Watts switch_power, optic_power;             ///< of one, at the IT load; beyond what the chips' all-in power says
};

}  // namespace headroom::scenario
