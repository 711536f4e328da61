#pragma once

#include <chrono>

#include "models/units/quantity.hpp"

namespace headroom::engine {

/// An instant as whole nanoseconds since the start of the simulation, or a span between two. An integer, so that a time
/// added up in another order is the same time, and so that an hour's edge is hit and not missed by a rounding.
using SimTime = std::chrono::nanoseconds;

/// The last instant that a queue can order: 2^60 nanoseconds, 36.5 years.
inline constexpr SimTime latest{std::int64_t{1} << 60};

/// The one way from an estimate to the clock. Rounds to the nearest nanosecond, but a positive time never to zero: a
/// zero would let a simulation do endless work in one instant. Throws std::domain_error for NaN, infinity, a negative
/// time and a time beyond `latest`.
[[nodiscard]] SimTime to_sim_time(Seconds time);

[[nodiscard]] constexpr Seconds to_seconds(SimTime time) { return Seconds{static_cast<double>(time.count()) * 1e-9}; }

}  // namespace headroom::engine
