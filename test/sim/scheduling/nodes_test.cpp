#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "jobs.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/gang_scheduler.hpp"

using namespace headroom::scheduling;
using namespace std::chrono_literals;
namespace engine = headroom::engine;

namespace {

/// What the cluster and the question who stands on a node say, against the placements of the running jobs.
void check_nodes(const GangScheduler& s, std::span<const std::int32_t> allowed) {
  const Partitions& cluster = s.cluster();
  std::vector<std::int32_t> held(static_cast<std::size_t>(cluster.nodes()), 0);
  std::vector<std::vector<JobId>> on(held.size());
  for (JobId id = 0; id < static_cast<JobId>(s.jobs().size()); ++id) {
    if (s.state(id).stage != JobStage::running) continue;
    for (const NodeRun& run : s.placement(id)) {
      for (std::int32_t n = run.node; n < run.node + run.nodes; ++n) {
        held[static_cast<std::size_t>(n)] += run.gpus;
        on[static_cast<std::size_t>(n)].push_back(id);
      }
    }
  }
  std::int64_t free = 0;
  for (std::int32_t n = 0; n < cluster.nodes(); ++n) {
    const auto i = static_cast<std::size_t>(n);
    REQUIRE(cluster.held_on(n) == held[i]);
    if (held[i] > 0) REQUIRE(cluster.up(n));
    free += cluster.up(n) ? cluster.width_of(n) - held[i] : 0;
    const auto job = s.on_node(n);
    REQUIRE(job.has_value() == !on[i].empty());
    if (job) REQUIRE(std::find(on[i].begin(), on[i].end(), *job) != on[i].end());
  }
  REQUIRE(cluster.free_gpus() == free);
  for (std::int32_t p = 0; p < cluster.parts(); ++p) {
    std::int32_t up = 0;
    for (std::int32_t n = 0; n < cluster.part(p).nodes(); ++n) up += cluster.part(p).up(n) ? 1 : 0;
    REQUIRE(up <= allowed[static_cast<std::size_t>(p)]);
  }
}

}  // namespace

TEST_CASE("nodes that are lent, recalled, barred and broken at random are held by those who say so", "[scheduling]") {
  constexpr std::int32_t wide = 150, narrow = 21;
  for (const char* laying : {"packed", "neighbours", "topology", "spread"}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      INFO(laying << ", seed " << seed);
      engine::Stream chance(seed, 0, "nodes", {});
      const auto below = [&](std::int32_t n) { return static_cast<std::int32_t>(chance.uniform() * n); };
      std::vector<Job> jobs;
      std::vector<std::int32_t> sizes;
      for (int i = 0; i < 150; ++i) {
        const std::int32_t gpus = std::array{1, 3, 8, 20, 64, 300}[static_cast<std::size_t>(below(6))];
        jobs.push_back(job(std::chrono::minutes(below(60 * 48)), gpus, std::chrono::minutes(30 + below(600)), 0, below(2)));
        jobs.back().checkpoint_every = 1h;
        jobs.back().restart = 10min;
        jobs.back().priority = below(3);
        sizes.push_back(gpus);
      }
      Partitions cluster;
      cluster.add(GangCluster(wide, 8, seed % 2 == 0 ? 0 : 18), laying_named(laying, 8, sizes));
      cluster.add(GangCluster(narrow, 4), laying_named(laying, 4, sizes));
      const std::vector<std::vector<Way>> ways{{Way{0}}, {Way{0, 1'000'000, 1, 4}, Way{0, 900'000, 0, 2}}};
      GangScheduler s(std::move(cluster), ways, std::move(jobs), make("fifo"));
      std::vector<std::int32_t> allowed{wide, narrow};
      for (int hour = 0; hour < 72; ++hour) {
        for (int k = below(4); k > 0; --k) {
          const SimTime from = std::chrono::hours(hour) + std::chrono::minutes(below(60));
          chance.uniform() < 0.5 ? s.add_outage(below(wide + narrow), from, std::chrono::minutes(1 + below(900)))
                                 : s.add_maintenance(below(wide + narrow), from, std::chrono::minutes(1 + below(300)));
        }
        for (std::int32_t p = 0; p < 2; ++p) {
          const std::int32_t all = p == 0 ? wide : narrow;
          std::vector<char> barred;
          if (chance.uniform() < 0.3) {
            for (std::int32_t n = 0; n < all; ++n) barred.push_back(chance.uniform() < 0.1 ? 1 : 0);
          }
          const auto left = all - std::accumulate(barred.begin(), barred.end(), 0);
          allowed[static_cast<std::size_t>(p)] = below(left + 1);
          s.set_nodes(allowed[static_cast<std::size_t>(p)], p, barred);
          check_nodes(s, allowed);
        }
        s.run_until(std::chrono::hours(hour + 1));
        check_nodes(s, allowed);
      }
      for (std::int32_t p = 0; p < 2; ++p) s.set_nodes(p == 0 ? wide : narrow, p);
      s.run();
      CHECK(s.done() == 150);
      CHECK(s.cluster().free_gpus() == wide * 8 + narrow * 4);
    }
  }
}
