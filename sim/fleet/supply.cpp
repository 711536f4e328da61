#include "sim/fleet/supply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/fleet/failures.hpp"
#include "sim/fleet/money.hpp"
#include "sim/fleet/network_parts.hpp"

namespace headroom::fleet {

using engine::Phase;
using scenario::Order;
using scenario::Process;

namespace {

const Order& order_of(const State& s, const Lot& lot) { return s.plan.orders[lot.source]; }

std::uint32_t index_of(const State& s, const Lot& lot) { return static_cast<std::uint32_t>(&lot - s.lots.data()); }

void open_cohorts(State& s) {
  for (std::size_t i = 0; i < s.plan.fleet.size(); ++i) {
    const auto& cohort = s.plan.fleet[i];
    Lot lot;
    lot.id = cohort.id;
    lot.origin = Lot::Origin::opening;
    lot.source = i;
    lot.chip = s.chip_index(cohort.chip);
    lot.site = s.site_index(cohort.site);
    lot.planned = lot.signed_on = cohort.in_service;
    lot.delivered = cohort.in_service;
    lot.ordered = cohort.count;
    lot.spare = spares_of(s, lot, cohort.count);
    lot.in_service = cohort.count - lot.spare;
    lot.is_signed = true;
    if (cohort.unit_cost) lot.unit_cost = lot.chip_price = *cohort.unit_cost;
    s.lots.push_back(lot);
    s.pool_of(lot.site, lot.chip).in_service += lot.in_service;
  }
}

std::chrono::days lead_of(const Order& order) {
  const auto& stages = order.stages;
  return std::chrono::days{static_cast<int>(stages.licence.central() + stages.production.central() + stages.transit.central() +
                                            stages.customs.central() + 0.5)};
}

Lot lot_of(const State& s, std::size_t i, const scenario::Delivery& delivery) {
  const Order& order = s.plan.orders[i];
  Lot lot;
  lot.origin = Lot::Origin::order;
  lot.source = i;
  lot.id = order.id + ":" + to_string(delivery.at);
  lot.chip = s.chip_index(order.chip);
  lot.site = s.site_index(order.site);
  lot.planned = delivery.at + order.slip;
  lot.ordered = delivery.count;
  lot.signed_on = order.ordered.value_or(delivery.at - lead_of(order));
  return lot;
}

/// An order that some response places is none before.
bool on_standby(const State& s, const Order& order) {
  return std::any_of(s.plan.responses.begin(), s.plan.responses.end(), [&](const auto& r) {
    return r.action == scenario::Response::Action::order && r.target == order.id;
  });
}

void plan_orders(State& s) {
  for (std::size_t i = 0; i < s.plan.orders.size(); ++i) {
    if (on_standby(s, s.plan.orders[i])) continue;
    for (const auto& delivery : s.plan.orders[i].deliveries) {
      if (delivery.count > 0) s.lots.push_back(lot_of(s, i, delivery));
    }
  }
}

void plan_leases(State& s) {
  for (std::size_t i = 0; i < s.plan.leases.size(); ++i) {
    const auto& lease = s.plan.leases[i];
    Lot lot;
    lot.origin = Lot::Origin::lease;
    lot.source = i;
    lot.id = lease.id;
    lot.chip = s.chip_index(lease.chip);
    lot.site = s.site_index(lease.site);
    lot.planned = lot.signed_on = lease.start;
    lot.ordered = lease.count;
    lot.budget = lease.budget;
    s.lots.push_back(lot);
  }
}

/// Takes `n` accelerators of a lot into service, less what goes on the shelf.
void commission(State& s, Lot& lot, std::int64_t n) {
  const std::int64_t aside = spares_of(s, lot, n);
  lot.spare += aside;
  lot.in_service += n - aside;
  s.pool_of(lot.site, lot.chip).in_service += n - aside;
  book_in_service(s, lot, n);
  if (aside > 0) fill_slots(s, lot.site, lot.chip);
}

/// All that was commissioned leaves: what works, the shelf, and what crew and supplier have in hand.
void decommission(State& s, Lot& lot) {
  s.pool_of(lot.site, lot.chip).in_service -= lot.in_service;
  lot.in_service = lot.spare = lot.in_repair = lot.rma_out = lot.empty_slots = 0;
}

void sign(State& s, Lot& lot) {
  const std::int64_t wanted = lot.ordered;
  if (wanted == 0) return;
  const Signing signing = book_order(s, lot);
  if (signing.deferred_to) {
    s.note("order_deferred", lot, wanted, "budget " + lot.budget);
    s.at(*signing.deferred_to, Phase::decision, {Kind::sign, index_of(s, lot)});
    return;
  }
  lot.signed_on = s.today;
  if (signing.count < wanted) s.note("order_cut", lot, wanted - signing.count, signing.cut_by);
  lot.ordered = lot.on_order = signing.count;
  lot.is_signed = true;
  if (lot.ordered == 0) return;
  s.note("order_signed", lot, lot.ordered);
  // The dock date was planned from central stages; what licence and production take beyond them comes on top.
  const auto& stages = order_of(s, lot).stages;
  const int after = s.world.stage_days(order_of(s, lot), "transit", stages.transit, lot.planned);
  const int customs = s.world.stage_days(order_of(s, lot), "customs", stages.customs, lot.planned);
  const int late = s.world.stage_days(order_of(s, lot), "licence", stages.licence, lot.planned) -
                   static_cast<int>(stages.licence.central() + 0.5) +
                   s.world.stage_days(order_of(s, lot), "production", stages.production, lot.planned) -
                   static_cast<int>(stages.production.central() + 0.5);
  const Date ready = lot.planned + s.world.delay(order_of(s, lot), lot.planned) + std::chrono::days{late};
  s.at(std::max(s.today, ready - std::chrono::days{after + customs}), Phase::release, {Kind::export_gate, index_of(s, lot)});
}

/// What a closed gate does. True if the lot goes on now.
bool pass_gate(State& s, Lot& lot, Process::Regime regime, Kind again) {
  const Order& order = order_of(s, lot);
  if (order.lane.empty() || s.world.gate_open(order.lane, regime, s.today)) return true;
  const std::int64_t count = lot.on_order + lot.in_transit;
  const std::string gate = regime == Process::Regime::export_licence ? "export licence" : "import clearance";
  switch (order.on_closed) {
    case Order::OnClosed::delay:
      s.note("held_at_gate", lot, count, gate + " on " + order.lane);
      if (const auto opens = s.world.gate_opens(order.lane, regime, s.today)) s.at(*opens, Phase::release, {again, index_of(s, lot)});
      return false;
    case Order::OnClosed::refuse:
      lot.cancelled += count;
      s.note("refused", lot, count, gate + " on " + order.lane);
      break;
    case Order::OnClosed::forfeit:
      lot.forfeited += count;
      s.note("forfeited", lot, count, gate + " on " + order.lane);
      break;
  }
  lot.on_order = lot.in_transit = 0;
  book_loss(s, lot, count, order.on_closed == Order::OnClosed::forfeit ? 0.0 : order.refundable_share);
  return false;
}

void deliver(State& s, Lot& lot) {
  const std::int64_t count = lot.in_transit;
  lot.in_transit = 0;
  lot.waiting += count;
  lot.delivered = s.today;
  s.note("delivered", lot, count);
  book_delivery(s, lot, count);
  s.dock[lot.site].push_back(index_of(s, lot));
}

/// What the market of a rent still has today, beyond what the plan's leases and bridges hold of it.
std::int64_t market_left(const State& s, const scenario::MarketPrice<Seconds>& price) {
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  if (price.process.empty()) return no_limit;
  const auto& depth = s.world.price_process(price.process).market_depth;
  if (!depth) return no_limit;
  std::int64_t held = 0;
  for (const Lot& lot : s.lots) {
    const bool lease = lot.origin == Lot::Origin::lease;
    if (!lot.is_signed || !(lease || lot.origin == Lot::Origin::bridge)) continue;
    const auto& other = lease ? s.plan.leases[lot.source].price : *s.plan.responses[lot.source].price;
    if (other.process == price.process) held += lot.ordered - lot.returned;
  }
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(depth->at(s.today)) - held);
}

void start_lease(State& s, Lot& lot) {
  if (lot.is_closed) return;  // access was closed before it began
  const auto& price = lot.origin == Lot::Origin::lease ? s.plan.leases[lot.source].price : *s.plan.responses[lot.source].price;
  if (const std::int64_t left = market_left(s, price); left < lot.ordered) {
    s.note("market_depth_reached", lot, lot.ordered - left, "not to be had for rent at " + price.process);
    lot.ordered = left;
    if (left == 0) return;
  }
  lot.waiting += lot.ordered;
  lot.is_signed = true;
  lot.delivered = s.today;
  s.note("lease_start", lot, lot.ordered);
  book_lease(s, lot);
  s.dock[lot.site].push_back(index_of(s, lot));
}

void end_lease(State& s, Lot& lot) {
  if (lot.returned > 0 || !lot.is_signed) return;
  const std::int64_t count = lot.waiting + lot.racking + lot.commissioned();
  decommission(s, lot);
  lot.waiting = lot.racking = 0;
  lot.returned += count;
  auto& queue = s.dock[lot.site];
  queue.erase(std::remove(queue.begin(), queue.end(), index_of(s, lot)), queue.end());
  s.note("lease_end", lot, count);
}

void retire(State& s, Lot& lot) {
  if (lot.origin == Lot::Origin::opening) {
    const auto& deferred = s.retirement_deferred_to[lot.source];
    if (deferred && *deferred > s.today) {
      s.at(*deferred, Phase::release, {Kind::retire, index_of(s, lot)});
      return;
    }
  }
  const std::int64_t count = lot.commissioned();
  if (count == 0) return;
  decommission(s, lot);
  const bool sold = book_retirement(s, lot, count);
  (sold ? lot.resold : lot.retired) += count;
  s.note("retired", lot, count, sold ? "resold" : "");
}

}  // namespace

