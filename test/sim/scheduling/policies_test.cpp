#include <catch2/catch.hpp>

#include "jobs.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/backfill.hpp"
#include "sim/scheduling/packer.hpp"
#include "sim/scheduling/sharing.hpp"

using namespace headroom::scheduling;
using namespace std::chrono_literals;
namespace engine = headroom::engine;

namespace {

std::vector<Job> random_jobs(std::uint64_t seed, int n, int widest) {
  engine::Stream chance(seed, 0, "test/policies");
  std::vector<Job> jobs;
  for (int i = 0; i < n; ++i) {
    jobs.push_back(job(std::chrono::seconds(draw_below(chance, 3000)), 1 + static_cast<int>(draw_below(chance, static_cast<std::uint32_t>(widest))),
                       std::chrono::seconds(1 + draw_below(chance, 400)), static_cast<int>(draw_below(chance, 3))));
  }
  return jobs;
}

double mean_wait(const GangScheduler& s) {
  double sum = 0;
  for (JobId i = 0; i < static_cast<JobId>(s.jobs().size()); ++i) sum += static_cast<double>(s.state(i).waited.count()) * 1e-9;
  return sum / static_cast<double>(s.jobs().size());
}

}  // namespace

TEST_CASE("EASY starts a later job that ends in time or leaves the head its place, and no other", "[scheduling]") {
  // 0 holds 6 of 8 until 100. 1 wants 8: promised 100. 2 (2 wide, 50 s) ends before: starts. 3 (2 wide, 200 s) would delay 1.
  GangScheduler s(GangCluster(1, 8), {job(0s, 6, 100s), job(1s, 8, 10s), job(2s, 2, 50s), job(3s, 2, 200s)}, std::make_unique<EasyBackfill>());
  s.run();
  CHECK(s.state(2).first_start == SimTime{2s});
  CHECK(s.state(1).first_start == SimTime{100s});
  CHECK(s.state(3).first_start == SimTime{110s});
  // On two nodes the long one fits beside the head's place.
  GangScheduler wide(GangCluster(2, 8), {job(0s, 14, 100s), job(1s, 8, 10s), job(2s, 2, 500s)}, std::make_unique<EasyBackfill>());
  wide.run();
  CHECK(wide.state(2).first_start == SimTime{2s});
  CHECK(wide.state(1).first_start == SimTime{100s});
}

TEST_CASE("with exact estimates EASY keeps every promise, and waits are shorter than without backfilling", "[scheduling]") {
  double easy_sum = 0;
  double fifo_sum = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    auto policy = std::make_unique<EasyBackfill>();
    const EasyBackfill& easy = *policy;
    GangScheduler s(GangCluster(4, 8), random_jobs(seed, 120, 24), std::move(policy));
    s.run();
    for (const auto& [id, promised] : easy.promises()) REQUIRE(*s.state(id).first_start <= promised);
    GangScheduler fifo(GangCluster(4, 8), random_jobs(seed, 120, 24), std::make_unique<Fifo>());
    fifo.run();
    easy_sum += mean_wait(s);
    fifo_sum += mean_wait(fifo);
  }
  CHECK(easy_sum < 0.8 * fifo_sum);
}

TEST_CASE("conservative backfilling delays nobody for one behind: its first plan for a job is an upper bound", "[scheduling]") {
  // 0: 6 wide to 100. 1: 8 wide, planned [100, 110). 2: 8 wide, planned [110, 120). 3: 2 wide for 105 s would run into 1.
  // 4: 2 wide for 90 s runs at once.
  GangScheduler s(GangCluster(1, 8), {job(0s, 6, 100s), job(1s, 8, 10s), job(2s, 8, 10s), job(3s, 2, 105s), job(4s, 2, 90s)},
                  std::make_unique<ConservativeBackfill>());
  s.run();
  CHECK(s.state(1).first_start == SimTime{100s});
  CHECK(s.state(2).first_start == SimTime{110s});
  CHECK(s.state(3).first_start == SimTime{120s});
  CHECK(s.state(4).first_start == SimTime{4s});
}

TEST_CASE("conservative backfilling ends every random job set and conserves", "[scheduling]") {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    GangScheduler s(GangCluster(4, 8), random_jobs(seed, 60, 24), std::make_unique<ConservativeBackfill>());
    s.run();
    CHECK(s.done() == 60);
    CHECK(s.fates().allocated == s.fates().useful);
  }
}

TEST_CASE("fair share serves tenants by use over weight", "[scheduling]") {
  // Both tenants queue ten equal jobs for one place; weight 3 against 1: of the first eight, six are tenant 0's.
  std::vector<Job> jobs;
  for (int i = 0; i < 10; ++i) {
    jobs.push_back(job(0s, 8, 100s, 0));
    jobs.push_back(job(0s, 8, 100s, 1));
  }
  GangScheduler s(GangCluster(1, 8), jobs, std::make_unique<FairShare>(std::vector<std::int64_t>{3, 1}));
  s.run();
  int of_first = 0;
  for (JobId i = 0; i < 20; i += 2) of_first += *s.state(i).first_start < SimTime{800s} ? 1 : 0;
  CHECK(of_first == 6);
}

