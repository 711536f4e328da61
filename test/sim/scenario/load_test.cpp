#include "sim/scenario/load.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace headroom;
using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

TEST_CASE("a plan without faults becomes plain data", "[scenario]") {
  const Loaded loaded = inspect_text(good_plan());
  INFO(lines(loaded.issues));
  REQUIRE(loaded.issues.empty());
  const Scenario& s = loaded.scenario;

  CHECK(s.name == "small");
  CHECK(s.horizon == Period{date(2025, 1, 1), date(2027, 1, 1)});
  REQUIRE(s.sites.size() == 2);
  CHECK(s.sites[0].power.at(date(2026, 5, 5)) == megawatts(60));
  CHECK(s.sites[1].power.at(date(2025, 12, 31)) == megawatts(10));
  CHECK(s.sites[1].power.at(date(2026, 1, 1)) == megawatts(30));
  CHECK(s.sites[0].tariff.at(date(2025, 1, 1)).amount_per_base == Approx(0.5 / 3.6e6));
  CHECK(s.sites[0].tariff_by_origin.at(0).origin == "cn");
  // 150 USD per kW and month are 0.15 USD per watt and month
  CHECK(s.sites[1].colocation_per_month->at(date(2025, 1, 1)).amount_per_base == Approx(0.15));
  CHECK(s.sites[1].colocation_per_month->currency == usd);
  // half way between two points on a line: 184 of 365 days
  CHECK(s.fx.at(0).rate.at(date(2025, 7, 4)) == Approx(7.2 - 0.2 * 184 / 365));
  CHECK(s.fx.at(0).rate.at(date(2026, 6, 1)) == 7.0);

  REQUIRE(s.orders.size() == 1);
  CHECK(s.orders[0].deliveries.at(1).count == 4000);
  CHECK(s.orders[0].stages.production.first == 84);
  CHECK(s.orders[0].stages.customs.kind == Distribution::Kind::lognormal);
  CHECK(s.orders[0].stages.customs.central() == 10);
  CHECK(s.orders[0].payments.at(1).lag == CalendarSpan{0, 30});
  CHECK(s.budgets.at(1).amount.value == Money::of(100e8, cny));
  CHECK(s.budgets.at(1).amount.low == Money::of(80e8, cny));
  CHECK(s.budgets.at(1).amount.from.status == Status::reported);

  REQUIRE(s.workloads.size() == 2);
  const Workload& chat = s.workloads[0];
  CHECK(chat.model == "table");
  CHECK(chat.models.at(0).architecture == "deepseek-v3");
  CHECK(chat.models.at(0).rates.at(1).decode == TokensPerSecond{1500});
  CHECK(chat.tokens.at(date(2025, 1, 1)).base() == Approx(1e11 / 86400));
  CHECK(chat.tokens.at(date(2026, 12, 31)).base() == Approx(1e12 / 86400 * std::pow(2, 364 / 365.25)));
  CHECK(chat.ttft_p95 == seconds(2));
  CHECK(chat.slo_attainment_target == 0.95);
  CHECK(s.workloads[1].runs.at(0).checkpoint_interval == seconds(1800));
  CHECK(s.responses.at(0).when.op == Response::When::Op::below);
  CHECK(s.expect.at(0).place.pointer == "/expect/0");
}

TEST_CASE("chips of the scenario lie over those of the catalogue", "[scenario]") {
  const Scenario s = inspect_text(good_plan()).scenario;
  REQUIRE(s.chips.size() == 3);  // its own, and those that something names
  CHECK(s.chips[0].id == "seedchip");
  CHECK(s.chips[0].vendor == "vendor");
  CHECK(s.chips[0].origin == "cn");
  CHECK(s.chips[0].tdp.value() == watts(600));
  CHECK(s.chips[0].tdp.from().source == "rumour");
  CHECK(s.chips[0].kind == catalog::Chip::Kind::own);
  CHECK_THROWS_WITH(s.chips[0].die.value(), Catch::Matchers::Contains("chips.seedchip.die"));
  CHECK(s.chips[1].kind == catalog::Chip::Kind::catalogued);
  CHECK(s.chips[1].id == "h20");
  CHECK(s.chips[1].tdp.value() == watts(700));
}

TEST_CASE("every value says where it came from", "[scenario]") {
  const Loaded loaded = inspect_text(good_plan(), {{"over.json", R"({"policies": {"headroom_share": 0.3}})"}}, {"over.json"},
                                     {"fleet.old.count=12"});
  INFO(lines(loaded.issues));
  REQUIRE(loaded.valid());
  const auto find = [&](const std::string& pointer) {
    for (const ResolvedValue& v : loaded.resolved) {
      if (v.pointer == pointer) return v.value + " from " + v.origin;
    }
    return std::string("not there");
  };
  CHECK(find("/base_currency") == "\"CNY\" from plan.json:7:20");
  CHECK(find("/policies/headroom_share") == "0.3 from over.json:1:33");
  CHECK(find("/fleet/old/count") == "12 from --set fleet.old.count=12");
  CHECK(find("/orders/h200-a/vat_lag") == "\"1 months\" from default");
}

TEST_CASE("faults are thrown together", "[scenario]") {
  std::string text = good_plan();
  text.replace(text.find("\"pue\": 1.25"), 11, "\"pue\": 0.25");
  text.replace(text.find("\"tier\": 2"), 9, "\"teir\": 2");
  try {
    (void)load({"plan.json", {}, {}}, reader_of({{"plan.json", text}}), small_catalogue());
    FAIL("not refused");
  } catch (const ScenarioError& e) {
    REQUIRE(e.issues().size() == 2);
    CHECK(std::string(e.what()) ==
          "2 faults in the scenario:\n"
          "plan.json:11:80: /sites/0/pue: 0.25 is out of range; expected between 1 and 5\n"
          "plan.json:40:47: /workloads/1/teir: unknown key \"teir\"; did you mean \"tier\"?");
  }
}

TEST_CASE("a renewal that overlaps the old lease for a few days is a warning, and a ramp of tranches is not", "[scenario]") {
  const auto second = [](const std::string& start) {
    return inspect_text(good_plan(), {{"over.json", R"({"leases": [{"id": "next", "chip": "h200", "site": "johor", "count": 800, "start": ")" + start +
                                                        R"(", "end": "2027-01-01", "price": "2 USD/h"}]})"}}, {"over.json"});
  };
  const Loaded renewal = second("2026-02-20");
  CHECK(renewal.valid());
  CHECK(lines(renewal.issues) == "over.json:1:84: warning: /leases/1/start: this lease and \"rented\" of as many h200 at johor overlap by 9 days; both are counted\n");
  CHECK(second("2025-06-01").issues.empty());
  CHECK(second("2026-03-01").issues.empty());
}