void open_supply(State& s) {
  open_cohorts(s);
  plan_orders(s);
  plan_leases(s);
  for (std::uint32_t i = 0; i < s.lots.size(); ++i) {
    const Lot& lot = s.lots[i];
    switch (lot.origin) {
      case Lot::Origin::opening:
        book_opening(s, s.lots[i]);
        if (const auto& retire_on = s.plan.fleet[lot.source].retire) s.at(*retire_on, Phase::release, {Kind::retire, i});
        break;
      case Lot::Origin::order: s.at(lot.signed_on, Phase::decision, {Kind::sign, i}); break;
      default:
        s.at(lot.planned, Phase::release, {Kind::start_lease, i});
        s.at(std::min(s.plan.leases[lot.source].end, s.plan.leases[lot.source].closed_from.value_or(s.plan.leases[lot.source].end)), Phase::release,
             {Kind::end_lease, i});  // where access is closed the rent goes on
        break;
    }
  }
}

void step_lot(State& s, const Event& event) {
  Lot& lot = s.lots[event.index];
  switch (event.kind) {
    case Kind::sign: sign(s, lot); break;
    case Kind::export_gate:
      if (lot.on_order > 0 && pass_gate(s, lot, Process::Regime::export_licence, Kind::export_gate)) {
        lot.in_transit += lot.on_order;
        lot.on_order = 0;
        book_shipment(s, lot);
        const int days = s.world.stage_days(order_of(s, lot), "transit", order_of(s, lot).stages.transit, lot.planned);
        s.at(s.today + std::chrono::days{days}, Phase::release, {Kind::import_gate, event.index});
      }
      break;
    case Kind::import_gate:
      if (lot.in_transit > 0 && pass_gate(s, lot, Process::Regime::import_clearance, Kind::import_gate)) {
        const int days = s.world.stage_days(order_of(s, lot), "customs", order_of(s, lot).stages.customs, lot.planned);
        s.at(s.today + std::chrono::days{days}, Phase::release, {Kind::deliver, event.index});
      }
      break;
    case Kind::deliver: deliver(s, lot); break;
    case Kind::start_lease: start_lease(s, lot); break;
    case Kind::end_lease: end_lease(s, lot); break;
    case Kind::retire: retire(s, lot); break;
    default: throw std::logic_error("not a step of a lot");
  }
}

