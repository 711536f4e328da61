#include "sim/placement/placement.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "random_problem.hpp"

using namespace headroom;
using namespace headroom::placement;

namespace {

Arc arc(std::size_t service, std::size_t pool, std::int64_t size, double rate, double cost) {
  Arc result;
  result.service = service;
  result.pool = pool;
  result.replica_accelerators = size;
  result.rate_per_accelerator = rate;
  result.cost = cost;
  return result;
}

/// Decode runs 3 times as fast on the high-bandwidth chip, prefill 1.2 times; both cost what the chip costs.
Problem fitting_chips() {
  Problem problem;
  problem.pools = {{"bandwidth", 80, {}}, {"compute", 80, {}}};
  problem.services = {{"decode", 1, 24000, 0, 1}, {"prefill", 1, 8000, 0, 1}};
  problem.arcs = {arc(0, 0, 8, 300, 1), arc(0, 1, 8, 100, 1), arc(1, 0, 8, 120, 1), arc(1, 1, 8, 100, 1)};
  return problem;
}

}  // namespace

TEST_CASE("each workload goes to the chip that fits it", "[placement]") {
  const Placement placement = Solver{}.place(fitting_chips());
  REQUIRE(placement.replicas == std::vector<std::int64_t>{10, 0, 0, 10});
  REQUIRE(placement.services[0].served == 24000);
  REQUIRE(placement.services[1].served == 8000);
  REQUIRE(placement.used == std::vector<std::int64_t>{80, 80});
  REQUIRE(placement.cost == 160);
}

TEST_CASE("a replica with a companion takes both pools and stops at the one that runs out", "[placement]") {
  // A replica: 8 of the first pool and 4 of the second serve 800. 80 and 24 accelerators: ten decode, six pairs.
  Problem problem;
  problem.pools = {{"bandwidth", 80, 0}, {"compute", 24, 0}};
  problem.sites = {{"dc", watts(100e3)}};
  problem.services = {{"chat", 1, 8000, 0, 1}};
  problem.arcs = {arc(0, 0, 8, 100, 1)};
  problem.arcs[0].power_per_accelerator = watts(500);
  problem.arcs[0].companion = Companion{1, 4, watts(1000), 2, 0};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.replicas == std::vector<std::int64_t>{6});
  REQUIRE(placement.used == std::vector<std::int64_t>{48, 24});
  REQUIRE(placement.cost == Approx(48 * 1 + 24 * 2));
  REQUIRE(placement.services[0].shed == Approx(8000 - 6 * 800));
  REQUIRE(placement.services[0].binding.resource == Resource{Resource::Kind::pool, 1});
  REQUIRE(Solver{}.max_multiplier(problem, 0).multiplier == Approx(0.6).epsilon(3e-3));
  // A replica draws 8 x 500 W + 4 x 1000 W = 8 kW; 30 kW carry three.
  problem.sites[0].power_limit = watts(30e3);
  REQUIRE(Solver{}.place(problem).replicas == std::vector<std::int64_t>{3});
  REQUIRE(Solver{}.place(problem).services[0].binding.resource == Resource{Resource::Kind::site_power, 0});
  // The divisible programme and a replica more by hand: 3.75 replicas.
  REQUIRE(Solver{}.max_multiplier(problem, 0).divisible == Approx(3.75 * 800 / 8000));
  // A companion in the arc's own pool is no companion.
  problem.arcs[0].companion->pool = 0;
  REQUIRE_THROWS_AS(Solver{}.place(problem), std::logic_error);
}

TEST_CASE("the cheapest pool is filled first and the dearer one takes the rest", "[placement]") {
  Problem problem;
  problem.pools = {{"own", 32, {}}, {"rented", 100, {}}};
  problem.services = {{"chat", 1, 5000, 0, 1}};
  problem.arcs = {arc(0, 0, 8, 100, 0.5), arc(0, 1, 4, 100, 2)};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.replicas == std::vector<std::int64_t>{4, 5});  // 3,200 on own, 1,800 needs 4.5 replicas
  REQUIRE(placement.cost == Approx(32 * 0.5 + 20 * 2));
}

