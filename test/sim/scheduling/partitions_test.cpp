#include <catch2/catch.hpp>

#include <utility>

#include "jobs.hpp"
#include "sim/scheduling/gang_scheduler.hpp"
#include "sim/scheduling/queue_policies.hpp"

using namespace std::chrono_literals;
using namespace headroom::scheduling;

namespace {

/// Two nodes of 8 of a fast kind and four nodes of 4 of one at a quarter of its speed.
Partitions two_kinds() {
  Partitions cluster(GangCluster(2, 8), GangRule::tightest);
  cluster.add(GangCluster(4, 4), GangRule::tightest);
  return cluster;
}

const std::vector<std::vector<Way>> ways{{{0}, {1, 250'000}}, {{0, 1'500'000, 1, 8}}};

}  // namespace

TEST_CASE("a job takes the first of its ways that has room, at that way's speed", "[scheduling]") {
  GangScheduler s(two_kinds(), ways, {job(0s, 16, 100s), job(1s, 16, 100s), job(2s, 16, 10s)}, make("fifo"));
  s.run();
  CHECK(s.state(0).end == SimTime{100s});
  CHECK(s.way(1).part == 1);
  CHECK(s.state(1).end == SimTime{401s});
  CHECK(s.state(2).first_start == SimTime{100s});
  CHECK(accelerator_seconds(s.held(0, 0)) == Approx(16 * 110));
  CHECK(accelerator_seconds(s.held(0, 1)) == Approx(16 * 400));
  CHECK(s.cluster().free_gpus() == 32);
}

TEST_CASE("a job on two kinds of accelerators holds both or none", "[scheduling]") {
  // 8 of the slow kind are missing until 50 s.
  GangScheduler s(two_kinds(), ways, {job(0s, 16, 300s), job(0s, 12, 12500ms), job(1s, 4, 30s, 0, 1)}, make("fifo"));
  s.run();
  CHECK(s.way(1).part == 1);
  CHECK(s.state(1).end == SimTime{50s});
  CHECK(s.state(2).first_start == SimTime{300s});  // the slow kind alone would have done from 50 s on
  CHECK(s.state(2).end == SimTime{320s});
  CHECK(accelerator_seconds(s.state(2).fates.useful) == Approx(20 * 12));
  CHECK(accelerator_seconds(s.held(0, 1)) == Approx(12 * 50 + 8 * 20));
}

TEST_CASE("a gang that no way could ever hold is refused", "[scheduling]") {
  CHECK_THROWS_WITH(GangScheduler(two_kinds(), ways, {job(0s, 17, 1s)}, make("fifo")), Catch::Contains("17 accelerators"));
  CHECK_THROWS(GangScheduler(two_kinds(), {{{0, 1'000'000, 1, 17}}}, {job(0s, 8, 1s)}, make("fifo")));
  CHECK_NOTHROW(GangScheduler(two_kinds(), {{{0, 1'000'000, 0, 8}}}, {job(0s, 8, 1s)}, make("fifo")));
}

TEST_CASE("an interruption takes the work since the last checkpoint and leaves the job where it stands", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s), job(1s, 8, 1s)};
  jobs[0].checkpoint_every = 20s;
  jobs[0].restart = 5s;
  GangScheduler s(GangCluster(1, 8), jobs, make("sjf"));
  s.interrupt(0, SimTime{50s});
  s.interrupt(1, SimTime{60s});  // waits then: nothing to interrupt
  s.run_until(SimTime{70s});
  // 40 s were kept, 5 s restart, 15 s of work since.
  CHECK(s.fates_now(0).lost == AcceleratorTime{8} * std::chrono::nanoseconds(10s).count());
  CHECK(s.fates_now(0).useful == AcceleratorTime{8} * std::chrono::nanoseconds(55s).count());
  s.run();
  CHECK(s.state(0).end == SimTime{115s});
  CHECK(s.state(0).failures == 1);
  CHECK(s.state(1).failures == 0);
  CHECK(s.state(1).first_start == SimTime{115s});  // the shorter job does not slip in
  CHECK(s.fates().allocated == s.fates().useful + s.fates().lost + s.fates().restart);
}

TEST_CASE("nodes leave one part and its jobs with them, the other part's stay", "[scheduling]") {
  GangScheduler s(two_kinds(), ways, {job(0s, 16, 100s), job(1s, 16, 100s)}, make("fifo"));
  s.run_until(SimTime{10s});
  s.set_nodes(1, 0);
  s.run_until(SimTime{20s});
  CHECK(s.state(0).stage == JobStage::waiting);
  CHECK(s.state(1).stage == JobStage::running);
  s.set_nodes(2, 0);
  s.run();
  CHECK(s.state(0).end == SimTime{110s});
}

TEST_CASE("every way of laying gangs is known by its name and lays the same jobs", "[scheduling]") {
  const std::vector<std::int32_t> sizes{1, 2, 8, 24};
  for (const LayingEntry& entry : layings()) {
    CAPTURE(entry.name);
    GangCluster cluster(8, 8, 4);
    const Laying laying = laying_named(entry.name, 8, sizes);
    std::vector<GangPlacement> held;
    for (const std::int32_t gpus : {1, 2, 8, 24, 3, 5}) REQUIRE(laying.take(cluster, gpus, held.emplace_back()));
    CHECK(cluster.free_gpus() == 64 - 43);
    for (const GangPlacement& placement : held) cluster.give(placement);
    CHECK(cluster.largest() == 64);
  }
  CHECK_THROWS_AS(laying_named("anyhow", 8, sizes), std::invalid_argument);
  CHECK_THROWS_AS(laying_named("fgd", 128, sizes), std::invalid_argument);
}

TEST_CASE("fragmentation gradient descent keeps what the expected jobs can use", "[scheduling]") {
  // Nodes with 3, 4 and 8 free; jobs of 3 are expected, and none else. One accelerator on the first node leaves 2 that no job
  // can use, on the second 3 that one can. Packing takes the first, the gradient the second.
  const auto place = [](std::string_view name) {
    GangCluster cluster(3, 8);
    cluster.take(GangPlacement{{0, 1, 5}, {1, 1, 4}});
    GangPlacement out;
    REQUIRE(laying_named(name, 8, std::vector<std::int32_t>{3}).take(cluster, 1, out));
    return out.front().node;
  };
  CHECK(place("packed") == 0);
  CHECK(place("bestfit") == 0);
  CHECK(place("fgd") == 1);
}

TEST_CASE("the largest gang that can start is whole idle nodes and the freest other one", "[scheduling]") {
  GangCluster cluster(4, 8);
  cluster.take(GangPlacement{{0, 1, 5}, {1, 1, 2}});
  CHECK(cluster.largest() == 2 * 8 + 6);
  CHECK(cluster.largest(GangRule::spread) == 16 + 6 + 3);
  CHECK(cluster.fits(22));
  CHECK(!cluster.fits(23));
  cluster.set_up(3, false);
  CHECK(cluster.largest() == 8 + 6);
}

TEST_CASE("what strikes a node stops the job that stays there in place, and sends the others back to their queue", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 4, 100s), job(0s, 4, 100s)};
  for (Job& j : jobs) {
    j.checkpoint_every = 20s;
    j.restart = 5s;
  }
  jobs[0].stays = true;
  GangScheduler s(GangCluster(1, 8), jobs, make("fifo"));
  s.strike(0, 1, SimTime{50s}, {SimTime{3s}, false});
  s.run();
  CHECK(s.state(0).end == SimTime{118s});  // 40 s kept, 3 s unnoticed and 5 s restart from 50 s on
  CHECK(s.state(1).end == SimTime{115s});
  CHECK((s.state(0).failures == 1 && s.state(1).failures == 1));
  GangScheduler told(GangCluster(1, 8), jobs, make("fifo"));
  told.strike(0, 1, SimTime{50s}, {SimTime{0}, true});
  told.run();
  CHECK(told.state(0).end == SimTime{105s});
  CHECK(told.fates().lost == AcceleratorTime{0});
}

