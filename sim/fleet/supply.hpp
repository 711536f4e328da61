#pragma once

#include "sim/fleet/state.hpp"

/// Lots on their way: signed, licensed, shipped, cleared, delivered, racked, in service, retired.
namespace headroom::fleet {

/// Makes the lots of opening cohorts, orders and leases, and schedules their first step.
void open_supply(State& state);
/// One step of a lot; the event's kind says which.
void step_lot(State& state, const Event& event);
/// Moves yesterday's racked accelerators into service and racks more, as far as crew, power, space and ports reach.
void rack_site(State& state, std::size_t site);
/// Accelerators that the site may still take into service today, and what stops it: "power", "space", "ports" or nothing.
struct Room { std::int64_t accelerators; const char* bound_by; };
[[nodiscard]] Room room_for(const State& state, std::size_t site, std::size_t chip);
/// A bridge: rents accelerators of a chip at a site for a term from today on.
void rent(State& state, std::size_t response, std::int64_t count, Date until);
/// Takes rented accelerators at a location out of service for good; their rent goes on.
void close_leases(State& state, std::string_view location, std::string_view chip_origin);
/// Signs an order that waited for a response: its deliveries keep their distances, the first is the stages' time from today.
void sign_standby(State& state, std::size_t order);
/// Cancels what of an order has not left the supplier.
void cancel_order(State& state, std::size_t order);

}  // namespace headroom::fleet
