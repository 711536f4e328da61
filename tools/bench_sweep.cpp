// What a sweep adds to its simulations. bench_sweep [POINTS]: the flagship at POINTS (default 24) exchange rates, run from the
// repository's root. Prints
//   overhead   processor time of a sweep on one thread against that of the simulations alone (reading, tables, part files)
//   threads    rate with two threads against one; by the clock, which other work on the machine spoils, and by what the
//              simulations cost in processor time with one and with two threads, which bounds the rate on two free cores
//   memory     highest resident memory after POINTS points of the start-up scenario and after ten times as many
// Sweeps with one and two threads take turns, and the best of three counts.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "sim/fleet/outcome.hpp"
#include "sim/scenario/load.hpp"
#include "sim/sweep/sweep.hpp"

using namespace headroom;
namespace fs = std::filesystem;

namespace {

struct Cost {
  double processor = 1e300, clock = 1e300;
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
void time(Cost& best, Work work) {
  const double processor = processor_seconds();
  const auto begin = std::chrono::steady_clock::now();
  work();
  best.processor = std::min(best.processor, processor_seconds() - processor);
  best.clock = std::min(best.clock, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

double resident_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

sweep::Plan plan_of(const fs::path& room, const std::string& scenario, const std::string& set, double from, double to, int points) {
  const fs::path file = room / "plan.json";
  std::ofstream(file) << fmt::format(R"({{ "name": "bench", "base": "{}", "keep": ["tokens_served", "cash_out"], "axes": [
    {{ "id": "x", "set": "{}", "range": {{ "from": {}, "to": {}, "count": {} }} }}] }})", fs::absolute(scenario).string(), set, from, to, points);
  return sweep::load_plan(file.string());
}

void run(const sweep::Plan& plan, const fs::path& room, int jobs, sim_serving::CurveCache& curves) {
  const fs::path target = room / "out";
  sweep::Options options;
  options.jobs = jobs;
  options.curves = &curves;
  options.program_version = "bench";
  if (sweep::run_points(plan, target, options).failed > 0) throw std::runtime_error("a point failed");
  sweep::assemble({target}, target, "bench");
  sweep::remove_parts(target);
}

}  // namespace

int main(int argc, char** argv) {
  const int points = argc > 1 ? std::stoi(argv[1]) : 24;
  const std::string scenario = "scenarios/bytedance-2025-2028.json", small = "scenarios/startup-1000-gpus.json";
  std::string name = (fs::temp_directory_path() / "bench-sweep-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 1;
  const fs::path room = name;
  sim_serving::CurveCache curves;  // as in the command: computed once, shared by all points
  // First, because the highest memory is that of the process so far.
  run(plan_of(room, small, "policies.headroom_share", 0.05, 0.3, points), room, 2, curves);
  const double few = resident_mib();
  run(plan_of(room, small, "policies.headroom_share", 0.05, 0.3, 10 * points), room, 2, curves);
  fmt::print("memory     {:.1f} MiB after {} points of {}, {:.1f} MiB after {}\n", few, points, small, resident_mib(), 10 * points);
  std::fflush(stdout);
  const auto plan = plan_of(room, scenario, "fx.USD", 6.5, 7.5, points);

  static_cast<void>(sweep::simulate(plan, sweep::point(plan, 0), &curves));
  Cost alone, one, two;
  for (int turn = 0; turn < 3; ++turn) {
    time(one, [&] { run(plan, room, 1, curves); });
    time(two, [&] { run(plan, room, 2, curves); });
    Cost all{0, 0};
    for (std::size_t i = 0; i < plan.points(); ++i) {
      const auto p = sweep::point(plan, i);
      const auto loaded = scenario::load(fs::absolute(scenario).string(), p.overlays, p.sets);
      Cost simulation;
      time(simulation, [&] { static_cast<void>(fleet::run(loaded, {0, 1, &curves})); });
      all.processor += simulation.processor;
      all.clock += simulation.clock;
    }
    alone.processor = std::min(alone.processor, all.processor);
    alone.clock = std::min(alone.clock, all.clock);
  }
  fmt::print("{} points of {}, {:.3f} s of processor time each\n", points, scenario, alone.processor / points);
  fmt::print("overhead   {:.3f} of the simulations' processor time, {:.3f} by the clock\n", one.processor / alone.processor - 1, one.clock / alone.clock - 1);
  fmt::print("threads    {:.2f} by the clock, {:.2f} by processor time (2 would be perfect)\n", one.clock / two.clock, 2 * one.processor / two.processor);

  fs::remove_all(room);
  return 0;
}