TEST_CASE("a gang over several struck nodes is stopped once", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 24, 100s)};
  jobs[0].checkpoint_every = 20s;
  jobs[0].stays = true;
  GangScheduler s(GangCluster(3, 8), jobs, make("fifo"));
  for (const int node : {0, 1, 2}) s.strike(node, 1, SimTime{50s}, {});
  s.run();
  CHECK(s.state(0).failures == 1);
  CHECK(s.state(0).end == SimTime{110s});
  GangScheduler at_once(GangCluster(3, 8), jobs, make("fifo"));
  at_once.strike(0, 3, SimTime{50s}, {});
  at_once.run();
  CHECK(at_once.state(0).failures == 1);
  CHECK(at_once.state(0).end == SimTime{110s});
}

TEST_CASE("a paused job saves its work, is away, and queues again on time", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s), job(1s, 8, 30s)};
  jobs[0].checkpoint_every = 20s;
  jobs[0].restart = 5s;
  GangScheduler s(GangCluster(1, 8), jobs, make("fifo"));
  s.run_until(SimTime{50s});
  s.pause(0, SimTime{70s});
  s.run();
  CHECK(s.state(1).end == SimTime{80s});   // meanwhile the next one runs
  CHECK(s.state(0).end == SimTime{135s});  // from 80 s: 5 s and the 50 s that are left
  CHECK(s.fates().lost == AcceleratorTime{0});
}

