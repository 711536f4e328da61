#include "sim/finance/fx.hpp"

#include <catch2/catch.hpp>

using namespace headroom;
using namespace headroom::finance;

TEST_CASE("a step rate holds until the next point and a linear one goes straight to it", "[finance]") {
  const std::vector<FxSeries::Point> points{{date(2025, 1, 1), 7.2}, {date(2025, 1, 11), 7.0}};
  const FxSeries step{points, FxSeries::Between::step}, line{points, FxSeries::Between::linear};
  REQUIRE(step.at(date(2025, 1, 10)) == 7.2);
  REQUIRE(step.at(date(2025, 1, 11)) == 7.0);
  REQUIRE(line.at(date(2025, 1, 6)) == Approx(7.1));
  REQUIRE(line.at(date(2024, 1, 1)) == 7.2);
  REQUIRE(line.at(date(2030, 1, 1)) == 7.0);
}

TEST_CASE("conversion rounds to the nearest millionth, ties to even, and is exact for a trillion", "[finance]") {
  REQUIRE((convert(Money{1, usd}, 0.5, cny).micros() == 0));
  REQUIRE((convert(Money{3, usd}, 0.5, cny).micros() == 2));
  REQUIRE((convert(Money{-1, usd}, 0.5, cny).micros() == 0));
  REQUIRE((convert(Money{-3, usd}, 0.5, cny).micros() == -2));
  Money trillion = Money::of(1e12, usd);
  trillion += Money{1, usd};
  REQUIRE(to_decimal(convert(trillion, 7.25, cny)) == "7250000000000.000007");
  REQUIRE_THROWS_AS(convert(trillion, 0, cny), std::domain_error);
}

TEST_CASE("85 bn yuan are 11.8 bn dollars at 7.19, and two foreign currencies meet through the base", "[finance]") {
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2025, 1, 1), 7.19}}, FxSeries::Between::step});
  fx.set(Currency{"MYR"}, FxSeries{{{date(2025, 1, 1), 1.7}}, FxSeries::Between::step});
  REQUIRE(fx.exchange(Money::of(85e9, cny), usd, date(2025, 5, 1)).amount() == Approx(11.82e9).epsilon(1e-3));
  REQUIRE(fx.cross(usd, Currency{"MYR"}, date(2025, 5, 1)) == Approx(7.19 / 1.7));
  REQUIRE_THROWS_AS(fx.rate(Currency{"EUR"}, date(2025, 5, 1)), UnknownCurrency);
}

TEST_CASE("the plan rate is the one given, or the rate of the year's first day", "[finance]") {
  Fx fx{cny};
  fx.set(usd, FxSeries{{{date(2025, 1, 1), 7.2}, {date(2026, 1, 1), 6.8}}, FxSeries::Between::step});
  fx.set_plan_rate(usd, 2026, 7.05);
  REQUIRE(fx.plan_rate(usd, 2026, date(2026, 1, 1)) == 7.05);
  REQUIRE(fx.plan_rate(usd, 2025, date(2025, 1, 1)) == 7.2);
  REQUIRE(fx.plan_rate(cny, 2025, date(2025, 1, 1)) == 1);
}
