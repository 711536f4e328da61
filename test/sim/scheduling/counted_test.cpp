// Parts of which only the number of nodes is known.
#include <array>
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "jobs.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/gang_line.hpp"
#include "sim/scheduling/gang_scheduler.hpp"
#include "sim/scheduling/sharing.hpp"

using namespace headroom::scheduling;
using namespace std::chrono_literals;
namespace engine = headroom::engine;

namespace {

/// Gangs of whole nodes of 8, some elastic, in two ways over two parts.
std::vector<Job> whole_jobs(engine::Stream& chance, int n) {
  const auto below = [&](std::int32_t k) { return static_cast<std::int32_t>(chance.uniform() * k); };
  std::vector<Job> jobs;
  for (int i = 0; i < n; ++i) {
    const std::int32_t gpus = 8 * std::array{1, 1, 2, 5, 12, 30}[static_cast<std::size_t>(below(6))];
    jobs.push_back(job(std::chrono::minutes(below(60 * 48)), gpus, std::chrono::minutes(30 + below(600)), below(3), below(2)));
    jobs.back().checkpoint_every = 1h;
    jobs.back().restart = 10min;
    jobs.back().priority = below(3);
    if (below(2) == 0) jobs.back().deadline = jobs.back().submit + std::chrono::hours(1 + below(30));
    if (jobs.back().ways == 1 || below(3) > 0) continue;
    jobs.back().min_gpus = 8;
    jobs.back().max_gpus = gpus + 16;
  }
  return jobs;
}

const std::vector<std::vector<Way>> two_ways{{Way{0}}, {Way{1, 1'000'000, 0, 16}, Way{0, 900'000}}};

}  // namespace

TEST_CASE("a counted part runs the same jobs at the same times as one whose nodes have places", "[scheduling]") {
  const std::vector<std::string> names{"fifo", "sjf", "srtf", "deadline", "priority", "easy", "fairshare", "elastic", "quota"};
  for (const std::string& name : names) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      INFO(name << ", seed " << seed);
      const auto run = [&](bool counted) {
        engine::Stream chance(seed, 0, "counted", {});
        std::vector<Job> jobs = whole_jobs(chance, 120);
        const auto nodes = [&](std::int32_t n) { return counted ? GangCluster::counted(n, 8) : GangCluster(n, 8); };
        Partitions cluster;
        cluster.add(nodes(40), {});
        cluster.add(nodes(31), {});
        auto policy = name == "quota" ? std::make_unique<QuotaSharing>(std::vector<TenantQuota>{{200, 100, 50}, {200, 0, 200}, {168, 300, 0}}) : make(name);
        auto s = std::make_unique<GangScheduler>(std::move(cluster), two_ways, std::move(jobs), std::move(policy));
        for (int hour = 0; hour < 96; ++hour) {
          s->set_nodes(40 - static_cast<std::int32_t>(chance.uniform() * 11), 0);
          s->set_nodes(31 - static_cast<std::int32_t>(chance.uniform() * 9), 1);
          s->run_until(std::chrono::hours(hour + 1));
        }
        s->set_nodes(40, 0);
        s->set_nodes(31, 1);
        s->run_until(std::chrono::hours(500));
        return s;
      };
      const auto counted = run(true), placed = run(false);
      REQUIRE(counted->done() == placed->done());
      REQUIRE(counted->done() > 60);
      for (JobId id = 0; id < 120; ++id) {
        const JobState &a = counted->state(id), &b = placed->state(id);
        CAPTURE(id);
        REQUIRE(a.first_start == b.first_start);
        REQUIRE(a.end == b.end);
        REQUIRE(a.preemptions == b.preemptions);
        REQUIRE(a.way == b.way);
        REQUIRE(a.fates.allocated == b.fates.allocated);
        REQUIRE(a.fates.useful == b.fates.useful);
      }
    }
  }
}

TEST_CASE("conservative backfill plans on counted nodes, and delays no job that came before", "[scheduling]") {
  // A holds 4 of 6 nodes for 100 s. B wants all of them then; C ends before and fits beside A, D would be in B's way.
  std::vector<Job> jobs{job(0s, 32, 100s), job(1s, 48, 50s), job(2s, 16, 98s), job(3s, 8, 200s)};
  GangScheduler s(GangCluster::counted(6, 8), jobs, make("conservative"));
  s.run();
  CHECK(s.state(1).first_start == SimTime{100s});
  CHECK(s.state(2).first_start == SimTime{2s});
  CHECK(s.state(3).first_start == SimTime{150s});
}

TEST_CASE("every number of a counted part is a running job's, idle, broken or away, as many as each has", "[scheduling]") {
  constexpr std::int32_t wide = 150, narrow = 40;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    INFO("seed " << seed);
    engine::Stream chance(seed, 0, "counted nodes", {});
    const auto below = [&](std::int32_t n) { return static_cast<std::int32_t>(chance.uniform() * n); };
    Partitions cluster;
    cluster.add(GangCluster::counted(wide, 8), {});
    cluster.add(GangCluster(narrow, 8), {});  // beside one whose nodes have places
    GangScheduler s(std::move(cluster), two_ways, whole_jobs(chance, 150), make("fifo"));
    std::vector<int> broken(wide + narrow, 0);
    std::array<std::int32_t, 2> there{wide, narrow};
    const auto check = [&] {
      std::vector<std::int32_t> numbers(150, 0), held(150, 0);
      std::int32_t idle = 0;
      for (std::int32_t n = 0; n < wide + narrow; ++n) {
        if (const auto job = s.on_node(n)) ++numbers[static_cast<std::size_t>(*job)];
        else if (n < wide) ++idle;
      }
      std::int32_t running = 0;
      for (JobId id = 0; id < 150; ++id) {
        if (s.state(id).stage != JobStage::running) continue;
        for (const NodeRun& run : s.placement(id)) held[static_cast<std::size_t>(id)] += run.nodes;
        if (s.way(id).part == 0) running += s.state(id).gpus / 8;
        if (s.way(id).second_gpus > 0) running += s.way(id).second_gpus / 8;
      }
      REQUIRE(numbers == held);
      const GangCluster& part = s.cluster().part(0);
      REQUIRE(part.up_gpus() - part.free_gpus() == running * 8);
      REQUIRE(part.up_gpus() <= there[0] * 8);
      REQUIRE(idle == wide - running);
    };
    for (int hour = 0; hour < 90; ++hour) {
      for (int k = below(5); k > 0; --k) {
        const SimTime from = std::chrono::hours(hour) + std::chrono::minutes(below(60));
        chance.uniform() < 0.5 ? s.add_outage(below(wide + narrow), from, std::chrono::minutes(1 + below(900)))
                               : s.add_maintenance(below(wide + narrow), from, std::chrono::minutes(1 + below(300)));
      }
      if (below(4) == 0) s.strike(below(wide - 20), 1 + below(20), std::chrono::hours(hour) + std::chrono::minutes(below(60)), {});
      for (std::int32_t p = 0; p < 2; ++p) {
        there[static_cast<std::size_t>(p)] = below((p == 0 ? wide : narrow) + 1);
        s.set_nodes(there[static_cast<std::size_t>(p)], p);
        check();
      }
      s.run_until(std::chrono::hours(hour + 1));
      check();
    }
    s.set_nodes(wide, 0);
    s.set_nodes(narrow, 1);
    s.run();
    CHECK(s.done() == 150);
    CHECK(s.cluster().free_gpus() == (wide + narrow) * 8);
    const Fates sum = s.fates();
    CHECK(sum.allocated == sum.useful + sum.lost + sum.restart);
  }
}

