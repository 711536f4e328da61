// A mixed fleet of equal nodes on up to 20 sites: training gangs of 8 to 8,192 accelerators, a stream of small jobs, services
// that follow the day, failures (20 per million accelerator-hours) and repairs. Prints cost against accelerators, jobs and
// years as ratios to the row above: growth no faster than n log n shows as a ratio of at most 2.2 for twice the size.
#include <fmt/format.h>
#include <sys/resource.h>

#include <ctime>
#include <string>

#include "sim/jobs/job_fleet.hpp"

using namespace headroom;
using namespace headroom::jobs;

namespace {

JobFleetSpec fleet(double accelerators, double jobs_total, double years) {
  JobFleetSpec spec;
  spec.span = days(365.25 * years);
  const int sites = 20;
  const auto nodes = static_cast<std::int32_t>(accelerators / 8 / sites);
  for (int s = 0; s < sites; ++s) spec.sites.push_back({nodes, 8});
  for (int i = 0; i < 50; ++i) {
    const std::int32_t site = i % sites;
    spec.services.push_back({site, nodes / 25, nodes / 10, 18 + i % 5, 2});
  }
  // Sizes in accelerators at a million; smaller fleets get smaller gangs, so that the load stays alike.
  const double scale = accelerators / 1e6;
  const auto size = [&](double gpus) { return std::max<std::int32_t>(1, static_cast<std::int32_t>(gpus * scale + 0.5)); };
  const double rate = jobs_total / spec.span.base();
  // Load: 60 % of the fleet, whatever the number of jobs.
  const double accelerator_time = 0.6 * accelerators * spec.span.base() / jobs_total;
  const double mean_size = 0.02 * size(8192) + 0.28 * size(1024) + 0.5 * size(256) + 0.2 * size(8);
  const Seconds duration{accelerator_time / mean_size};
  spec.classes.push_back({"pretraining", PerSecond{rate * 0.02}, {{size(8192), 1}}, duration, 0.5, 0});
  spec.classes.push_back({"post-training", PerSecond{rate * 0.28}, {{size(1024), 1}}, duration, 1, 1});
  spec.classes.push_back({"fine-tuning", PerSecond{rate * 0.5}, {{size(256), 1}}, duration, 1, 2});
  spec.classes.push_back({"experiments", PerSecond{rate * 0.2}, {{1, 4}, {2, 1}, {8, 2}}, duration, 2, 2});
  spec.node_hazard = {reliability::per_million_gpu_hours(20) * 8};
  spec.repair = {hours(6), 1};
  return spec;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double row(double accelerators, double jobs, double years, double before, int repeats = 3) {
  const JobFleetSpec spec = fleet(accelerators, jobs, years);
  double best = 1e9;
  JobFleetOutcome out;
  for (int i = 0; i < repeats; ++i) {
    const double start = cpu_seconds();
    out = simulate_job_fleet(spec);
    best = std::min(best, cpu_seconds() - start);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto share = [&](Int128 part) { return 100 * static_cast<double>(part) / static_cast<double>(out.capacity); };
  fmt::print("{:>9.0f} {:>9.0f} {:>4.0f}  {:>7.3f} {:>7.1f} {:>6.2f}  {:>9} {:>7.1f} {:>5.1f} {:>5.1f} {:>5.2f} {:>6.2f} {:>5.1f} {:>5.2f}  {:>5.1f}\n",
             accelerators, jobs, years, best, best / static_cast<double>(out.events) * 1e9, before > 0 ? best / before : 0.0, out.events,
             static_cast<double>(usage.ru_maxrss) / 1024, share(out.fates.useful), share(out.fates.service), share(out.fates.lost),
             share(out.fates.restart), share(out.fates.idle), share(out.fates.down),
             out.classes[0].waits.empty() ? 0.0 : out.classes[0].waits.quantile(0.95));
  return best;
}

}  // namespace

/// Without arguments the table; with ACCELERATORS JOBS YEARS that row alone, run once, for a profiler.
int main(int argc, char** argv) {
  fmt::print("{:>9} {:>9} {:>4}  {:>7} {:>7} {:>6}  {:>9} {:>7} {:>5} {:>5} {:>5} {:>6} {:>5} {:>5}  {:>5}\n", "accel.", "jobs", "yrs", "CPU s",
             "ns/ev", "ratio", "events", "MiB", "use%", "serv%", "lost%", "rest.%", "idle%", "down%", "w95 h");
  if (argc == 4) {
    row(std::stod(argv[1]), std::stod(argv[2]), std::stod(argv[3]), 0, 1);
    return 0;
  }
  double last = 0;
  for (const double n : {125e3, 250e3, 500e3, 1e6}) last = row(n, n, 4, last);
  last = 0;
  for (const double jobs : {250e3, 500e3, 1e6, 2e6}) last = row(1e6, jobs, 4, last);
  last = 0;
  for (const double years : {1.0, 2.0, 4.0}) last = row(1e6, 250e3 * years, years, last);
  row(1e5, 1e5, 4, 0);
}
