// A fleet's placement asked again and again with other demand, as the simulation asks it day by day: 12 services on 24
// pools at 4 sites (and 50 on 200 with a tenth of the arcs), demand moving by some per cent at each step, what was
// placed before being the current replicas of the next question. Warm: one Solver keeps its basis. Cold: a new Solver
// each time, the base that the ratio is taken against in the same run. CPU time of one thread; both must give the same
// replicas.

#include <fmt/format.h>

#include <ctime>
#include <string>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/placement/placement.hpp"

using namespace headroom;
using namespace headroom::placement;

namespace {

double cpu_microseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) * 1e-3;
}

/// `share` of all pairs are eligible; demand is `fill` of what the fleet could serve.
Problem fleet(std::size_t services, std::size_t pools, double share, double fill) {
  engine::Stream stream{1, 0, "fleet"};
  const auto between = [&](double low, double high) { return low + (high - low) * stream.uniform(); };
  Problem problem;
  for (int i = 0; i < 4; ++i) problem.sites.push_back({"site", megawatts(500)});
  double accelerators = 0;
  for (std::size_t p = 0; p < pools; ++p) {
    problem.pools.push_back({"pool", static_cast<std::int64_t>(between(500, 8000)), p % 4});
    accelerators += static_cast<double>(problem.pools.back().accelerators);
  }
  for (std::size_t s = 0; s < services; ++s) {
    problem.services.push_back({"service", static_cast<int>(1 + s % 3), 0, 2, 1});
    double sum = 0;
    double arcs = 0;
    for (std::size_t p = 0; p < pools; ++p) {
      if (stream.uniform() > share) continue;
      Arc arc;
      arc.service = s;
      arc.pool = p;
      arc.replica_accelerators = std::int64_t{1} << (stream.bits() % 5);
      arc.rate_per_accelerator = between(300, 3000);
      arc.power_per_accelerator = watts(between(300, 1000));
      arc.cost = between(0.2, 3);
      arc.switching = 0.05;
      problem.arcs.push_back(arc);
      sum += arc.rate_per_accelerator;
      arcs += 1;
    }
    if (arcs > 0) problem.services[s].demand = fill * accelerators / static_cast<double>(services) * sum / arcs;
  }
  return problem;
}

void measure(std::size_t services, std::size_t pools, double share, double fill, int steps) {
  Problem problem = fleet(services, pools, share, fill);
  const std::vector<Service> base = problem.services;
  engine::Stream stream{2, 0, "days"};
  Solver warm;
  (void)warm.place(problem, Reasons::untold);
  double warm_time = 0;
  double cold_time = 0;
  int iterations = 0;
  int without_iterations = 0;
  bool same = true;
  double unserved = 0;
  for (int step = 0; step < steps; ++step) {
    for (std::size_t s = 0; s < base.size(); ++s) {
      problem.services[s].demand = base[s].demand * (0.97 + 0.06 * stream.uniform());
    }
    const double start = cpu_microseconds();
    const Placement placement = warm.place(problem, Reasons::untold);
    const double middle = cpu_microseconds();
    const Placement check = Solver{}.place(problem, Reasons::untold);
    cold_time += cpu_microseconds() - middle;
    warm_time += middle - start;
    iterations += placement.iterations;
    without_iterations += placement.iterations == 0;
    same = same && placement.replicas == check.replicas;
    for (std::size_t a = 0; a < problem.arcs.size(); ++a) problem.arcs[a].current = placement.replicas[a];
    for (std::size_t s = 0; s < base.size(); ++s) unserved += placement.services[s].shed / problem.services[s].demand;
  }
  fmt::print(
      "{:>3} x {:<3} {:>5} arcs, load {:.2f}: warm {:>8.1f} us, cold {:>8.1f} us, ratio {:>4.1f}; {:.1f} iterations, "
      "{:>3} % of "
      "solves without; shed {:.2f} %; {}\n",
      services, pools, problem.arcs.size(), fill, warm_time / steps, cold_time / steps, cold_time / warm_time,
      static_cast<double>(iterations) / steps, 100 * without_iterations / steps,
      100 * unserved / steps / static_cast<double>(services), same ? "same answers" : "ANSWERS DIFFER");
}

}  // namespace

int main() {
  measure(12, 24, 1, 0.6, 500);
  measure(12, 24, 1, 1.2, 100);
  measure(12, 24, 1, 2.0, 50);
  measure(50, 200, 0.1, 0.6, 100);
  for (const double fill : {0.6, 1.4}) {
    const Problem problem = fleet(12, 24, 1, fill);
    Solver solver;
    const auto per_service = [&](Replicas replicas) {
      const double start = cpu_microseconds();
      for (std::size_t s = 0; s < 12; ++s) (void)solver.max_multiplier(problem, s, replicas);
      return (cpu_microseconds() - start) / 12;
    };
    fmt::print("headroom of one of 12 services at load {:.2f}: {:.0f} us divisible, {:.0f} us in whole replicas\n",
               fill, per_service(Replicas::divisible), per_service(Replicas::whole));
  }
  return 0;
}
