#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace headroom;
using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

/// The power of the site hebei, written as `json`.
Loaded power(const std::string& json, Files files = {}) {
  std::string text = good_plan();
  const std::string old = "\"power\": \"60 MW\"";
  text.replace(text.find(old), old.size(), "\"power\": " + json);
  return inspect_text(text, std::move(files));
}

double megawatts_on(const Loaded& loaded, Date day) {
  INFO(lines(loaded.issues));
  REQUIRE(loaded.valid());
  return loaded.scenario.sites.at(0).power.at(day).base() / 1e6;
}

}  // namespace

TEST_CASE("points are joined by steps, lines or constant growth", "[scenario]") {
  const auto with = [](const std::string& interpolation) {
    return power(R"({"points": [["2025-01-01", "10 MW"], ["2026-01-01", "40 MW"]], "after": "hold", "interpolation": ")" + interpolation + "\"}");
  };
  const Date later = date(2025, 7, 2);  // 182 of 365 days
  CHECK(megawatts_on(with("step"), later) == 10);
  CHECK(megawatts_on(with("linear"), later) == Approx(10 + 30 * 182.0 / 365).epsilon(1e-14));
  CHECK(megawatts_on(with("exponential"), later) == Approx(10 * std::pow(4, 182.0 / 365)).epsilon(1e-14));
  CHECK(megawatts_on(with("linear"), date(2026, 12, 31)) == 40);
}

TEST_CASE("growth multiplies by its factor every 365.25 days", "[scenario]") {
  CHECK(megawatts_on(power(R"({"start": "10 MW", "factor_per_year": 2.5})"), date(2026, 1, 1)) == Approx(10 * std::pow(2.5, 365 / 365.25)).epsilon(1e-14));
  CHECK(megawatts_on(power(R"({"points": [["2024-01-01", "10 MW"], ["2025-01-01", "20 MW"]], "after": "grow", "factor_per_year": 2})"),
                     date(2026, 1, 1)) == Approx(20 * std::pow(2, 365 / 365.25)).epsilon(1e-14));
}

TEST_CASE("a series from a CSV file equals the same points in the scenario", "[scenario]") {
  const Loaded inline_points = power(R"({"points": [["2025-01-01", "60 MW"], ["2026-01-01", "90.5 MW"]], "after": "hold"})");
  const Loaded csv = power(R"({"csv": "power.csv", "column": "hebei", "unit": "MW", "where": {"case": "base"}, "after": "hold"})",
                           {{"power.csv", "date,case,hebei\n2025-01-01,base,60\n2025-06-01,high,80\n2026-01-01,base,90.5\n"}});
  for (int days = 0; days < 730; days += 10) {
    const Date day = date(2025, 1, 1) + std::chrono::days(days);
    CHECK(megawatts_on(csv, day) == megawatts_on(inline_points, day));
  }
  REQUIRE(csv.scenario.inputs.size() == 2);
  CHECK(csv.scenario.inputs[1].path == "power.csv");
}

TEST_CASE("a CSV file of deliveries replaces the list", "[scenario]") {
  std::string text = good_plan();
  const std::string list = R"([{"at": "2025-06-01", "count": 4000}, {"at": "2025-09-01", "count": 4000}])";
  text.replace(text.find(list), list.size(), R"({"csv": "d.csv", "where": {"order": "h200-a"}})");
  const Loaded csv = inspect_text(text, {{"d.csv", "order,at,count\nh200-a,2025-06-01,4000\nother,2025-07-01,5\nh200-a,2025-09-01,4000\n"}});
  INFO(lines(csv.issues));
  REQUIRE(csv.valid());
  const auto& deliveries = csv.scenario.orders.at(0).deliveries;
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[1].at == date(2025, 9, 1));
  CHECK(deliveries[1].count == 4000);

  const Loaded bad = inspect_text(text, {{"d.csv", "order,at,count\nh200-a,2025-06-01,40.5\n"}});
  CHECK(lines(bad.issues) == "d.csv:2:19: /orders/0/deliveries/0/count: 40.5 is not a whole number; expected a whole number\n");
}

TEST_CASE("a value outside the span of a series is an error and not a guess", "[scenario]") {
  const Series points({{date(2025, 1, 1), 1}, {date(2026, 1, 1), 2}}, Series::Between::linear, Series::After::none);
  CHECK(points.covers(date(2026, 1, 1)));
  CHECK_FALSE(points.covers(date(2026, 1, 2)));
  CHECK_THROWS_AS(points.at(date(2024, 12, 31)), std::out_of_range);
  CHECK_THROWS_AS(points.at(date(2026, 1, 2)), std::out_of_range);
  CHECK(points.scaled(3).at(date(2026, 1, 1)) == 6);
}

TEST_CASE("the central value of a distribution is its mean, or the median of a lognormal", "[scenario]") {
  using Kind = Distribution::Kind;
  CHECK(Distribution{Kind::constant, 5}.central() == 5);
  CHECK(Distribution{Kind::uniform, 2, 6}.central() == 4);
  CHECK(Distribution{Kind::triangular, 1, 2, 6}.central() == 3);
  CHECK(Distribution{Kind::lognormal, 20, 0.5}.central() == 20);
  CHECK(Distribution{Kind::weibull, 10, 1}.central() == Approx(10));            // exponential: Gamma(2) = 1
  CHECK(Distribution{Kind::weibull, 10, 2}.central() == Approx(8.862269254527));  // 10 sqrt(pi) / 2
}
