#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "sim/scheduling/node_set.hpp"

namespace headroom::scheduling {

/// Accelerators that a gang holds: `gpus` on each of `nodes` consecutive nodes of one group.
struct NodeRun {
  std::int32_t node = 0;
  std::int32_t nodes = 1;
  std::int32_t gpus = 0;
  [[nodiscard]] bool holds(std::int32_t n) const { return node <= n && n < node + nodes; }
  friend bool operator==(NodeRun, NodeRun) = default;
};
using GangPlacement = boost::container::small_vector<NodeRun, 1>;  ///< most gangs are one run, and there are millions

/// How a gang is laid over the nodes. All are deterministic.
enum class GangRule : std::uint8_t {
  tightest,  ///< up to a node: the node with the fewest free that fits; more: whole free nodes and one more for the rest
  topology,  ///< as tightest, inside the fullest group of nodes that can hold it all, else over the fewest groups
  neighbours,  ///< as tightest, but whole nodes come from blocks of 64 neighbours that have enough, for short runs in large clusters
  spread,    ///< any free accelerators, fewest nodes first: for jobs that do not need whole nodes
};

/// Equal nodes of accelerators in groups (racks, scale-up domains, pods) of consecutive nodes, with what is free on each. Of equal nodes
/// the first is taken, so gangs get runs of neighbours, and whole nodes change hands 64 at a time. A node is up or down; a down node gives
/// nothing.
/// A counted cluster has no more than the numbers of its nodes that are idle, held and up: for gangs of whole nodes of which nobody asks
/// where they stand. Its runs say how many nodes they hold, and not which; to ask or do anything by node
/// throws std::logic_error.
class GangCluster {
 public:
  /// Throws std::invalid_argument unless nodes >= 1, gpus_per_node in 1 to 1024 and nodes_per_group >= 1 (0: one group).
  GangCluster(std::int32_t nodes, std::int32_t gpus_per_node, std::int32_t nodes_per_group = 0);
  /// The same, counted.
  [[nodiscard]] static GangCluster counted(std::int32_t nodes, std::int32_t gpus_per_node) { return {nodes, gpus_per_node, 0, true}; }

