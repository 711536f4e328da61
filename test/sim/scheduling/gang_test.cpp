#include <catch2/catch.hpp>

#include "jobs.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/gang_scheduler.hpp"
#include "sim/scheduling/packer.hpp"
#include "sim/scheduling/queue_policies.hpp"

using namespace headroom::scheduling;
using namespace std::chrono_literals;
namespace engine = headroom::engine;

TEST_CASE("a gang of up to a node goes to the node with the fewest free that fits, the first of equal ones", "[scheduling]") {
  GangCluster cluster(3, 8);
  REQUIRE(cluster.take(5) == GangPlacement{{0, 1, 5}});
  REQUIRE(cluster.take(6) == GangPlacement{{1, 1, 6}});
  REQUIRE(cluster.take(2) == GangPlacement{{1, 1, 2}});  // two free there, three on node 0
  REQUIRE(cluster.take(3) == GangPlacement{{0, 1, 3}});
  CHECK(cluster.free_gpus() == 8);
}

TEST_CASE("a gang of more than a node takes whole nodes and one more for the rest, or nothing", "[scheduling]") {
  GangCluster cluster(3, 8);
  REQUIRE(cluster.take(6) == GangPlacement{{0, 1, 6}});
  REQUIRE(cluster.take(18) == GangPlacement{{1, 2, 8}, {0, 1, 2}});
  CHECK(cluster.free_gpus() == 0);
  GangCluster other(2, 8);
  other.take(1);
  CHECK_FALSE(other.take(9 + 6 + 1));
  CHECK(other.free_gpus() == 15);
  CHECK(other.fragmented(8) == 7);
}

TEST_CASE("topology placement keeps a gang inside the fullest group that holds it", "[scheduling]") {
  GangCluster cluster(8, 8, 4);
  cluster.take({{0, 1, 8}});
  const auto three = cluster.take(24, GangRule::topology);
  REQUIRE(three);
  for (const NodeRun& s : *three) CHECK(cluster.group_of(s.node) == 0);
  const auto four = cluster.take(32, GangRule::topology);
  REQUIRE(four);
  for (const NodeRun& s : *four) CHECK(cluster.group_of(s.node) == 1);
}

TEST_CASE("random gangs come and go without a trace under every placement rule", "[scheduling]") {
  for (const GangRule rule : {GangRule::tightest, GangRule::neighbours, GangRule::topology, GangRule::spread}) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      CAPTURE(static_cast<int>(rule), seed);
      engine::Stream chance(seed, 0, "test/gang");
      GangCluster cluster(13, 8, 4);
      std::vector<GangPlacement> inside;
      for (int step = 0; step < 300; ++step) {
        if (!inside.empty() && draw_below(chance, 2) == 0) {
          const std::size_t i = draw_below(chance, static_cast<std::uint32_t>(inside.size()));
          cluster.give(inside[i]);
          inside.erase(inside.begin() + static_cast<std::ptrdiff_t>(i));
          continue;
        }
        const int gpus = 1 + static_cast<int>(draw_below(chance, 40));
        const bool could = cluster.fits(gpus, rule);
        const std::int64_t before = cluster.free_gpus();
        const auto placed = cluster.take(gpus, rule);
        REQUIRE(placed.has_value() == could);
        std::int64_t sum = 0;
        if (placed) {
          for (const NodeRun& s : *placed) sum += s.gpus * s.nodes;
          REQUIRE(sum == gpus);
          inside.push_back(*placed);
        }
        REQUIRE(cluster.free_gpus() == before - sum);
      }
      for (const GangPlacement& p : inside) cluster.give(p);
      CHECK(cluster.free_gpus() == cluster.gpus());
    }
  }
}

TEST_CASE("a strict queue blocks behind a head that does not fit, though a later job would", "[scheduling]") {
  // 0 holds 6 of 8 for 10 s; 1 wants 8; 2 wants 2 for 1 s and could run beside 0, but must not.
  GangScheduler scheduler(GangCluster(1, 8), {job(0s, 6, 10s), job(1s, 8, 5s), job(2s, 2, 1s)}, make("fifo"));
  scheduler.run();
  CHECK(scheduler.state(1).first_start == SimTime{10s});
  CHECK(scheduler.state(2).first_start == SimTime{15s});
  CHECK(scheduler.state(2).waited == SimTime{13s});
}

TEST_CASE("shortest remaining time preempts, and the restart is paid and counted", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s), job(10s, 8, 20s)};
  jobs[0].restart = 7s;
  GangScheduler scheduler(GangCluster(1, 8), jobs, make("srtf"));
  scheduler.run();
  CHECK(scheduler.state(1).end == SimTime{30s});
  CHECK(scheduler.state(0).preemptions == 1);
  CHECK(scheduler.state(0).end == SimTime{127s});  // 10 + 20 away + 7 restart + 90 left
  CHECK(accelerator_seconds(scheduler.fates().restart) == Approx(56));
  CHECK(scheduler.fates().lost == 0);
}

TEST_CASE("tier 1 evicts tier 3 and the work since the checkpoint is counted as lost", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s), job(25s, 4, 10s)};
  jobs[0].priority = 1;
  jobs[0].checkpoint_every = 10s;
  jobs[0].saves_on_preemption = false;
  jobs[0].restart = 2s;
  jobs[1].priority = 3;
  GangScheduler scheduler(GangCluster(1, 8), jobs, make("priority"));
  scheduler.run();
  CHECK(scheduler.state(1).waited == SimTime{0s});
  CHECK(scheduler.state(0).end == SimTime{117s});  // back at 35, restart 2, 80 left
  CHECK(accelerator_seconds(scheduler.fates().lost) == Approx(8 * 5));
  CHECK(accelerator_seconds(scheduler.fates().restart) == Approx(8 * 2));
  CHECK(accelerator_seconds(scheduler.fates().useful) == Approx(8 * 100 + 4 * 10));
}

