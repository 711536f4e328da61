#include "sim/results/store.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace headroom;
using namespace headroom::results;

namespace {

constexpr auto energy = metric("energy");
constexpr auto in_service = metric("accelerators_in_service");
constexpr auto availability = metric("availability");
constexpr auto attainment = metric("slo_attainment");
constexpr auto lowest_headroom = metric("headroom");
constexpr auto peak = metric("power_peak");
constexpr auto outstanding = metric("commitments_outstanding");
constexpr auto served = metric("tokens_served");

Place site(std::uint16_t i) { return {i, {}, {}}; }
Place chip(std::uint16_t i) { return {{}, i, {}}; }
Place load(std::uint16_t i) { return {{}, {}, i}; }
const Place everything;

Store store(Date begin = date(2025, 1, 1), Date end = date(2027, 1, 1), int fiscal = 1) {
  return {Calendar{{begin, end}, fiscal}, {{"datong", "johor"}, {"h20", "b200"}, {"doubao", "video"}}, cny};
}

}  // namespace

TEST_CASE("the metric table has every name of the design once, with a one-line definition", "[results]") {
  std::set<std::string_view> names;
  for (const auto& m : metric_table) {
    REQUIRE(names.insert(m.name).second);
    REQUIRE(m.definition.size() > 15);
    REQUIRE(m.definition.find('\n') == std::string_view::npos);
    if (m.over_time == OverTime::ratio) REQUIRE(m.definition.find(" / ") != std::string_view::npos);
  }
  for (const auto* name :
       {"budget", "committed", "cash_out", "capex", "opex", "depreciation", "energy_cost", "prepaid", "forfeited", "bridge_cost", "commitments_outstanding",
        "accelerators_ordered", "accelerators_delivered", "accelerators_in_service", "accelerators_retired", "headroom", "weeks_to_exhaustion", "occupancy",
        "utilisation", "availability", "throttled_hours", "power_mean", "power_peak", "energy", "carbon", "slo_attainment", "hours_below_target",
        "shortfall_accelerator_hours", "cost_per_mtok", "cost_per_mtok_input", "cost_per_mtok_cached", "cost_per_mtok_output", "cost_per_mtok_marginal",
        "cost_per_accelerator_hour", "cost_per_useful_hour", "training_runs_completed", "training_goodput", "mfu", "queue_wait_p50", "queue_wait_p95"}) {
    CAPTURE(name);
    REQUIRE(names.count(name) == 1);
  }
  for (const std::string stem : {"tokens_demanded", "tokens_served", "tokens_late", "tokens_shed", "backlog_end"}) {
    for (const auto* part : {"", "_input", "_cached", "_output"}) REQUIRE(names.count(stem + part) == 1);
  }
}

TEST_CASE("a misspelt metric has a nearest name and units convert within their kind only", "[results]") {
  REQUIRE(nearest_metric("utilization") == "utilisation");
  REQUIRE(nearest_metric("xyzzy").empty());
  REQUIRE(unit_factor(Unit::one, cny, "%") == 0.01);
  REQUIRE(unit_factor(Unit::megawatt_hours, cny, "GWh") == 1000);
  REQUIRE(unit_factor(Unit::base_currency, cny, "CNY") == 1);
  REQUIRE_FALSE(unit_factor(Unit::base_currency, cny, "USD"));
  REQUIRE_FALSE(unit_factor(Unit::hours, cny, "%"));
  REQUIRE(unit_text(Unit::base_currency, cny) == "CNY");
}

TEST_CASE("a calendar cuts months at the horizon and counts quarters and years of the fiscal year", "[results]") {
  const Calendar c{{date(2025, 2, 10), date(2026, 5, 1)}, 4};
  REQUIRE(c.months() == 15);
  REQUIRE(c.month(0) == Period{date(2025, 2, 10), date(2025, 3, 1)});
  REQUIRE(c.month_of(date(2026, 4, 30)) == 14);
  const auto years = c.spans(Every::year);
  REQUIRE(years.size() == 3);  // to March 2025, April 2025 to March 2026, April 2026
  REQUIRE(c.period(years[1]) == Period{date(2025, 4, 1), date(2026, 4, 1)});
  REQUIRE(c.spans(Every::quarter).size() == 6);
  REQUIRE(c.spans(Every::run).size() == 1);
  REQUIRE_THROWS_AS(c.month_of(date(2026, 5, 1)), std::out_of_range);
}

