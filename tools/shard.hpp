#pragma once

#include <string>

#include "sim/sweep/sweep.hpp"

namespace headroom::tools {

/// The value of --shard: "3/8", or "auto" for what the scheduler's variables say. Throws UsageError.
///
/// A Slurm array (SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX) counts from 0 or 1 without gaps. A part of an array that is submitted
/// again knows nothing of the whole, so any other array is refused. An indexed job of Kubernetes (JOB_COMPLETION_INDEX) counts from
/// 0 and does not tell how many there are: HEADROOM_SHARDS does.
[[nodiscard]] sweep::Shard shard_of(const std::string& text);

}  // namespace headroom::tools
