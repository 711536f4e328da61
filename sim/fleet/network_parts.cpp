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
using scenario::NetworkPurchase;
using scenario::SiteFabric;

namespace {

Date arrival_of(const NetworkPurchase& p) { return p.ordered + p.lead; }

network::FabricStock stock_on(const SiteFabric& fabric, Date day) {
  network::FabricStock stock;
  for (const NetworkPurchase& p : fabric.parts) {
    if (arrival_of(p) > day) continue;
    stock.switches += p.switches;
    stock.optics += p.optics;
  }
  return stock;
}

template <class Do>
void for_each_purchase(const State& s, Do act) {
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    for (const SiteFabric& fabric : s.site(i).fabric) {
      for (const NetworkPurchase& p : fabric.parts) act(i, fabric, p);
    }
  }
}

finance::Name cohort_of(State& s, std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
  return s.books->ledger.intern(fmt::format("{}:{}:{}", s.site(site).id, fabric.id, p.id));
}

finance::Tags tags_of(State& s, std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
  return {{}, std::nullopt, cohort_of(s, site, fabric, p), s.books->ledger.intern(s.site(site).id)};
}

/// In the base currency of a day.
Money price_of(const State& s, const NetworkPurchase& p, Date day) {
  Money sum{0, s.plan.base_currency};
  if (p.switch_price) sum += s.books->fx.to_base(*p.switch_price * static_cast<double>(p.switches), day);
  if (p.optic_price) sum += s.books->fx.to_base(*p.optic_price * static_cast<double>(p.optics), day);
  return sum;
}

finance::AssetId asset_of(State& s, std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
  const auto tags = tags_of(s, site, fabric, p);
  return s.books->assets.open(tags.cohort, tags.site, s.plan.base_currency, {{"network", 1, fabric.life, 0}});
}

void note(State& s, const char* kind, std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
  s.happenings.push_back({s.today, kind, s.site(site).id, "", "", fabric.id + ":" + p.id, static_cast<double>(p.switches), "switches", fmt::format("{} transceivers", p.optics)});
}

/// Paid on the day and ready for use.
void receive(State& s, std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
  note(s, "network_delivered", site, fabric, p);
  const Money cost = price_of(s, p, s.today), none{0, s.plan.base_currency};
  if (cost.is_zero()) return;
  auto& ledger = s.books->ledger;
  const auto tags = tags_of(s, site, fabric, p);
  const auto text = ledger.intern("network");
  const auto asset = asset_of(s, site, fabric, p);
  s.books->assets.arrive(asset, s.today, 1, {cost, none, none, none}, none, text);
  for (const auto& [price, count] : {std::pair(p.switch_price, p.switches), std::pair(p.optic_price, p.optics)}) {
    if (!price || count == 0) continue;
    const Money amount = *price * static_cast<double>(count);
    ledger.post(s.today, Book::cash, text, {finance::debit(Account::paid_equipment, amount, tags), finance::credit(Account::bank, amount, tags)});
  }
  ledger.post(s.today, Book::accrual, text, {finance::debit(Account::accounts_payable, cost, tags), finance::credit(Account::cash, cost, tags)});
  s.books->assets.ready(asset, s.today, 1, text);
}

}  // namespace

std::optional<Room> connected_room(const State& s, std::size_t pool, std::span<const std::int64_t> standing, Date day) {
  const PoolFabric* fabric = s.fabrics ? s.fabrics->pools[pool].get() : nullptr;
  if (fabric == nullptr || fabric->rule->parts.empty()) return std::nullopt;
  network::FabricStock stock = stock_on(*fabric->rule, day);
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
  for_each_purchase(s, [&](std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
    if (arrival_of(p) >= s.plan.horizon.begin) return;
    const Money cost = price_of(s, p, s.today);
    if (!cost.is_zero()) s.books->assets.open_in_service(asset_of(s, site, fabric, p), s.today, 1, cost, arrival_of(p));
  });
}

void buy_network_parts(State& s) {
  for_each_purchase(s, [&](std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
    if (p.ordered == s.today) note(s, "network_ordered", site, fabric, p);
    if (arrival_of(p) == s.today) receive(s, site, fabric, p);
  });
}

void observe_network_parts(State& s, int month, Period span) {
  auto& store = *s.store;
  auto& ledger = s.books->ledger;
  const auto when = finance::Months::of(span.begin);
  for_each_purchase(s, [&](std::size_t site, const SiteFabric& fabric, const NetworkPurchase& p) {
    const Place place{static_cast<std::uint16_t>(site), std::nullopt, std::nullopt};
    const auto cohort = cohort_of(s, site, fabric, p);
    store.add(metric("capex"), month, place, ledger.of_cohort(cohort, Account::construction_in_progress, when).debits.amount());
    store.add(metric("depreciation"), month, place, ledger.of_cohort(cohort, Account::depreciation, when).net().amount());
    const Date last = span.end - std::chrono::days{1};
    if (span.contains(p.ordered)) store.add(metric("committed"), month, place, price_of(s, p, p.ordered).amount());
    if (p.ordered <= last && arrival_of(p) > last) store.add(metric("commitments_outstanding"), month, place, price_of(s, p, last).amount());
  });
}

double network_depreciation(State& s, std::size_t site, Period month) {
  double base = 0;
  for_each_purchase(s, [&](std::size_t at, const SiteFabric& fabric, const NetworkPurchase& p) {
    if (at == site) base += s.books->ledger.of_cohort(cohort_of(s, at, fabric, p), Account::depreciation, finance::Months::of(month.begin)).net().amount();
  });
  return base;
}

}  // namespace headroom::fleet
