#include "sim/results/expect.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace headroom;
using namespace headroom::results;

namespace {

const Dimensions names{{"datong", "johor"}, {"h20", "b200"}, {"doubao", "video gen"}};

Expectation parse(std::string_view text) { return parse_expectation(text, names, cny); }

Store run() {
  Store s{Calendar{{date(2025, 1, 1), date(2027, 1, 1)}, 1}, names, cny};
  for (int m = 0; m < 24; ++m) {
    s.add_ratio(metric("slo_attainment"), m, {{}, {}, 0}, m == 13 ? 931 : 998, 1000);
    s.note(metric("headroom"), m, {{}, {}, 0}, 0.4 - 0.02 * m);
    s.add(metric("cash_out"), m, {0, 0, {}}, Money::of(7e9, cny));
    s.add(metric("energy"), m, {0, {}, {}}, 1000.0);
  }
  return s;
}

}  // namespace

TEST_CASE("an expectation names a metric, places, a limit with a unit and a period", "[results]") {
  const auto e = parse("slo_attainment(workload=doubao) >= 99 % in every month");
  REQUIRE(e.metric == metric("slo_attainment"));
  REQUIRE(e.place == Place{{}, {}, 0});
  REQUIRE(e.op == Op::at_least);
  REQUIRE(e.limit == Approx(0.99));
  REQUIRE(e.every == Every::month);
  REQUIRE(parse("cash_out<=85e9 CNY in every year").limit == 85e9);
  REQUIRE(parse("cash_out <= 85e9").every == Every::run);
  REQUIRE(parse("energy < 1.5 GWh").limit == 1500);
  REQUIRE(parse("utilisation(chip=h20, workload=video gen) > 0.5").place == Place{{}, 0, 1});
  REQUIRE(parse("availability>99%").limit == Approx(0.99));
  REQUIRE(parse("  headroom   !=   -1e-3 in every quarter  ").limit == -1e-3);
}

TEST_CASE("what cannot be meant is refused before anything runs, with the nearest name", "[results]") {
  const auto refuses = [](std::string_view text, const std::string& why) {
    CAPTURE(text);
    REQUIRE_THROWS_WITH(parse(text), Catch::Contains(why) && Catch::Contains(std::string{text}));
    REQUIRE_THROWS_AS(parse(text), InputError);
  };
  refuses("utilization > 0.5", "did you mean \"utilisation\"?");
  refuses("headroom(site=datong) > 0", "its dimensions: workload");
  refuses("headroom(workload=duobao) > 0", "did you mean \"doubao\"?");
  refuses("energy(chip=h20) > 0", "not told apart by \"chip\"; its dimensions: site");
  refuses("cash_out <= 12e9 USD", "expected CNY");
  refuses("energy <= 12 h", "expected MWh, kWh, GWh, TWh");
  refuses("headroom > lots", "expected a number");
  refuses("headroom => 1", "expected one of");
  refuses("headroom = 1", "expected one of");
  refuses("headroom", "expected one of");
  refuses("headroom > 1 in every week", "year, quarter or month");
  refuses("headroom > 1 in each month", "in every");
  refuses("headroom > 1 1 1", "does not end");
  refuses("headroom(workload=doubao > 1", "parenthes");
  refuses("headroom(workload) > 1", "dim=value");
  refuses("", "no metric");
  refuses("headroom > nan", "expected a number");
  refuses("headroom > 1e999", "expected");
}

TEST_CASE("an expectation holds only if it holds in every period, and the worst one is shown", "[results]") {
  const auto s = run();
  const auto outcome = [&](std::string_view text) { return evaluate(parse(text), s); };
  const auto monthly = outcome("slo_attainment(workload=doubao) >= 99 % in every month");
  REQUIRE_FALSE(monthly.ok);
  REQUIRE(monthly.failed_periods == 1);
  REQUIRE(monthly.periods == 24);
  REQUIRE(monthly.period == Period{date(2026, 2, 1), date(2026, 3, 1)});
  REQUIRE(monthly.value == 0.931);
  REQUIRE(monthly.reason == "lowest 93.1 % in 2026-02");
  REQUIRE(outcome("slo_attainment >= 99 %").ok);  // (23 x 998 + 931) / 24,000 = 0.9952
  REQUIRE(outcome("slo_attainment >= 99 % in every quarter").reason == "lowest 97.5667 % in 2026-Q1");
  REQUIRE(outcome("cash_out <= 85e9 CNY in every year").ok);
  REQUIRE(outcome("cash_out <= 83 CNY in every year").reason == "highest 8.4e+10 CNY in 2025; fails in 2 of 2 years");
  REQUIRE_FALSE(outcome("cash_out <= 85e9 CNY").ok);
  REQUIRE(outcome("energy == 24 GWh").ok);
  REQUIRE(outcome("headroom >= 0").reason == "-0.06 in 2025-01-01 to 2027-01-01");
}

