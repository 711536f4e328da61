#include "sim/finance/budget.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace headroom;
using namespace headroom::finance;

namespace {

Money yuan(double amount) { return Money::of(amount, cny); }
Money dollars(double amount) { return Money::of(amount, usd); }

struct Desk {
  Fx fx{cny};
  Ledger ledger;
  explicit Desk(std::vector<FxSeries::Point> rates = {{date(2025, 1, 1), 7.0}}) : ledger{fx, date(2025, 1, 1)} {
    fx.set(usd, FxSeries{std::move(rates), FxSeries::Between::step});
  }
  Budgets with(std::vector<BudgetLine> lines, int start_month = 1) { return Budgets{std::move(lines), start_month, ledger}; }
};

BudgetLine line(int year, double amount, Basis basis = Basis::commitment, OnExceed rule = OnExceed::cut, CarryOver carry = CarryOver::none,
                double share = 0, FxRule fx = FxRule::at_flow) {
  return {"chips", year, yuan(amount), basis, rule, carry, share, fx};
}

std::vector<YearAmount> in(int year, Money amount) { return {{year, amount}}; }

void require_ledger_agrees(const Desk& desk, const Budgets& budgets) {
  for (const auto& sum : desk.ledger.sums()) REQUIRE(sum.sum.is_zero());
  Money committed = yuan(0), spent = yuan(0), forfeited = yuan(0);
  for (const auto& purpose : budgets.purposes()) {
    for (const int y : budgets.years(purpose)) {
      const auto s = budgets.state(purpose, y);
      committed += s.committed;
      spent += s.spent;
      forfeited += s.forfeited;
    }
  }
  REQUIRE(desk.ledger.balance(Account::budget_committed, cny) == committed);
  REQUIRE(desk.ledger.balance(Account::budget_spent, cny) == spent);
  REQUIRE(desk.ledger.balance(Account::budget_forfeited, cny) == forfeited);
  REQUIRE(budgets.violations().empty());
}

}  // namespace

