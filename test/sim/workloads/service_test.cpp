#include <catch2/catch.hpp>

#include "sim/workloads/service.hpp"

using namespace headroom;
using namespace headroom::workloads;

TEST_CASE("the rate of a mix is the harmonic sum of prefill and decode time", "[workloads]") {
  // 8 H20 a node: 16.5k input tokens/s on prefill, 5.7k output tokens/s on decode (LMSYS and Ant Group, 2025-09-26); 22 %
  // output, 56 % of input cached: 0.78 x 0.44 / 2062.5 + 0.22 / 712.5 s a token = 2104.5 tokens/s.
  const auto rate = mixed_rate(TokensPerSecond{16500.0 / 8}, TokensPerSecond{5700.0 / 8}, 0.22, 0.56);
  REQUIRE(rate.base() == Approx(2104.5).epsilon(1e-4));
  REQUIRE(mixed_rate(TokensPerSecond{16500.0 / 8}, TokensPerSecond{5700.0 / 8}, 0.22, 0).base() == Approx(1455.7).epsilon(1e-4));
}

TEST_CASE("a festival multiplies its own days only", "[workloads]") {
  scenario::Shape shape;
  shape.festivals = {{date(2026, 2, 16), 2, 4.0, "gala"}};
  REQUIRE(shape_factor(shape, date(2026, 2, 15), 20) == 1);
  REQUIRE(shape_factor(shape, date(2026, 2, 17), 20) == 4);
  REQUIRE(shape_factor(shape, date(2026, 2, 18), 20) == 1);
}

TEST_CASE("hours are read on the users' clock", "[workloads]") {
  scenario::Shape shape;
  shape.hourly.assign(24, 1.0);
  shape.hourly[20] = 2;
  shape.hour_offset = 8;
  REQUIRE(shape_factor(shape, date(2026, 1, 1), 12) == 2);
  REQUIRE(peak_factor(shape, date(2026, 1, 1)) == 2);
}

TEST_CASE("without variation all load up to capacity is served, with it a full system loses 0.4 of a deviation", "[workloads]") {
  REQUIRE(expected_served_share(100, 100, 0) == 1);
  REQUIRE(expected_served_share(100, 80, 0) == Approx(0.8));
  REQUIRE(expected_served_share(100, 100, 0.2) == Approx(1 - 0.2 * 0.39894).epsilon(1e-4));
  REQUIRE(expected_served_share(100, 200, 0.2) == Approx(1).epsilon(1e-6));
}