TEST_CASE("no data is a failure, never a pass", "[results]") {
  auto s = run();
  const auto none = evaluate(parse("mfu > 0"), s);
  REQUIRE_FALSE(none.ok);
  REQUIRE(none.reason == "no data: the run did not produce mfu");
  // Nobody arrived in the first month: 0 / 0.
  Store fresh{Calendar{{date(2025, 1, 1), date(2025, 3, 1)}, 1}, names, cny};
  fresh.add_ratio(metric("slo_attainment"), 0, {{}, {}, 0}, 0, 0);
  fresh.add_ratio(metric("slo_attainment"), 1, {{}, {}, 0}, 10, 10);
  const auto empty = evaluate(parse("slo_attainment >= 0 in every month"), fresh);
  REQUIRE_FALSE(empty.ok);
  REQUIRE(empty.reason == "no data in 2025-01");
  REQUIRE_FALSE(evaluate(parse("slo_attainment(workload=video gen) != 5"), fresh).ok);
  REQUIRE_FALSE(evaluate(parse("headroom != 1"), std::span<const Store* const>{}).ok);
  REQUIRE_FALSE(holds(std::numeric_limits<double>::quiet_NaN(), Op::unequal, 1));
}

TEST_CASE("over replications the mean is meant", "[results]") {
  auto a = run(), b = run();
  b.add(metric("energy"), 0, {0, {}, {}}, 2000.0);
  const Store* both[] = {&a, &b};
  REQUIRE(evaluate(parse("energy == 25 GWh"), both).ok);
}

TEST_CASE("outcomes are told as lines, JUnit, GitHub annotations and Markdown", "[results]") {
  const auto s = run();
  const std::vector<Outcome> outcomes{evaluate(parse("cash_out <= 85e9 CNY in every year"), s), evaluate(parse("slo_attainment >= 99 % in every month"), s)};
  REQUIRE(to_line(outcomes[0]) == "✓ cash_out <= 85e9 CNY in every year: highest 8.4e+10 CNY in 2025");
  REQUIRE(to_line(outcomes[1], true) == "\x1b[31m✗\x1b[0m slo_attainment >= 99 % in every month: lowest 93.1 % in 2026-02");
  REQUIRE(to_junit("plan \"b\"", outcomes) ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<testsuites tests=\"2\" failures=\"1\" errors=\"0\">\n"
          "  <testsuite name=\"plan &quot;b&quot;\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
          "    <testcase classname=\"plan &quot;b&quot;\" name=\"cash_out &lt;= 85e9 CNY in every year\"/>\n"
          "    <testcase classname=\"plan &quot;b&quot;\" name=\"slo_attainment &gt;= 99 % in every month\">\n"
          "      <failure message=\"lowest 93.1 % in 2026-02\">slo_attainment &gt;= 99 % in every month: lowest 93.1 % in 2026-02</failure>\n"
          "    </testcase>\n"
          "  </testsuite>\n"
          "</testsuites>\n");
  const std::vector<FilePlace> places{{"a.json", 1, 1}, {"plans/a,b.json", 12, 5}};
  REQUIRE(to_github(outcomes, places) ==
          "::error file=plans/a%2Cb.json,line=12,col=5,title=expectation not met::slo_attainment >= 99 %25 in every month: lowest 93.1 %25 in 2026-02\n");
  REQUIRE(to_markdown("plan_b", outcomes) ==
          "### ❌ plan\\_b: 1 of 2 expectations met\n\n| | expectation | found |\n|---|---|---|\n"
          "| ✓ | cash\\_out \\<= 85e9 CNY in every year | highest 8.4e+10 CNY in 2025 |\n"
          "| ✗ | slo\\_attainment >= 99 % in every month | lowest 93.1 % in 2026-02 |\n");
}

TEST_CASE("of many outcomes those that failed are told, and how many more there are", "[results]") {
  std::vector<Outcome> outcomes(1000);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    outcomes[i].text = "p" + std::to_string(i);
    outcomes[i].ok = i % 10 != 0;
    outcomes[i].broken = i % 20 == 0;
    outcomes[i].reason = std::string(5000, 'x');
  }
  const auto lines = to_lines(outcomes);
  REQUIRE(std::count(lines.begin(), lines.end(), '\n') == 41);
  REQUIRE(lines.find("✓") == std::string::npos);
  REQUIRE(lines.find("\n  60 more failed, 900 more held\n") != std::string::npos);
  const auto table = to_markdown("grid", outcomes);
  REQUIRE(table.size() < 65'536);  // what a comment on a pull request may hold
  REQUIRE(table.find("❌ grid: 900 of 1000") != std::string::npos);
  REQUIRE(table.find("| | | 60 more failed, 900 more held |\n") != std::string::npos);
  const auto commands = to_github(outcomes, {});
  REQUIRE(std::count(commands.begin(), commands.end(), '\n') == 10);
  REQUIRE(commands.find("::error title=simulation failed::p0: x") == 0);
  REQUIRE(commands.find("::error title=expectation not met::91 more\n") != std::string::npos);
  const auto junit = to_junit("grid", outcomes);
  REQUIRE(junit.find("tests=\"1000\" failures=\"50\" errors=\"50\"") != std::string::npos);
  REQUIRE(junit.find("<error message=") != std::string::npos);
}

TEST_CASE("a few outcomes are all told, with those that hold", "[results]") {
  std::vector<Outcome> outcomes(2);
  outcomes[0] = {};
  outcomes[0].text = "a > 1";
  outcomes[0].ok = true;
  outcomes[0].reason = "2";
  outcomes[1] = outcomes[0];
  outcomes[1].ok = false;
  REQUIRE(to_lines(outcomes) == "✓ a > 1: 2\n✗ a > 1: 2\n");
  REQUIRE(to_lines({}).empty());
  REQUIRE(to_markdown("empty", {}) == "### empty: no expectations\n");
}