TEST_CASE("a lower tier is shed before a higher one, whatever it would pay", "[placement]") {
  Problem problem;
  problem.pools = {{"only", 40, {}}};
  problem.services = {{"batch", 2, 4000, 0, 100}, {"chat", 1, 3000, 0, 1}};
  problem.arcs = {arc(0, 0, 4, 100, 1), arc(1, 0, 4, 100, 1)};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.services[1].served == 3000);
  REQUIRE(placement.services[1].binding.kind == Binding::Kind::none);
  REQUIRE(placement.services[0].replicas == 2);  // 10 replicas fit, 8 are taken
  REQUIRE(placement.services[0].shed == 3200);
  REQUIRE(placement.services[0].binding.kind == Binding::Kind::resource);
  REQUIRE(placement.services[0].binding.resource == Resource{Resource::Kind::pool, 0});
}

TEST_CASE("power binds before chips do, and says so with its price", "[placement]") {
  Problem problem;
  problem.sites = {{"valley", watts(20000)}};
  problem.pools = {{"chips", 100, 0}};
  problem.services = {{"chat", 1, 9000, 0, 1}};
  problem.arcs = {arc(0, 0, 1, 100, 1)};
  problem.arcs[0].power_per_accelerator = watts(500);
  Solver solver;
  const Placement placement = solver.place(problem);
  REQUIRE(placement.replicas[0] == 40);
  REQUIRE(placement.services[0].binding.resource == Resource{Resource::Kind::site_power, 0});
  const ResourcePrice price = solver.price(problem, {Resource::Kind::site_power, 0});
  REQUIRE(price.of_shortfall);
  REQUIRE(price.dual == Approx(1.0 / 500));
  REQUIRE(price.finite_difference == Approx(price.dual));
  REQUIRE(solver.price(problem, {Resource::Kind::pool, 0}).dual == Approx(0).margin(1e-12));
  const Headroom headroom = solver.max_multiplier(problem, 0);
  REQUIRE(headroom.multiplier == Approx(4000.0 / 9000).epsilon(2e-3));
  REQUIRE(headroom.binding == Resource{Resource::Kind::site_power, 0});
}

TEST_CASE("a cheaper full pool has the price of what replaces it", "[placement]") {
  Problem problem;
  problem.pools = {{"own", 30, {}}, {"rented", 100, {}}};
  problem.services = {{"chat", 1, 5000, 0, 1}};
  problem.arcs = {arc(0, 0, 1, 100, 0.5), arc(0, 1, 1, 80, 2)};
  const ResourcePrice price = Solver{}.price(problem, {Resource::Kind::pool, 0});
  REQUIRE_FALSE(price.of_shortfall);
  REQUIRE(price.dual == Approx(100.0 / 80 * 2 - 0.5).epsilon(1e-4));
  REQUIRE(price.finite_difference == Approx(price.dual).epsilon(1e-4));
}

TEST_CASE("no eligible chip is a reason of its own", "[placement]") {
  Problem problem;
  problem.pools = {{"a", 40, {}}, {"empty", 0, {}}};
  problem.services = {{"nowhere", 1, 10, 0, 1}, {"empty pool", 1, 10, 0, 1}, {"no rate", 1, 10, 0, 1}};
  problem.arcs = {arc(1, 1, 1, 5, 1), arc(2, 0, 1, 0, 1)};
  const Placement placement = Solver{}.place(problem);
  for (const ServiceResult& service : placement.services) {
    REQUIRE(service.shed == 10);
    REQUIRE(service.binding.kind == Binding::Kind::eligibility);
  }
  REQUIRE(placement.cost == 0);
}

