#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "sim/results/directory.hpp"
#include "sim/sweep/emit.hpp"
#include "sim/sweep/sweep.hpp"
#include "tools/shard.hpp"
#include "tools/strict.hpp"
#include "tools/sweep_report.hpp"
#include "tools/curve_folder.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

using Jobs = Whole<1, 1024>;
using Shards = Whole<1, 1'000'000>;
using Clock = std::chrono::steady_clock;

std::atomic<bool> interrupted{false};

/// The first signal lets the points under way end, the second ends at once; what is on disk is whole in both cases.
void on_signal(int) {
  static constexpr std::string_view words = "\nheadroom: the points under way are finished first; once more to stop at once\n";
  if (interrupted.exchange(true)) _exit(Exit::interrupted);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words.data(), words.size());
}

void describe(po::options_description& options) {
  options.add_options()
      ("out", po::value<std::string>()->value_name("DIR"), "folder of the result; parts stand in DIR.parts until it is whole")
      ("jobs,j", po::value<Jobs>()->value_name("N"), "threads (default 1); the results do not depend on it")
      ("shard", po::value<std::string>()->value_name("I/N|auto"),
       "run the I-th of N parts of the points; exit 0 once they are on disk, the verdict is that of merge. auto: as Slurm's array or Kubernetes' indexed job says")
      ("resume", "go on with the parts of an unfinished sweep; a finished one is left as it is")
      ("keep-going", "a point that fails is a row with its reason, and the others run (the default)")
      ("fail-fast", "stop at the first point that fails or misses an expectation")
      ("dry-run", "print the count, the first and the last points and the estimated time, from two points that are simulated; write nothing")
      ("emit", po::value<std::string>()->value_name(alternatives(sweep::engines())),
       "print a ready submission file for many machines and run nothing")
      ("shards", po::value<Shards>()->value_name("N"), "shards of the submission file (default 8, at most one a point)");
  describe_strict(options);
  describe_gate(options);
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// A line on the terminal, at most ten times a second: "120 of 1000 points, 12.1 a second, 73 s left".
class ProgressLine {
 public:
  void show(const sweep::Progress& p) {
    const double now = since(begin_);
    if (p.done < p.all && now < last_ + 0.1) return;
    last_ = now;
    const double rate = static_cast<double>(p.fresh) / now;
    fmt::print(stderr, "\r{} of {} points, {:.1f} a second, {} left\x1b[K", p.done, p.all, rate, duration_text(static_cast<double>(p.all - p.done) / rate));
    if (p.done == p.all) fmt::print(stderr, "\n");
    std::fflush(stderr);
  }

 private:
  Clock::time_point begin_ = Clock::now();
  double last_ = -1;
};

int jobs_of(const Arguments& arguments) { return arguments.has("jobs") ? static_cast<int>(arguments.get<Jobs>("jobs").value) : 1; }

void print_point(const sweep::Plan& plan, std::size_t i) {
  const auto p = sweep::point(plan, i);
  std::string text = sweep::point_id(i);
  for (std::size_t a = 0; a < plan.axes.size(); ++a) text += fmt::format("  {}={}", plan.axes[a].id, p.labels[a].empty() ? "-" : p.labels[a]);
  fmt::print("  {}\n", text);
}

int dry_run(const sweep::Plan& plan, int jobs) {
  const std::size_t n = plan.points(), shown = std::min<std::size_t>(3, n);
  fmt::print("{}: {} points on {} axes, {} {} each\n", plan.name, n, plan.axes.size(), plan.replications + 1, plan.replications == 0 ? "world" : "worlds");
  if (!plan.leave_out.empty()) fmt::print("{} of {} points are left out\n", plan.designed() - n, plan.designed());
  for (std::size_t i = 0; i < shown; ++i) print_point(plan, i);
  if (n > 2 * shown) fmt::print("  ...\n");
  for (std::size_t i = std::max(shown, n - shown); i < n; ++i) print_point(plan, i);
  sim_serving::CurveCache curves(curve_folder());
  const auto time_of = [&](std::size_t i, sweep::Record& record) {
    const auto begin = Clock::now();
    record = sweep::simulate(plan, sweep::point(plan, i), &curves);
    return since(begin);
  };
  // The first point also computes what all share; the second is like the rest.
  sweep::Record record, second;
  const double first = time_of(0, record), one = n > 1 ? time_of(1, second) : first;
  const auto rounds = static_cast<double>((n + static_cast<std::size_t>(jobs) - 1) / static_cast<std::size_t>(jobs));
  fmt::print("estimated time: {} with {} {} ({} a point)\n", duration_text(first + one * (rounds - 1)), jobs, jobs == 1 ? "thread" : "threads", duration_text(one));
  if (record.status == "failed") fmt::print("{} fails: {}\n", record.point, record.message);
  return Exit::ok;
}

/// Prints the submission file; no scenario is simulated.
int emit(const Arguments& arguments, const sweep::Plan& plan) {
  const auto& name = arguments.get<std::string>("emit");
  const auto engine = std::find_if(sweep::engines().begin(), sweep::engines().end(), [&](const auto& e) { return e.name == name; });
  sweep::Submission s;
  s.name = plan.name;
  s.plan = arguments.positional("PLAN");
  s.out = std::filesystem::path(arguments.get<std::string>("out")).lexically_normal().string();
  s.program_version = HEADROOM_VERSION;
  s.points = plan.points();
  s.jobs = jobs_of(arguments);
  const auto wanted = arguments.has("shards") ? static_cast<std::size_t>(arguments.get<Shards>("shards").value) : 8;
  s.shards = static_cast<int>(std::min(wanted, s.points));
  if (s.shards > engine->most_shards) throw UsageError(fmt::format("--shards {}: {} takes at most {}", wanted, name, engine->most_shards));
  fmt::print("{}", engine->write(s));
  return Exit::ok;
}

/// One shard, or a whole sweep that was stopped: the parts stay.
int leave_parts(const Arguments& arguments, const sweep::Tally& tally, const std::filesystem::path& target, bool is_shard) {
  const auto parts = sweep::parts_folder(target).string();
  if (interrupted) {
    fmt::print(stderr, "headroom: interrupted with {} of {} points done and kept in {}; go on with --resume\n", tally.done, tally.points, parts);
    return Exit::interrupted;
  }
  fmt::print("{}", tally_text(tally));
  if (tally.done < tally.points) {
    fmt::print("Stopped early. Parts: {}/; go on with --resume\n", parts);
    return verdict(arguments, tally);
  }
  if (is_shard) fmt::print("Parts: {}/; when all shards are done: headroom merge {} --out DIR\n", parts, target.string());
  return Exit::ok;
}

sweep::Options options_of(const Arguments& arguments) {
  if (arguments.has("keep-going") && arguments.has("fail-fast")) throw UsageError("sweep: --keep-going and --fail-fast do not go together");
  if (arguments.has("shards") && !arguments.has("emit")) {
    throw UsageError("sweep: --shards goes with --emit; one shard is run by --shard I/N");
  }
  sweep::Options options;
  options.program_version = HEADROOM_VERSION;
  options.resume = arguments.has("resume");
  options.fail_fast = arguments.has("fail-fast");
  options.jobs = jobs_of(arguments);
  if (arguments.has("shard")) options.shard = shard_of(arguments.get<std::string>("shard"));
  options.stop = &interrupted;
  return options;
}

int run(const Arguments& arguments) {
  check_gate(arguments);
  auto options = options_of(arguments);
  sim_serving::CurveCache curves(curve_folder());
  options.curves = &curves;
  const auto plan = sweep::load_plan(arguments.positional("PLAN"));
  sweep::check_plan(plan);
  if (arguments.has("dry-run")) return dry_run(plan, options.jobs);
  if (!arguments.has("out")) throw UsageError("sweep: --out DIR is missing");
  if (arguments.has("emit")) return emit(arguments, plan);
  const std::filesystem::path target = arguments.get<std::string>("out");
  const bool is_shard = arguments.has("shard");
  if (!is_shard) {
    results::ResultDirectory::check(target, "sweep");
    const auto done = options.resume && !sweep::has_head(sweep::parts_folder(target)) ? sweep::finished(plan, target, options.program_version) : std::nullopt;
    if (done) {
      report_points(arguments, target, *done);
      return verdict(arguments, *done);
    }
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  ProgressLine line;
  if (isatty(STDERR_FILENO) != 0) options.progress = [&line](const sweep::Progress& p) { line.show(p); };
  const auto tally = sweep::run_points(plan, target, options);
  if (is_shard || tally.done < tally.points) return leave_parts(arguments, tally, target, is_shard);
  const auto whole = sweep::assemble({target}, target, HEADROOM_VERSION);
  sweep::remove_parts(target);
  report_points(arguments, target, whole);
  return verdict(arguments, whole);
}

}  // namespace

Verb verb_sweep() {
  return {"sweep", "run the points of a plan, on one machine or as one shard of many", {{"PLAN", "plan file (JSON)", true, false, "FILE.json"}}, &describe, &run,
          {"headroom sweep scenarios/plans/01-startup-demand.json --dry-run",
           "headroom sweep scenarios/plans/01-startup-demand.json --out results/sweep --jobs 2",
           "headroom sweep plan.json --out results/s --shard 3/8",
           "headroom sweep plan.json --out results/s --emit slurm --shards 16 > submit.sh"}};
}

}  // namespace headroom::tools
