#include "models/units/parse.hpp"

#include <catch2/catch.hpp>

#include "models/units/nearest.hpp"

using namespace headroom;
using Catch::Matchers::Contains;

TEST_CASE("a prefix shifts the decimal point and does not round", "[units]") {
  REQUIRE(parse_as<BytesPerSecond>("3.35 TB/s").base() == 3.35e12);
  REQUIRE(parse_as<FlopsPerSecond>("989.4 TFLOPS").base() == 989.4e12);
  REQUIRE(parse_as<FlopsPerSecond>("989.4TFLOP/s").base() == 989.4e12);
  REQUIRE(parse_as<Watts>("150 MW").base() == 150e6);
  REQUIRE(parse_as<Flops>("3.8e25 FLOP").base() == 3.8e25);
}

TEST_CASE("bits and bytes, decimal and binary prefixes are different units", "[units]") {
  REQUIRE(parse_as<BytesPerSecond>("400 Gb/s").base() == 50e9);
  REQUIRE(parse_as<BytesPerSecond>("400 GB/s").base() == 400e9);
  REQUIRE(parse_as<Bytes>("64 GiB").base() == 64.0 * 1024 * 1024 * 1024);
  REQUIRE(parse_as<Bytes>("64 GB").base() == 64e9);
  REQUIRE(parse_as<Bytes>("8 Kib").base() == 1024);
}

TEST_CASE("durations, token rates, energies and intensities come out in base units", "[units]") {
  REQUIRE(parse_as<Seconds>("20 ms").base() == 0.02);
  REQUIRE(parse_as<Seconds>("12 h").base() == 43200);
  REQUIRE(parse_as<Seconds>("1 year").base() == 12 * parse_as<Seconds>("1 month").base());
  REQUIRE(parse_as<TokensPerSecond>("16.5e12 tokens/day").base() == 16.5e12 / 86400);
  REQUIRE(parse_as<TokensPerSecond>("16.5 Ttok/day").base() == 16.5e12 / 86400);
  REQUIRE(parse_as<TokensPerSecond>("16.5 trillion tokens/day").base() == 16.5e12 / 86400);
  REQUIRE(parse_as<Joules>("12.5 MWh").base() == 12.5e6 * 3600);
  REQUIRE(parse_as<GramsPerJoule>("582 g/kWh").base() == Approx(582 / 3.6e6).epsilon(1e-15));
  REQUIRE(parse_as<PerSecond>("9.1 %/year").base() == Approx(0.091 / (365.25 * 86400)).epsilon(1e-15));
  REQUIRE(parse_as<PerSecond>("1980 MHz").base() == 1.98e9);
  REQUIRE(parse_as<double>("30 %") == 0.3);
  REQUIRE(parse_as<double>("0.3") == 0.3);
}

TEST_CASE("money needs a currency and a price names what it is for", "[units]") {
  REQUIRE(parse_money("85e9 CNY") == Money::of(85e9, cny));
  REQUIRE(parse_money("85 bn CNY") == Money::of(85e9, cny));
  REQUIRE(parse_price<Seconds>("2.35 USD/h") == Price<Seconds>{2.35 / 3600, usd});
  REQUIRE(parse_price<Seconds>("2.35 USD/GPU-h") == Price<Seconds>{2.35 / 3600, usd});
  REQUIRE(parse_price<Joules>("0.4 CNY/kWh").amount_per_base == Approx(0.4 / 3.6e6).epsilon(1e-15));
  REQUIRE(parse_price<Tokens>("0.52 USD/MTok").amount_per_base == Approx(0.52e-6).epsilon(1e-15));
  REQUIRE(parse_price<Watts>("11 USD/W") == Price<Watts>{11, usd});
  // Colocation: a kilowatt held for a month of 365.25/12 days is an energy as far as dimensions go.
  const double month = 365.25 / 12 * 86400;
  REQUIRE(parse_price<Joules>("217.3 USD/kW/month").amount_per_base == Approx(217.3 / 1000 / month).epsilon(1e-15));
  REQUIRE(parse_price<Joules>("217.3 USD/kW-month") == parse_price<Joules>("217.3 USD/kW/month"));
  REQUIRE_THROWS_WITH(parse_money("85 bn"), "\"85 bn\" has no currency; expected e.g. \"85e9 CNY\"");
  REQUIRE_THROWS_WITH(parse_price<Seconds>("0.4 CNY/kWh"),
                      "\"0.4 CNY/kWh\" is a price per energy; expected a price per duration, e.g. \"2.35 USD/h\"");
  REQUIRE_THROWS_WITH(parse_as<Watts>("85e9 CNY"), Contains("is an amount of money; expected a power, e.g. \"150 MW\""));
}

