#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/scheduling/job.hpp"
#include "sim/scheduling/laying.hpp"

namespace headroom::scheduling {

/// What is asked for: a gang of `gpus` in one of the ways, the first that has room.
struct Ask {
  std::span<const Way> ways;
  std::int32_t gpus = 0;
};

/// Where a gang stands.
struct Stand {
  std::int32_t way = 0;   ///< of those it was asked for in
  GangPlacement nodes;    ///< numbered through all parts
};

/// A cluster of parts, each of equal nodes of one kind of accelerator. Nodes are numbered through all parts.
class Partitions {
 public:
  Partitions() = default;
  Partitions(GangCluster cluster, Laying laying) { add(std::move(cluster), std::move(laying)); }
  void add(GangCluster cluster, Laying laying);

  [[nodiscard]] std::int32_t parts() const { return static_cast<std::int32_t>(parts_.size()); }
  [[nodiscard]] const GangCluster& part(std::int32_t p) const { return parts_[static_cast<std::size_t>(p)].cluster; }
  [[nodiscard]] GangRule rule(std::int32_t p) const { return parts_[static_cast<std::size_t>(p)].laying.rule(); }
  [[nodiscard]] std::int32_t first_node(std::int32_t p) const { return parts_[static_cast<std::size_t>(p)].first; }
  [[nodiscard]] std::int32_t nodes() const { return nodes_; }
  [[nodiscard]] std::int32_t part_of(std::int32_t node) const {
    std::int32_t p = parts() - 1;
    while (p > 0 && at(p).first > node) --p;
    return p;
  }
  [[nodiscard]] std::int64_t gpus() const;
  [[nodiscard]] std::int64_t free_gpus() const;
  [[nodiscard]] std::int64_t up_gpus() const;
  [[nodiscard]] std::int32_t free_on(std::int32_t node) const;
  [[nodiscard]] bool up(std::int32_t node) const;
  /// Accelerators of a node that gangs hold, whether it is up or not.
  [[nodiscard]] std::int32_t held_on(std::int32_t node) const {
    const Part& part = at(part_of(node));
    return part.cluster.gpus_per_node() - part.cluster.free_on(node - part.first);
  }
  /// Accelerators that a node has.
  [[nodiscard]] std::int32_t width_of(std::int32_t node) const { return at(part_of(node)).cluster.gpus_per_node(); }
  void set_up(std::int32_t node, bool up);
  void set_idle_up(std::int32_t node, std::int32_t nodes, bool up);
  void count_up(std::int32_t part, std::int32_t more) { parts_[static_cast<std::size_t>(part)].cluster.count_up(more); }

  [[nodiscard]] bool ever_fits(const Ask& ask) const;
  [[nodiscard]] bool fits(const Ask& ask) const;
  /// Takes a whole gang, or nothing and changes nothing.
  std::optional<Stand> take(const Ask& ask);
  /// The same into `out`, which keeps its memory, and is as it was if nothing is taken. The way, counted from 0; none if nothing was taken.
  std::optional<std::int32_t> take(const Ask& ask, GangPlacement& out);
  /// Takes exactly these. Throws std::logic_error if they are not free.
  void take(const GangPlacement& nodes);
  void give(const GangPlacement& nodes);
  /// Leaves free no more than what is free in `other` too, which has the same parts.
  void meet(const Partitions& other);

 private:
  struct Part {
    GangCluster cluster;
    Laying laying;
    std::int32_t first = 0;
  };
  [[nodiscard]] const Part& at(std::int32_t p) const { return parts_[static_cast<std::size_t>(p)]; }
  [[nodiscard]] bool fits(const Way& way, std::int32_t gpus) const;
  bool lay(std::int32_t part, std::int32_t gpus, GangPlacement& out);

  std::vector<Part> parts_;
  std::int32_t nodes_ = 0;
  GangPlacement second_;  ///< of the last gang in two parts; keeps its memory
};

}  // namespace headroom::scheduling
