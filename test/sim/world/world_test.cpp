#include "sim/world/world.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

scenario::Scenario plan(const std::string& process) {
  return scenario::load("test/features/base.json", {}, {R"(end="2029-01-01")", "processes=[" + process + "]",
      R"(leases=[{"id":"rent","chip":"h100_sxm","site":"dc","count":8,"start":"2026-01-01","end":"2027-01-01","price":{"process":"rent"}}])"});
}

constexpr const char* falling = R"({"id":"rent","kind":"price","mean":{"points":[["2026-01-01","3 USD/h"],["2029-01-01","1.5 USD/h"]]},"reversion_per_year":2,"volatility":0.5})";

/// Mean and variance of the logarithm, and mean of the price, over worlds.
struct Sample { double mean_price, mean_log, variance_log; };
Sample sample(const scenario::Scenario& s, Date day, int worlds) {
  double sum = 0, logs = 0, squares = 0;
  for (int r = 1; r <= worlds; ++r) {
    const double p = world::World(s, r).price(s.leases[0].price, day).amount_per_base * 3600;
    sum += p;
    logs += std::log(p);
    squares += std::log(p) * std::log(p);
  }
  const double n = worlds;
  return {sum / n, logs / n, squares / n - logs / n * logs / n};
}

}  // namespace

TEST_CASE("a price process without a replication is its mean", "[world]") {
  const auto s = plan(falling);
  const world::World central(s, std::nullopt);
  CHECK(central.price(s.leases[0].price, date(2026, 1, 1)).amount_per_base * 3600 == Approx(3));
  CHECK(central.price(s.leases[0].price, date(2027, 7, 3)).amount_per_base * 3600 == Approx(2.25).margin(0.002));
  CHECK(central.price(s.leases[0].price, date(2026, 1, 1)).currency == Currency::parse("USD").value());
}

TEST_CASE("a price process keeps its mean over worlds and the variance of an Ornstein-Uhlenbeck process", "[world]") {
  // Variance of the logarithm after t years: volatility^2 / (2 x reversion) x (1 - exp(-2 x reversion x t)).
  const auto s = plan(falling);
  CHECK(sample(s, date(2026, 1, 1), 50).variance_log == Approx(0).margin(1e-12));  // today's price is known
  const auto knot = date(2026, 1, 1) + std::chrono::days{30 * 8};
  const double t = 30 * 8 / 365.25;
  const double expected = 0.5 * 0.5 / 4 * (1 - std::exp(-4 * t));
  const Sample at = sample(s, knot, 4000);
  CHECK(at.variance_log == Approx(expected).epsilon(0.07));
  CHECK(at.mean_price == Approx(3 - 1.5 * 240 / 1096.0).epsilon(0.015));
  // Between two knots as well, where the path is a mixture of both.
  CHECK(sample(s, knot + std::chrono::days{15}, 4000).mean_price == Approx(3 - 1.5 * 255 / 1096.0).epsilon(0.015));
}

TEST_CASE("a price process without reversion is a random walk", "[world]") {
  const auto s = plan(R"({"id":"rent","kind":"price","mean":"2 USD/h","volatility":0.4})");
  const double years = 30 * 24 / 365.25;
  CHECK(sample(s, date(2026, 1, 1) + std::chrono::days{30 * 24}, 4000).variance_log == Approx(0.16 * years).epsilon(0.07));
}

TEST_CASE("a price is drawn by its process's name and the day, whatever else the scenario holds", "[world]") {
  const auto one = plan(falling);
  const auto two = plan(std::string(R"({"id":"other","kind":"price","mean":"9 USD/h","volatility":1},)") + falling);
  for (int r = 1; r <= 5; ++r) {
    const auto day = date(2027, 3, 9);
    CHECK(world::World(one, r).price(one.leases[0].price, day).amount_per_base == world::World(two, r).price(two.leases[0].price, day).amount_per_base);
  }
  CHECK(world::World(one, 1).price(one.leases[0].price, date(2027, 3, 9)).amount_per_base !=
        world::World(one, 2).price(one.leases[0].price, date(2027, 3, 9)).amount_per_base);
}
