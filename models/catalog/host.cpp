#include "models/catalog/host.hpp"

#include "models/catalog/catalog_files.hpp"
#include "models/catalog/object_reader.hpp"

namespace headroom::catalog {
namespace {

Host read_host(const nlohmann::json& json, std::vector<Fault>& faults) {
  Host h;
  ObjectReader reader(json, "", faults);
  for (const char* key : {"id", "name", "vendor", "chips", "packages"}) reader.require(key);
  reader.read("id", h.id);
  reader.read("name", h.name);
  reader.read("vendor", h.vendor);
  reader.read("chips", h.chips);
  reader.read("scaleup", h.scaleup);
  reader.read("scaleout", h.scaleout);
  for_each_host_fact(h, [&](const char* key, auto& fact) {
    reader.read_fact(key, fact);
    fact.name("hosts." + h.id, key);
  });
  reader.finish();
  return h;
}

}  // namespace

std::span<const Host> hosts() {
  static const std::vector<Host> all = read_files<Host>(embedded::hosts(), read_host);
  return all;
}

const Host* find_host(std::string_view id) { return find_by_id(hosts(), id); }

std::vector<const Host*> hosts_of(std::string_view chip) {
  std::vector<const Host*> found;
  for (const Host& host : hosts()) {
    if (std::find(host.chips.begin(), host.chips.end(), chip) != host.chips.end()) found.push_back(&host);
  }
  return found;
}

}  // namespace headroom::catalog