TEST_CASE("sums add up over places and months, each contribution once", "[results]") {
  auto s = store();
  s.add(energy, 0, site(0), 10.0, Grade::measured);
  s.add(energy, 1, site(0), 20.0, Grade::assumed);
  s.add(energy, 13, site(1), 5.0, Grade::assumed);
  REQUIRE(s.value(energy, everything, {0, 11}) == 30.0);
  REQUIRE(s.value(energy, everything, {0, 23}) == 35.0);
  REQUIRE(s.value(energy, site(1), {0, 11}) == 0.0);
  REQUIRE_FALSE(s.value(energy, chip(0), {0, 11}));  // energy is not told apart by chip
  REQUIRE(s.grade(energy, everything, {0, 11}) == "measured:0.33;assumed:0.67");
  REQUIRE(s.grade(energy, everything, {1, 11}) == "assumed");
}

TEST_CASE("a count in service is a mean over the days of the period", "[results]") {
  // 100 packages from 17 January on: 15 of 31 days; 100 through February.
  auto s = store();
  s.add_mean(in_service, 0, {0, 0, {}}, 100.0 * 15);
  s.add_mean(in_service, 1, {0, 0, {}}, 100.0 * 28);
  REQUIRE(*s.value(in_service, everything, {0, 0}) == Approx(1500.0 / 31));
  REQUIRE(*s.value(in_service, chip(0), {0, 1}) == Approx(4300.0 / 59));
}

TEST_CASE("a ratio of all is a ratio of sums, not a mean of ratios", "[results]") {
  auto s = store();
  s.add_ratio(availability, 0, {0, 0, {}}, 90, 100);
  s.add_ratio(availability, 0, {1, 1, {}}, 500, 1000);
  REQUIRE(*s.value(availability, everything, {0, 0}) == Approx(590.0 / 1100));
  REQUIRE(*s.value(availability, site(0), {0, 0}) == Approx(0.9));
  s.add_ratio(attainment, 3, load(1), 0, 0);
  REQUIRE_FALSE(s.value(attainment, load(1), {3, 3}));  // nobody arrived: no data, neither 0 nor 1
}

TEST_CASE("headroom is the lowest of services and months, a peak is not derived from its parts", "[results]") {
  auto s = store();
  s.note(lowest_headroom, 0, load(0), 0.3);
  s.note(lowest_headroom, 0, load(0), 0.2);
  s.note(lowest_headroom, 1, load(1), -0.1);
  REQUIRE(s.value(lowest_headroom, load(0), {0, 11}) == 0.2);
  REQUIRE(s.value(lowest_headroom, everything, {0, 11}) == -0.1);
  REQUIRE_FALSE(s.value(lowest_headroom, load(1), {0, 0}));
  s.note(peak, 0, site(0), 50);
  s.note(peak, 0, site(1), 40);
  REQUIRE_FALSE(s.value(peak, everything, {0, 0}));
  s.note(peak, 0, everything, 80);
  REQUIRE(s.value(peak, everything, {0, 11}) == 80.0);
}

TEST_CASE("a stock is the last month's", "[results]") {
  auto s = store();
  s.add(outstanding, 0, site(0), 70.0);
  s.add(outstanding, 11, site(0), 30.0);
  s.add(outstanding, 11, site(1), 5.0);
  REQUIRE(s.value(outstanding, everything, {0, 11}) == 35.0);
}

TEST_CASE("a combination is kept when it was asked for beforehand", "[results]") {
  auto s = store();
  const Place both{0, {}, 1};
  REQUIRE_THROWS_AS(s.value(served, both, {0, 0}), std::logic_error);
  s.track(both);
  s.add(served, 0, {0, 1, 1}, 7.0);
  s.add(served, 0, {1, 1, 1}, 2.0);
  REQUIRE(s.value(served, both, {0, 0}) == 7.0);
  REQUIRE(s.value(served, load(1), {0, 0}) == 9.0);
  REQUIRE_THROWS_AS(s.track({1, {}, 1}), std::logic_error);
}

TEST_CASE("a contribution that does not fit is a fault of ours and says which", "[results]") {
  auto s = store();
  REQUIRE_THROWS_WITH(s.add(availability, 0, site(0), 1.0), Catch::Contains("availability"));
  REQUIRE_THROWS_WITH(s.add(energy, 24, site(0), 1.0), Catch::Contains("month 24"));
  REQUIRE_THROWS_AS(s.add(energy, 0, site(2), 1.0), std::logic_error);
  REQUIRE_THROWS_AS(s.add(energy, 0, site(0), std::numeric_limits<double>::quiet_NaN()), std::logic_error);
  REQUIRE_THROWS_AS(s.add_ratio(availability, 0, site(0), 1, -1), std::logic_error);
  REQUIRE_THROWS_AS(s.add(metric("capex"), 0, site(0), Money::of(1, usd)), CurrencyMismatch);
  REQUIRE(s.absent().size() == metric_count);
}
