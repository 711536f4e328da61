#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace headroom;
using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

TEST_CASE("a range and a source may stand wherever a number, an amount, a date or a span does", "[scenario]") {
  const Loaded loaded = inspect_text(good_plan(), {}, {},
                                     {R"(start={"value": "2025-01-01", "source": "plan"})", R"(orders.h200-a.slip={"value": "2 quarters", "status": "assumed"})",
                                      R"(fleet.old.count={"value": 10, "low": 8, "high": 12, "as_of": "2025Q2"})", R"(sites.hebei.availability={"value": "95 %", "note": "x"})",
                                      R"(policies.min_dwell={"value": "2 h", "low": "1 h", "high": "1 day", "status": "derived"})"});
  INFO(lines(loaded.issues));
  REQUIRE(loaded.valid());
  CHECK(loaded.scenario.horizon.begin == date(2025, 1, 1));
  CHECK(loaded.scenario.orders[0].slip == CalendarSpan{6, 0});
  CHECK(loaded.scenario.fleet[0].count == 10);
  CHECK(loaded.scenario.sites[0].availability == 0.95);
  CHECK(loaded.scenario.policies.min_dwell == hours(2));
}

TEST_CASE("the hash is of the plan and its tables, not of the layout of its text", "[scenario]") {
  const std::string csv = R"(orders.h200-a.deliveries={"csv": "d.csv"})";
  const auto hash = [&](const std::string& text, const std::string& rows) {
    const Loaded loaded = inspect_text(text, {{"d.csv", "at,count\n2025-06-01," + rows + "\n"}}, {}, {csv});
    INFO(lines(loaded.issues));
    REQUIRE(loaded.valid());
    return loaded.scenario.hash;
  };
  CHECK(hash(good_plan(), "800") == hash("// a remark\n" + good_plan(), "800"));
  CHECK(hash(good_plan(), "800") != hash(good_plan(), "808"));
}
