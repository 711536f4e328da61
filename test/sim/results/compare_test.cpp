#include "sim/results/compare.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace headroom;
using namespace headroom::results;

namespace {

Store run(double cash, double met, double shift = 0) {
  Store s{Calendar{{date(2025, 1, 1), date(2027, 1, 1)}, 1}, {{"datong"}, {"h20"}, {"doubao"}}, cny};
  for (int m = 0; m < 24; ++m) {
    s.add(metric("cash_out"), m, {0, 0, {}}, cash + shift);
    s.add_ratio(metric("slo_attainment"), m, {{}, {}, 0}, met, 1000);
    s.add(metric("energy"), m, {0, {}, {}}, 10.0);
  }
  return s;
}

Compared single(std::string label, const Store& s) {
  return {std::move(label), {{"plan", cny, s.dimensions(), {{"central", rows_of(s, Every::year)}}}}};
}

const Change& find(const std::vector<Change>& changes, std::string_view name, int year) {
  for (const auto& c : changes) {
    if (c.metric == metric(name) && year_of(c.period.begin) == year && c.site == "all" && c.chip == "all" && c.workload == "all") return c;
  }
  throw std::out_of_range("no such change");
}

}  // namespace

TEST_CASE("two results compare row by row and each metric knows which way is better", "[results]") {
  const auto changes = compare(single("A", run(100, 990)), single("B", run(110, 995)));
  const auto& cash = find(changes, "cash_out", 2025);
  REQUIRE(cash.a == 1200.0);
  REQUIRE(cash.difference == 120.0);
  REQUIRE(*cash.relative == Approx(0.1));
  REQUIRE(cash.verdict == Verdict::worse);
  REQUIRE(find(changes, "slo_attainment", 2026).verdict == Verdict::better);
  REQUIRE(find(changes, "energy", 2026).verdict == Verdict::equal);
  REQUIRE(changes.size() == rows_of(run(1, 1), Every::year).size());
}

TEST_CASE("a row that one side lacks differs and has no difference", "[results]") {
  auto more = run(100, 990);
  more.add(metric("carbon"), 0, {0, {}, {}}, 5.0);
  const auto changes = compare(single("A", run(100, 990)), single("B", more));
  const auto& carbon = find(changes, "carbon", 2025);
  REQUIRE_FALSE(carbon.a);
  REQUIRE_FALSE(carbon.difference);
  REQUIRE(carbon.verdict == Verdict::different);
  REQUIRE_THROWS_AS(compare(single("A", run(1, 1)), {"B", {{"plan", usd, {}, {}}}}), InputError);
}

TEST_CASE("paired replications see a difference that their spread would hide", "[results]") {
  // Spread of 1,000 between replications, B is 12 dearer a year in each.
  Compared a{"A", {{"plan", cny, run(1, 1).dimensions(), {}}}}, b = a;
  for (int r = 0; r < 5; ++r) {
    a.tables[0].blocks.push_back({std::to_string(r), rows_of(run(100, 990, 1000.0 * r), Every::year)});
    b.tables[0].blocks.push_back({std::to_string(r), rows_of(run(101, 990, 1000.0 * r), Every::year)});
  }
  for (auto* c : {&a, &b}) c->tables[0].blocks.push_back({"mean", mean_of(c->tables[0].blocks)});
  const auto changes = compare(a, b);
  const auto& cash = find(changes, "cash_out", 2025);
  REQUIRE(*cash.difference == Approx(12));
  REQUIRE(*cash.mc_error < 1e-6);
  REQUIRE(cash.verdict == Verdict::worse);
}

TEST_CASE("--fail-if looks at the change in every period, relative or absolute, and fails without data", "[results]") {
  const auto changes = compare(single("A", run(100, 990)), single("B", run(110, 980)));
  const auto outcome = [&](std::string_view text) { return evaluate(parse_fail_if(text, cny), changes); };
  REQUIRE_FALSE(outcome("cash_out > 5 %").ok);
  REQUIRE(outcome("cash_out > 5%").reason == "changed by +10 % in 2025-01-01 to 2026-01-01; in 2 of 2 periods");
  REQUIRE(outcome("cash_out > 15 %").ok);
  REQUIRE_FALSE(outcome("cash_out(site=datong) >= 120 CNY").ok);
  REQUIRE_FALSE(outcome("slo_attainment < -0.5 pp").ok);
  REQUIRE(outcome("slo_attainment(workload=doubao) < -2 pp").ok);
  REQUIRE(outcome("energy != 0").ok);
  REQUIRE_FALSE(outcome("energy(site=nowhere) > 0").ok);
  REQUIRE_FALSE(outcome("mfu < 0").ok);
  REQUIRE_THROWS_AS(parse_fail_if("cash > 5 %", cny), ExpectError);
  REQUIRE_THROWS_AS(parse_fail_if("cash_out > 5 pp", cny), ExpectError);
  REQUIRE_THROWS_AS(parse_fail_if("cash_out > 5 % in every year", cny), ExpectError);
}

TEST_CASE("a comparison is told as text, Markdown, HTML, CSV and JSON", "[results]") {
  const auto changes = compare(single("A", run(100, 990)), single("B", run(110, 995)));
  REQUIRE(to_text("plan_a", "plan_b", changes, cny) ==
          "A = plan_a\nB = plan_b\n\n"
          "metric                     period               A          B       B - A     change  unit\n"
          "cash_out                   2025              1200       1320        +120   +10.00 %  CNY worse\n"
          "slo_attainment             2025              0.99      0.995      +0.005    +0.51 %  1 better\n"
          "cash_out                   2026              1200       1320        +120   +10.00 %  CNY worse\n"
          "slo_attainment             2026              0.99      0.995      +0.005    +0.51 %  1 better\n"
          "\n4 values differ, 2 are equal (all sites, chips and workloads)\n");
  REQUIRE(to_markdown("a", "b", changes, cny).find("| cash\\_out | 2025 | 1200 | 1320 | +120 | +10.00 % | CNY | worse |") != std::string::npos);
  REQUIRE(to_html("<a>", "b", changes, cny).find("<td>cash_out</td><td>2025</td>") != std::string::npos);
  REQUIRE(to_html("<a>", "b", changes, cny).find("<a>") == std::string::npos);
  const std::vector<Comparison> all{{"a", "b", cny, changes}};
  std::ostringstream csv;
  write_changes_csv(all, csv);
  REQUIRE(csv.str().find("a,b,,2025-01-01,2026-01-01,datong,all,all,cash_out,CNY,1200,1320,120,0.1,,worse\n") != std::string::npos);
  const auto json = nlohmann::json::parse(to_json(all));
  REQUIRE(json[0]["changes"].size() == changes.size());
}
