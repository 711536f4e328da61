#include "sim/scheduling/fragmentation.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace headroom::scheduling {

namespace {
constexpr std::size_t most_gpus = 64;
}

PodMix PodMix::of(std::span<const PodShape> pods, double coverage) {
  using Key = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::uint64_t>;
  std::map<Key, std::int64_t> counts;
  for (const PodShape& pod : pods) ++counts[Key{pod.cpu_milli, pod.gpus, pod.gpu_milli, pod.models}];
  std::vector<std::pair<Key, std::int64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });

  PodMix mix;
  const double wanted = coverage * static_cast<double>(pods.size());
  std::int64_t covered = 0;
  for (const auto& [key, count] : ranked) {
    if (static_cast<double>(covered) >= wanted) break;
    covered += count;
    const auto& [cpu, gpus, milli, models] = key;
    mix.classes_.push_back({cpu, gpus, milli, models, count, 0});
    if (gpus > 0) mix.levels_.push_back(milli);
  }
  std::sort(mix.levels_.begin(), mix.levels_.end());
  mix.levels_.erase(std::unique(mix.levels_.begin(), mix.levels_.end()), mix.levels_.end());
  mix.sample_ = covered;
  for (Class& c : mix.classes_) {
    c.level = static_cast<int>(std::lower_bound(mix.levels_.begin(), mix.levels_.end(), c.gpu_milli) - mix.levels_.begin());
  }
  return mix;
}

std::int64_t PodMix::weighted(std::int32_t cpu_free, int model, std::span<const std::int16_t> gpu_free) const {
  const int total = total_free(gpu_free);
  if (total == 0) return 0;
  std::array<int, whole_gpu + 1> usable_count;  // by level; only the first levels_.size() entries are set
  std::array<int, whole_gpu + 1> useless_sum;
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    int count = 0;
    int useless = 0;
    for (const auto free : gpu_free) {
      const bool enough = free >= levels_[l];
      count += enough;
      useless += enough ? 0 : free;
    }
    usable_count[l] = count;
    useless_sum[l] = useless;
  }
  std::int64_t sum = 0;
  for (const Class& c : classes_) {
    const auto level = static_cast<std::size_t>(c.level);
    const bool served = c.gpus > 0 && c.cpu_milli <= cpu_free && (c.models == 0 || (c.models >> model & 1) != 0) &&
                        usable_count[level] >= c.gpus;
    sum += c.count * (served ? useless_sum[level] : total);
  }
  return sum;
}

double PodMix::fragmentation(const NodeView& node) const {
  return sample_ == 0 ? 0.0 : static_cast<double>(weighted(node.cpu_free, node.model, node.gpu_free)) / static_cast<double>(sample_);
}

std::int64_t PodMix::growth(const NodeView& node, std::int32_t cpu_milli, std::uint64_t gpus_taken, int milli) const {
  std::array<std::int16_t, most_gpus> after;
  const std::size_t n = node.gpu_free.size();
  for (std::size_t g = 0; g < n; ++g) {
    after[g] = static_cast<std::int16_t>(node.gpu_free[g] - ((gpus_taken >> g & 1) != 0 ? milli : 0));
  }
  return weighted(node.cpu_free - cpu_milli, node.model, {after.data(), n}) -
         weighted(node.cpu_free, node.model, node.gpu_free);
}

}  // namespace headroom::scheduling
