#pragma once

#include <span>
#include <vector>

#include "sim/scheduling/pod.hpp"

namespace headroom::scheduling {

/// The mix of pods that a cluster expects: shapes with their probabilities. Fragmentation is measured against it.
///
/// Source: Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent",
/// USENIX ATC 2023, section 3. A node's free accelerators are fragments for a class of pods if no pod of the class can
/// use them: all of them where the pod does not fit the node (or wants no accelerator), else those whose free share is
/// too small for it. The node's fragmentation is the expectation over the mix.
class PodMix {
 public:
  struct Class {
    std::int32_t cpu_milli;
    std::int32_t gpus;
    std::int32_t gpu_milli;
    std::uint64_t models;
    std::int64_t count;  ///< pods of this class in the sample
    int level;  ///< index into the sorted distinct gpu_milli
  };

  PodMix() = default;
  /// The most frequent shapes (by cores and accelerators; memory is left out as in the paper) that together make up at
  /// least `coverage` of `pods`. Equal frequencies are ordered by shape.
  /// The 95 % default is the paper's "popularity threshold".
  [[nodiscard]] static PodMix of(std::span<const PodShape> pods, double coverage = 0.95);

  [[nodiscard]] std::span<const Class> classes() const { return classes_; }
  /// Number of pods that the classes stand for.
  [[nodiscard]] std::int64_t sample() const { return sample_; }
  /// Expected fragmentation of a node in thousandths of an accelerator.
  [[nodiscard]] double fragmentation(const NodeView& node) const;
  /// Growth of the expected fragmentation if `milli` of each accelerator in `gpus_taken` (bit mask) and `cpu_milli`
  /// were taken from the node, times the sample's size: a whole number, so that equal growths are equal and not apart
  /// by rounding. May be negative.
  [[nodiscard]] std::int64_t growth(const NodeView& node, std::int32_t cpu_milli, std::uint64_t gpus_taken, int milli) const;

 private:
  [[nodiscard]] std::int64_t weighted(std::int32_t cpu_free, int model, std::span<const std::int16_t> gpu_free) const;

  std::vector<Class> classes_;
  std::vector<int> levels_;
  std::int64_t sample_ = 0;  ///< sum of the classes' counts
};

}  // namespace headroom::scheduling
