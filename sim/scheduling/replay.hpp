#pragma once

#include <optional>
#include <string_view>

#include "models/units/quantity.hpp"
#include "sim/scheduling/traces.hpp"

namespace headroom::scheduling {

/// What a replay of jobs has shown. Means are over jobs.
struct JobReplay {
  std::int64_t jobs = 0;
  Seconds mean_jct;    ///< end - submission
  Seconds mean_queue;  ///< all time spent waiting, after preemptions too
  Seconds last_end;    ///< since the trace's zero
  double gpu_utilisation = 0;  ///< accelerator time held / (accelerators x time from the first submission to the last end)
  std::int64_t preemptions = 0;
  std::int64_t deadlines = 0, deadlines_met = 0;  ///< of jobs that have one
  Fates fates;
};

/// Runs the jobs on `nodes` equal nodes under the queue policy of that name. A preemption adds 7 s to a job of one
/// accelerator, 30 s up to a node's 8, 60 s beyond (HeliosArtifact, SC'21), and loses
/// no work unless the trace has checkpoint_s.
/// Throws InputError for an unknown policy, and "FILE:LINE: ..." for a job that the cluster could never hold.
[[nodiscard]] JobReplay replay_jobs(const JobTrace& trace, std::int32_t nodes, std::int32_t gpus_per_node, std::string_view policy);

/// What a replay of pods has shown, in % of the cluster's accelerators.
struct PackReplay {
  double allocated_gpu_pct = 0;
  std::optional<double> allocated_at_100_pct;  ///< when the demand that had arrived was last within the cluster; nothing if it never reached it
  double fragmented_gpu_pct = 0;               ///< expectation over the mix of the pods in the file (PodMix)
  std::int64_t placed = 0;
  std::int64_t refused = 0;
};

/// Pods that never leave: copies of pods drawn uniformly are added until the demand for accelerators would pass `demand`
/// times the cluster (drawn ones are dropped if there are too many), all are shuffled and placed one by one; a pod that fits
/// nowhere is dropped. Throws InputError for an unknown policy and for pods that ask for no accelerators at all.
[[nodiscard]] PackReplay replay_pack(const NodeTrace& nodes, const std::vector<PodShape>& pods, std::string_view policy, double demand,
                                     std::uint64_t seed);

}  // namespace headroom::scheduling
