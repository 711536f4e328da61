#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/scheduling/gang_cluster.hpp"

namespace headroom::scheduling {

/// How a cluster lays its gangs: by a rule of its own, or, for the part of a gang that does not fill a node, by the scores of a
/// packing policy (pack_policies.hpp), the same class that places pods. The scores depend only on how many accelerators of a
/// node are free, so they are asked once and kept as an order.
class Laying {
 public:
  Laying() = default;
  Laying(GangRule rule) : rule_(rule) {}
  [[nodiscard]] GangRule rule() const { return rule_; }
  bool take(GangCluster& cluster, std::int32_t gpus, GangPlacement& out) const {
    const auto rest = static_cast<std::size_t>(gpus % cluster.gpus_per_node());
    return order_.empty() ? cluster.take(gpus, rule_, out) : cluster.take(gpus, order_[rest], out);
  }

 private:
  friend Laying laying_named(std::string_view name, std::int32_t gpus_per_node, std::span<const std::int32_t> sizes);
  GangRule rule_ = GangRule::tightest;
  std::vector<std::vector<std::int16_t>> order_;  ///< by accelerators of the rest: numbers of free ones, best first
};

struct LayingEntry {
  std::string_view name;
  std::string_view what;
};
/// Every way to lay gangs, in the order in which help shows them.
[[nodiscard]] std::span<const LayingEntry> layings();

/// The laying of that name for nodes of that width. `sizes` are the gangs to expect, for what reckons with them (fgd).
/// Throws std::invalid_argument for a name that layings() does not have, and for more than 64 accelerators of a node where a
/// packing policy scores them.
[[nodiscard]] Laying laying_named(std::string_view name, std::int32_t gpus_per_node, std::span<const std::int32_t> sizes);

}  // namespace headroom::scheduling
