#include "sim/scheduling/laying.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "sim/scheduling/pack_policies.hpp"

namespace headroom::scheduling {

namespace {

/// A gang as pods: one for its whole nodes and one for the rest. Gangs count once each, whatever their number of nodes.
std::vector<PodShape> pods_of(std::span<const std::int32_t> sizes, std::int32_t width) {
  std::vector<PodShape> pods;
  for (const std::int32_t gpus : sizes) {
    if (gpus >= width) pods.push_back({0, 0, width, whole_gpu, 0});
    if (gpus % width > 0) pods.push_back({0, 0, gpus % width, whole_gpu, 0});
  }
  return pods;
}

}  // namespace

std::span<const LayingEntry> layings() {
  static constexpr std::array entries{
      LayingEntry{"packed", "the node with the fewest free accelerators that fits, whole idle nodes for more"},
      LayingEntry{"topology", "as packed, inside the fullest group of nodes that can hold it all, else over the fewest groups"},
      LayingEntry{"neighbours", "as packed, but whole nodes come from blocks of neighbours"},
      LayingEntry{"spread", "any free accelerators, fewest nodes first"},
      LayingEntry{"bestfit", "the packing policy of that name: least left over"},
      LayingEntry{"dotprod", "the packing policy of that name: small gangs keep away from large free nodes"},
      LayingEntry{"gpupacking", "the packing policy of that name: nodes in use before idle ones"},
      LayingEntry{"fgd", "the packing policy of that name: least growth of the expected fragmentation over the sizes of the queue's jobs"},
  };
  return entries;
}

Laying laying_named(std::string_view name, std::int32_t gpus_per_node, std::span<const std::int32_t> sizes) {
  if (name == "packed") return GangRule::tightest;
  if (name == "topology") return GangRule::topology;
  if (name == "neighbours") return GangRule::neighbours;
  if (name == "spread") return GangRule::spread;
  const auto known = layings();
  const auto policies = pack_policies();
  const auto entry = std::find_if(policies.begin(), policies.end(), [&](const PackPolicyEntry& e) { return e.name == name; });
  if (entry == policies.end() || std::none_of(known.begin(), known.end(), [&](const LayingEntry& e) { return e.name == name; })) {
    throw std::invalid_argument("there is no way to lay gangs named " + std::string(name));
  }
  if (gpus_per_node > 64) throw std::invalid_argument("a packing policy scores nodes of up to 64 accelerators");
  const auto policy = entry->make(PodMix::of(pods_of(sizes, gpus_per_node)));
  Laying laying;
  for (std::int32_t rest = 0; rest < gpus_per_node; ++rest) {
    std::vector<std::pair<double, std::int16_t>> scored;
    for (std::int32_t free = std::max(1, rest); free <= gpus_per_node; ++free) {
      std::vector<std::int16_t> gpus(static_cast<std::size_t>(gpus_per_node), 0);
      std::fill_n(gpus.begin(), free, std::int16_t{whole_gpu});
      std::array<std::int32_t, pod_kinds> pods{};
      pods[static_cast<std::size_t>(PodKind::upto8)] = free < gpus_per_node ? 1 : 0;
      const NodeView node{0, 0, 0, gpus, pods};
      scored.emplace_back(-policy->score({0, 0, rest, rest > 0 ? whole_gpu : 0, 0}, node).score, static_cast<std::int16_t>(free));
    }
    std::sort(scored.begin(), scored.end());
    auto& order = laying.order_.emplace_back();
    for (const auto& [score, free] : scored) order.push_back(free);
  }
  return laying;
}

}  // namespace headroom::scheduling
