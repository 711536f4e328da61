#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace headroom::scheduling {

/// A whole accelerator, in thousandths. Pods ask for thousandths of one accelerator or for whole ones.
inline constexpr int whole_gpu = 1000;

/// What one pod asks of one node. Pods of equal shape are interchangeable for placement.
struct PodShape {
  std::int32_t cpu_milli = 0;    ///< thousandths of a core
  std::int32_t memory_mib = 0;
  std::int32_t gpus = 0;         ///< accelerators, all of one node
  std::int32_t gpu_milli = 0;    ///< of each of them; below 1000 only with one accelerator
  std::uint64_t models = 0;      ///< bit i allows accelerator model i; 0 allows every model
  friend auto operator<=>(const PodShape&, const PodShape&) = default;

  [[nodiscard]] bool shared() const { return gpus == 1 && gpu_milli < whole_gpu; }
  [[nodiscard]] std::int64_t demand_milli() const { return std::int64_t{gpus} * gpu_milli; }
};

/// Coarse class of a pod by its accelerator request: none, a share, one, two, up to four, up to eight, more.
enum class PodKind : std::uint8_t { cpu_only, share, one, two, upto4, upto8, larger };
inline constexpr int pod_kinds = 7;

[[nodiscard]] constexpr PodKind kind_of(const PodShape& pod) {
  if (pod.gpus == 0) return PodKind::cpu_only;
  if (pod.shared()) return PodKind::share;
  if (pod.gpus == 1) return PodKind::one;
  if (pod.gpus == 2) return PodKind::two;
  return pod.gpus <= 4 ? PodKind::upto4 : pod.gpus <= 8 ? PodKind::upto8 : PodKind::larger;
}

/// A node as bought.
struct NodeShape {
  std::int32_t cpu_milli = 0;
  std::int32_t memory_mib = 0;
  std::int32_t gpus = 0;       ///< 0 to 64
  std::int32_t model = 0;      ///< index of the accelerator model, below 64
};

/// A node as it stands: what is still free, and how many pods of each kind it holds.
struct NodeView {
  std::int32_t cpu_free = 0;
  std::int32_t memory_free = 0;
  std::int32_t model = 0;
  std::span<const std::int16_t> gpu_free;       ///< thousandths free on each accelerator
  std::span<const std::int32_t> pods_by_kind;   ///< pod_kinds entries
};

/// Number of accelerators with at least `milli` free.
[[nodiscard]] inline int gpus_with(std::span<const std::int16_t> gpu_free, int milli) {
  int n = 0;
  for (const auto free : gpu_free) n += free >= milli;
  return n;
}

/// Sum of free thousandths over the accelerators of a node.
[[nodiscard]] inline int total_free(std::span<const std::int16_t> gpu_free) {
  int sum = 0;
  for (const auto free : gpu_free) sum += free;
  return sum;
}

/// Whether the node can hold the pod now.
[[nodiscard]] inline bool fits(const PodShape& pod, const NodeView& node) {
  if (pod.cpu_milli > node.cpu_free || pod.memory_mib > node.memory_free) return false;
  if (pod.gpus == 0) return true;
  if (pod.models != 0 && (pod.models >> node.model & 1) == 0) return false;
  return gpus_with(node.gpu_free, pod.gpu_milli) >= pod.gpus;
}

}  // namespace headroom::scheduling
