#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/scheduling/pod.hpp"

namespace headroom::scheduling {

/// How good a node is for a pod. Higher scores win.
struct NodeScore {
  double score = 0;
  std::uint64_t gpus = 0;  ///< accelerators that the policy holds equal; the packer draws the pod's number of them
};

/// A packing rule. Pure: the answer depends only on the pod's shape and on the node, so that the packer may keep it
/// until the node changes.
class PackPolicy {
 public:
  virtual ~PackPolicy() = default;
  /// Called only for a node that fits the pod.
  [[nodiscard]] virtual NodeScore score(const PodShape& pod, const NodeView& node) const = 0;
  /// Whether equal scores are drawn (else the first node in order wins, which by itself keeps the last nodes free).
  [[nodiscard]] virtual bool draws_ties() const { return false; }
};

/// Where a pod went.
struct Placement {
  std::int32_t node = 0;
  std::uint64_t gpus = 0;  ///< bit mask of the accelerators it holds (a share of one, or whole ones)
};

/// The next draw of a stream as an integer in [0, n), n >= 1. The bias is below n / 2^64.
[[nodiscard]] inline std::uint32_t draw_below(engine::Stream& stream, std::uint32_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint32_t>(Wide{stream.bits()} * n >> 64);
}

/// Places pods one by one on a fixed set of nodes under a policy. Scores are kept per pod shape and recomputed only for
/// nodes that changed since, so that a placement costs one scan of numbers and a few scores.
class Packer {
 public:
  /// Throws std::invalid_argument for a node with more than 64 accelerators or a model index above 63.
  Packer(std::vector<NodeShape> nodes, std::unique_ptr<const PackPolicy> policy);

  /// Places the pod, or returns nothing and changes nothing if it fits nowhere.
  std::optional<Placement> place(const PodShape& pod, engine::Stream& chance);
  /// Frees what a placed pod holds. `pod` must be the shape it was placed with.
  void remove(const PodShape& pod, const Placement& placement);

  [[nodiscard]] std::int32_t nodes() const { return static_cast<std::int32_t>(shapes_.size()); }
  [[nodiscard]] NodeView node(std::int32_t n) const;
  [[nodiscard]] std::int64_t capacity_milli() const { return capacity_milli_; }
  [[nodiscard]] std::int64_t allocated_milli() const { return allocated_milli_; }

 private:
  struct Known {                         ///< what is known of every node for one pod shape
    std::vector<double> scores;          ///< no_fit where the pod does not fit
    std::vector<std::uint64_t> gpus;
    std::size_t read = 0;                ///< changes_ is taken into account up to here
  };
  void refresh(const PodShape& pod, Known& known);
  void changed(std::int32_t n);

  std::vector<NodeShape> shapes_;
  std::unique_ptr<const PackPolicy> policy_;
  std::vector<std::int32_t> cpu_free_, memory_free_;
  std::vector<std::size_t> gpu_begin_;
  std::vector<std::int16_t> gpu_free_;
  std::vector<std::int32_t> kinds_;
  std::vector<std::int32_t> changes_;    ///< nodes in the order in which they changed
  std::vector<std::uint32_t> stamp_;     ///< last refresh that looked at the node
  std::uint32_t refreshes_ = 0;
  std::map<PodShape, Known> known_;
  std::vector<std::int32_t> ties_;
  std::int64_t capacity_milli_ = 0, allocated_milli_ = 0;
};

}  // namespace headroom::scheduling