TEST_CASE("what a job must be sent first delays its restart and work, and is under way whether it runs or not", "[scheduling][places]") {
  // Two parts of one node. The first is taken away after 20 s; the job goes on in the second, to which its state takes 4 s.
  const auto end_with = [&](auto&& disturb) {
    Partitions cluster;
    cluster.add(GangCluster(1, 8), {});
    cluster.add(GangCluster(1, 8), {});
    Job moving = job(0s, 8, 30s);
    moving.restart = 1s;
    moving.stays = true;
    std::int32_t kept_in = 0;
    const auto ready = [&kept_in](JobId, const Way& way, SimTime from, Begins) { return std::exchange(kept_in, way.part) == way.part ? from : from + 4s; };
    GangScheduler s(std::move(cluster), {{{0}, {1}}}, {moving}, make("fifo"), {}, ready);
    s.run_until(20s);
    s.set_nodes(0, 0);
    disturb(s);
    s.run();
    return std::pair{s.state(0).end, s.fates().restart};
  };
  const AcceleratorTime second = AcceleratorTime{8} * SimTime{1s}.count();
  // 20 s of work, 4 s of waiting, 1 s of restart, 10 s of work; an interruption while it waits changes nothing.
  CHECK(end_with([](GangScheduler&) {}) == std::pair{SimTime{35s}, 5 * second});
  CHECK(end_with([](GangScheduler& s) { s.interrupt(0, 21s); }) == std::pair{SimTime{35s}, 5 * second});
  // Without its node from 21 to 22 s it waits as long, holding nothing for one of the seconds.
  const auto recall = [](GangScheduler& s) {
    s.run_until(21s);
    s.set_nodes(0, 1);
    s.run_until(22s);
    s.set_nodes(1, 1);
  };
  CHECK(end_with(recall) == std::pair{SimTime{35s}, 4 * second});
}

TEST_CASE("jobs that are stopped together read their state one after another, and not before what they read already", "[scheduling][places]") {
  // Two jobs of 30 s on a node each, struck at 10 s. A store gives a job its state in 3 s.
  SimTime store_free{0};
  const auto read = [&](JobId, const Way&, SimTime from, Begins begins) {
    if (begins == Begins::start) return from;
    store_free = std::max(store_free, from) + 3s;
    return store_free;
  };
  std::vector<Job> jobs(2, job(0s, 8, 30s));
  for (Job& j : jobs) j.restart = 1s;
  Partitions cluster;
  cluster.add(GangCluster(2, 8), {});
  GangScheduler s(std::move(cluster), {{Way{}}}, jobs, make("fifo"), {}, read);
  s.interrupt(0, 10s);
  s.interrupt(1, 10s);
  s.run();
  CHECK(s.state(0).end == SimTime{34s});  // read until 13 s, restart, 20 s of work
  CHECK(s.state(1).end == SimTime{37s});  // read until 16 s
  CHECK(s.fates().restart == AcceleratorTime{8} * SimTime{4s + 7s}.count());
}
