#include "sim/fleet/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/units/error.hpp"
#include "sim/fleet/books.hpp"

namespace headroom::fleet {

using finance::Account;
using finance::Book;
using finance::credit;
using finance::debit;
using finance::Flow;
using scenario::Order;
using scenario::Payment;

namespace {

finance::BudgetLine line_of(const scenario::BudgetLine& line) {
  return {line.purpose, line.year, line.amount.value, static_cast<finance::Basis>(line.basis), static_cast<finance::OnExceed>(line.on_exceed),
          static_cast<finance::CarryOver>(line.carry_over), line.carry_over_share, static_cast<finance::FxRule>(line.fx)};
}

std::vector<finance::BudgetLine> lines_of(const scenario::Scenario& plan) {
  std::vector<finance::BudgetLine> lines;
  for (const auto& line : plan.budgets) {
    lines.push_back(line_of(line));
    const auto& first = *std::find_if(plan.budgets.begin(), plan.budgets.end(), [&](const auto& l) { return l.purpose == line.purpose; });
    if (line.basis != first.basis || line.on_exceed != first.on_exceed || line.carry_over != first.carry_over ||
        line.carry_over_share != first.carry_over_share || line.fx != first.fx || line.amount.value.currency() != first.amount.value.currency()) {
      throw InputError(fmt::format("budgets: {} {} has other rules or another currency than {} {}; the years of a purpose share them", line.purpose,
                                   line.year, first.purpose, first.year));
    }
  }
  return lines;
}

finance::Fx fx_of(const scenario::Scenario& plan) {
  finance::Fx fx(plan.base_currency);
  for (const auto& rate : plan.fx) {
    fx.set(rate.currency, [&rate](Date day) { return rate.rate.at(day); });
    // Plans were made with the rate of the scenario's start; the first day of a budget year may lie before every known rate.
    for (const auto& line : plan.budgets) fx.set_plan_rate(rate.currency, line.year, rate.rate.at(plan.horizon.begin));
  }
  return fx;
}

LotMoney& money_of(State& s, const Lot& lot) { return s.books->lot(static_cast<std::size_t>(&lot - s.lots.data())); }

finance::Tags tags_of(State& s, const Lot& lot) {
  auto& ledger = s.books->ledger;
  return {ledger.intern(lot.budget), lot.budget.empty() ? std::nullopt : std::optional{lot.budget_year}, ledger.intern(lot.id),
          ledger.intern(s.site(lot.site).id)};
}

finance::AssetId asset_of(State& s, Lot& lot, const scenario::Depreciation& terms) {
  LotMoney& money = money_of(s, lot);
  if (!money.asset) {
    const auto tags = tags_of(s, lot);
    money.asset = s.books->assets.open(tags.cohort, tags.site, s.plan.base_currency, {{"bundle", 1, terms.life, terms.residual_share}});
  }
  return *money.asset;
}

/// Bundle per accelerator in the currency of the chip's price: (chip + host + memory) / (1 - network share).
Money bundle_price(const State& s, const Order& order, Money chip) {
  Money sum = chip;
  if (order.bundle.host) sum += s.books->fx.exchange(*order.bundle.host, chip.currency(), s.today);
  if (const auto& memory = order.bundle.memory) sum += s.books->fx.exchange(s.world.price(memory->price, s.today) * memory->amount, chip.currency(), s.today);
  return sum * (1 / (1 - order.bundle.network_share));
}

/// What the caps of the order's supplier leave in the calendar year of the signature.
std::int64_t volume_left(const State& s, const Order& order) {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  for (const auto& cap : s.plan.policies.volume_caps) {
    if (cap.supplier != order.supplier || cap.year != year_of(s.today)) continue;
    std::int64_t taken = 0;
    for (const Lot& lot : s.lots) {
      if (lot.origin == Lot::Origin::order && lot.is_signed && s.plan.orders[lot.source].supplier == cap.supplier && year_of(lot.signed_on) == cap.year) taken += lot.ordered;
    }
    left = std::min(left, std::max<std::int64_t>(0, cap.count - taken));
  }
  return left;
}

Date due(const State& s, const Lot& lot, Payment::At at) {
  const auto& stages = s.plan.orders[lot.source].stages;
  switch (at) {
    case Payment::At::ordered: return s.today;
    case Payment::At::shipped:
      return std::max(s.today, lot.planned - std::chrono::days{static_cast<int>(stages.transit.central() + stages.customs.central() + 0.5)});
    case Payment::At::delivered: break;
  }
  return std::max(s.today, lot.planned);
}

/// Share of a payment for equipment that the budget line carries.
double covered(const Order& order, const LotMoney& money) {
  return order.budget_covers == Order::Covers::bundle ? 1 : money.unit_dutiable.amount() / money.unit_price.amount();
}

/// What of a package the budget line has to carry, and when, duty included.
std::vector<Flow> package_flows(const State& s, const Lot& lot, const Order& order, const LotMoney& money) {
  std::vector<Flow> flows;
  const auto size = static_cast<double>(order.package);
  for (const Payment& payment : order.payments) {
    flows.push_back({due(s, lot, payment.at) + payment.lag, money.unit_price * (size * payment.share * covered(order, money))});
  }
  if (order.duty > 0) flows.push_back({due(s, lot, Payment::At::delivered), money.unit_dutiable * (size * order.duty)});
  std::stable_sort(flows.begin(), flows.end(), [](const Flow& a, const Flow& b) { return a.date < b.date; });
  return flows;
}

void schedule_payments(State& s, const Lot& lot, Payment::At at) {
  const Order& order = s.plan.orders[lot.source];
  for (std::uint32_t i = 0; i < order.payments.size(); ++i) {
    if (order.payments[i].at != at) continue;
    s.at(s.today + order.payments[i].lag, engine::Phase::release, {Kind::pay, static_cast<std::uint32_t>(&lot - s.lots.data()), i});
  }
}

void post_cash(State& s, const Lot& lot, Account what, Money amount, const char* note) {
  auto& ledger = s.books->ledger;
  const auto tags = tags_of(s, lot);
  ledger.post(s.today, Book::cash, ledger.intern(note), {debit(what, amount, tags), credit(Account::bank, amount, tags)});
}

}  // namespace

Books::Books(const scenario::Scenario& plan)
    : fx(fx_of(plan)), ledger(fx, plan.horizon.begin), budgets(lines_of(plan), plan.fiscal_year_start, ledger), assets(ledger), vat(ledger), leases(ledger) {
  purposes = budgets.purposes();
}

LotMoney& Books::lot(std::size_t i) {
  if (lots.size() <= i) {
    const Money zero{0, fx.base()};
    LotMoney fresh;
    fresh.prepaid_base = fresh.owed_base = zero;
    lots.resize(i + 1, fresh);
  }
  return lots[i];
}

bool Books::limited(const std::string& purpose) const { return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end(); }

void book_opening(State& s, Lot& lot) {
  const auto& cohort = s.plan.fleet[lot.source];
  (void)money_of(s, lot);
  if (!cohort.unit_cost) return;
  // Bought before the horizon: at the rate of its first day, since older rates are not part of the scenario.
  const Money cost = s.books->fx.to_base(*cohort.unit_cost * static_cast<double>(cohort.count), s.today);
  s.books->assets.open_in_service(asset_of(s, lot, cohort.depreciation), s.today, cohort.count, cost, cohort.in_service);
}

Signing book_order(State& s, Lot& lot) {
  const Order& order = s.plan.orders[lot.source];
  LotMoney& money = money_of(s, lot);
  lot.chip_price = s.world.price(order.price, s.today) * 1.0;
  money.unit_dutiable = lot.chip_price;
  money.unit_price = bundle_price(s, order, lot.chip_price);
  money.prepaid = money.owed = lot.paid = Money{0, lot.chip_price.currency()};
  lot.unit_cost = money.unit_price + money.unit_dutiable * order.duty;
  lot.budget = order.budget;
  lot.budget_year = fiscal_year(s.today, s.plan.fiscal_year_start);

  const std::int64_t wanted = std::min(lot.ordered, volume_left(s, order)) / order.package * order.package;
  Signing signing{wanted, std::nullopt, volume_left(s, order) < lot.ordered ? "volume cap of " + order.supplier : "whole packages"};
  if (!lot.budget.empty() && s.books->limited(lot.budget)) {
    auto& budgets = s.books->budgets;
    const auto per_package = budgets.by_year(lot.budget, s.today, package_flows(s, lot, order, money));
    const auto fit = budgets.fit(s.today, lot.budget, per_package, wanted / order.package);
    if (fit.deferred > 0 && fit.now == 0) {
      signing.deferred_to = fiscal_period(lot.budget_year, s.plan.fiscal_year_start).end;
      return signing;
    }
    signing.count = fit.now * order.package;
    if (signing.count < wanted) signing.cut_by = fmt::format("budget {} {}", lot.budget, lot.budget_year);
    if (signing.count > 0) {
      std::vector<finance::YearAmount> parts = per_package;
      for (auto& part : parts) part.amount = finance::times(part.amount, fit.now);
      const auto tags = tags_of(s, lot);
      money.reservation = budgets.reserve(s.today, lot.budget, parts, s.books->ledger.intern("order"), tags.cohort, tags.site);
    }
  }
  if (signing.count > 0) schedule_payments(s, lot, Payment::At::ordered);
  s.meters.counts[s.pool_index(lot.site, lot.chip)].ordered += static_cast<double>(signing.count);
  if (signing.count > 0) {
    s.books->month.pools[s.pool_index(lot.site, lot.chip)].committed_base += s.books->fx.to_base(lot.unit_cost * static_cast<double>(signing.count), s.today).amount();
  }
  return signing;
}

void book_shipment(State& s, Lot& lot) { schedule_payments(s, lot, Payment::At::shipped); }

void pay(State& s, const Event& event) {
  Lot& lot = s.lots[event.index];
  const Order& order = s.plan.orders[lot.source];
  LotMoney& money = money_of(s, lot);
  const std::int64_t bought = lot.ordered - lot.cancelled - lot.forfeited;
  if (bought == 0) return;
  const Money amount = money.unit_price * (static_cast<double>(bought) * order.payments[event.detail].share);
  const Money base = s.books->fx.to_base(amount, s.today);
  post_cash(s, lot, Account::paid_equipment, amount, "payment");
  lot.paid += amount;
  auto& ledger = s.books->ledger;
  const auto tags = tags_of(s, lot);
  if (!lot.delivered) {
    money.prepaid += amount;
    money.prepaid_base += base;
    ledger.post(s.today, Book::accrual, ledger.intern("prepayment"), {debit(Account::supplier_prepayments, base, tags), credit(Account::cash, base, tags)});
  } else {
    const bool last = money.owed <= amount;
    const Money relieved = last ? money.owed_base : money.owed_base * (amount.amount() / money.owed.amount());
    money.owed -= last ? money.owed : amount;
    money.owed_base -= relieved;
    ledger.post(s.today, Book::accrual, ledger.intern("payment"),
                {debit(Account::accounts_payable, relieved, tags), debit(Account::fx_difference, base - relieved, tags), credit(Account::cash, base, tags)});
  }
  if (money.reservation) s.books->budgets.pay(*money.reservation, s.today, amount * covered(order, money), ledger.intern("payment"));
}

void book_delivery(State& s, Lot& lot, std::int64_t count) {
  const Order& order = s.plan.orders[lot.source];
  LotMoney& money = money_of(s, lot);
  auto& books = *s.books;
  const auto n = static_cast<double>(count);
  const Money price = money.unit_price * n;
  money.owed = price - money.prepaid;
  money.owed_base = books.fx.to_base(money.owed, s.today);
  const Money duty = money.unit_dutiable * (n * order.duty);
  const Money vat = (price + duty) * order.vat;
  const Money duty_base = books.fx.to_base(duty, s.today), vat_base = books.fx.to_base(vat, s.today);
  const auto tags = tags_of(s, lot);
  const Money zero{0, s.plan.base_currency};
  books.assets.arrive(asset_of(s, lot, order.depreciation), s.today, count, {money.prepaid_base + money.owed_base, duty_base, vat_base, zero},
                      money.prepaid_base, books.ledger.intern("delivery"));
  if (!(duty_base + vat_base).is_zero()) {
    books.ledger.post(s.today, Book::accrual, books.ledger.intern("duty and tax"),
                      {debit(Account::accounts_payable, duty_base + vat_base, tags), credit(Account::cash, duty_base + vat_base, tags)});
    if (!duty.is_zero()) {
      post_cash(s, lot, Account::paid_duty, duty, "duty");
      if (money.reservation) books.budgets.pay(*money.reservation, s.today, duty, books.ledger.intern("duty"));
    }
    if (!vat.is_zero()) post_cash(s, lot, Account::paid_vat, vat, "value-added tax");
    books.vat.expect(s.today, vat_base, order.vat_lag, tags.cohort, tags.site);
  }
  s.meters.counts[s.pool_index(lot.site, lot.chip)].delivered += n;
  schedule_payments(s, lot, Payment::At::delivered);
}

void book_in_service(State& s, Lot& lot, std::int64_t count) {
  LotMoney& money = money_of(s, lot);
  if (lot.origin == Lot::Origin::order) s.books->assets.ready(*money.asset, s.today, count, s.books->ledger.intern("ready for use"));
}

void book_loss(State& s, Lot& lot, std::int64_t count, double refundable) {
  LotMoney& money = money_of(s, lot);
  auto& books = *s.books;
  const auto all = static_cast<double>(lot.ordered - lot.cancelled - lot.forfeited + count);
  const double part = static_cast<double>(count) / all;
  const Money paid = money.prepaid * part, paid_base = money.prepaid_base * part;
  const Money back = paid * refundable;
  const Money back_base = books.fx.to_base(back, s.today);
  const auto tags = tags_of(s, lot);
  const auto note = books.ledger.intern(refundable > 0 ? "cancelled" : "forfeited");
  if (money.reservation) {
    const Money open = books.budgets.open_amount(*money.reservation);
    books.budgets.cancel_part(*money.reservation, s.today, part >= 1 ? open : open * part, note);
    const double share = covered(s.plan.orders[lot.source], money);
    if (!(paid - back).is_zero()) books.budgets.forfeit(*money.reservation, s.today, (paid - back) * share, note);
    if (!back.is_zero()) books.budgets.refund(*money.reservation, s.today, back * share, note);
  }
  if (paid.is_zero()) return;
  if (!back.is_zero()) {
    books.ledger.post(s.today, Book::cash, note, {debit(Account::bank, back, tags), credit(Account::received_refund, back, tags)});
  }
  const Money lost = paid_base * (1 - refundable);
  books.ledger.post(s.today, Book::accrual, note,
                    {debit(Account::forfeited_deposits, lost, tags), debit(Account::cash, back_base, tags),
                     debit(Account::fx_difference, paid_base - lost - back_base, tags), credit(Account::supplier_prepayments, paid_base, tags)});
  money.prepaid -= paid;
  money.prepaid_base -= paid_base;
}

void book_lost(State& s, Lot& lot, std::int64_t count) {
  LotMoney& money = money_of(s, lot);
  if (money.asset) (void)s.books->assets.retire(*money.asset, s.today, count, Money{0, s.plan.base_currency}, s.books->ledger.intern("dead"));
}

bool book_retirement(State& s, Lot& lot, std::int64_t count) {
  LotMoney& money = money_of(s, lot);
  const double share = lot.origin == Lot::Origin::opening ? s.plan.fleet[lot.source].resale_share : s.plan.orders[lot.source].resale_share;
  s.meters.counts[s.pool_index(lot.site, lot.chip)].retired += static_cast<double>(count);
  if (!money.asset) return false;
  const Money cost = s.books->assets.cost_in_service(*money.asset);
  const Money proceeds = cost * share;
  (void)s.books->assets.retire(*money.asset, s.today, count, proceeds, s.books->ledger.intern("retirement"));
  return share > 0;
}

}  // namespace headroom::fleet
