/// Dead accelerators: their exchange, their way to the supplier and back, and the shelf.
#include <algorithm>

#include "sim/fleet/failures.hpp"
#include "sim/fleet/money.hpp"

namespace headroom::fleet {

void exchange(State& s, std::uint32_t i) {
  Lot& lot = s.lots[i];
  if (lot.in_repair == 0) return;  // the lot has left meanwhile, and its dead with it
  --lot.in_repair;
  const Pool& pool = s.pool_of(lot.site, lot.chip);
  if (pool.failures->rma || lot.is_rented()) {
    ++lot.rma_out;
    s.at(s.today + pool.failures->rma_time, engine::Phase::release, {Kind::rma_return, i});
  } else {
    ++lot.lost;
    s.meters.pools[s.pool_index(lot.site, lot.chip)].lost += 1;
    book_lost(s, lot, 1);
  }
  fill_slots(s, lot.site, lot.chip);
}

void rma_return(State& s, std::uint32_t i) {
  Lot& lot = s.lots[i];
  if (lot.rma_out == 0) return;
  --lot.rma_out;
  ++lot.spare;
  fill_slots(s, lot.site, lot.chip);
}

std::int64_t spares_of(const State& s, Lot& lot, std::int64_t n) {
  const scenario::FailureRule* rule = rule_for(s.site(lot.site), s.chip(lot.chip).id);
  if (rule == nullptr || lot.is_rented()) return 0;
  const auto all = static_cast<double>(lot.commissioned() + lot.lost + n);
  const auto wanted = std::min(n, static_cast<std::int64_t>(all * rule->spare_share + 1e-9) - lot.set_aside);
  const std::int64_t aside = std::max<std::int64_t>(0, wanted);
  lot.set_aside += aside;
  return aside;
}

void fill_slots(State& s, std::size_t site, std::size_t chip) {
  const auto here = [&](const Lot& lot) { return lot.site == site && lot.chip == chip; };
  std::size_t shelf = 0, slot = 0;
  Pool& pool = s.pool_of(site, chip);
  for (;;) {
    while (shelf < s.lots.size() && !(here(s.lots[shelf]) && s.lots[shelf].spare > 0)) ++shelf;
    while (slot < s.lots.size() && !(here(s.lots[slot]) && s.lots[slot].empty_slots > 0)) ++slot;
    if (shelf == s.lots.size() || slot == s.lots.size()) return;
    const std::int64_t n = std::min(s.lots[shelf].spare, s.lots[slot].empty_slots);
    s.lots[shelf].spare -= n;
    s.lots[shelf].in_service += n;
    s.lots[slot].empty_slots -= n;
    pool.in_service += n;
  }
}

}  // namespace headroom::fleet