TEST_CASE("an order is cut to whole packages of what the year's line holds", "[finance]") {
  // 8 cards at 250,000 CNY are 2 M a box; 85 M hold 42 boxes and leave 1 M.
  Desk desk;
  auto budgets = desk.with({line(2025, 85e6)});
  const auto fit = budgets.fit(date(2025, 2, 1), "chips", in(2025, times(yuan(250e3), 8)), 100);
  REQUIRE(fit.now == 42);
  REQUIRE(fit.refused == 58);
  REQUIRE(fit.deferred == 0);
  REQUIRE(fit.binding_year == 2025);
  budgets.reserve(date(2025, 2, 1), "chips", in(2025, yuan(84e6)));
  REQUIRE(budgets.state("chips", 2025).available() == yuan(1e6));
  REQUIRE(budgets.fit(date(2025, 2, 2), "chips", in(2025, yuan(2e6)), 1).now == 0);
  REQUIRE_THROWS_AS(budgets.reserve(date(2025, 2, 2), "chips", in(2025, yuan(2e6))), std::logic_error);
  REQUIRE_THROWS_AS(budgets.reserve(date(2025, 2, 2), "chips", std::vector<YearAmount>{{2025, yuan(0.6e6)}, {2025, yuan(0.6e6)}}), std::logic_error);
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("a line that defers says how much waits, and one that warns takes all and says by how much", "[finance]") {
  Desk desk;
  auto defer = desk.with({line(2025, 10, Basis::commitment, OnExceed::defer)});
  REQUIRE(defer.fit(date(2025, 2, 1), "chips", in(2025, yuan(3)), 5).deferred == 2);
  Desk other;
  auto warn = other.with({line(2025, 10, Basis::commitment, OnExceed::warn)});
  REQUIRE(warn.fit(date(2025, 2, 1), "chips", in(2025, yuan(3)), 5).now == 5);
  warn.reserve(date(2025, 2, 1), "chips", in(2025, yuan(15)));
  REQUIRE(warn.state("chips", 2025).excused == yuan(5));
  require_ledger_agrees(other, warn);
}

TEST_CASE("a dollar at 6.7 instead of 7.3 yuan buys nine percent more", "[finance]") {
  // 100 bn CNY over 30,000 USD a card: 497,512 at 6.7 and 456,621 at 7.3 (own division).
  Desk cheap{{{date(2025, 1, 1), 6.7}}}, dear{{{date(2025, 1, 1), 7.3}}};
  auto a = cheap.with({line(2025, 100e9)}), b = dear.with({line(2025, 100e9)});
  REQUIRE(a.fit(date(2025, 1, 2), "chips", in(2025, dollars(30e3)), 1'000'000).now == 497'512);
  REQUIRE(b.fit(date(2025, 1, 2), "chips", in(2025, dollars(30e3)), 1'000'000).now == 456'621);
}

TEST_CASE("payment relieves what was reserved, forfeits stay consumed, cancelling returns the unpaid part only", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2025, 100)});
  const auto order = budgets.reserve(date(2025, 2, 1), "chips", in(2025, yuan(60)));
  budgets.pay(order, date(2025, 2, 10), yuan(20));
  auto s = budgets.state("chips", 2025);
  REQUIRE(s.committed == yuan(40));
  REQUIRE(s.spent == yuan(20));
  REQUIRE(s.available() == yuan(40));
  REQUIRE(budgets.cancel(order, date(2025, 3, 1)) == yuan(40));
  s = budgets.state("chips", 2025);
  REQUIRE(s.available() == yuan(80));
  budgets.forfeit(order, date(2025, 3, 1), yuan(15));
  budgets.refund(order, date(2025, 3, 1), yuan(5));
  s = budgets.state("chips", 2025);
  REQUIRE(s.forfeited == yuan(15));
  REQUIRE(s.spent.is_zero());
  REQUIRE(s.available() == yuan(85));
  REQUIRE_THROWS_AS(budgets.forfeit(order, date(2025, 3, 2), yuan(1)), std::logic_error);
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("part of an order is cancelled from its latest year backwards", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2025, 100), line(2026, 100)});
  const std::vector<YearAmount> parts{{2025, yuan(60)}, {2026, yuan(50)}};
  const auto order = budgets.reserve(date(2025, 2, 1), "chips", parts);
  budgets.cancel_part(order, date(2025, 3, 1), yuan(70));
  REQUIRE(budgets.state("chips", 2026).committed.is_zero());
  REQUIRE(budgets.state("chips", 2025).committed == yuan(40));
  REQUIRE(budgets.open_amount(order) == yuan(40));
  REQUIRE_THROWS_AS(budgets.cancel_part(order, date(2025, 3, 1), yuan(41)), std::logic_error);
}

TEST_CASE("at the flow's rate a fall of the dollar frees money and a rise takes more; at the plan's rate neither", "[finance]") {
  // Signed at 7.0: 700 CNY. Paid 50 at 6.8 (340) and 50 at 7.4 (370).
  const std::vector<FxSeries::Point> rates{{date(2025, 1, 1), 7.0}, {date(2025, 4, 1), 6.8}, {date(2025, 7, 1), 7.4}};
  Desk desk{rates};
  auto flow = desk.with({line(2025, 705)});
  const auto order = flow.reserve(date(2025, 2, 1), "chips", in(2025, dollars(100)));
  REQUIRE(flow.state("chips", 2025).committed == yuan(700));
  flow.pay(order, date(2025, 4, 2), dollars(50));
  REQUIRE(flow.state("chips", 2025).available() == yuan(15));
  flow.pay(order, date(2025, 7, 2), dollars(50));
  REQUIRE(flow.state("chips", 2025).available() == yuan(-5));
  REQUIRE(flow.state("chips", 2025).excused == yuan(5));
  require_ledger_agrees(desk, flow);

  Desk planned{rates};
  auto plan = planned.with({line(2025, 705, Basis::commitment, OnExceed::cut, CarryOver::none, 0, FxRule::plan_rate)});
  const auto same = plan.reserve(date(2025, 5, 1), "chips", in(2025, dollars(100)));
  plan.pay(same, date(2025, 7, 2), dollars(100));
  REQUIRE(plan.state("chips", 2025).spent == yuan(700));
  require_ledger_agrees(planned, plan);
}

