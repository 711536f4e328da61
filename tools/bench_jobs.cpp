// Queues of gang jobs at scale, through the scheduler that plans and `headroom replay jobs` use: 20 sites with a queue each, gangs of 8 to
// 8,192 accelerators in three priorities, 50 services that follow the day and get their nodes back each hour, nodes that fail (20 per
// million accelerator-hours) and are mended. Prints cost against accelerators, jobs and years as ratios to the row above: growth no
// faster than n log n shows as a ratio of at most 2.2 for twice the size. bench_jobs [ACCELERATORS JOBS YEARS [POLICY [PLACEMENT]]]: one
// size, else the table. Processor time of everything, drawing and building included; events are arrivals, ends, failures and repairs.
// `bench_fleet` times the same load as a whole plan, with money, power and placement.
#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <ctime>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/math.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/scheduling/gang_scheduler.hpp"
#include "sim/scheduling/queue_policies.hpp"

using namespace headroom;
using namespace headroom::scheduling;

namespace {

constexpr int sites = 20, services = 50, width = 8;

struct Load {
  double accelerators = 0, jobs = 0, years = 0;
  std::string_view policy = "fifo", placement = "";  ///< placement: none if nodes are only counted
  [[nodiscard]] Seconds span() const { return days(365.25 * years); }
  [[nodiscard]] std::int32_t nodes() const { return static_cast<std::int32_t>(accelerators / width / sites); }
};

/// Gangs shrink with the fleet, so that the load stays alike; durations keep 60 % of it busy, whatever the number of jobs.
std::vector<Job> draw_jobs(const Load& load, std::uint64_t site) {
  struct Kind { std::int32_t gpus, priority; double share; };
  std::array<Kind, 4> kinds{{{8192, 3, 0.02}, {1024, 2, 0.28}, {256, 1, 0.5}, {8, 1, 0.2}}};
  double mean = 0;
  for (Kind& kind : kinds) {
    kind.gpus = width * std::max(1, static_cast<std::int32_t>(kind.gpus * load.accelerators / 1e6 / width + 0.5));
    mean += kind.share * kind.gpus;
  }
  const auto duration = engine::Lognormal::of_mean(0.6 * load.accelerators * load.span().base() / load.jobs / mean, 1);
  const engine::Exponential gap(load.span().base() * sites / load.jobs);
  engine::Stream chance(1, 0, "job", {site});
  std::vector<Job> jobs;
  jobs.reserve(static_cast<std::size_t>(1.1 * load.jobs / sites + 100));
  for (double at = gap.quantile(chance.uniform()); at < load.span().base(); at += gap.quantile(chance.uniform())) {
    double left = chance.uniform();
    const Kind* kind = kinds.data();
    while (kind != &kinds.back() && (left -= kind->share) >= 0) ++kind;
    Job& job = jobs.emplace_back();
    job.submit = engine::to_sim_time(Seconds{at});
    job.duration = engine::to_sim_time(Seconds{duration.quantile(chance.uniform())});
    job.gpus = kind->gpus;
    job.priority = kind->priority;
    job.checkpoint_every = std::chrono::hours(1);
    job.restart = std::chrono::minutes(10);
  }
  return jobs;
}

/// A site's queue and what befalls its nodes.
class Site {
 public:
  Site(const Load& load, std::uint64_t site)
      : nodes_(load.nodes()), failures_(1, 0, "failure", {site}), gap_(1 / (20e-6 / 3600 * width * load.nodes())), repair_(engine::Lognormal::of_mean(6 * 3600, 1)),
        scheduler_(load.placement.empty() ? GangCluster::counted(nodes_, width) : GangCluster(nodes_, width), draw_jobs(load, site), policy(load.policy),
                   laying_named(load.placement.empty() ? "packed" : load.placement, width, {})) {
    next_failure_ = gap_.quantile(failures_.uniform());
    for (int v = static_cast<int>(site); v < services; v += sites) {
      for (int h = 0; h < 24; ++h) {
        const double day = 0.5 * (1 + math::cos(2 * std::numbers::pi * (h - 18 - v % 5) / 24));
        services_[static_cast<std::size_t>(h)] += static_cast<std::int32_t>(nodes_ * (0.04 + 0.06 * day) + 0.5);
      }
    }
  }
  void pass_hour(int hour) {
    const double end = 3600.0 * (hour + 1);
    for (; next_failure_ < end; next_failure_ += gap_.quantile(failures_.uniform())) {
      const auto node = static_cast<std::int32_t>(failures_.uniform() * nodes_);
      scheduler_.add_outage(node, engine::to_sim_time(Seconds{next_failure_}), engine::to_sim_time(Seconds{repair_.quantile(failures_.uniform())}));
    }
    scheduler_.set_nodes(nodes_ - services_[static_cast<std::size_t>(hour % 24)]);
    scheduler_.run_until(engine::to_sim_time(Seconds{end}));
  }
  [[nodiscard]] const GangScheduler& scheduler() const { return scheduler_; }