Room room_for(const State& s, std::size_t site, std::size_t chip) {
  const auto& place = s.site(site);
  double watts = 0, accelerators = 0;
  for (const Pool& pool : s.pools) {
    if (pool.site != site) continue;
    watts += static_cast<double>(pool.in_service) * pool.busy.base();
    accelerators += static_cast<double>(pool.in_service);
  }
  for (const Lot& lot : s.lots) {
    if (lot.site != site || lot.racking == 0) continue;
    accelerators += static_cast<double>(lot.racking);
    for (const Pool& pool : s.pools) {
      if (pool.site == site && pool.chip == lot.chip) watts += static_cast<double>(lot.racking) * pool.busy.base();
    }
  }
  const Pool* pool = nullptr;
  for (const Pool& p : s.pools) {
    if (p.site == site && p.chip == chip) pool = &p;
  }
  if (pool == nullptr) throw std::logic_error("no pool for a lot that is to be racked");
  const double limit = place.power.at(s.today).base() / place.pue.at(s.today);
  Room room{static_cast<std::int64_t>(std::max(0.0, (limit - watts) / pool->busy.base())), "power"};
  const auto narrow = [&](const std::optional<scenario::Series>& series, const char* name) {
    if (!series) return;
    const auto left = static_cast<std::int64_t>(std::max(0.0, series->at(s.today) - accelerators));
    if (left < room.accelerators) room = {left, name};
  };
  narrow(place.space, "space");
  narrow(place.ports, "ports");
  if (!s.fabrics) return room;
  std::vector<std::int64_t> standing(s.pools.size());
  for (std::size_t p = 0; p < s.pools.size(); ++p) standing[p] = s.pools[p].in_service;
  for (const Lot& lot : s.lots) {
    if (lot.racking > 0) standing[s.pool_index(lot.site, lot.chip)] += lot.racking;
  }
  const auto connected = connected_room(s, s.pool_index(site, chip), standing, s.today);
  return connected && connected->accelerators < room.accelerators ? *connected : room;
}