TEST_CASE("a borrowed share is returned on demand, and only the borrowed one", "[scheduling]") {
  // Each owns 8 of 16. Tenant 1 borrows tenant 0's half; when tenant 0 asks, its latest job goes back, its own one stays.
  std::vector<Job> jobs{job(0s, 8, 100s, 1), job(1s, 8, 100s, 1), job(10s, 8, 50s, 0)};
  jobs[1].checkpoint_every = 4s;
  jobs[1].saves_on_preemption = false;
  GangScheduler s(GangCluster(2, 8), jobs, std::make_unique<QuotaSharing>(std::vector<TenantQuota>{{8, 8, 8}, {8, 8, 8}}));
  s.run();
  CHECK(s.state(2).first_start == SimTime{10s});
  CHECK(s.state(0).preemptions == 0);
  CHECK(s.state(1).preemptions == 1);
  CHECK(s.state(1).end == SimTime{152s});  // 8 of 9 seconds kept, back at 60
  CHECK(accelerator_seconds(s.fates().lost) == Approx(8));
}

TEST_CASE("lending and borrowing limits hold at every start of random job sets", "[scheduling]") {
  const std::vector<TenantQuota> quotas{{16, 4, 8}, {8, 8, 0}, {8, 0, 8}};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    GangScheduler s(GangCluster(4, 8), random_jobs(seed, 80, 8), std::make_unique<QuotaSharing>(quotas));
    SimTime t{0};
    while (s.done() < 80) {
      t += std::chrono::seconds(10);
      s.run_until(t);
      std::vector<std::int64_t> used(3, 0);
      for (JobId i = 0; i < 80; ++i) used[static_cast<std::size_t>(s.jobs()[static_cast<std::size_t>(i)].tenant)] += s.state(i).gpus;
      std::int64_t lent_by_others = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        REQUIRE(used[k] <= quotas[k].nominal + quotas[k].may_borrow);
        lent_by_others += std::max<std::int64_t>(0, quotas[k].nominal - used[k]);
      }
      REQUIRE(lent_by_others >= 0);
      REQUIRE(used[0] + used[1] + used[2] <= 32);
    }
  }
}

TEST_CASE("an elastic job grows into what nobody wants and shrinks to let the next one in", "[scheduling]") {
  std::vector<Job> jobs{job(0s, 8, 1000s), job(500s, 8, 100s)};
  jobs[0].min_gpus = 8;
  jobs[0].max_gpus = 16;
  // Grows when something happens: a short job ends at 100.
  jobs.push_back(job(0s, 8, 100s));
  GangScheduler s(GangCluster(2, 8), jobs, std::make_unique<Elastic>());
  s.run();
  CHECK(s.state(1).first_start == SimTime{500s});
  // 100 s at 8, 400 s at 16 = 900 s of work, then 100 s at 8.
  CHECK(s.state(0).end == SimTime{600s});
  CHECK(s.fates().allocated == s.fates().useful + s.fates().lost + s.fates().restart);
  CHECK(accelerator_seconds(s.state(0).fates.useful) == Approx(8000));
}

TEST_CASE("elastic sizes never exceed their bounds, and time conserves, over random job sets", "[scheduling]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::vector<Job> jobs = random_jobs(seed, 60, 16);
    for (Job& j : jobs) {
      j.min_gpus = std::max(1, j.gpus / 2);
      j.max_gpus = j.gpus * 2;
      j.growth_efficiency = 0.8;
      j.restart = 5s;
    }
    GangScheduler s(GangCluster(4, 8), jobs, std::make_unique<Elastic>());
    for (SimTime t{0}; s.done() < 60; t += std::chrono::seconds(50)) {
      s.run_until(t);
      std::int64_t held = 0;
      for (JobId i = 0; i < 60; ++i) {
        const auto& state = s.state(i);
        held += state.gpus;
        if (state.stage != JobStage::running) continue;
        REQUIRE(state.gpus >= jobs[static_cast<std::size_t>(i)].min_gpus);
        REQUIRE(state.gpus <= jobs[static_cast<std::size_t>(i)].max_gpus);
      }
      REQUIRE(held + s.cluster().free_gpus() == 32);
    }
    CHECK(s.fates().allocated == s.fates().useful + s.fates().lost + s.fates().restart);
  }
}

TEST_CASE("a batch tier under earliest deadline first meets its 24 hours when the troughs suffice", "[scheduling]") {
  // Interactive work fills the cluster 16 h a day; batch jobs of an hour come all day with a deadline of 24 h.
  std::vector<Job> jobs;
  for (int day = 0; day < 5; ++day) {
    Job busy = job(std::chrono::hours(24 * day + 8), 32, std::chrono::hours(16));
    busy.deadline = busy.submit + std::chrono::minutes(1);  // first in line when it comes
    jobs.push_back(busy);
    for (int h = 0; h < 24; ++h) {
      Job batch = job(std::chrono::hours(24 * day + h), 8, std::chrono::minutes(59));
      batch.deadline = batch.submit + std::chrono::hours(24);
      jobs.push_back(batch);
    }
  }
  GangScheduler s(GangCluster(4, 8), jobs, std::make_unique<EarliestDeadline>());
  s.run();
  for (JobId i = 0; i < static_cast<JobId>(jobs.size()); ++i) {
    if (jobs[static_cast<std::size_t>(i)].gpus == 8) CHECK(s.state(i).end <= *jobs[static_cast<std::size_t>(i)].deadline);
  }
}
