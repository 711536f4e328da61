#pragma once

#include "sim/fleet/state.hpp"

/// Which service runs on which pool: once a day, for the peak of the day as forecast.
namespace headroom::fleet {

/// Bars pools from serving from the days of the location rules on.
void open_locations(State& state);
void close_location(State& state, std::uint32_t rule);
/// Power that services may add at a site today: the limit, less what idles anyway, less the gangs. Needs today's PUE.
[[nodiscard]] Watts free_power(const State& state, std::size_t site);
/// Places every service for today and sets `Arc::accelerators`; what is moved is loading in the first hour.
void place(State& state);
/// Largest multiplier of one interactive service's load that today's accelerators carry with every other service served as
/// today, minus 1; negative where the service itself is short. Nothing for batch load and where there is no load.
[[nodiscard]] std::optional<double> headroom_of(State& state, std::size_t service);
/// Weeks until the forecast peak outgrows today's load times (1 + headroom) on what is in service today; nothing if it does
/// not within the horizon.
[[nodiscard]] std::optional<double> weeks_to_exhaustion(const State& state, std::size_t service, double headroom);

}  // namespace headroom::fleet