TEST_CASE("what is left at year end is carried whole, in part, or lapses", "[finance]") {
  const auto left_in_2026 = [](CarryOver rule, double share) {
    Desk desk;
    auto budgets = desk.with({line(2025, 100, Basis::commitment, OnExceed::cut, rule, share), line(2026, 50, Basis::commitment, OnExceed::cut, rule, share)});
    budgets.reserve(date(2025, 2, 1), "chips", in(2025, yuan(60)));
    budgets.advance_to(date(2026, 1, 1));
    require_ledger_agrees(desk, budgets);
    REQUIRE(budgets.state("chips", 2025).available().is_zero());
    return budgets.state("chips", 2026).available();
  };
  REQUIRE(left_in_2026(CarryOver::all, 0) == yuan(90));
  REQUIRE(left_in_2026(CarryOver::share, 0.25) == yuan(60));
  REQUIRE(left_in_2026(CarryOver::none, 0) == yuan(50));
}

TEST_CASE("a fiscal year from April ends in March", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2024, 10), line(2025, 100)}, 4);
  budgets.advance_to(date(2025, 3, 31));
  REQUIRE_FALSE(budgets.state("chips", 2024).closed);
  budgets.advance_to(date(2025, 4, 1));
  REQUIRE(budgets.state("chips", 2024).lapsed == yuan(10));
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("money of a cancelled order whose year is closed comes back only by the carry-over rule", "[finance]") {
  const auto back = [](CarryOver rule) {
    Desk desk;
    auto budgets = desk.with({line(2025, 100, Basis::commitment, OnExceed::cut, rule), line(2026, 0, Basis::commitment, OnExceed::cut, rule)});
    const auto order = budgets.reserve(date(2025, 2, 1), "chips", in(2025, yuan(100)));
    budgets.pay(order, date(2025, 3, 1), yuan(30));
    budgets.cancel(order, date(2026, 2, 1));
    require_ledger_agrees(desk, budgets);
    return budgets.state("chips", 2026).available();
  };
  REQUIRE(back(CarryOver::all) == yuan(70));
  REQUIRE(back(CarryOver::none).is_zero());
}

TEST_CASE("on a cash line an order is held against the years in which it is paid, and a late payment moves", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2025, 100, Basis::cash), line(2026, 100, Basis::cash)});
  const std::vector<Flow> flows{{date(2025, 3, 1), yuan(30)}, {date(2025, 11, 1), yuan(30)}, {date(2026, 2, 1), yuan(40)}};
  const auto parts = budgets.by_year("chips", date(2025, 2, 1), flows);
  REQUIRE(parts.size() == 2);
  REQUIRE(parts[0].amount == yuan(60));
  const auto order = budgets.reserve(date(2025, 2, 1), "chips", parts);
  REQUIRE(budgets.state("chips", 2026).available() == yuan(60));
  budgets.pay(order, date(2025, 3, 1), yuan(30));
  // The second payment slips into 2026: it takes from that year's line, and 2025's unused money lapses.
  budgets.pay(order, date(2026, 1, 15), yuan(30));
  REQUIRE(budgets.state("chips", 2025).spent == yuan(30));
  REQUIRE(budgets.state("chips", 2025).lapsed == yuan(70));
  REQUIRE(budgets.state("chips", 2026).spent == yuan(30));
  REQUIRE(budgets.state("chips", 2026).committed == yuan(40));
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("a lease reserves all its years, also those that no line covers", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2025, 100), line(2026, 50)});
  std::vector<Flow> rent;
  for (int m = 0; m < 36; ++m) rent.push_back({date(2025, 1, 1) + CalendarSpan{m, 0}, yuan(2)});
  const auto parts = budgets.by_year("chips", date(2025, 1, 1), rent, true);
  REQUIRE(parts.size() == 3);
  const auto fit = budgets.fit(date(2025, 1, 1), "chips", parts, 4);  // 24 a year each: 2026 holds two
  REQUIRE(fit.now == 2);
  REQUIRE(fit.binding_year == 2026);
  std::vector<YearAmount> two;
  for (const auto& p : parts) two.push_back({p.year, times(p.amount, 2)});
  budgets.reserve(date(2025, 1, 1), "chips", two);
  REQUIRE(budgets.state("chips", 2026).available() == yuan(2));
  REQUIRE(budgets.state("chips", 2027).committed == yuan(48));
  REQUIRE_FALSE(budgets.state("chips", 2027).limited);
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("running cost is spent even above the line, and the line says by how much", "[finance]") {
  Desk desk;
  auto budgets = desk.with({line(2025, 100)});
  REQUIRE(budgets.spend(date(2025, 2, 1), "chips", yuan(80)).is_zero());
  REQUIRE(budgets.spend(date(2025, 3, 1), "chips", yuan(50)) == yuan(30));
  REQUIRE(budgets.spend(date(2025, 4, 1), "chips", yuan(50)) == yuan(50));
  REQUIRE(budgets.spend(date(2025, 4, 1), "unplanned", dollars(1)).is_zero());
  REQUIRE(budgets.state("unplanned", 2025).spent == yuan(7));
  require_ledger_agrees(desk, budgets);
}