void rack_site(State& s, std::size_t site) {
  for (Lot& lot : s.lots) {
    if (lot.site != site || lot.racking == 0) continue;
    const std::int64_t ready = lot.racking;
    lot.racking = 0;
    commission(s, lot, ready);
    if (lot.origin == Lot::Origin::order) {
      if (const auto& after = order_of(s, lot).retire_after; after && lot.commissioned() + lot.lost == ready) {
        s.at(s.today + *after, Phase::release, {Kind::retire, index_of(s, lot)});
      }
    }
  }
  auto& queue = s.dock[site];
  // Credit does not pile up while nothing waits: a crew cannot rack tomorrow what it did not rack today.
  const double per_day = s.site(site).racking_per_week.at(s.today) / 7;
  s.racking_credit[site] = std::min(s.racking_credit[site] + per_day, std::max(per_day, 1.0));
  std::string bound_by;
  while (!queue.empty()) {
    Lot& lot = s.lots[queue.front()];
    const bool rented = lot.origin == Lot::Origin::lease || lot.origin == Lot::Origin::bridge;
    const Room room = room_for(s, site, lot.chip);
    // Rented accelerators stand racked at the lessor's; only owned ones need the crew.
    const auto crew = rented ? lot.waiting : static_cast<std::int64_t>(s.racking_credit[site]);
    const std::int64_t n = std::min({lot.waiting, crew, room.accelerators});
    lot.waiting -= n;
    if (rented) {
      commission(s, lot, n);  // ready from the first day
    } else {
      s.racking_credit[site] -= static_cast<double>(n);
      lot.racking += n;
    }
    if (lot.waiting > 0) {
      if (room.accelerators == n) bound_by = room.bound_by;
      break;
    }
    queue.erase(queue.begin());
  }
  if (bound_by != s.racking_bound_by[site] && !bound_by.empty()) s.note("racking_stopped", s.lots[queue.front()], s.lots[queue.front()].waiting, bound_by);
  s.racking_bound_by[site] = bound_by;
}

void close_leases(State& s, std::string_view location, std::string_view chip_origin) {
  for (Lot& lot : s.lots) {
    const bool rented = lot.origin == Lot::Origin::lease || lot.origin == Lot::Origin::bridge;
    if (!rented || s.site(lot.site).location != location || (!chip_origin.empty() && s.chip(lot.chip).origin != chip_origin)) continue;
    if (lot.delivered) end_lease(s, lot);
    lot.is_closed = true;
  }
}

void rent(State& s, std::size_t response, std::int64_t count, Date until) {
  const auto& rule = s.plan.responses[response];
  Lot lot;
  lot.origin = Lot::Origin::bridge;
  lot.source = response;
  lot.id = fmt::format("{}:{}", rule.id, to_string(s.today));
  lot.chip = s.chip_index(rule.chip);
  lot.site = s.site_index(rule.site);
  lot.planned = lot.signed_on = s.today;
  lot.ordered = count;
  lot.budget = rule.budget;
  s.lots.push_back(lot);
  start_lease(s, s.lots.back());
  s.at(until, Phase::release, {Kind::end_lease, static_cast<std::uint32_t>(s.lots.size() - 1)});
}

void sign_standby(State& s, std::size_t i) {
  const Order& order = s.plan.orders[i];
  if (order.deliveries.empty()) return;
  const auto shift = s.today + lead_of(order) - order.deliveries.front().at;
  for (auto delivery : order.deliveries) {
    if (delivery.count == 0) continue;
    delivery.at += shift;
    s.lots.push_back(lot_of(s, i, delivery));
    s.lots.back().signed_on = s.today;
    s.at(s.today, Phase::decision, {Kind::sign, static_cast<std::uint32_t>(s.lots.size() - 1)});
  }
}

void cancel_order(State& s, std::size_t order) {
  for (Lot& lot : s.lots) {
    if (lot.origin != Lot::Origin::order || lot.source != order) continue;
    if (lot.on_order > 0) {
      const std::int64_t count = lot.on_order;
      lot.on_order = 0;
      lot.cancelled += count;
      s.note("cancelled", lot, count);
      book_loss(s, lot, count, s.plan.orders[order].refundable_share);
    } else if (!lot.is_signed) {
      lot.ordered = 0;  // it never will be
    }
  }
}

}  // namespace headroom::fleet
