#pragma once

#include "sim/fleet/job_queues.hpp"
#include "sim/network/fabric.hpp"

/// Where the parts of queues stand in the fabrics of their sites. A node of such a part is a scale-up domain of the pool's fabric. A
/// part may use whole domains that stand and that neither a run outside queues nor another queue holds, the first of them in the
/// line, as many as it is offered; which of them a gang takes is the queue's placement. Runs outside queues keep off what queues
/// hold while they find a place beside it; else jobs, but not runs in queues, give way. Where a gang stands decides its speed.
namespace headroom::fleet {

/// The nodes of a part, all of them there: those of its rule, or the domains of its fabric.
[[nodiscard]] scheduling::GangCluster nodes_of(const State& state, const JobQueue::Part& part);
/// What a place leaves a queue's jobs and runs of their speed; nothing if no part of it stands on a fabric.
[[nodiscard]] scheduling::PlaceSpeed place_speed(State& state, const JobQueue& queue, std::size_t index);
/// From now on a part has so many whole domains, or as many as are left of the fabric; jobs elsewhere save their work and wait again.
void offer_domains(State& state, JobQueue& queue, std::size_t part, std::int32_t nodes);

/// A run as it is where its job stands: its place, what it sees there, its speed.
[[nodiscard]] Gang in_place(State& state, const JobQueue& queue, const Gang& there, const scheduling::GangPlacement& nodes);

/// What of the queues' holdings a pool's fabric counts as taken until it is asked again.
enum class Shown : std::uint8_t { runs, all };
void show_queues(State& state, std::size_t pool, Shown what);
/// Accelerators of the largest job that a queue may lay on a pool; 0 without any.
[[nodiscard]] std::int64_t largest_job(const State& state, std::size_t pool);

}  // namespace headroom::fleet
