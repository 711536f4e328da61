#pragma once

#include <string>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/placement/placement.hpp"

/// What the planner can say ahead of time: the forecast, how much more a service could bear, what would stop it, and until when.
namespace headroom::fleet {

/// Load that the planner expects of a day, at the peak hour for interactive services: the plan, times the error that yesterday has
/// shown.
[[nodiscard]] double forecast(const State& state, const workloads::Service& service, Date day);

/// What stops a service today, in words and with what one more unit of it would carry.
struct Stop {
  results::BindingRow row;      ///< all but the month
  std::string text;             ///< "h20_96 at north_china"; empty: no load
};
/// `headroom` of interactive services is that in whole replicas: the largest multiplier of the load that is served with every other
/// service served as today, less 1; negative where the service itself is short. Nothing for batch load and where there is no load.
[[nodiscard]] Stop what_stops(State& state, std::size_t service, placement::Replicas replicas);

/// By service of those asked about: weeks until its forecast outgrows what then is in service by plan: today's accelerators, those
/// on order and yet to be ordered at the day that the plan says and the pace of the crew, less retirements and leases that end, within
/// power, space and ports of that week. All loads grow at once, those of later tiers left aside; a service that has run out is held at
/// what it could get. 0: today. Nothing: not within the horizon.
[[nodiscard]] std::vector<std::optional<double>> weeks_to_exhaustion(State& state, std::vector<bool> asked);

}  // namespace headroom::fleet
