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

}  // namespace headroom::fleet
