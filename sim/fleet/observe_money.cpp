#include "sim/fleet/observe_money.hpp"

#include <algorithm>

#include "sim/fleet/books.hpp"
#include "sim/fleet/network_parts.hpp"

namespace headroom::fleet {

using finance::Account;
using finance::Months;
using results::metric;
using results::Place;

namespace {

Place at_site(std::size_t site) { return {static_cast<std::uint16_t>(site), std::nullopt, std::nullopt}; }
Place at_lot(const Lot& lot) { return {static_cast<std::uint16_t>(lot.site), static_cast<std::uint16_t>(lot.chip), std::nullopt}; }

/// Evidence behind a lot's money. Only what was measured or reported by a named source counts as more than assumed.
Grade grade_of(const State& s, const Lot& lot) {
  const scenario::Provenance* from = nullptr;
  switch (lot.origin) {
    case Lot::Origin::opening: from = &s.plan.fleet[lot.source].from; break;
    case Lot::Origin::order: from = &s.plan.orders[lot.source].from; break;
    case Lot::Origin::lease: from = &s.plan.leases[lot.source].from; break;
    case Lot::Origin::bridge: return Grade::assumed;
  }
  return from->status == scenario::Status::measured ? Grade::measured : Grade::assumed;
}

/// Signed and not yet paid, in the base currency of the day.
double outstanding(State& s, std::size_t i, Date day) {
  const Lot& lot = s.lots[i];
  const LotMoney& money = s.books->lot(i);
  if (!lot.is_signed || lot.origin == Lot::Origin::opening) return 0;
  if (lot.origin == Lot::Origin::order) {
    const std::int64_t bought = lot.ordered - lot.cancelled - lot.forfeited;
    if (bought == 0) return 0;
    return s.books->fx.to_base(money.unit_price * static_cast<double>(bought) - lot.paid, day).amount();
  }
  double sum = 0;
  for (std::size_t r = money.next_rent; r < money.rents.size(); ++r) sum += s.books->fx.to_base(money.rents[r].amount, day).amount();
  return sum;
}

}  // namespace

void observe_money(State& s, int month, Period span) {
  auto& store = *s.store;
  auto& ledger = s.books->ledger;
  const Months when = Months::of(span.begin);
  const Date last = span.end - std::chrono::days{1};
  std::vector<double> rest_opex(s.plan.sites.size()), rest_cash(s.plan.sites.size());
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    const auto site = ledger.intern(s.site(i).id);
    const auto sum = [&](Account account) { return ledger.of_site(site, account, when).net().amount(); };
    rest_opex[i] = sum(Account::colocation) + sum(Account::staff) + sum(Account::maintenance) + sum(Account::rent) + sum(Account::network);
    rest_cash[i] = -sum(Account::bank);
    store.add(metric("capex"), month, at_site(i), sum(Account::paid_facility));
    store.add(metric("depreciation"), month, at_site(i), sum(Account::facility_depreciation));
  }
  for (std::size_t i = 0; i < s.lots.size(); ++i) {
    const Lot& lot = s.lots[i];
    if (!lot.is_signed) continue;
    const auto cohort = ledger.intern(lot.id);
    const auto sum = [&](Account account) { return ledger.of_cohort(cohort, account, when); };
    const Grade grade = grade_of(s, lot);
    const Place place = at_lot(lot);
    const double opex = sum(Account::maintenance).net().amount() + sum(Account::rent).net().amount();
    const double cash = -sum(Account::bank).net().amount();
    rest_opex[lot.site] -= opex;
    rest_cash[lot.site] -= cash;
    store.add(metric("capex"), month, place, sum(Account::construction_in_progress).debits.amount(), grade);
    store.add(metric("opex"), month, place, opex, grade);
    store.add(metric("depreciation"), month, place, sum(Account::depreciation).net().amount() + sum(Account::lease_amortisation).net().amount(), grade);
    store.add(metric("lease_interest"), month, place, sum(Account::lease_interest).net().amount(), grade);
    store.add(metric("fx_difference"), month, place, sum(Account::fx_difference).net().amount(), grade);
    store.add(metric("cash_out"), month, place, cash, grade);
    store.add(metric("prepaid"), month, place, sum(Account::supplier_prepayments).debits.amount(), grade);
    store.add(metric("forfeited"), month, place, sum(Account::forfeited_deposits).net().amount(), grade);
    store.add(metric("commitments_outstanding"), month, place, outstanding(s, i, last), grade);
  }
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    store.add(metric("opex"), month, at_site(i), rest_opex[i]);
    store.add(metric("cash_out"), month, at_site(i), rest_cash[i]);
  }
  observe_network_parts(s, month, span);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const Pool& pool = s.pools[p];
    const Place place{static_cast<std::uint16_t>(pool.site), static_cast<std::uint16_t>(pool.chip), std::nullopt};
    const auto& money = s.books->month.pools[p];
    const auto& m = s.meters.pools[p];
    store.add(metric("committed"), month, place, money.committed_base);
    store.add(metric("bridge_cost"), month, place, money.bridge_base);
    store.add(metric("energy_cost"), month, place, money.energy_base);
    store.add(metric("opex"), month, place, money.energy_base);
    store.add_ratio(metric("cost_per_accelerator_hour"), month, place, money.cost_base, m.in_service_hours - m.down_hours - m.unpowered_hours);
    store.add_ratio(metric("cost_per_useful_hour"), month, place, money.cost_base, m.busy_hours + std::max(0.0, m.gang_useful_hours) + std::max(0.0, m.job_hours - m.job_lost_hours));
  }
  for (const auto& line : s.plan.budgets) {
    const Period year = fiscal_period(line.year, s.plan.fiscal_year_start);
    const Date granted = std::max(year.begin, s.plan.horizon.begin);
    if (year.end > s.plan.horizon.begin && span.contains(granted)) {
      store.add(metric("budget"), month, {}, s.books->fx.to_base(line.amount.value, granted).amount());
    }
  }
}

}  // namespace headroom::fleet
