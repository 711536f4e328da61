#pragma once

#include <optional>
#include <string>

#include "sim/finance/accounts.hpp"
#include "sim/finance/ledger.hpp"
#include "sim/fleet/state.hpp"

/// What the walk of accelerators means in money: every function books flows in the ledger at today's date and rate.
namespace headroom::fleet {

/// How an order fared at its budget: accelerators signed now, or the day on which to ask again.
struct Signing {
  std::int64_t count = 0;
  std::optional<Date> deferred_to;
  std::string cut_by;  ///< what kept it below what was asked
};

void book_opening(State& state, Lot& lot);
/// Reserves the budget, cut to whole packages where the line says so, and schedules the payments.
[[nodiscard]] Signing book_order(State& state, Lot& lot);
void book_shipment(State& state, Lot& lot);
void book_delivery(State& state, Lot& lot, std::int64_t count);
void book_in_service(State& state, Lot& lot, std::int64_t count);
/// Accelerators that will not come: `refundable` is the share of what was paid for them that comes back.
void book_loss(State& state, Lot& lot, std::int64_t count, double refundable);
/// Accelerators that died and that nobody replaces are written off.
void book_lost(State& state, Lot& lot, std::int64_t count);
void book_lease(State& state, Lot& lot);
/// True if they were sold.
[[nodiscard]] bool book_retirement(State& state, Lot& lot, std::int64_t count);
/// A payment that falls due: `detail` is its place in the order's list.
void pay(State& state, const Event& event);
/// An expense that is paid when it is booked: both books, and the budget of that purpose if there is one.
void spend(State& state, finance::Account expense, finance::Account paid, const char* purpose, Money amount, Date day, const finance::Tags& tags);
/// End of a month: rent, energy, colocation, staff, maintenance, depreciation.
void close_month(State& state, Period month);

}  // namespace headroom::fleet