TEST_CASE("contradictory lines are refused by name", "[finance]") {
  Desk desk;
  REQUIRE_THROWS_WITH(desk.with({line(2025, 1), line(2025, 2)}), Catch::Contains("chips 2025"));
  REQUIRE_THROWS_WITH(desk.with({line(2025, -1)}), Catch::Contains("negative"));
  REQUIRE_THROWS_WITH(desk.with({line(2025, 1), {"chips", 2026, dollars(1), {}, {}, {}, 0, {}}}), Catch::Contains("currency"));
}

TEST_CASE("no year is above its line and the ledger agrees, whatever orders, pays, cancels and forfeits in whatever order", "[finance]") {
  const auto seed = GENERATE(range(1U, 41U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](std::uint32_t n) { return static_cast<int>(random() % n); };
  Desk desk{{{date(2025, 1, 1), 7.0}, {date(2025, 8, 1), 6.6}, {date(2026, 5, 1), 7.5}}};
  const auto basis = static_cast<Basis>(pick(3));
  const auto carry = static_cast<CarryOver>(pick(3));
  const auto fx = static_cast<FxRule>(pick(2));
  std::vector<BudgetLine> lines;
  for (int y = 2025; y < 2028; ++y) lines.push_back(line(y, 1000.0 * (1 + pick(3)), basis, static_cast<OnExceed>(0), carry, 0.5, fx));
  auto budgets = desk.with(lines, 1 + pick(12));
  std::vector<std::pair<ReservationId, Money>> orders;  // and what was paid
  for (Date day = date(2025, 1, 1); day < date(2028, 1, 1); day += std::chrono::days{1 + pick(20)}) {
    const Currency currency = pick(2) == 0 ? cny : usd;
    const int action = pick(5);
    if (action < 2 || orders.empty()) {
      std::vector<Flow> flows;
      for (int i = 0; i <= pick(3); ++i) flows.push_back({day + std::chrono::days{pick(400)}, Money{1 + pick(90'000'000), currency}});
      auto parts = budgets.by_year("chips", day, flows, pick(2) == 0);
      const auto fit = budgets.fit(day, "chips", parts, 1 + pick(5));
      if (fit.now == 0) continue;
      for (auto& p : parts) p.amount = times(p.amount, fit.now);
      orders.emplace_back(budgets.reserve(day, "chips", parts), Money{0, currency});
      continue;
    }
    auto& [order, paid] = orders[static_cast<std::size_t>(pick(static_cast<std::uint32_t>(orders.size())))];
    if (action == 2 && !budgets.open_amount(order).is_zero()) {
      const Money amount = part_of(budgets.open_amount(order), 1 + pick(3), 3);
      budgets.pay(order, day, amount);
      paid += amount;
    } else if (action == 3) {
      budgets.cancel(order, day);
    } else if (action == 4) {
      const Money lost = part_of(paid, 1, 2);
      budgets.forfeit(order, day, lost);
      paid -= lost;
    }
    REQUIRE(budgets.violations().empty());
    if (fx == FxRule::plan_rate && basis == Basis::commitment) {
      for (const int y : budgets.years("chips")) REQUIRE(budgets.state("chips", y).excused.is_zero());
    }
  }
  require_ledger_agrees(desk, budgets);
}
