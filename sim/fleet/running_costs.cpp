/// Rent and the running costs of a month, and what they make an accelerator-hour of each pool cost.
#include <fmt/format.h>

#include <algorithm>

#include "sim/fleet/books.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/money.hpp"
#include "sim/fleet/network_parts.hpp"

namespace headroom::fleet {

using finance::Account;
using finance::Book;
using finance::credit;
using finance::debit;

namespace {

/// Rents on the first day of each month of the term, cut by days at both ends. A series is the contract's own schedule and is read
/// on each of those days; a market's price is that of the day of signature for the whole term.
std::vector<finance::Flow> rents_of(const State& s, const scenario::MarketPrice<Seconds>& price, std::int64_t count, Date start, Date end) {
  std::vector<finance::Flow> rents;
  for (Date from = start; from < end;) {
    const Date until = std::min(end, start_of_month(from) + CalendarSpan{1, 0});
    const auto rate = s.world.price(price, price.process.empty() ? from : s.today);
    rents.push_back({from, rate * (days(static_cast<double>((until - from).count())) * static_cast<double>(count))});
    from = until;
  }
  return rents;
}

finance::Tags site_tags(State& s, std::size_t site) { return {{}, std::nullopt, {}, s.books->ledger.intern(s.site(site).id)}; }

/// Power that a lease's price already contains is not paid again: share of the pool's accelerators that pay their own.
double own_power_share(const State& s, std::size_t pool) {
  double all = 0, own = 0;
  for (const Lot& lot : s.lots) {
    if (s.pool_index(lot.site, lot.chip) != pool || lot.service_days <= 0) continue;
    const bool included = lot.origin == Lot::Origin::bridge || (lot.origin == Lot::Origin::lease && s.plan.leases[lot.source].power_included);
    all += lot.service_days;
    if (!included) own += lot.service_days;
  }
  return all > 0 ? own / all : 1;
}

void pay_energy(State& s, Period month, Date day) {
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const double joules = s.meters.pools[p].energy_joules * own_power_share(s, p);
    if (joules <= 0) continue;
    const Money bill = s.tariff(s.pools[p]).at(month.begin) * Joules{joules};
    spend(s, Account::energy, Account::paid_energy, "energy", bill, day, site_tags(s, s.pools[p].site));
    const double base = s.books->fx.to_base(bill, day).amount();
    auto& month_of_pool = s.books->month.pools[p];
    month_of_pool.cost_base += base;
    month_of_pool.energy_base += base;
  }
}

/// Costs of a site that no single accelerator causes are shared by the power of what stood in service.
void share_site_cost(State& s, std::size_t site, double base) {
  double watts = 0;
  const auto weight = [&](std::size_t p) { return s.meters.pools[p].in_service_hours * s.pools[p].busy.base(); };
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].site == site) watts += weight(p);
  }
  if (watts <= 0) {
    s.books->month.unallocated_base += base;
    return;
  }
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].site == site) s.books->month.pools[p].cost_base += base * weight(p) / watts;
  }
}

/// An own building: what the power limit grows by is built, paid on the day it is ready and written off over its life. What
/// stands before the horizon is an opening balance.
void build_shell(State& s, std::size_t i, Period month, Date day) {
  const auto& site = s.site(i);
  auto& books = *s.books;
  auto& ledger = books.ledger;
  const auto tags = site_tags(s, i);
  auto& parts = books.shells[i];
  double built = 0;
  for (const auto& part : parts) built += part.watts;
  const double grown = site.power.at(month.begin).base() - built;
  if (grown > 0) {
    const Money cost = books.fx.to_base(site.shell->build * Watts{grown}, month.begin);
    const bool opening = parts.empty() && site.shell->ready <= s.plan.horizon.begin;
    const Date ready = opening ? site.shell->ready : std::max(month.begin, site.shell->ready);
    parts.push_back({grown, ready, cost});
    if (opening) {
      const Money left = cost - finance::straight_line(cost, Money{0, cost.currency()}, ready, ready + site.shell->life, month.begin);
      ledger.post(day, Book::accrual, ledger.intern("opening balance"), {debit(Account::facility, left, tags), credit(Account::opening_balance, left, tags)});
    } else {
      ledger.post(day, Book::cash, ledger.intern("building"), {debit(Account::paid_facility, cost, tags), credit(Account::bank, cost, tags)});
      ledger.post(day, Book::accrual, ledger.intern("building"), {debit(Account::facility, cost, tags), credit(Account::cash, cost, tags)});
    }
  }
  Money step{0, s.plan.base_currency};
  for (const auto& part : parts) {
    const Money none{0, part.cost.currency()};
    const auto used = [&](Date d) { return d <= part.ready ? none : finance::straight_line(part.cost, none, part.ready, part.ready + site.shell->life, d); };
    step += used(month.end) - used(month.begin);
  }
  ledger.post(day, Book::accrual, ledger.intern("building"), {debit(Account::facility_depreciation, step, tags), credit(Account::facility, step, tags)});
  share_site_cost(s, i, step.amount());
}

void pay_sites(State& s, Period month, Date day) {
  const double year_share = static_cast<double>(month.days()) / 365.25;
  const double month_share = static_cast<double>(month.days()) * 12 / 365.25;
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    const auto& site = s.site(i);
    if (site.colocation_per_month) {
      const Money fee = site.colocation_per_month->at(month.begin) * (site.power.at(month.begin) * month_share);
      spend(s, Account::colocation, Account::paid_colocation, "colocation", fee, day, site_tags(s, i));
      share_site_cost(s, i, s.books->fx.to_base(fee, day).amount());
    }
    if (site.staff_per_year) {
      Watts load;
      for (std::size_t p = 0; p < s.pools.size(); ++p) {
        if (s.pools[p].site == i) load += s.pools[p].busy * (s.meters.pools[p].in_service_hours / (24.0 * month.days()));
      }
      const Money wages = *site.staff_per_year * (load * year_share);
      spend(s, Account::staff, Account::paid_staff, "staff", wages, day, site_tags(s, i));
      share_site_cost(s, i, s.books->fx.to_base(wages, day).amount());
    }
    if (site.shell) build_shell(s, i, month, day);
    if (const double used = network_depreciation(s, i, month); used > 0) share_site_cost(s, i, used);
  }
}