TEST_CASE("what strikes neighbours of a counted part hits whoever stood there before, and nobody who would move up", "[scheduling]") {
  // Places 0 to 2, 3 to 5 and 6 to 8; 9 is idle. The first leaves the line when it fails, and the others would move up.
  std::vector<Job> jobs(3, job(0s, 24, 100s));
  for (Job& j : jobs) j.checkpoint_every = 20s;
  GangScheduler s(GangCluster::counted(10, 8), jobs, make("fifo"));
  s.strike(1, 3, SimTime{50s}, {});
  s.run();
  CHECK(s.state(0).failures == 1);
  CHECK(s.state(1).failures == 1);
  CHECK(s.state(2).failures == 0);
  GangScheduler idle(GangCluster::counted(10, 8), jobs, make("fifo"));
  idle.strike(9, 1, SimTime{50s}, {});
  idle.add_outage(9, SimTime{10s}, SimTime{30s});
  idle.run();
  CHECK(idle.state(2).failures == 0);
}

TEST_CASE("a job with two gangs in a counted part is struck once", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 100s)};
  jobs[0].checkpoint_every = 20s;
  GangScheduler s(Partitions(GangCluster::counted(4, 8), {}), {{Way{0, 1'000'000, 0, 16}}}, jobs, make("fifo"));
  s.strike(0, 4, SimTime{50s}, {});
  s.run();
  CHECK(s.state(0).failures == 1);
  CHECK(s.state(0).end == SimTime{110s});
}

TEST_CASE("what stands in a counted part does not seem to stand on shared nodes of the next one", "[scheduling]") {
  // Four jobs of a node; the third ends last, so that a job of four nodes gets a slot from which its nodes reach beyond the part's numbers.
  Partitions cluster(GangCluster::counted(4, 8), {});
  cluster.add(GangCluster(2, 16), {});
  std::vector<Job> jobs;
  for (const auto length : {10s, 10s, 20s, 10s}) jobs.push_back(job(0s, 8, length));
  jobs.push_back(job(21s, 32, 100s));
  for (int i = 0; i < 2; ++i) jobs.push_back(job(22s, 8, 100s, 0, 1));
  GangScheduler s(std::move(cluster), {{Way{0}}, {Way{1}}}, jobs, make("fifo"));
  s.strike(4, 1, SimTime{50s}, {});
  s.run();
  CHECK(s.state(4).failures == 0);
  CHECK(s.state(5).failures == 1);
  CHECK(s.state(6).failures == 1);
}

