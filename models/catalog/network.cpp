#include "models/catalog/network.hpp"

#include "models/catalog/catalog_files.hpp"
#include "models/catalog/object_reader.hpp"

namespace headroom::catalog {
namespace {

Network read_network(const nlohmann::json& json, std::vector<Fault>& faults) {
  Network n;
  ObjectReader reader(json, "", faults);
  for (const char* key : {"id", "name", "vendor", "scope", "topology"}) reader.require(key);
  reader.read("id", n.id);
  reader.read("name", n.name);
  reader.read("vendor", n.vendor);
  reader.read_word("scope", n.scope, {"scale_up", "scale_out", "host"});
  reader.read_word("topology", n.topology, {"switched", "mesh", "torus", "ring", "point_to_point"});
  reader.read("in_network_reduction", n.in_network_reduction);
  for_each_network_fact(n, [&](const char* key, auto& fact) {
    reader.read_fact(key, fact);
    fact.name("networks." + n.id, key);
  });
  reader.finish();
  return n;
}

}  // namespace

std::span<const Network> networks() {
  static const std::vector<Network> all = read_files<Network>(embedded::networks(), read_network);
  return all;
}

const Network* find_network(std::string_view id) { return find_by_id(networks(), id); }

}  // namespace headroom::catalog
