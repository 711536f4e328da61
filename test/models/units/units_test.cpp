#include <catch2/catch.hpp>

#include "models/units/date.hpp"
#include "models/units/money.hpp"
#include "models/units/quantity.hpp"

using namespace headroom;

TEST_CASE("bytes over seconds are a bandwidth and equal dimensions cancel to a number", "[units]") {
  const BytesPerSecond rate = gigabytes(3350) / seconds(1);
  REQUIRE(rate.base() == 3.35e12);
  const Seconds time = gigabytes(80) / rate;
  REQUIRE(time.base() == Approx(0.0238806));
  const double ratio = gigabytes(80) / gigabytes(40);
  REQUIRE(ratio == 2.0);
  REQUIRE((watts(1000) * hours(1)).base() == kilowatt_hours(1).base());
}

TEST_CASE("money in two currencies does not add up without an exchange rate", "[units]") {
  Money spent{1'000'000, usd};
  REQUIRE_THROWS_AS((spent += Money{1, cny}), CurrencyMismatch);
}

TEST_CASE("a trillion yuan is exact to the millionth", "[units]") {
  Money budget = Money::of(1e12, cny);
  budget += Money{1, cny};
  REQUIRE(to_decimal(budget) == "1000000000000.000001");
  REQUIRE(to_decimal(Money::of(-0.5, usd)) == "-0.5");
  REQUIRE(to_decimal(Money::of(0, usd)) == "0");
}

TEST_CASE("a price per hour times hours is money", "[units]") {
  const Price<Seconds> rent{2.35 / 3600, usd};
  REQUIRE((rent * hours(832e6)).amount() == Approx(1.9552e9));
  const Price<double> unit{187500, cny};
  REQUIRE(unit * 8.0 == Money::of(1.5e6, cny));
}

TEST_CASE("dates are ISO and must exist", "[units]") {
  REQUIRE(parse_date("2026-02-28") == date(2026, 2, 28));
  REQUIRE_FALSE(parse_date("2026-02-29"));
  REQUIRE_FALSE(parse_date("2026-2-28"));
  REQUIRE_FALSE(parse_date("-026-02-28"));
  REQUIRE(to_string(date(2025, 12, 31)) == "2025-12-31");
}

TEST_CASE("months are added before days and a month's last day is not overrun", "[units]") {
  REQUIRE(date(2025, 1, 31) + CalendarSpan{1, 0} == date(2025, 2, 28));
  REQUIRE(date(2025, 1, 31) + CalendarSpan{1, 1} == date(2025, 3, 1));
  REQUIRE(parse_span("12 weeks") == CalendarSpan{0, 84});
  REQUIRE(parse_span("2 quarters") == CalendarSpan{6, 0});
  REQUIRE(parse_span("P1Y2M10D") == CalendarSpan{14, 10});
  REQUIRE_FALSE(parse_span("12"));
  REQUIRE_FALSE(parse_span("-3 weeks"));
  REQUIRE_FALSE(parse_span("P1D2M"));
}

TEST_CASE("a fiscal year that begins in April is named after the year of its April", "[units]") {
  REQUIRE(fiscal_year(date(2026, 3, 31), 4) == 2025);
  REQUIRE(fiscal_year(date(2026, 4, 1), 4) == 2026);
  REQUIRE(fiscal_period(2026, 1).days() == 365);
}