TEST_CASE("a minimum of replicas holds without demand and its lack is reported", "[placement]") {
  Problem problem;
  problem.pools = {{"a", 24, {}}};
  problem.services = {{"rare", 1, 0, 2, 1}, {"greedy", 2, 1e6, 4, 1}};
  problem.arcs = {arc(0, 0, 8, 10, 1), arc(1, 0, 8, 10, 1)};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.replicas == std::vector<std::int64_t>{2, 1});
  REQUIRE(placement.services[0].missing_replicas == 0);
  REQUIRE(placement.services[1].missing_replicas == 3);
}

TEST_CASE("what stands stays unless the saving pays the move", "[placement]") {
  Problem problem;
  problem.pools = {{"a", 80, {}}, {"b", 80, {}}};
  problem.services = {{"chat", 1, 800, 0, 1}};
  problem.arcs = {arc(0, 0, 1, 10, 1.0), arc(0, 1, 1, 10, 0.9)};
  problem.arcs[0].current = 80;
  problem.arcs[1].switching = 0.2;
  Solver solver;
  REQUIRE(solver.place(problem).replicas == std::vector<std::int64_t>{80, 0});
  problem.arcs[1].switching = 0.05;
  REQUIRE(solver.place(problem).replicas == std::vector<std::int64_t>{0, 80});
  REQUIRE(solver.place(problem).switching == Approx(80 * 0.05));
}

TEST_CASE("of two equal placements the one that stands is kept, else the earlier arc's", "[placement]") {
  Problem problem;
  problem.pools = {{"a", 80, {}}, {"b", 80, {}}};
  problem.services = {{"chat", 1, 800, 0, 1}};
  problem.arcs = {arc(0, 0, 1, 10, 1), arc(0, 1, 1, 10, 1)};
  Solver solver;
  const auto first = solver.place(problem).replicas;
  for (const std::size_t standing : {0U, 1U, 0U}) {
    problem.arcs[standing].current = 80;
    problem.arcs[1 - standing].current = 0;
    REQUIRE(solver.place(problem).replicas[standing] == 80);
  }
  problem.arcs[0].current = 0;
  REQUIRE(solver.place(problem).replicas == first);
}

TEST_CASE("rounding strands what a whole replica cannot use and reports it", "[placement]") {
  Problem problem;
  problem.pools = {{"a", 12, {}}};
  problem.services = {{"chat", 1, 1200, 0, 1}};
  problem.arcs = {arc(0, 0, 8, 100, 1)};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.replicas[0] == 1);
  REQUIRE(placement.stranded[0] == 4);
  REQUIRE(placement.services[0].shed == 400);
  REQUIRE(placement.services[0].binding.kind == Binding::Kind::rounding);
}

TEST_CASE("a link caps what several arcs share", "[placement]") {
  Problem problem = fitting_chips();
  problem.links = {{"domain", 5, {{0, 1}, {2, 1}}}};
  const Placement placement = Solver{}.place(problem);
  REQUIRE(placement.replicas[0] + placement.replicas[2] == 5);
  REQUIRE(placement.services[0].shed + placement.services[1].shed > 0);
  REQUIRE(Solver{}.max_multiplier(problem, 0).multiplier < 1);
}

TEST_CASE("headroom is the multiple that still holds, and a little more does not", "[placement]") {
  Problem problem = fitting_chips();
  problem.services[0].demand = 10000;
  problem.services[1].demand = 4000;
  Solver solver;
  for (const std::size_t s : {0U, 1U}) {
    const Headroom headroom = solver.max_multiplier(problem, s);
    REQUIRE(headroom.multiplier > 1);
    REQUIRE(headroom.multiplier <= headroom.divisible);
    REQUIRE(headroom.binding);
    REQUIRE(headroom.confirmed_elasticity == Approx(headroom.elasticity).epsilon(0.02));
    Problem grown = problem;
    grown.services[s].demand *= headroom.multiplier;
    REQUIRE(solver.place(grown).services[s].shed == 0);
    grown.services[s].demand *= 1.01;
    const Placement over = solver.place(grown);
    REQUIRE(over.services[0].shed + over.services[1].shed > 0);
  }
  // Decode alone: 80 x 300 + (80 - 40) x 100 = 28,000 of 10,000, prefill keeping 40 compute chips.
  REQUIRE(solver.max_multiplier(problem, 0).divisible == Approx(2.8));
  REQUIRE(solver.max_multiplier(problem, 0, Replicas::divisible).multiplier == Approx(2.8));
  problem.services[0].demand = 0;
  REQUIRE(solver.max_multiplier(problem, 0).multiplier == std::numeric_limits<double>::infinity());
}