 private:
  static std::unique_ptr<QueuePolicy> policy(std::string_view name) {
    for (const auto& entry : queue_policies()) {
      if (entry.name == name) return entry.make();
    }
    throw std::invalid_argument(fmt::format("no policy called {}", name));
  }

  std::int32_t nodes_;
  engine::Stream failures_;
  engine::Exponential gap_;
  engine::Lognormal repair_;
  double next_failure_ = 0;
  std::array<std::int32_t, 24> services_{};
  GangScheduler scheduler_;
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double row(const Load& load, double before, int repeats = 3) {
  double best = 1e9;
  std::uint64_t events = 0;
  Tally sum;
  for (int i = 0; i < repeats; ++i) {
    const double start = cpu_seconds();
    std::vector<Site> fleet;
    fleet.reserve(sites);
    for (std::uint64_t s = 0; s < sites; ++s) fleet.emplace_back(load, s);
    for (int hour = 0; hour < static_cast<int>(load.span().base() / 3600); ++hour) {
      for (Site& site : fleet) site.pass_hour(hour);
    }
    best = std::min(best, cpu_seconds() - start);
    events = 0;
    sum = {};
    for (const Site& site : fleet) {
      events += site.scheduler().events();
      const Tally tally = site.scheduler().tally(0);
      sum.done += tally.done;
      sum.failures += tally.failures;
      sum.preemptions += tally.preemptions;
      sum.fates += tally.fates;
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto share = [&](AcceleratorTime part) { return 100 * accelerator_seconds(part) / (load.accelerators * load.span().base()); };
  fmt::print("{:>9.0f} {:>9.0f} {:>4.0f}  {:>7.3f} {:>7.1f} {:>6.2f}  {:>9} {:>6.0f}  {:>9} {:>8} {:>8} {:>5.1f} {:>5.2f} {:>6.2f}\n", load.accelerators, load.jobs,
             load.years, best, best / static_cast<double>(events) * 1e9, before > 0 ? best / before : 0.0, events, static_cast<double>(usage.ru_maxrss) / 1024,
             sum.done, sum.failures, sum.preemptions, share(sum.fates.useful), share(sum.fates.lost), share(sum.fates.restart));
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  fmt::print("{:>9} {:>9} {:>4}  {:>7} {:>7} {:>6}  {:>9} {:>6}  {:>9} {:>8} {:>8} {:>5} {:>5} {:>6}\n", "accel.", "jobs", "yrs", "CPU s", "ns/ev", "ratio", "events",
             "MiB", "done", "failures", "recalls", "use%", "lost%", "rest.%");
  if (argc >= 4) {
    Load load{std::stod(argv[1]), std::stod(argv[2]), std::stod(argv[3])};
    if (argc > 4) load.policy = argv[4];
    if (argc > 5) load.placement = argv[5];
    row(load, 0, 1);
    return 0;
  }
  double last = 0;
  for (const double n : {125e3, 250e3, 500e3, 1e6}) last = row({n, n, 4}, last);
  last = 0;
  for (const double jobs : {250e3, 500e3, 1e6, 2e6}) last = row({1e6, jobs, 4}, last);
  last = 0;
  for (const double years : {1.0, 2.0, 4.0}) last = row({1e6, 250e3 * years, years}, last);
  row({1e5, 1e5, 4}, 0);
}