TEST_CASE("a broken node of a counted part takes its job's place until it is mended", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 16, 100s)};
  jobs[0].checkpoint_every = 20s;
  GangScheduler s(GangCluster::counted(2, 8), jobs, make("fifo"));
  s.add_outage(1, SimTime{50s}, SimTime{30s});
  s.run();
  CHECK(s.state(0).end == SimTime{140s});  // 40 s kept, 30 s without the node, 60 s left from 80 s on
  CHECK(s.fates().lost == AcceleratorTime{16} * std::chrono::nanoseconds(10s).count());
}

TEST_CASE("a gang that needs a part of a node never fits a counted part", "[scheduling]") {
  CHECK_THROWS_AS(GangScheduler(GangCluster::counted(4, 8), {job(0s, 12, 1s)}, make("fifo")), std::invalid_argument);
  std::vector<Job> jobs{job(0s, 16, 1s)};
  CHECK(take_whole_nodes(jobs, {{Way{0}}}, 0, 8));
  jobs[0].min_gpus = 12;
  CHECK(!take_whole_nodes(jobs, {{Way{0}}}, 0, 8));
  CHECK(take_whole_nodes(jobs, {{Way{0}}}, 1, 8));
  jobs[0].min_gpus = 0;
  CHECK(!take_whole_nodes(jobs, {{Way{0, 1'000'000, 1, 4}}}, 1, 8));
  GangScheduler s(GangCluster::counted(4, 8), jobs, make("fifo"));
  CHECK_THROWS_AS(s.set_nodes(2, 0, std::vector<char>(4, 0)), std::invalid_argument);
  GangCluster cluster = GangCluster::counted(4, 8);
  CHECK_THROWS_AS(cluster.up(0), std::logic_error);
  CHECK_THROWS_AS(cluster.free_on(0), std::logic_error);
  CHECK_THROWS_AS(cluster.set_up(0, false), std::logic_error);
  CHECK_THROWS_AS(cluster.set_idle_up(0, 1, false), std::logic_error);
  CHECK_THROWS_AS(cluster.last_idle(4), std::logic_error);
  CHECK_THROWS_AS(cluster.idle_run_to(3, 4), std::logic_error);
  CHECK_THROWS_AS(cluster.take_node(), std::logic_error);
  CHECK_THROWS_AS(cluster.give({0, 1, 8}), std::logic_error);
  const auto full_speed = [](JobId, const Way&, const GangPlacement&) { return full_speed_ppm; };
  CHECK_THROWS_AS(GangScheduler(Partitions(GangCluster::counted(4, 8), {}), {{Way{}}}, jobs, make("fifo"), full_speed), std::invalid_argument);
}

TEST_CASE("a line of gangs says who stands at each place, whoever comes and goes", "[scheduling]") {
  engine::Stream chance(3, 0, "line", {});
  const auto below = [&](std::int32_t n) { return static_cast<std::int32_t>(chance.uniform() * n); };
  GangLine line;
  std::vector<std::int32_t> lengths;  // by slot; 0: a gap
  for (int step = 0; step < 2000; ++step) {
    const bool grows = step % 400 < 200;
    const auto gap = std::find_if(lengths.begin(), lengths.end(), [](std::int32_t n) { return n > 0; });
    if (gap == lengths.end() || chance.uniform() < (grows ? 0.7 : 0.3)) {
      const std::int32_t nodes = 1 + below(9);
      const auto slot = static_cast<std::size_t>(line.insert(nodes));
      REQUIRE(slot <= lengths.size());
      if (slot == lengths.size()) lengths.push_back(0);
      REQUIRE(lengths[slot] == 0);
      lengths[slot] = nodes;
    } else {
      std::int32_t slot = below(static_cast<std::int32_t>(lengths.size()));
      while (lengths[static_cast<std::size_t>(slot)] == 0) slot = (slot + 1) % static_cast<std::int32_t>(lengths.size());
      line.erase(slot);
      lengths[static_cast<std::size_t>(slot)] = 0;
    }
    REQUIRE(line.nodes() == std::accumulate(lengths.begin(), lengths.end(), 0));
    if (line.nodes() == 0) continue;
    const std::int32_t place = below(line.nodes());
    std::int32_t slot = 0, before = 0;
    while (before + lengths[static_cast<std::size_t>(slot)] <= place) before += lengths[static_cast<std::size_t>(slot++)];
    REQUIRE(line.at(place).slot == slot);
    REQUIRE(line.at(place).left == before + lengths[static_cast<std::size_t>(slot)] - place);
  }
}
