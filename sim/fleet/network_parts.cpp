#include "sim/fleet/network_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/fleet/books.hpp"
#include "sim/fleet/fabrics.hpp"

namespace headroom::fleet {

using finance::Account;
using finance::Book;
using results::metric;
using results::Place;
using scenario::SiteFabric;

namespace {

/// What stands or is on its way by a day; of what is not ordered yet all that the plan says.
network::FabricStock stock_on(const State& s, const SiteFabric& fabric, Date day) {
  network::FabricStock stock;
  for (const PartsOrder& p : s.fabrics->purchases) {
    if (p.fabric != &fabric || p.arrival() > day) continue;
    stock.switches += p.switches;
    stock.optics += p.optics;
  }
  return stock;
}

template <class Do>
void for_each_purchase(State& s, Do act) {
  if (!s.fabrics) return;
  for (PartsOrder& p : s.fabrics->purchases) act(p);
}

finance::Name cohort_of(State& s, const PartsOrder& p) { return s.books->ledger.intern(fmt::format("{}:{}:{}", s.site(p.site).id, p.fabric->id, p.rule->id)); }

finance::Tags tags_of(State& s, const PartsOrder& p) {
  const std::optional<int> year = p.rule->budget.empty() ? std::nullopt : std::optional{fiscal_year(p.ordered, s.plan.fiscal_year_start)};
  return {s.books->ledger.intern(p.rule->budget), year, cohort_of(s, p), s.books->ledger.intern(s.site(p.site).id)};
}

/// In the base currency of a day.
Money price_of(const State& s, const PartsOrder& p, Date day) {
  Money sum{0, s.plan.base_currency};
  if (p.rule->switch_price) sum += s.books->fx.to_base(*p.rule->switch_price * static_cast<double>(p.switches), day);
  if (p.rule->optic_price) sum += s.books->fx.to_base(*p.rule->optic_price * static_cast<double>(p.optics), day);
  return sum;
}

finance::AssetId asset_of(State& s, const PartsOrder& p) {
  const auto tags = tags_of(s, p);
  return s.books->assets.open(tags.cohort, tags.site, s.plan.base_currency, {{"network", 1, p.fabric->life, 0}});
}

void note(State& s, const char* kind, const PartsOrder& p, std::int64_t switches, std::int64_t optics, const std::string& why = "") {
  s.happenings.push_back({s.today, kind, s.site(p.site).id, "", "", p.fabric->id + ":" + p.rule->id, static_cast<double>(switches), "switches",
                          fmt::format("{} transceivers{}", optics, why)});
}

/// One kind of part beside the budget line of its purchase.
struct Wanted {
  std::int64_t* count;
  std::optional<Money> price;
  std::optional<finance::ReservationId>* reservation;
  std::vector<finance::YearAmount> each;
  finance::Fit fit;
};

/// What the line takes of both kinds of parts, switches first; false if it puts the order off to its next year.
bool reserve(State& s, PartsOrder& p) {
  auto& budgets = s.books->budgets;
  const std::string& line = p.rule->budget;
  Wanted kinds[] = {{&p.switches, p.rule->switch_price, &p.switch_budget, {}, {}}, {&p.optics, p.rule->optic_price, &p.optic_budget, {}, {}}};
  for (Wanted& kind : kinds) {
    if (!kind.price || *kind.count == 0) continue;
    const finance::Flow paid[] = {{p.arrival(), *kind.price}};
    kind.each = budgets.by_year(line, s.today, paid);
    kind.fit = budgets.fit(s.today, line, kind.each, *kind.count);
    if (kind.fit.deferred > 0) {  // half of a network is of no use
      for (Wanted& other : kinds) {
        if (*other.reservation) (void)budgets.cancel(**other.reservation, s.today, s.books->ledger.intern("network"));
        other.reservation->reset();
      }
      return false;
    }
    if (kind.fit.now == 0) continue;
    for (auto& part : kind.each) part.amount = finance::times(part.amount, kind.fit.now);
    const auto tags = tags_of(s, p);
    *kind.reservation = budgets.reserve(s.today, line, kind.each, s.books->ledger.intern("network"), tags.cohort, tags.site);
  }
  for (Wanted& kind : kinds) {
    if (kind.price && *kind.count > 0) *kind.count = kind.fit.now;
  }
  return true;
}

void order(State& s, PartsOrder& p) {
  if (!p.rule->budget.empty() && s.books->limited(p.rule->budget)) {
    const std::int64_t switches = p.switches, optics = p.optics;
    const int year = fiscal_year(s.today, s.plan.fiscal_year_start);
    if (!reserve(s, p)) {
      note(s, "network_deferred", p, switches, optics, ", budget " + p.rule->budget);
      p.ordered = fiscal_period(year, s.plan.fiscal_year_start).end;
      return;
    }
    if (p.switches < switches || p.optics < optics) note(s, "network_cut", p, switches - p.switches, optics - p.optics, fmt::format(", budget {} {}", p.rule->budget, year));
    if (p.switches == 0 && p.optics == 0) return;
  }
  note(s, "network_ordered", p, p.switches, p.optics);
}

/// Paid on the day and ready for use.
void receive(State& s, const PartsOrder& p) {
  if (p.switches == 0 && p.optics == 0) return;
  note(s, "network_delivered", p, p.switches, p.optics);
  const Money cost = price_of(s, p, s.today), none{0, s.plan.base_currency};
  if (cost.is_zero()) return;
  auto& ledger = s.books->ledger;
  const auto tags = tags_of(s, p);
  const auto text = ledger.intern("network");
  const auto asset = asset_of(s, p);
  s.books->assets.arrive(asset, s.today, 1, {cost, none, none, none}, none, text);
  const auto pay = [&](const std::optional<Money>& price, std::int64_t count, const std::optional<finance::ReservationId>& reserved) {
    if (!price || count == 0) return;
    const Money amount = *price * static_cast<double>(count);
    ledger.post(s.today, Book::cash, text, {finance::debit(Account::paid_equipment, amount, tags), finance::credit(Account::bank, amount, tags)});
    if (reserved) s.books->budgets.pay(*reserved, s.today, amount, text);
  };
  pay(p.rule->switch_price, p.switches, p.switch_budget);
  pay(p.rule->optic_price, p.optics, p.optic_budget);
  ledger.post(s.today, Book::accrual, text, {finance::debit(Account::accounts_payable, cost, tags), finance::credit(Account::cash, cost, tags)});
  s.books->assets.ready(asset, s.today, 1, text);
}

}  // namespace

std::optional<Room> connected_room(const State& s, std::size_t pool, std::span<const std::int64_t> standing, Date day) {
  const PoolFabric* fabric = s.fabrics ? s.fabrics->pools[pool].get() : nullptr;
  if (fabric == nullptr || fabric->rule->parts.empty()) return std::nullopt;
  network::FabricStock stock = stock_on(s, *fabric->rule, day);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const PoolFabric* other = s.fabrics->pools[p].get();
    if (p == pool || other == nullptr || other->rule != fabric->rule) continue;
    const auto taken = network::parts_for(other->tree.spec(), standing[p]);
    stock.switches -= taken.switches();
    stock.optics -= taken.optics;
  }
  const auto most = network::connectable(fabric->tree.spec(), fabric->tree.accelerators(), stock);
  if (most.binding == "accelerators") return std::nullopt;
  return Room{std::max<std::int64_t>(0, most.accelerators - standing[pool]), most.binding == "switches" ? "switches" : "optics"};
}

