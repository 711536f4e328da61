#include "sim/scheduling/pack_policies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/units/math.hpp"

namespace headroom::scheduling {

namespace {

constexpr double reference_cpu_milli = 128000;
constexpr double reference_gpu_milli = 8000;

std::uint64_t all_that_fit(const PodShape& pod, const NodeView& node) {
  std::uint64_t mask = 0;
  for (std::size_t g = 0; g < node.gpu_free.size(); ++g) {
    if (pod.gpus > 0 && node.gpu_free[g] >= pod.gpu_milli) mask |= std::uint64_t{1} << g;
  }
  return mask;
}

/// The accelerators that fit and have the least free.
std::uint64_t fullest_that_fit(const PodShape& pod, const NodeView& node) {
  std::uint64_t mask = 0;
  int least = std::numeric_limits<int>::max();
  for (std::size_t g = 0; g < node.gpu_free.size(); ++g) {
    const int free = node.gpu_free[g];
    if (pod.gpus == 0 || free < pod.gpu_milli || free > least) continue;
    if (free < least) mask = 0;
    least = free;
    mask |= std::uint64_t{1} << g;
  }
  return mask;
}

/// A share goes to the fullest accelerator; whole ones are alike.
std::uint64_t tightest(const PodShape& pod, const NodeView& node) {
  return pod.shared() ? fullest_that_fit(pod, node) : all_that_fit(pod, node);
}

bool idle(const NodeView& node) {
  for (const auto count : node.pods_by_kind) {
    if (count > 0) return false;
  }
  return true;
}

}  // namespace

NodeScore RandomFit::score(const PodShape& pod, const NodeView& node) const { return {0, all_that_fit(pod, node)}; }

NodeScore BestFit::score(const PodShape& pod, const NodeView& node) const {
  const double cpu_left = node.cpu_free - pod.cpu_milli;
  const double gpu_left = total_free(node.gpu_free) - static_cast<double>(pod.demand_milli());
  return {-(0.5 * cpu_left / reference_cpu_milli + 0.5 * gpu_left / reference_gpu_milli), tightest(pod, node)};
}

NodeScore DotProduct::score(const PodShape& pod, const NodeView& node) const {
  const double cpu = node.cpu_free / reference_cpu_milli * (pod.cpu_milli / reference_cpu_milli);
  const double gpu = total_free(node.gpu_free) / reference_gpu_milli * (static_cast<double>(pod.demand_milli()) / reference_gpu_milli);
  return {std::floor(100 * (1 - (cpu + gpu) / 2)), tightest(pod, node)};
}

NodeScore GpuPacking::score(const PodShape& pod, const NodeView& node) const {
  if (pod.gpus == 0) return {0, 0};
  const std::uint64_t gpus = tightest(pod, node);
  const int whole_free = gpus_with(node.gpu_free, whole_gpu);
  if (pod.shared()) {
    int least = whole_gpu;
    for (const int free : node.gpu_free) {
      if (free >= pod.gpu_milli && free < least) least = free;
    }
    if (least < whole_gpu) return {3.0 - least / 1000.0, gpus};
  }
  return {(idle(node) ? 0.0 : 1.0) - whole_free / 100.0, gpus};
}

NodeScore GpuClustering::score(const PodShape& pod, const NodeView& node) const {
  if (pod.gpus == 0) return {0, 0};
  const auto mine = static_cast<std::size_t>(kind_of(pod));
  int others = 0;
  for (std::size_t k = 0; k < node.pods_by_kind.size(); ++k) others += k != mine && node.pods_by_kind[k] > 0;
  const bool has_mine = node.pods_by_kind[mine] > 0;
  const double rank = has_mine ? (others == 0 ? 3 : 2) : (idle(node) ? 1 : 0);
  return {rank - total_free(node.gpu_free) / 100000.0, tightest(pod, node)};
}

double FragmentationGradient::score_of(std::int64_t growth) const {
  const double in_gpus = static_cast<double>(growth) / (static_cast<double>(std::max<std::int64_t>(mix_.sample(), 1)) * whole_gpu);
  return std::floor(100 / (1 + math::exp(in_gpus)));
}

NodeScore FragmentationGradient::score(const PodShape& pod, const NodeView& node) const {
  if (!pod.shared()) {
    const std::uint64_t gpus = all_that_fit(pod, node);
    std::uint64_t taken = 0;  // whole accelerators are alike: the first ones stand for all
    int left = pod.gpus;
    for (std::uint64_t m = gpus; left > 0; m &= m - 1, --left) taken |= m & (~m + 1);
    return {score_of(mix_.growth(node, pod.cpu_milli, taken, pod.gpu_milli)), gpus};
  }
  NodeScore best{-std::numeric_limits<double>::infinity(), 0};
  for (std::size_t g = 0; g < node.gpu_free.size(); ++g) {
    if (node.gpu_free[g] < pod.gpu_milli) continue;
    const std::uint64_t bit = std::uint64_t{1} << g;
    bool seen = false;
    for (std::size_t other = 0; other < g && !seen; ++other) {
      seen = node.gpu_free[other] == node.gpu_free[g];
      if (seen && (best.gpus >> other & 1) != 0) best.gpus |= bit;
    }
    if (seen) continue;
    const double s = score_of(mix_.growth(node, pod.cpu_milli, bit, pod.gpu_milli));
    if (s > best.score) best = {s, bit};
  }
  return best;
}

std::span<const PackPolicyEntry> pack_policies() {
  static constexpr std::array entries{
      PackPolicyEntry{"random", "any node and any accelerator that fits",
                      [](const PodMix&) -> std::unique_ptr<const PackPolicy> { return std::make_unique<RandomFit>(); }},
      PackPolicyEntry{"dotprod", "least dot product of what is free and what is asked",
                      [](const PodMix&) -> std::unique_ptr<const PackPolicy> { return std::make_unique<DotProduct>(); }},
      PackPolicyEntry{"gpuclustering", "pods of one kind together",
                      [](const PodMix&) -> std::unique_ptr<const PackPolicy> { return std::make_unique<GpuClustering>(); }},
      PackPolicyEntry{"gpupacking", "accelerators in use, then nodes in use, then idle nodes",
                      [](const PodMix&) -> std::unique_ptr<const PackPolicy> { return std::make_unique<GpuPacking>(); }},
      PackPolicyEntry{"bestfit", "least left over",
                      [](const PodMix&) -> std::unique_ptr<const PackPolicy> { return std::make_unique<BestFit>(); }},
      PackPolicyEntry{"fgd", "least growth of expected fragmentation over the mix of pods",
                      [](const PodMix& mix) -> std::unique_ptr<const PackPolicy> { return std::make_unique<FragmentationGradient>(mix); }},
  };
  return entries;
}

}  // namespace headroom::scheduling
