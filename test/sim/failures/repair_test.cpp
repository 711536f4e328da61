#include "sim/failures/repair_shop.hpp"

#include <catch2/catch.hpp>

#include "models/reliability/repair_queues.hpp"

using namespace headroom;
using namespace headroom::failures;
using reliability::per_year;

TEST_CASE("availability is 1 - MTTR / (MTBF + MTTR) when nobody waits", "[failures]") {
  RepairSpec spec;
  spec.units = 2000;
  spec.hazard = {PerSecond{1 / days(9).base()}};
  spec.repair = {days(1), 0.7};
  spec.span = days(400);
  spec.warm_up = days(40);
  const RepairResult r = simulate_repair(spec, FailureWorld(1, 0));
  CHECK(r.down / 2000 == Approx(0.1).epsilon(0.01));
}

TEST_CASE("behind a closed border the pool shrinks by what dies once the spares are used up", "[failures]") {
  RepairSpec spec;
  spec.units = 5000;
  spec.hazard = {per_year(0.04)};
  spec.replaced = 1;
  spec.spares = 100;
  spec.repair = {hours(4)};
  spec.replenishment = {days(20)};
  spec.span = days(2 * 365.25);
  const RepairResult open = simulate_repair(spec, FailureWorld(4, 0));
  spec.rma = false;
  const RepairResult closed = simulate_repair(spec, FailureWorld(4, 0));
  CHECK(open.without_spare_at_end == 0);
  CHECK(open.working_at_end >= 4998);
  // 5000 x 2 years x 4 % = 400 deaths, 100 of them covered.
  CHECK(closed.replaced == Approx(400).margin(3 * 20));
  CHECK(closed.without_spare_at_end == closed.replaced - 100);
  CHECK(closed.working_at_end == 5000 - closed.without_spare_at_end - closed.in_repair_at_end);
}

TEST_CASE("a small crew lets a queue grow that a large one does not", "[failures]") {
  RepairSpec spec;
  spec.units = 100;
  spec.hazard = {PerSecond{1 / days(20).base()}};
  spec.repair = {hours(12), 0.5};
  spec.span = days(2000);
  spec.warm_up = days(100);
  spec.crew = 2;
  const double small = simulate_repair(spec, FailureWorld(5, 0)).down;
  spec.crew = 10;
  const double large = simulate_repair(spec, FailureWorld(5, 0)).down;
  CHECK(large == Approx(100 * 0.5 / 20.5).epsilon(0.05));
  CHECK(small > 2 * large);
}

TEST_CASE("a domain of 72 that needs 64 works while its eighth accelerator is down and not its ninth", "[failures]") {
  RepairSpec spec;
  spec.units = 72;
  spec.domain = 72;
  spec.domain_needs = 64;
  spec.hazard = {per_year(0.3)};
  spec.replaced = 1;
  spec.rma = false;
  spec.span = days(30);
  int seen_working = 0;
  int seen_broken = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    spec.span = days(30 + static_cast<double>(seed % 10) * 30);
    const RepairResult r = simulate_repair(spec, FailureWorld(seed, 0));
    CHECK(r.domains_working_at_end == (r.working_at_end >= 64 ? 1 : 0));
    (r.working_at_end >= 64 ? seen_working : seen_broken) += 1;
  }
  CHECK(seen_working > 20);
  CHECK(seen_broken > 20);
}