  [[nodiscard]] std::int32_t nodes() const { return nodes_; }
  [[nodiscard]] bool is_counted() const { return counted_; }
  [[nodiscard]] std::int32_t gpus_per_node() const { return width_; }
  [[nodiscard]] std::int32_t groups() const { return static_cast<std::int32_t>(groups_.size()); }
  [[nodiscard]] std::int32_t group_of(std::int32_t node) const { return groups_.size() == 1 ? 0 : node / group_size_; }
  /// The node after the last of its group.
  [[nodiscard]] std::int32_t group_end(std::int32_t node) const { return std::min(nodes(), (group_of(node) + 1) * group_size_); }
  [[nodiscard]] std::int64_t gpus() const { return std::int64_t{nodes()} * width_; }
  [[nodiscard]] std::int64_t free_gpus() const { return free_total_; }      ///< on nodes that are up
  [[nodiscard]] std::int32_t free_nodes() const { return static_cast<std::int32_t>(count_by_free_.back()); }  ///< idle and up
  [[nodiscard]] std::int64_t up_gpus() const { return up_total_; }
  [[nodiscard]] std::int32_t free_on(std::int32_t node) const {
    need_places();
    const Group& g = groups_[static_cast<std::size_t>(group_of(node))];
    return g.full.contains(node - g.begin) ? 0 : free_[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] bool up(std::int32_t node) const {
    need_places();
    const Group& g = groups_[static_cast<std::size_t>(group_of(node))];
    return !g.down.contains(node - g.begin);
  }
  /// The last idle node that is up below `end`; -1 if there is none.
  [[nodiscard]] std::int32_t last_idle(std::int32_t end) const;
  /// Number of consecutive ones of its group that end with an idle node, at most `most`.
  [[nodiscard]] std::int32_t idle_run_to(std::int32_t last, std::int32_t most) const;
  /// Free accelerators that no gang of `gpus` can use now: on nodes with fewer free than it (or its share of a node) needs.
  [[nodiscard]] std::int64_t fragmented(std::int32_t gpus) const;
  /// Whether an idle cluster of this shape could ever hold such a gang.
  [[nodiscard]] bool ever_fits(std::int32_t gpus) const;

  [[nodiscard]] bool fits(std::int32_t gpus, GangRule rule = GangRule::tightest) const;
  /// Takes the accelerators of a whole gang, or nothing and changes nothing.
  std::optional<GangPlacement> take(std::int32_t gpus, GangRule rule = GangRule::tightest);
  /// The same into `out`, which keeps its memory, and is as it was if nothing is taken: then false.
  bool take(std::int32_t gpus, GangRule rule, GangPlacement& out);
  /// The same with whole idle nodes as `tightest`, and what does not fill a node on the first node whose number of free
  /// accelerators stands earliest in `order`.
  bool take(std::int32_t gpus, std::span<const std::int16_t> order, GangPlacement& out);
  /// The largest gang that could start now under a rule.
  [[nodiscard]] std::int64_t largest(GangRule rule = GangRule::tightest) const;
  /// Takes the first idle node as a whole.
  std::optional<std::int32_t> take_node();
  void give_node(std::int32_t node) { move(node, width_); }
  /// Takes exactly these. Throws std::logic_error if they are not free.
  void take(const NodeRun& run);
  void take(const GangPlacement& placement);
  /// Gives back; accelerators of a node that is down become free when it comes up.
  void give(const NodeRun& run);
  void give(const GangPlacement& placement);
  void set_up(std::int32_t node, bool up);
  /// The same of consecutive nodes of one group that nobody holds and that are all down, or all up. Throws std::logic_error if they are not.
  void set_idle_up(std::int32_t node, std::int32_t nodes, bool up);
  /// Of a counted cluster: so many idle nodes come (or go, if negative). Throws std::logic_error if there are not so many.
  void count_up(std::int32_t more);

 private:
  GangCluster(std::int32_t nodes, std::int32_t gpus_per_node, std::int32_t nodes_per_group, bool counted);
  struct Group {
    std::int32_t begin = 0;        ///< its first node
    std::vector<NodeSet> by_free;  ///< nodes that are up and have some free, by the number; members count from `begin`
    NodeBits full;                 ///< nodes of which nothing is free, up or down
    NodeBits down;
    std::int64_t free = 0;
  };
  void need_places() const {
    if (counted_) throw std::logic_error("the nodes of a counted cluster have no places");
  }
  [[nodiscard]] std::int32_t fewest_free(const Group& g, std::int32_t at_least) const;
  [[nodiscard]] bool fits_in(const Group& g, std::int32_t gpus) const;
  [[nodiscard]] std::int64_t whole_nodes() const;
  void move(std::int32_t node, std::int32_t free);
  void leave(std::int32_t node);
  void join(std::int32_t node);
  void count_idle(Group& g, std::int64_t more);
  void count_held(Group& g, std::int32_t more);
  void hold_idle(Group& g, std::size_t word, std::uint64_t nodes, std::int32_t n);
  [[nodiscard]] static std::int32_t first(const Group& g, std::int32_t free);
  void take_whole(Group& g, std::int32_t& nodes, GangPlacement& out);
  std::int32_t take_idle(Group& g, std::size_t word, std::int32_t most, GangPlacement& out);
  void take_neighbours(Group& g, std::int32_t& nodes, GangPlacement& out);
  void take_in(Group& g, std::int32_t gpus, GangPlacement& out);
  bool take_tightest(std::int32_t gpus, bool neighbours, GangPlacement& out);
  void take_rest(std::int32_t free, std::int32_t rest, GangPlacement& out);
  bool take_topology(std::int32_t gpus, GangPlacement& out);
  void take_from(std::int32_t node, std::int32_t gpus, GangPlacement& out);

  std::int32_t nodes_;
  std::int32_t width_;
  std::int32_t group_size_;
  bool counted_;
  std::vector<std::int16_t> free_;  ///< by node; of a full one what it had before, so that whole nodes change hands as bits alone
  std::vector<Group> groups_;
  std::vector<std::int64_t> count_by_free_;  ///< nodes that are up, over all groups
  std::int64_t free_total_ = 0;
  std::int64_t up_total_ = 0;
};

}  // namespace headroom::scheduling