TEST_CASE("an unchanged problem is not solved again and changed demand starts from the old basis", "[placement]") {
  Problem problem = fitting_chips();
  Solver solver;
  REQUIRE(solver.place(problem).solves >= 1);
  REQUIRE(solver.place(problem).solves == 0);
  problem.services[0].demand *= 0.97;
  const Placement again = solver.place(problem);
  REQUIRE(again.solves == 1);
  REQUIRE(again.iterations <= 2);
}

TEST_CASE("nothing to place is an answer", "[placement]") {
  Problem problem;
  REQUIRE(Solver{}.place(problem).replicas.empty());
  problem.pools = {{"a", 8, {}}};
  REQUIRE(Solver{}.place(problem).used == std::vector<std::int64_t>{0});
  problem.services = {{"idle", 1, 0, 0, 1}};
  REQUIRE(Solver{}.place(problem).services[0].shed == 0);
}

TEST_CASE("a malformed problem is refused with place and value", "[placement]") {
  const auto refused = [](auto&& spoil) {
    Problem problem = fitting_chips();
    spoil(problem);
    REQUIRE_THROWS_AS(Solver{}.place(problem), std::logic_error);
  };
  refused([](Problem& p) { p.arcs[0].pool = 2; });
  refused([](Problem& p) { p.arcs[0].service = 2; });
  refused([](Problem& p) { p.arcs[0].replica_accelerators = 0; });
  refused([](Problem& p) { p.arcs[1].pool = 0; });
  refused([](Problem& p) { p.arcs[0].cost = -1; });
  refused([](Problem& p) { p.services[0].demand = std::nan(""); });
  refused([](Problem& p) { p.services[0].weight = 0; });
  refused([](Problem& p) { p.pools[0].accelerators = -1; });
  refused([](Problem& p) { p.pools[0].site = 0; });
  refused([](Problem& p) { p.links = {{"l", 1, {{9, 1}}}}; });
}

TEST_CASE("no capacity is ever exceeded and no service gets more than it asked for", "[placement]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, 40 + static_cast<std::int64_t>(seed % 5) * 30);
    const Placement placement = Solver{}.place(problem);
    std::vector<double> power(problem.sites.size(), 0);
    std::vector<std::int64_t> used(problem.pools.size(), 0);
    for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
      REQUIRE(placement.replicas[a] >= 0);
      const Arc& arc = problem.arcs[a];
      const auto add = [&](const auto& side) {
        const std::int64_t accelerators = placement.replicas[a] * side.replica_accelerators;
        used[side.pool] += accelerators;
        power[*problem.pools[side.pool].site] += static_cast<double>(accelerators) * side.power_per_accelerator.base();
      };
      add(arc);
      if (arc.companion) add(*arc.companion);
    }
    REQUIRE(placement.used == used);
    for (std::size_t p = 0; p < problem.pools.size(); ++p) REQUIRE(placement.used[p] <= problem.pools[p].accelerators);
    for (std::size_t i = 0; i < power.size(); ++i)
      REQUIRE(power[i] <= problem.sites[i].power_limit.base() * (1 + 1e-8));
    for (std::size_t s = 0; s < problem.services.size(); ++s) {
      REQUIRE(placement.services[s].served + placement.services[s].shed == Approx(problem.services[s].demand));
      REQUIRE(placement.services[s].shed >= 0);
    }
  }
}

