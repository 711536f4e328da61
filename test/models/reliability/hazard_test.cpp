#include "models/reliability/hazard.hpp"

#include <catch2/catch.hpp>

#include "models/reliability/repair_queues.hpp"

using namespace headroom;
using namespace headroom::reliability;

TEST_CASE("the causes of Llama 3's interruptions sum to 19.7 per million accelerator hours", "[reliability]") {
  double sum = 0;
  for (const Component& c : llama3_components()) sum += c.per_million_gpu_hours;
  CHECK(sum == Approx(419 / (16384.0 * 54 * 24) * 1e6));
  CHECK(sum == Approx(19.7).margin(0.05));
}

TEST_CASE("a bathtub hazard is its own derivative's integral, and its failures solve it", "[reliability]") {
  const Hazard h{per_year(0.5), 3, days(30), 0.8, days(365)};
  CHECK(h.at(days(0)).base() == Approx(4 * h.base.base()));
  CHECK(h.at(days(365 + 365.25)).base() == Approx(h.base.base() * (1 + 0.8)).epsilon(1e-6));
  for (const double a : {1.0, 29.0, 400.0, 2000.0}) {
    const double slope = (h.cumulative(days(a + 0.01)) - h.cumulative(days(a - 0.01))) / days(0.02).base();
    CHECK(slope == Approx(h.at(days(a)).base()).epsilon(1e-6));
    for (const double u : {0.001, 0.5, 0.999}) {
      const Seconds x = h.next_failure(days(a), u);
      CHECK(x > days(a));
      CHECK(h.cumulative(x) - h.cumulative(days(a)) == Approx(-std::log(1 - u)).epsilon(1e-9));
    }
  }
}

TEST_CASE("a hazard without infant mortality and wear is memoryless", "[reliability]") {
  const Hazard h{per_year(2)};
  CHECK((h.next_failure(days(1000), 0.5) - days(1000)).base() == Approx(h.next_failure(days(0), 0.5).base()));
  REQUIRE_THROWS_AS(Hazard{}.next_failure(days(0), 0.5), std::domain_error);
}

TEST_CASE("lemons and shocks leave the mean hazard as it was", "[reliability]") {
  const Mixture m{0.02, 15};
  CHECK(m.share * m.factor(0.01) + (1 - m.share) * m.factor(0.5) == Approx(1));
  const CommonCause c{0.1, 0.25, 32};
  const PerSecond base = per_year(1);
  CHECK(c.own_rate(base).base() + c.shock_rate(base).base() * c.hit == Approx(base.base()));
}

TEST_CASE("backorders, k of n and machine interference agree with sums done by hand", "[reliability]") {
  // Mean 1, one spare: sum (k - 1) p(k) = 1 - 1 + p(0) = exp(-1).
  CHECK(expected_backorders(1, 1) == Approx(std::exp(-1.0)));
  CHECK(expected_backorders(3.5, 0) == Approx(3.5));
  CHECK(poisson_cdf(1, 1) == Approx(2 * std::exp(-1.0)));
  CHECK(spares_for(1, 0.95) == 3);  // 0.368, 0.736, 0.920, 0.981
  CHECK(at_least(2, 3, 0.9) == Approx(0.972));
  CHECK(at_least(64, 72, 0.99) > 0.9999);
  CHECK(at_least(0, 5, 0.1) == 1);
  // One machine, one mechanic: down = failure / (failure + repair).
  const auto one = machine_interference(1, 1, PerSecond{1}, PerSecond{3});
  CHECK(one.down == Approx(0.25));
  CHECK(one.all_up == Approx(0.75));
  // A crew as large as the pool: independent machines.
  CHECK(machine_interference(40, 40, PerSecond{0.1}, PerSecond{0.9}).down == Approx(4));
  // Two machines, one mechanic, equal rates: weights 1, 2, 2.
  CHECK(machine_interference(2, 1, PerSecond{1}, PerSecond{1}).down == Approx((2.0 + 2 * 2.0) / 5));
}