TEST_CASE("a wrong dimension says what the text is and shows what was expected", "[units]") {
  REQUIRE_THROWS_WITH(parse_as<BytesPerSecond>("3.35 TB"),
                      "\"3.35 TB\" is an amount of data; expected a bandwidth, e.g. \"3.35 TB/s\"");
  REQUIRE_THROWS_WITH(parse_as<Watts>("150 MWh"), Contains("is an energy; expected a power"));
  REQUIRE_THROWS_WITH(parse_as<Flops>("989 TFLOPS"), Contains("is a rate of operations; expected an amount of operations"));
  REQUIRE_THROWS_WITH(parse_as<Watts>("150"), Contains("is a plain number; expected a power"));
}

TEST_CASE("a misspelt unit is told apart from a wrong one and gets the nearest known", "[units]") {
  REQUIRE_THROWS_WITH(parse_quantity("12 weks"), Contains("unknown unit \"weks\"; did you mean \"weeks\"?"));
  REQUIRE_THROWS_WITH(parse_quantity("989 TFLOPSS"), Contains("did you mean \"TFLOPS\"?"));
  REQUIRE_THROWS_WITH(parse_quantity("150 mW"), Contains("did you mean"));
  REQUIRE_THROWS_WITH(parse_quantity("5 CYN"), Contains("did you mean \"CNY\"?"));
  REQUIRE_THROWS_WITH(parse_quantity("5 furlongs"), "\"5 furlongs\": unknown unit \"furlongs\"");
}

TEST_CASE("what is not a plain finite decimal is refused", "[units]") {
  for (const char* text : {"", "GB", "nan W", "inf W", "1e999 W", "1e308 EFLOPS", "1,000 W", "1_000 W", "5 W/", "--3 W", "5 W//s", "1e99999999999 W"}) {
    CAPTURE(text);
    REQUIRE_THROWS_AS(parse_quantity(text), UnitError);
  }
  REQUIRE(parse_as<Watts>("-3 W").base() == -3);
}

TEST_CASE("quantities are printed with four digits and the fitting prefix", "[units]") {
  REQUIRE(to_text(gigabytes_per_second(3350)) == "3.35 TB/s");
  REQUIRE(to_text(teraflops(989.4)) == "989.4 TFLOP/s");
  REQUIRE(to_text(megawatts(150)) == "150 MW");
  REQUIRE(to_text(kilowatt_hours(12500)) == "12.5 MWh");
  REQUIRE(to_text(milliseconds(20)) == "20 ms");
  REQUIRE(to_text(hours(12)) == "12 h");
  REQUIRE(to_text(GramsPerJoule{582 / 3.6e6}) == "582 g/kWh");
  REQUIRE(to_text(PerSecond{1.83e9}) == "1.83 GHz");
  REQUIRE(to_text(Watts{0}) == "0 W");
  REQUIRE(to_text(Watts{-2500}) == "-2.5 kW");
  REQUIRE(to_text(Bytes{999999}) == "1 MB");
}

TEST_CASE("printing and reading a quantity agree to four digits", "[units]") {
  for (const double exponent : {-3.0, 0.0, 5.0, 13.0}) {
    const double base = 1.2345 * (exponent < 0 ? 1e-3 : exponent == 0 ? 1 : exponent == 5 ? 1e5 : 1e13);
    REQUIRE(parse_as<BytesPerSecond>(to_text(BytesPerSecond{base < 1 ? 1.2345 : base})).base() == Approx(base < 1 ? 1.2345 : base).epsilon(1e-3));
    REQUIRE(parse_as<Seconds>(to_text(Seconds{base})).base() == Approx(base).epsilon(1e-3));
    REQUIRE(parse_as<Joules>(to_text(Joules{base * 3600})).base() == Approx(base * 3600).epsilon(1e-3));
  }
}

TEST_CASE("the nearest name is case-insensitive, knows swaps and beginnings, and stays silent for nonsense", "[units]") {
  const std::vector<std::string> names{"h100_sxm", "h200_sxm", "ascend_910b", "ascend_910c"};
  REQUIRE(nearest("H100-SXM", names) == "h100_sxm");
  REQUIRE(nearest("ascned_910c", names) == "ascend_910c");
  REQUIRE(nearest("h100", names) == "h100_sxm");
  REQUIRE_FALSE(nearest("zebra", names));
  REQUIRE_FALSE(nearest("x", names));
  REQUIRE(edit_distance("ab", "ba") == 1);
  REQUIRE(edit_distance("kitten", "sitting") == 3);
}
