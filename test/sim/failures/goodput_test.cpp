#include "sim/failures/goodput.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace headroom;
using namespace headroom::failures;
using namespace std::chrono_literals;
using reliability::per_year;

TEST_CASE("without failures the effective time is interval / (interval + write)", "[failures]") {
  GoodputSpec spec;
  spec.nodes = 4;
  spec.checkpoint_every = Seconds{1800};
  spec.checkpoint_write = Seconds{200};
  spec.span = Seconds{20'000'000};
  const Goodput g = simulate_goodput(spec, FailureWorld(1, 0));
  CHECK(g.unexpected == 0);
  CHECK(g.effective() == Approx(0.9).epsilon(1e-12));
  CHECK(g.fates.sum() == g.span);
}

TEST_CASE("the fates of a job's wall time sum to the span in every random scenario", "[failures]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const FailureWorld world(seed, 0);
    const auto draw = [&](std::uint64_t n) { return world.draw("scenario", {}, n); };
    GoodputSpec spec;
    spec.nodes = 1 + static_cast<std::int32_t>(draw(0) * 200);
    spec.node_hazard = {per_year(draw(1) * 60), draw(2) * 3, days(20), draw(3), days(10)};
    spec.lemons = {0.05, 1 + draw(4) * 10};
    spec.job_hazard = per_year(draw(5) * 200);
    spec.planned = per_year(draw(6) * 100);
    spec.slow = {per_year(draw(7) * 2), 0.3 + 0.6 * draw(8), {hours(2), 1}};
    spec.checkpoint_every = Seconds{60 + draw(9) * 7200};
    spec.checkpoint_write = Seconds{draw(10) * 120};
    spec.detection = {Seconds{draw(11) * 600}, 1};
    spec.restart = {Seconds{draw(12) * 1200}, 0.5};
    spec.span = days(40);
    const Goodput g = simulate_goodput(spec, world);
    REQUIRE(g.fates.sum() == g.span);
    CHECK(g.effective() <= 1);
    for (const SimTime part : {g.fates.useful, g.fates.writing, g.fates.lost, g.fates.slowed, g.fates.detecting, g.fates.restarting}) {
      REQUIRE(part >= SimTime{0});
    }
  }
}

TEST_CASE("more failures never make the effective time of the same world better, on average over worlds", "[failures]") {
  double last = 1;
  for (const double rate : {1.0, 5.0, 25.0}) {
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      GoodputSpec spec;
      spec.nodes = 100;
      spec.node_hazard = {per_year(rate)};
      spec.checkpoint_write = Seconds{30};
      spec.restart = {Seconds{600}};
      mean += simulate_goodput(spec, FailureWorld(seed, 0)).effective() / 20;
    }
    CHECK(mean < last);
    last = mean;
  }
}

TEST_CASE("lemons keep the mean rate of interruptions but concentrate it", "[failures]") {
  GoodputSpec spec;
  spec.nodes = 400;
  spec.node_hazard = {per_year(4)};
  double plain = 0;
  double mixed = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    spec.lemons = {};
    plain += static_cast<double>(simulate_goodput(spec, FailureWorld(seed, 0)).unexpected);
    spec.lemons = {0.02, 20};
    mixed += static_cast<double>(simulate_goodput(spec, FailureWorld(seed, 0)).unexpected);
  }
  CHECK(mixed == Approx(plain).epsilon(0.06));  // 40 runs of 237 +- 15, lemons add to the spread
}

TEST_CASE("a slow node costs its share of speed until it is found", "[failures]") {
  GoodputSpec spec;
  spec.nodes = 1000;
  spec.slow = {per_year(0.5), 0.5, {hours(2)}};
  spec.checkpoint_every = Seconds{600};
  spec.span = days(100);
  const Goodput g = simulate_goodput(spec, FailureWorld(3, 0));
  REQUIRE(g.slow > 50);
  // About two hours at half speed each: one hour lost a slow node, less where two overlap.
  CHECK(static_cast<double>(g.fates.slowed.count()) * 1e-9 / 3600 == Approx(static_cast<double>(g.slow)).epsilon(0.05));
}

TEST_CASE("a failure belongs to its slot: nodes added to the job change none of the others' failures", "[failures]") {
  const FailureWorld world(9, 2);
  const reliability::Hazard h{per_year(3)};
  const Seconds alone = world.next_failure(h, {1, 2, 77, 0}, 4, days(3));
  CHECK(alone == FailureWorld(9, 2).next_failure(h, {1, 2, 77, 0}, 4, days(3)));
  CHECK(alone != world.next_failure(h, {1, 2, 78, 0}, 4, days(3)));
  CHECK(alone != world.next_failure(h, {1, 2, 77, 1}, 4, days(3)));
}

TEST_CASE("the best checkpoint interval is Young and Daly's, and costs sqrt(2 w / M)", "[failures]") {
  // M = 5 h for the job, w = 60 s: tau = sqrt(2 w M) - w = 1,410 s (J. W. Young 1974, J. T. Daly 2006), overhead about 8.2 %.
  GoodputSpec spec;
  spec.nodes = 100;
  spec.node_hazard = {PerSecond{1 / (5 * 3600.0 * 100)}};
  spec.checkpoint_write = Seconds{60};
  spec.span = days(300);
  const double best = std::sqrt(2 * 60.0 * 5 * 3600) - 60;
  const auto effective = [&](double every) {
    spec.checkpoint_every = Seconds{every};
    double sum = 0;
    for (std::uint64_t r = 0; r < 20; ++r) sum += simulate_goodput(spec, FailureWorld(8, r)).effective() / 20;
    return sum;
  };
  const double at_best = effective(best);
  CHECK(1 - at_best == Approx(std::sqrt(2 * 60.0 / (5 * 3600))).epsilon(0.05));
  CHECK(at_best > effective(best / 3));
  CHECK(at_best > effective(best * 3));
}

TEST_CASE("a run ends when its work is done: without failures at work plus checkpoints, with them later", "[failures]") {
  GoodputSpec spec;
  spec.nodes = 100;
  spec.checkpoint_every = Seconds{1000};
  spec.checkpoint_write = Seconds{10};
  spec.work = Seconds{3500};
  Goodput g = simulate_goodput(spec, FailureWorld(1, 0));
  REQUIRE(g.finished);
  CHECK(engine::to_seconds(*g.finished).base() == Approx(3530));  // three writes, none at the end
  CHECK(g.fates.sum() == g.span);
  CHECK(g.fates.useful == engine::to_sim_time(Seconds{3500}));

  spec.work = days(20);
  spec.span = days(100);
  spec.node_hazard = {per_year(6)};
  spec.restart = {Seconds{900}, 0.5};
  const std::vector<SimTime> times = finish_times(spec, 3, 60);
  REQUIRE(times.size() == 60);
  CHECK(times.front() > engine::to_sim_time(days(20)));
  CHECK(times[6] < times[53]);  // P10 and P90
  for (std::uint64_t r = 0; r < 60; ++r) {
    g = simulate_goodput(spec, FailureWorld(3, r));
    REQUIRE(g.fates.sum() == g.span);
    REQUIRE(g.fates.useful == engine::to_sim_time(days(20)));
  }
  spec.span = days(10);
  CHECK(finish_times(spec, 3, 5).empty());
}
