#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/units/quantity.hpp"

namespace headroom::catalog {

/// The unit in which accelerators are bought and racked: a server, a rack or a pod.
struct Host {
  std::string id;
  std::string name;
  std::string vendor;
  std::vector<std::string> chips;  ///< ids of the chips that it may hold
  std::string scaleup;             ///< id of the network inside
  std::string scaleout;            ///< id of the network to other hosts

  Fact<int> packages;       ///< accelerators in it; orders come in multiples
  Fact<int> servers;        ///< hosts with an operating system, the unit that fails and is repaired
  Fact<Watts> peak_power;   ///< of the whole unit with fans and processors, before PUE
  Fact<Bytes> host_memory;  ///< DRAM
};

/// Calls `visit(key, fact)` for every fact in the order in which they are shown.
template <class AnyHost, class Visit>
void for_each_host_fact(AnyHost& host, Visit visit) {
  visit("packages", host.packages);
  visit("servers", host.servers);
  visit("peak_power", host.peak_power);
  visit("host_memory", host.host_memory);
}

/// Every host of the catalogue, in order of id.
[[nodiscard]] std::span<const Host> hosts();
/// Null if there is none of that id.
[[nodiscard]] const Host* find_host(std::string_view id);
/// Hosts that may hold a chip, in order of id.
[[nodiscard]] std::vector<const Host*> hosts_of(std::string_view chip);

}  // namespace headroom::catalog
