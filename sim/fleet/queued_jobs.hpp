#pragma once

#include "sim/fleet/job_queues.hpp"

namespace headroom::fleet {

/// Adds the jobs that a tenant of a queue brings: those of its list, its trace and its process. They may stand in every part whose
/// chip the workload has a rate for, the fastest with room first; without rates in parts of the queue's first chip.
/// Throws InputError for a job that the queue could never hold.
void add_jobs(const State& state, const JobQueue& queue, std::int32_t tenant, std::vector<scheduling::Job>& jobs, std::vector<std::vector<scheduling::Way>>& ways);
/// Grade of the speed of a workload's jobs on a chip; nothing where the duration itself says it.
[[nodiscard]] std::optional<Grade> grade_of_jobs(const State& state, std::size_t workload, std::size_t chip);

}  // namespace headroom::fleet