void add_network_power(State& s) {
  if (!s.fabrics) return;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const PoolFabric* fabric = s.fabrics->pools[p].get();
    if (fabric == nullptr) continue;
    const std::int64_t full = fabric->cluster.gpus();
    const auto parts = network::parts_for(fabric->tree.spec(), full);
    const Watts drawn = fabric->rule->switch_power * static_cast<double>(parts.switches()) + fabric->rule->optic_power * static_cast<double>(parts.optics);
    const Watts each = drawn * (1 / static_cast<double>(full));
    s.pools[p].busy += each;
    s.pools[p].idle += each;
  }
}

void open_network_parts(State& s) {
  for_each_purchase(s, [&](PartsOrder& p) {
    if (p.arrival() >= s.plan.horizon.begin) return;
    const Money cost = price_of(s, p, s.today);
    if (!cost.is_zero()) s.books->assets.open_in_service(asset_of(s, p), s.today, 1, cost, p.arrival());
  });
}

void buy_network_parts(State& s) {
  for_each_purchase(s, [&](PartsOrder& p) {
    if (p.ordered == s.today) order(s, p);
    if (p.arrival() == s.today) receive(s, p);
  });
}

void observe_network_parts(State& s, int month, Period span) {
  auto& store = *s.store;
  auto& ledger = s.books->ledger;
  const auto when = finance::Months::of(span.begin);
  for_each_purchase(s, [&](const PartsOrder& p) {
    const Place place{static_cast<std::uint16_t>(p.site), std::nullopt, std::nullopt};
    const auto cohort = cohort_of(s, p);
    store.add(metric("capex"), month, place, ledger.of_cohort(cohort, Account::construction_in_progress, when).debits.amount());
    store.add(metric("depreciation"), month, place, ledger.of_cohort(cohort, Account::depreciation, when).net().amount());
    const Date last = span.end - std::chrono::days{1};
    if (span.contains(p.ordered)) store.add(metric("committed"), month, place, price_of(s, p, p.ordered).amount());
    if (p.ordered <= last && p.arrival() > last) store.add(metric("commitments_outstanding"), month, place, price_of(s, p, last).amount());
  });
}

double network_depreciation(State& s, std::size_t site, Period month) {
  double base = 0;
  for_each_purchase(s, [&](const PartsOrder& p) {
    if (p.site == site) base += s.books->ledger.of_cohort(cohort_of(s, p), Account::depreciation, finance::Months::of(month.begin)).net().amount();
  });
  return base;
}

}  // namespace headroom::fleet