double maintenance_share(const State& s, const Lot& lot) {
  switch (lot.origin) {
    case Lot::Origin::opening: return s.plan.fleet[lot.source].maintenance_share;
    case Lot::Origin::order: return s.plan.orders[lot.source].maintenance_share;
    default: return 0;
  }
}

void pay_lots(State& s, Period month, Date day) {
  auto& ledger = s.books->ledger;
  for (std::size_t i = 0; i < s.lots.size(); ++i) {
    Lot& lot = s.lots[i];
    const finance::Tags tags{{}, std::nullopt, ledger.intern(lot.id), ledger.intern(s.site(lot.site).id)};
    const double share = maintenance_share(s, lot);
    if (share > 0 && lot.service_days > 0 && lot.unit_cost.micros() != 0) {
      const Money fee = lot.unit_cost * (share * lot.service_days / 365.25);
      spend(s, Account::maintenance, Account::paid_maintenance, "maintenance", fee, day, tags);
    }
    LotMoney& money = s.books->lot(i);
    for (; money.next_rent < money.rents.size() && money.rents[money.next_rent].date < month.end; ++money.next_rent) {
      const auto& rent = money.rents[money.next_rent];
      if (money.reservation) s.books->budgets.pay(*money.reservation, day, rent.amount, ledger.intern("rent"));
      if (lot.origin == Lot::Origin::bridge) {
        s.books->month.pools[s.pool_index(lot.site, lot.chip)].bridge_base += s.books->fx.to_base(rent.amount, day).amount();
      }
    }
  }
}

/// What the cohorts' own accounts say about the month, added to their pools.
void share_lot_costs(State& s, Period month) {
  auto& ledger = s.books->ledger;
  for (const Lot& lot : s.lots) {
    const auto cohort = ledger.intern(lot.id);
    double base = 0;
    for (const Account account : {Account::depreciation, Account::lease_amortisation, Account::lease_interest, Account::rent, Account::maintenance}) {
      base += ledger.of_cohort(cohort, account, finance::Months::of(month.begin)).net().amount();
    }
    if (base == 0) continue;
    const std::size_t pool = s.pool_index(lot.site, lot.chip);
    s.books->month.pools[pool].cost_base += base;
  }
}

}  // namespace

void spend(State& s, Account expense, Account paid, const char* purpose, Money amount, Date day, const finance::Tags& tags) {
  if (amount.is_zero()) return;
  auto& books = *s.books;
  const Money base = books.fx.to_base(amount, day);
  const auto note = books.ledger.intern(purpose);
  books.ledger.post(day, Book::cash, note, {debit(paid, amount, tags), credit(Account::bank, amount, tags)});
  books.ledger.post(day, Book::accrual, note, {debit(expense, base, tags), credit(Account::cash, base, tags)});
  if (books.limited(purpose)) (void)books.budgets.spend(day, purpose, amount, note, tags.site);
}

void book_lease(State& s, Lot& lot) {
  auto& books = *s.books;
  const bool bridge = lot.origin == Lot::Origin::bridge;
  const auto& price = bridge ? *s.plan.responses[lot.source].price : s.plan.leases[lot.source].price;
  const Date end = bridge ? s.today + s.plan.responses[lot.source].term : s.plan.leases[lot.source].end;
  LotMoney& money = books.lot(static_cast<std::size_t>(&lot - s.lots.data()));
  money.rents = rents_of(s, price, lot.ordered, s.today, end);
  const finance::Tags tags{books.ledger.intern(lot.budget), std::nullopt, books.ledger.intern(lot.id), books.ledger.intern(s.site(lot.site).id)};
  if (!lot.budget.empty() && books.limited(lot.budget)) {
    // A lease is signed whole: its budget lines warn, they do not cut a contract that others already run on.
    const auto parts = books.budgets.by_year(lot.budget, s.today, money.rents, true);
    const auto fit = books.budgets.fit(s.today, lot.budget, parts, 1);
    if (fit.now == 1) {
      money.reservation = books.budgets.reserve(s.today, lot.budget, parts, books.ledger.intern("lease"), tags.cohort, tags.site);
    } else {
      s.note("lease_over_budget", lot, lot.ordered, "budget " + lot.budget);
    }
  }
  for (const auto& rent : money.rents) {
    books.month.pools[s.pool_index(lot.site, lot.chip)].committed_base += books.fx.to_base(rent.amount, s.today).amount();
  }
  s.meters.counts[s.pool_index(lot.site, lot.chip)].ordered += static_cast<double>(lot.ordered);
  s.meters.counts[s.pool_index(lot.site, lot.chip)].delivered += static_cast<double>(lot.ordered);
  money.lease = books.leases.commence({s.today, end, money.rents, s.plan.policies.capital_rate, tags.cohort, tags.site});
}

void close_month(State& s, Period month) {
  const Date day = month.end - std::chrono::days{1};
  auto& books = *s.books;
  books.assets.accrue_to(month.end);
  books.leases.accrue_to(month.end);
  (void)books.vat.collect(day);
  pay_energy(s, month, day);
  pay_sites(s, month, day);
  pay_egress(s, month, day);
  pay_lots(s, month, day);
  share_lot_costs(s, month);
}

}  // namespace headroom::fleet
