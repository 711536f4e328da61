// Gangs whose speed depends on the nodes that they hold.
#include <catch2/catch.hpp>

#include "jobs.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/backfill.hpp"
#include "sim/scheduling/packer.hpp"

using namespace headroom::scheduling;
using namespace std::chrono_literals;
namespace engine = headroom::engine;

namespace {

/// Nodes in groups of two; a gang over more than one group has half its speed.
std::int64_t half_across_groups(JobId, const Way&, const GangPlacement& nodes) {
  for (const NodeRun& run : nodes) {
    if (run.node / 2 != nodes.front().node / 2 || (run.node + run.nodes - 1) / 2 != nodes.front().node / 2) return full_speed_ppm / 2;
  }
  return full_speed_ppm;
}

GangScheduler on_groups(GangRule rule, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy, std::vector<Way> ways = {Way{}}) {
  return {Partitions(GangCluster(4, 8, 2), rule), {std::move(ways)}, std::move(jobs), std::move(policy), half_across_groups};
}

}  // namespace

TEST_CASE("a gang over two groups takes the longer, and all of what it holds is useful", "[scheduling][place]") {
  // 0 holds node 0 until 300. 1 wants two nodes for 100 s: nodes 1 and 2, which take it 200 s, or the second group.
  auto spread = on_groups(GangRule::tightest, {job(0s, 8, 300s), job(1s, 16, 100s)}, std::make_unique<Fifo>());
  spread.run();
  CHECK(spread.state(1).end == SimTime{201s});
  CHECK(spread.state(1).fates.useful == AcceleratorTime{16} * SimTime{200s}.count());
  CHECK(spread.lost_to_places(0) == AcceleratorTime{16} * SimTime{100s}.count());
  auto packed = on_groups(GangRule::topology, {job(0s, 8, 300s), job(1s, 16, 100s)}, std::make_unique<Fifo>());
  packed.run();
  CHECK(packed.state(1).end == SimTime{101s});
  CHECK(packed.lost_to_places(0) == 0);
}

TEST_CASE("checkpoints come at equal distances of time: a slower place loses half the work", "[scheduling][place]") {
  // At half speed 16 accelerators have done 40 s of work after 80 s. A checkpoint every 50 s of time was at 50: 15 s of work are lost,
  // which took 30 s. Of 100 s 25 are kept: 75 are left, or 150 s.
  Way way;
  way.checkpoint_every = 50s;
  auto s = on_groups(GangRule::tightest, {job(0s, 8, 1000s), job(0s, 16, 100s)}, std::make_unique<Fifo>(), {way});
  s.interrupt(1, 80s);
  s.run();
  CHECK(s.state(1).end == SimTime{230s});
  CHECK(s.state(1).fates.lost == AcceleratorTime{16} * SimTime{30s}.count());
}

TEST_CASE("EASY lets no later job start where it is so slow that it would delay the head", "[scheduling][place]") {
  // Nodes 0 and 1 are held until 50 and 100; 1 is the head and wants all: promised 100. 3 wants two nodes for 60 s from 3 on: those of the
  // second group, in time. With node 0 held until 30 and 1 and 2 until 100 it finds 0 and 3 from 30 on, where it would take 120 s: it waits.
  auto quick = on_groups(GangRule::tightest, {job(0s, 8, 50s), job(0s, 8, 100s), job(2s, 32, 10s), job(3s, 16, 60s)}, std::make_unique<EasyBackfill>());
  quick.run();
  CHECK(quick.state(3).first_start == SimTime{3s});
  auto slow = on_groups(GangRule::tightest, {job(0s, 8, 30s), job(0s, 8, 100s), job(0s, 8, 100s), job(2s, 32, 10s), job(3s, 16, 60s)}, std::make_unique<EasyBackfill>());
  slow.run();
  CHECK(slow.state(3).first_start == SimTime{100s});
  CHECK(slow.state(4).first_start == SimTime{120s});  // after the head, which is over both groups and takes 20 s
}

TEST_CASE("with exact estimates backfilling keeps its promises where places differ in speed", "[scheduling][place]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    engine::Stream chance(seed, 0, "test/places");
    std::vector<Job> jobs;
    for (int i = 0; i < 80; ++i) jobs.push_back(job(std::chrono::seconds(draw_below(chance, 3000)), 1 + static_cast<int>(draw_below(chance, 28)), std::chrono::seconds(1 + draw_below(chance, 400))));
    auto policy = std::make_unique<EasyBackfill>();
    const EasyBackfill& easy = *policy;
    auto s = on_groups(GangRule::tightest, jobs, std::move(policy));
    s.run();
    for (const auto& [id, promised] : easy.promises()) REQUIRE(*s.state(id).first_start <= promised);
    auto conservative = on_groups(GangRule::topology, jobs, std::make_unique<ConservativeBackfill>());
    conservative.run();
    REQUIRE(conservative.done() == 80);
    REQUIRE(conservative.fates().allocated == conservative.fates().useful);
  }
}

TEST_CASE("a job on a node that is barred saves its work and goes on elsewhere, and barred nodes do not come", "[scheduling][place]") {
  GangScheduler s(GangCluster(4, 8), {job(0s, 16, 100s)}, std::make_unique<Fifo>());
  s.run_until(40s);
  CHECK(s.placement(0) == GangPlacement{{0, 2, 8}});
  const std::vector<char> barred{0, 1, 0, 0};
  s.set_nodes(4, 0, barred);
  CHECK(s.cluster().part(0).up_gpus() == 24);
  s.run_until(60s);
  CHECK(s.placement(0) == GangPlacement{{0, 1, 8}, {2, 1, 8}});
  s.set_nodes(4, 0, barred);  // nothing changes
  s.run_until(200s);
  CHECK(s.state(0).end == SimTime{100s});
  CHECK(s.state(0).preemptions == 1);
  s.set_nodes(4, 0, std::vector<char>(4, 0));
  CHECK(s.cluster().part(0).up_gpus() == 32);
}

TEST_CASE("a job whose place has almost no speed does not end before the clock does, and nothing overflows", "[scheduling][place]") {
  const auto crawl = [](JobId, const Way&, const GangPlacement&) -> std::int64_t { return 1; };
  for (const auto& policy : queue_policies()) {
    // 1 takes 100 h at a millionth of its speed; 2 waits for it, and is told no time at which it might start.
    std::vector<Job> jobs{job(0s, 8, 100h), job(1s, 32, 100h), job(2s, 32, 1h), job(3s, 32, 320000h)};
    for (Job& j : jobs) j.restart = 320000h;
    GangScheduler s(Partitions(GangCluster(4, 8), GangRule::tightest), {{Way{}}}, jobs, policy.make(), crawl);
    s.run_until(1000h);
    INFO(policy.name);
    CHECK(s.done() == 0);
    AcceleratorTime held = 0;
    for (JobId id = 0; id < 4; ++id) held += s.fates_now(id).allocated;
    CHECK((held >= AcceleratorTime{8} * SimTime{1000h}.count() && held <= AcceleratorTime{32} * SimTime{1000h}.count()));
    CHECK_THROWS_WITH(s.run(), Catch::Contains("the last time that a simulation can hold"));
  }
}
