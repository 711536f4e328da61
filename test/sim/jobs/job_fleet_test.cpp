#include "sim/jobs/job_fleet.hpp"

#include <catch2/catch.hpp>

#include "sim/failures/world.hpp"

using namespace headroom;
using namespace headroom::jobs;

namespace {

double share(Int128 part, const JobFleetOutcome& o) { return static_cast<double>(part) / static_cast<double>(o.capacity); }

JobFleetSpec small() {
  JobFleetSpec spec;
  spec.sites = {{40, 8}, {20, 8}};
  spec.classes.push_back({"train", PerSecond{1.0 / 7200}, {{16, 1}, {64, 1}}, hours(6), 1, 0});
  spec.classes.push_back({"tune", PerSecond{1.0 / 1200}, {{1, 2}, {4, 1}, {12, 1}}, hours(1), 1, 1});
  spec.node_hazard = {reliability::per_year(20)};
  spec.span = days(60);
  return spec;
}

}  // namespace

TEST_CASE("the fates of accelerator time sum to the capacity in every random fleet", "[jobs]") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    const failures::FailureWorld world(seed, 0);
    std::uint64_t n = 0;
    const auto draw = [&] { return world.draw("scenario", {}, n++); };
    JobFleetSpec spec;
    spec.seed = seed;
    for (int s = 0; s < 1 + static_cast<int>(draw() * 4); ++s) spec.sites.push_back({10 + static_cast<std::int32_t>(draw() * 60), 8});
    for (int c = 0; c < 3; ++c) {
      spec.classes.push_back({"c", PerSecond{(0.2 + draw()) / 1800}, {{1 + static_cast<std::int32_t>(draw() * 60), 1}, {1, 1}}, hours(0.5 + draw() * 8),
                              draw() * 2, c, ~std::uint64_t{0}, hours(0.1 + draw()), Seconds{draw() * 1200}});
    }
    spec.services = {{0, 1, 5, static_cast<std::int32_t>(draw() * 24), 1}, {0, 0, 3, 3, 2}};
    spec.node_hazard = {reliability::per_year(draw() * 60), draw() * 3, days(5), draw(), days(10)};
    spec.lemons = {0.1, 1 + draw() * 5};
    if (draw() < 0.5) spec.common = {draw(), 0.1 + 0.9 * draw(), 1 + static_cast<std::int32_t>(draw() * 20)};
    spec.overtaking = static_cast<std::int32_t>(draw() * 40);
    spec.span = days(15);
    const JobFleetOutcome o = simulate_job_fleet(spec);  // throws if they do not
    REQUIRE(o.fates.sum() == o.capacity);
    for (const Int128 part : {o.fates.useful, o.fates.lost, o.fates.restart, o.fates.service, o.fates.idle, o.fates.down}) REQUIRE(part >= 0);
    std::int64_t submitted = 0;
    std::int64_t finished = 0;
    for (const ClassOutcome& c : o.classes) {
      submitted += c.submitted;
      finished += c.finished;
    }
    CHECK(submitted == finished + o.running_at_end + o.waiting_at_end);
  }
}

TEST_CASE("an ample fleet works as much as is offered, and its nodes are down as often as the rates say", "[jobs]") {
  JobFleetSpec spec = small();
  spec.span = days(365);
  const JobFleetOutcome o = simulate_job_fleet(spec);
  const double offered = 40.0 * 6 / 2 + 4.5 * 1 * 3;  // mean size x hours x arrivals an hour
  CHECK(share(o.fates.useful, o) * 480 == Approx(offered).epsilon(0.05));
  const double mttr = 6.0 / 24;
  const double mtbf = 365.25 / 20;
  CHECK(share(o.fates.down, o) == Approx(mttr / (mtbf + mttr)).epsilon(0.12));
  CHECK(o.failures == Approx(60 * 20).epsilon(0.1));  // 1,200 repairs of variation 1: 4 % standard error above
}

TEST_CASE("without failures nothing is lost and nothing restarts", "[jobs]") {
  JobFleetSpec spec = small();
  spec.node_hazard = {};
  const JobFleetOutcome o = simulate_job_fleet(spec);
  CHECK(o.fates.lost == 0);
  CHECK(o.fates.restart == 0);
  CHECK(o.fates.down == 0);
}

TEST_CASE("a service lends its night surplus to jobs and gets it back by day", "[jobs]") {
  JobFleetSpec spec;
  spec.sites = {{32, 8}};
  spec.span = days(100);
  // More batch work than fits: it fills whatever the service leaves.
  spec.classes.push_back({"batch", PerSecond{1.0 / 300}, {{8, 1}}, hours(4), 0.5, 1, ~std::uint64_t{0}, hours(1), Seconds{60}});
  spec.services = {{0, 8, 28, 20, 1}};
  const JobFleetOutcome lent = simulate_job_fleet(spec);
  CHECK(lent.service_short == 0);                               // returned on demand, each hour
  CHECK(share(lent.fates.service, lent) == Approx(18.0 / 32).epsilon(0.01));
  CHECK(share(lent.fates.useful + lent.fates.restart, lent) == Approx(14.0 / 32).epsilon(0.02));
  CHECK(lent.classes[0].recalls > 100 * 10);
  CHECK(lent.fates.lost == 0);                                  // a recall waits for the checkpoint
  spec.classes[0].tier = 0;                                     // a tier that the service must not evict
  const JobFleetOutcome kept = simulate_job_fleet(spec);
  CHECK(kept.classes[0].recalls == 0);
  CHECK(kept.service_short > 0);
}

TEST_CASE("more failures on the same fleet lose more work", "[jobs]") {
  JobFleetSpec spec = small();
  Int128 last = 0;
  for (const double rate : {5.0, 20.0, 80.0}) {
    spec.node_hazard = {reliability::per_year(rate)};
    const JobFleetOutcome o = simulate_job_fleet(spec);
    CHECK(o.fates.lost > last);
    last = o.fates.lost;
  }
}

TEST_CASE("common causes leave the number of failures as it was and let nodes fail together", "[jobs]") {
  JobFleetSpec spec = small();
  spec.classes.clear();
  spec.span = days(365);
  const JobFleetOutcome apart = simulate_job_fleet(spec);
  spec.common = {0.5, 0.5, 10};
  const JobFleetOutcome together = simulate_job_fleet(spec);
  // 1,200 failures, half of them in shocks of about five: their number has a standard error of about 5 %.
  CHECK(static_cast<double>(together.failures) == Approx(static_cast<double>(apart.failures)).epsilon(0.18));
  CHECK(together.shocks == Approx(6 * 20 * 0.5 / 0.5).margin(40));
}

TEST_CASE("equal fleets have equal outcomes, another replication another one", "[jobs]") {
  JobFleetSpec spec = small();
  const JobFleetOutcome a = simulate_job_fleet(spec);
  const JobFleetOutcome b = simulate_job_fleet(spec);
  CHECK(a.fates.useful == b.fates.useful);
  CHECK(a.fates.idle == b.fates.idle);
  CHECK(a.events == b.events);
  spec.replication = 1;
  CHECK(simulate_job_fleet(spec).fates.useful != a.fates.useful);
}

TEST_CASE("a class that no site can hold is refused", "[jobs]") {
  JobFleetSpec spec = small();
  spec.classes[0].sizes = {{1000, 1}};
  REQUIRE_THROWS_WITH(simulate_job_fleet(spec), Catch::Contains("train"));
}
