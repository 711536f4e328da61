// Spares and repair against closed forms: C. Palm (1938), Feeney and Sherbrooke (Management Science 12, 1966) for parts on
// order; the machine interference queue M/M/c//N; the binomial law of a domain that works with 64 of its 72.
// Each: the closed form lies inside the run's 95 % interval in 95 +- 3 % of 400 seeds.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "../case.hpp"
#include "models/reliability/hazard.hpp"
#include "models/reliability/repair_queues.hpp"
#include "sim/engine/statistics.hpp"
#include "sim/failures/repair_shop.hpp"

using namespace headroom;
using namespace headroom::failures;
using reliability::per_year;

namespace {
constexpr int seeds = 400;

void check_coverage(published::Case& v9, const std::string& what, int inside) {
  v9.between(what + ": seeds of 400 inside", 0.92 * seeds, 0.98 * seeds, inside);
}
}  // namespace

TEST_CASE("outstanding replacements are Poisson with mean n AFR T, whatever the shape of T", "[published][failures]") {
  published::Case v9("V9");
  struct Shape {
    double variation;
    double span_days;
  };
  for (const Shape shape : {Shape{0, 120}, Shape{0.5, 400}, Shape{1.2, 900}}) {  // longer for longer tails
    CAPTURE(shape.variation);
    RepairSpec spec;
    spec.units = 4000;
    spec.hazard = {per_year(0.1)};
    spec.replaced = 1;
    spec.spares = 1'000'000;
    spec.repair = {Seconds{0}};
    spec.replenishment = {days(91.3125), shape.variation};
    spec.span = days(shape.span_days);
    const double mean = 4000 * 0.1 * 0.25;
    std::int64_t low = 0;
    while (reliability::poisson_cdf(mean, low) < 0.025) ++low;
    std::int64_t high = low;
    while (reliability::poisson_cdf(mean, high) < 0.975) ++high;
    int inside = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const std::int64_t x = simulate_repair(spec, FailureWorld(seed, 0)).outstanding_at_end;
      inside += x >= low && x <= high ? 1 : 0;
    }
    check_coverage(v9, fmt::format("outstanding replacements, variation {:g}", shape.variation), inside);
  }
}

TEST_CASE("backorders with a few spares have Palm's mean", "[published][failures]") {
  published::Case v9("V9");
  RepairSpec spec;
  spec.units = 4000;
  spec.hazard = {per_year(0.04)};
  spec.replaced = 1;
  spec.repair = {Seconds{0}};
  spec.replenishment = {days(36.525), 0.5};
  spec.spares = 14;
  spec.span = days(1500);
  spec.warm_up = days(300);
  int inside = 0;
  const double expected = reliability::expected_backorders(4000 * 0.04 * 0.1, 14);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    engine::Tally tally;
    for (std::uint64_t run = 0; run < 12; ++run) tally.add(simulate_repair(spec, FailureWorld(seed, run)).waiting_for_spare);
    const double half = 2.201 * std::sqrt(tally.variance() / 12);  // Student's t, 11 degrees of freedom
    inside += std::fabs(tally.mean() - expected) <= half ? 1 : 0;
  }
  check_coverage(v9, "backorders", inside);
}

TEST_CASE("a finite crew is the machine interference queue", "[published][failures]") {
  published::Case v9("V9");
  RepairSpec spec;
  spec.units = 40;
  spec.hazard = {PerSecond{1 / days(20).base()}};
  spec.crew = 2;
  spec.repair = {days(1)};
  spec.repair_exponential = true;
  spec.span = days(600);
  spec.warm_up = days(100);
  const double expected = reliability::machine_interference(40, 2, spec.hazard.base, PerSecond{1 / days(1).base()}).down;
  int inside = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    engine::Tally tally;
    for (std::uint64_t run = 0; run < 10; ++run) tally.add(simulate_repair(spec, FailureWorld(seed, run)).down);
    const double half = 2.262 * std::sqrt(tally.variance() / 10);  // 9 degrees of freedom
    inside += std::fabs(tally.mean() - expected) <= half ? 1 : 0;
  }
  check_coverage(v9, "finite crew", inside);
}

TEST_CASE("domains that work with 64 of 72 are binomial", "[published][failures]") {
  published::Case v9("V9");
  RepairSpec spec;
  spec.units = 72 * 20;
  spec.domain = 72;
  spec.domain_needs = 64;
  spec.hazard = {PerSecond{1 / days(9).base()}};
  spec.repair = {days(1), 1};
  spec.span = days(14);
  const double p = reliability::at_least(64, 72, 0.9);
  REQUIRE(p > 0.3);
  REQUIRE(p < 0.9);
  int inside = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    std::int64_t working = 0;
    for (std::uint64_t run = 0; run < 5; ++run) working += simulate_repair(spec, FailureWorld(seed, run)).domains_working_at_end;
    const double n = 100;
    inside += std::fabs(static_cast<double>(working) - n * p) <= 1.96 * std::sqrt(n * p * (1 - p)) ? 1 : 0;
  }
  check_coverage(v9, "domains of 64 of 72", inside);
}
