#include "tools/train_fabric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "models/catalog/network.hpp"
#include "models/units/nearest.hpp"
#include "sim/network/fabric.hpp"

namespace headroom::tools {
namespace {

using training::DeviceGroup;
using Count = Whole<1, 100'000'000>;
using Ratio = Number<1, 1'000'000>;

/// A network of the catalogue of one scope.
const catalog::Network& find(const std::string& option, const std::string& id, std::string_view scope) {
  const catalog::Network* n = catalog::find_network(id);
  if (n == nullptr) {
    std::vector<std::string> ids;
    for (const catalog::Network& each : catalog::networks()) ids.push_back(each.id);
    throw UsageError(fmt::format("--{}: the catalogue has no network \"{}\"{}; see 'headroom catalog networks'", option, id, did_you_mean(id, ids)));
  }
  if (n->scope != scope) throw UsageError(fmt::format("--{}: {} is a {} network, not {}", option, id, n->scope, scope));
  if (!n->bandwidth.known()) throw UsageError(fmt::format("--{}: the catalogue knows no bandwidth of {}", option, id));
  return *n;
}

double ratio_of(const Arguments& a, const std::string& name) { return a.has(name) ? a.get<Ratio>(name).value : 1.0; }

int count_of(const Arguments& a, const std::string& name, int otherwise) {
  return a.has(name) ? static_cast<int>(a.get<Count>(name).value) : otherwise;
}

/// Leaves and spines above the domains of a job, as the job's groups of each width see them.
void read_switches(const Arguments& a, DeviceGroup& g) {
  const bool drawn = a.has("domains-per-leaf") || a.has("leaves-per-spine") || a.has("leaf-oversubscription") || a.has("spine-oversubscription");
  if (!drawn) return;
  if (a.has("oversubscription")) throw UsageError("--oversubscription is of a fabric in one figure, the options of leaves and spines draw one: give either");
  const catalog::Chip& chip = *g.chip;
  network::FabricSpec spec;
  const int domain = std::min(g.scaleup_domain.value_or(chip.scaleup_domain.value_or(g.per_node)), g.accelerators);
  spec.accelerators_per_domain = domain;
  spec.rails = 1;
  spec.nic = g.port();
  spec.scale_up = g.scaleup.value_or(chip.scaleup_bandwidth.value_or(spec.nic));
  spec.domains_per_group = count_of(a, "domains-per-leaf", spec.domains_per_group);
  spec.groups_per_pod = count_of(a, "leaves-per-spine", spec.groups_per_pod);
  spec.leaf_oversubscription = ratio_of(a, "leaf-oversubscription");
  spec.spine_oversubscription = ratio_of(a, "spine-oversubscription");
  const int domains = (g.accelerators + domain - 1) / domain;
  const int in_pod = spec.domains_per_group * spec.groups_per_pod;
  spec.pods = (domains + in_pod - 1) / in_pod;
  const network::Fabric fabric(spec);
  std::vector<network::DomainShare> gang;
  for (std::int32_t d = 0; d < domains; ++d) gang.push_back({d, domain});
  std::vector<training::Reach> reaches;
  for (const network::Reach& r : network::reaches(fabric, gang)) reaches.push_back({static_cast<int>(r.accelerators), r.ring, r.all_to_all});
  g = training::on_fabric(g, reaches);
}

}  // namespace

void describe_fabric(po::options_description& options) {
  options.add_options()("network", po::value<std::string>()->value_name("NETWORK"), "scale-out network, by id of the catalogue (the chip's usual rate)")(
      "scale-up", po::value<std::string>()->value_name("NETWORK"), "scale-up network, by id of the catalogue (the chip's)")(
      "domain", po::value<Count>()->value_name("N"), "accelerators of one scale-up domain (the network's, the chip's)")(
      "oversubscription", po::value<Ratio>()->value_name("X"), "of the scale-out fabric in one figure, from 1")(
      "domains-per-leaf", po::value<Count>()->value_name("N"), "scale-up domains under one group of leaves (32)")(
      "leaves-per-spine", po::value<Count>()->value_name("N"), "groups of leaves under the spines of one pod (8)")(
      "leaf-oversubscription", po::value<Ratio>()->value_name("X"), "of the leaves, capacity down over up, from 1")(
      "spine-oversubscription", po::value<Ratio>()->value_name("X"), "of the spines below the core, from 1");
}

void read_fabric(const Arguments& a, DeviceGroup& g) {
  g.oversubscription = ratio_of(a, "oversubscription");
  if (a.has("network")) {
    const catalog::Network& n = find("network", a.get<std::string>("network"), "scale_out");
    g.scaleout = n.bandwidth.value();
    if (n.latency.known()) g.scaleout_latency = n.latency.value();
  }
  if (a.has("scale-up")) {
    const catalog::Network& n = find("scale-up", a.get<std::string>("scale-up"), "scale_up");
    g.scaleup = n.bandwidth.value();
    if (n.latency.known()) g.scaleup_latency = n.latency.value();
    if (n.domain.known()) g.scaleup_domain = n.domain.value();
    g.reduces_in_switch = n.in_network_reduction;
  }
  if (a.has("domain")) g.scaleup_domain = count_of(a, "domain", 1);
  read_switches(a, g);
}

}  // namespace headroom::tools
