#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/collectives/collectives.hpp"
#include "models/training/constants.hpp"
#include "models/training/memory.hpp"
#include "models/training/plan.hpp"
#include "models/units/evidence.hpp"

namespace headroom::training {

/// Where the time of a step goes. The parts sum to the whole.
struct StepParts {
  Seconds linear;       ///< dense GEMMs and output head
  Seconds experts;      ///< grouped GEMMs
  Seconds attention;    ///< attention cores
  Seconds memory_bound; ///< elementwise, casts, token permutation
  Seconds recompute;    ///< second forward
  Seconds tensor_comm;  ///< exposed tensor- and context-parallel communication
  Seconds expert_comm;  ///< exposed dispatch and combine
  Seconds launch;       ///< host and device launch time beyond what work covers
  Seconds bubble;       ///< idle pipeline slots and sends
  Seconds data_comm;    ///< exposed gradient and weight traffic
  Seconds optimizer;
  Seconds overhead;     ///< step overhead, jitter, software level
  [[nodiscard]] Seconds total() const {
    return linear + experts + attention + memory_bound + recompute + tensor_comm + expert_comm + launch + bubble + data_comm +
           optimizer + overhead;
  }
};

/// Answer of a training model for one configuration.
struct StepEstimate {
  Seconds time;                    ///< of one optimizer step, sum of `parts`
  Seconds low, high;               ///< 80 % interval of `time`
  TokensPerSecond per_accelerator; ///< tokens of the step / time / accelerators
  double mfu = 0;                  ///< model FLOPs (causal half, no recompute) / (dense peak of the precision x time)
  double bubble_share = 0;         ///< idle pipeline share of the pipeline's time
  StepParts parts;
  MemoryUse memory;                ///< of the fullest rank
  Plan plan;                       ///< as used; `recompute` is always set
  int data = 1;                    ///< data-parallel ranks
  Grade grade = Grade::assumed;
  std::string limit;               ///< largest part, in a word
  std::vector<std::string> notes;  ///< choices that the model made itself
};

/// A plan whose states do not fit the memory; `what()` is the table of what takes the space.
struct OutOfMemory : std::runtime_error {
  OutOfMemory(const MemoryUse& use, Bytes present);
  Bytes needed, present;
};
/// A plan that the devices or the architecture cannot run (says which rule).
struct UnsupportedPlan : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A format that the chip has no rate for.
struct UnsupportedPrecision : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Kernel-level device of a group with the constants applied.
[[nodiscard]] kernels::Device tuned_device(const DeviceGroup&, const Constants&);
/// Links of a group with the constants applied.
[[nodiscard]] collectives::Fabric tuned_fabric(const DeviceGroup&, const Constants&);

/// Data-parallel ranks of a plan, 0 if it does not divide the group.
[[nodiscard]] int data_ranks(const Plan&, const DeviceGroup&);
/// Why the plan cannot run on these devices with this architecture; nothing if it can.
[[nodiscard]] std::optional<std::string> plan_fault(const catalog::Architecture&, const Layout&, const Plan&, const DeviceGroup&);

/// Parts of one step of a plan that can run, `plan.recompute` set. The heart of the analytic model; about two microseconds.
[[nodiscard]] StepParts step_parts(const catalog::Architecture&, const Layout&, const Plan&, const DeviceGroup&,
                                   const kernels::Device&, const Constants&, double* bubble_share = nullptr);

}  // namespace headroom::training
