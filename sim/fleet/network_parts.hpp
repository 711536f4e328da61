#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/fleet/supply.hpp"

/// Switches and transceivers that a site buys apart from its accelerators: planned capacity that may bind before they do. Where a
/// fabric lists no purchases its parts come with the accelerators' bundles.
namespace headroom::fleet {

/// Accelerators of a pool that the parts in stock on a day can still connect, with `standing` of them by pool; nothing where they do
/// not bind. Parts that other chips on the same fabric take are gone.
[[nodiscard]] std::optional<Room> connected_room(const State& state, std::size_t pool, std::span<const std::int64_t> standing, Date day);
/// Adds to each pool's accelerators their share of what their fabric draws when it is full, by day and night.
void add_network_power(State& state);

/// What was bought before the first day stands in the opening balance.
void open_network_parts(State& state);
/// Orders and arrivals of today: noted, paid and capitalised when they arrive.
void buy_network_parts(State& state);
/// Capital, depreciation and open commitments of the month.
void observe_network_parts(State& state, int month, Period span);
/// Depreciation of a site's parts in a month, in the base currency.
[[nodiscard]] double network_depreciation(State& state, std::size_t site, Period month);

}  // namespace headroom::fleet