TEST_CASE("a job is never evicted for an equal one, nor when eviction would not make room", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 4, 10s), job(0s, 4, 20s), job(1s, 8, 5s)};
  jobs[0].priority = 0;
  jobs[1].priority = 2;
  jobs[2].priority = 2;
  GangScheduler scheduler(GangCluster(1, 8), jobs, make("priority"));
  scheduler.run();
  CHECK(scheduler.state(0).preemptions == 0);
  CHECK(scheduler.state(2).first_start == SimTime{20s});
}

TEST_CASE("an outage fails the jobs on its node, which lose work and start elsewhere", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s)};
  jobs[0].checkpoint_every = 30s;
  jobs[0].restart = 5s;
  GangScheduler scheduler(GangCluster(2, 8), jobs, make("fifo"));
  scheduler.add_outage(0, 40s, 1000s);
  scheduler.run();
  CHECK(scheduler.state(0).failures == 1);
  CHECK(scheduler.state(0).end == SimTime{115s});  // 30 kept of 40, then 5 + 70 on the other node
  CHECK(scheduler.fates().allocated == scheduler.fates().useful + scheduler.fates().lost + scheduler.fates().restart);
}

TEST_CASE("a maintenance window moves the jobs of its node without loss", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s)};
  jobs[0].checkpoint_every = 30s;
  jobs[0].restart = 5s;
  GangScheduler scheduler(GangCluster(2, 8), jobs, make("fifo"));
  scheduler.add_maintenance(0, 40s, 1000s);
  scheduler.run();
  CHECK(scheduler.state(0).failures == 0);
  CHECK(scheduler.state(0).end == SimTime{105s});
  CHECK(scheduler.fates().lost == 0);
}

TEST_CASE("a job that the cluster can never hold is refused at once", "[scheduling]") {
  REQUIRE_THROWS_WITH(GangScheduler(GangCluster(2, 8), {job(0s, 17, 1s)}, make("fifo")), Catch::Contains("17 accelerators"));
}

TEST_CASE("accelerator time conserves under every policy over random job sets with failures", "[scheduling]") {
  for (const auto& entry : queue_policies()) {
    const std::string policy{entry.name};
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      CAPTURE(policy, seed);
      engine::Stream chance(seed, 0, "test/conserve");
      std::vector<Job> jobs;
      for (int i = 0; i < 60; ++i) {
        Job j = job(std::chrono::seconds(draw_below(chance, 2000)), 1 + static_cast<int>(draw_below(chance, 30)),
                    std::chrono::seconds(draw_below(chance, 300)));
        j.priority = static_cast<int>(draw_below(chance, 3));
        j.tenant = static_cast<int>(draw_below(chance, 3));
        j.checkpoint_every = std::chrono::seconds(draw_below(chance, 3) * 20);
        j.saves_on_preemption = draw_below(chance, 2) == 0;
        j.restart = std::chrono::seconds(draw_below(chance, 10));
        if (draw_below(chance, 2) == 0) j.deadline = j.submit + std::chrono::seconds(draw_below(chance, 1000));
        if (draw_below(chance, 3) == 0) j.estimate = j.duration + std::chrono::seconds(draw_below(chance, 100));
        jobs.push_back(j);
      }
      GangScheduler scheduler(GangCluster(4, 8, 2), jobs, entry.make());
      for (int i = 0; i < 10; ++i) {
        scheduler.add_outage(static_cast<int>(draw_below(chance, 4)), std::chrono::seconds(draw_below(chance, 3000)),
                             std::chrono::seconds(1 + draw_below(chance, 200)));
      }
      scheduler.run();
      AcceleratorTime work = 0;
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        const JobState& s = scheduler.state(static_cast<JobId>(i));
        REQUIRE(s.stage == JobStage::done);
        REQUIRE(s.fates.allocated == s.fates.useful + s.fates.lost + s.fates.restart);
        REQUIRE(s.fates.useful == AcceleratorTime{jobs[i].gpus} * jobs[i].duration.count());  // rigid jobs
        REQUIRE(s.end - jobs[i].submit >= s.waited + jobs[i].duration);
        work += s.fates.useful;
      }
      CHECK(scheduler.cluster().free_gpus() == scheduler.cluster().up_gpus());
      CHECK(scheduler.fates().useful == work);
    }
  }
}

TEST_CASE("a gang of many nodes comes from a block of neighbours and not from scattered holes", "[scheduling]") {
  GangCluster cluster(256, 8);
  cluster.take(256 * 8);
  for (std::int32_t n = 0; n < 64; n += 2) cluster.give({{n, 1, 8}});  // 32 holes
  cluster.give({{128, 40, 8}});
  CHECK(cluster.take(40 * 8, GangRule::neighbours) == GangPlacement{{128, 40, 8}});
  CHECK(cluster.take(40 * 8, GangRule::neighbours) == std::nullopt);
  CHECK(cluster.take(32 * 8, GangRule::neighbours)->size() == 32);
  CHECK(cluster.free_gpus() == 0);
}
