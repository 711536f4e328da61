#pragma once

#include "sim/fleet/state.hpp"

/// Parts of an hour that every kind of service shares.
namespace headroom::fleet {

inline constexpr double hour_seconds = 3600;

/// Accelerator-hours of the hour that are left on an arc: a replica that is being loaded is no capacity until it is ready, nor one
/// whose other side is not.
[[nodiscard]] double ready_accelerators(const State& state, const Arc& arc);
/// The first hour below target is an event; what binds is what kept placement from serving the day's forecast in full.
void note_miss(State& state, std::size_t service);
/// Accelerators of an arc at work.
void meter_use(State& state, std::size_t arc, double accelerator_hours);
/// The same of both sides of its replicas, which work for a share of what they can at their knee.
void meter_replicas(State& state, std::size_t arc, double share);

/// An hour of an interactive service whose replicas are known by their curves: requests wait, are late, or give up. `load` in
/// tokens a second, the mean of the hour.
void serve_requests(State& state, std::size_t service, double load);

}  // namespace headroom::fleet