TEST_CASE("the answer does not depend on what was solved before", "[placement]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Problem problem = random_problem(seed, 90);
    Solver warm;
    Dice dice{seed + 1000};
    for (int step = 0; step < 12; ++step) {
      CAPTURE(step);
      for (Service& service : problem.services) service.demand *= 0.01 * static_cast<double>(dice.between(60, 150));
      for (Pool& pool : problem.pools)
        pool.accelerators = std::max<std::int64_t>(0, pool.accelerators + dice.between(-8, 8));
      const Placement got = warm.place(problem);
      const Placement cold = Solver{}.place(problem);
      REQUIRE(got.replicas == cold.replicas);
      // A number that lies between two steps of the grid may fall on either.
      for (std::size_t a = 0; a < problem.arcs.size(); ++a) REQUIRE(std::fabs(got.divisible[a] - cold.divisible[a]) <= 0x1p-20);
      REQUIRE(got.cost == cold.cost);
      for (std::size_t s = 0; s < problem.services.size(); ++s) {
        REQUIRE(got.services[s].binding.kind == cold.services[s].binding.kind);
        REQUIRE(got.services[s].binding.resource == cold.services[s].binding.resource);
      }
      for (std::size_t a = 0; a < problem.arcs.size(); ++a) problem.arcs[a].current = got.replicas[a];
      if (step % 4 == 3) (void)warm.max_multiplier(problem, 0);
    }
  }
}

TEST_CASE("more capacity never lowers what the first tier gets", "[placement]") {
  int checked = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Problem problem = random_problem(seed, 120);
    const auto shortfall = [&](const Placement& placement) {
      double sum = 0;
      for (std::size_t s = 0; s < problem.services.size(); ++s) {
        if (problem.services[s].tier != 1 || problem.services[s].demand == 0) continue;
        double best_rate = 0;
        double accelerators = 1;
        for (const Arc& arc : problem.arcs) {
          const double rate = static_cast<double>(arc.replica_accelerators) * arc.rate_per_accelerator;
          if (arc.service == s && rate > best_rate) {
            best_rate = rate;
            accelerators = static_cast<double>(arc.accelerators_of_replica());
          }
        }
        if (best_rate == 0) continue;
        sum += placement.services[s].shed / best_rate * accelerators;
        sum += static_cast<double>(placement.services[s].missing_replicas) * accelerators;
      }
      return sum;
    };
    const double before = shortfall(Solver{}.place(problem));
    Dice dice{seed + 5};
    for (int trial = 0; trial < 4; ++trial) {
      Problem more = problem;
      const auto pool = static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(problem.pools.size()) - 1));
      more.pools[pool].accelerators += dice.between(1, 24);
      if (trial == 3) {
        for (Site& site : more.sites) site.power_limit *= 1.2;
      }
      CAPTURE(seed, trial, pool, before);
      CHECK(shortfall(Solver{}.place(more)) <= before + 1e-6);
      ++checked;
    }
  }
  REQUIRE(checked == 1600);
}

TEST_CASE("from an empty start the answers are those of any solver, also where questions alternate between matrices", "[placement]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Problem one = random_problem(seed, 110);
    for (Arc& arc : one.arcs) arc.current = 0;
    Problem other = one;  // a chip whose port is not there yet
    other.arcs.front().rate_per_accelerator = 0;
    Solver empty{Start::empty};
    for (int turn = 0; turn < 3; ++turn) {
      for (const Problem* problem : {&one, &other}) {
        Solver fresh;
        REQUIRE(empty.servable(*problem) == fresh.servable(*problem));
        const std::vector<double> expected = fresh.unserved(*problem);
        const std::vector<double> found = empty.unserved(*problem);
        for (std::size_t s = 0; s < expected.size(); ++s) CHECK(found[s] == Approx(expected[s]).epsilon(1e-6).margin(1e-3));
        one.services[0].demand *= 1.1;
        other.services[0].demand *= 0.9;
      }
    }
  }
  Problem standing = fitting_chips();
  standing.arcs[0].current = 1;
  Solver empty{Start::empty};
  CHECK_THROWS_AS(empty.servable(standing), std::logic_error);
}
