#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "models/text/number.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/manifest.hpp"
#include "sim/sweep/sweep.hpp"
#include "tools/gate.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

using Jobs = Whole<1, 1024>;
std::atomic<bool> interrupted{false};

void on_signal(int) { interrupted = true; }

void describe_sweep(po::options_description& options) {
  options.add_options()
      ("out", po::value<std::string>()->value_name("DIR"), "folder of the result; parts stand in DIR.parts until it is whole")
      ("jobs,j", po::value<Jobs>()->value_name("N"), "threads (default 1); the results do not depend on it")
      ("shard", po::value<std::string>()->value_name("I/N|auto"), "run the I-th of N parts of the points; auto reads the variables of Slurm arrays and of indexed jobs")
      ("resume", "go on with the parts of an unfinished sweep")
      ("fail-fast", "stop at the first failed point; else failed points are rows with their reason")
      ("dry-run", "print the count, the first and the last points, and run nothing");
  describe_gate(options);
}

/// "3/8", or what the scheduler's variables say: Slurm arrays from 0 or 1, Kubernetes indexed jobs from 0.
sweep::Shard shard_of(const std::string& text) {
  const auto variable = [](const char* name) { const char* v = std::getenv(name); return v == nullptr ? std::string{} : std::string{v}; };
  std::string number, of;
  std::int64_t first = 1;
  if (text != "auto") {
    const auto slash = text.find('/');
    if (slash != std::string::npos) {
      number = text.substr(0, slash);
      of = text.substr(slash + 1);
    }
  } else if (!variable("SLURM_ARRAY_TASK_ID").empty()) {
    number = variable("SLURM_ARRAY_TASK_ID");
    of = variable("SLURM_ARRAY_TASK_COUNT");
    first = detail::read_whole({variable("SLURM_ARRAY_TASK_MIN").empty() ? "0" : variable("SLURM_ARRAY_TASK_MIN")}, 0, 1'000'000);
  } else if (!variable("JOB_COMPLETION_INDEX").empty()) {
    number = variable("JOB_COMPLETION_INDEX");
    of = variable("HEADROOM_SHARDS");
    first = 0;
  } else {
    throw UsageError("--shard auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set");
  }
  if (number.empty() || of.empty()) throw UsageError(fmt::format("--shard {}: expected I/N, e.g. 3/8 (for indexed jobs set HEADROOM_SHARDS to N)", text));
  const auto n = detail::read_whole({of}, 1, 1'000'000);
  const auto i = detail::read_whole({number}, first, first + n - 1) - first + 1;
  return {static_cast<int>(i), static_cast<int>(n)};
}

int verdict(const sweep::Tally& tally) {
  if (tally.failed > 0) return Exit::failure;
  return tally.missed > 0 ? Exit::threshold : Exit::ok;
}

std::string tally_text(const sweep::Tally& tally) {
  return fmt::format("{} of {} points: {} ok, {} missed an expectation, {} failed\n", tally.done, tally.points,
                     tally.done - tally.missed - tally.failed, tally.missed, tally.failed);
}

/// A tick or a cross for each point of a whole sweep.
void report_points(const Arguments& arguments, const std::filesystem::path& folder, const sweep::Tally& tally) {
  Gate gate{results::read_manifest(folder).value().name, outcomes_of_points(folder), {}, tally_text(tally), {}, false};
  gate.folder = fmt::format("Results: {}/ (points.csv, yearly.csv, manifest.json)", folder.string());
  report(arguments, gate);
}

void print_point(const sweep::Plan& plan, std::size_t i) {
  const auto p = sweep::point(plan, i);
  std::string text = p.id();
  for (std::size_t a = 0; a < plan.axes.size(); ++a) text += fmt::format("  {}={}", plan.axes[a].id, p.labels[a].empty() ? "-" : p.labels[a]);
  fmt::print("  {}\n", text);
}

int run_sweep(const Arguments& arguments) {
  check_gate(arguments);
  const auto plan = sweep::load_plan(arguments.positional("PLAN"));
  if (arguments.has("dry-run")) {
    fmt::print("{}: {} points on {} axes, {} worlds each\n", plan.name, plan.points(), plan.axes.size(), plan.replications + 1);
    const std::size_t shown = std::min<std::size_t>(3, plan.points());
    for (std::size_t i = 0; i < shown; ++i) print_point(plan, i);
    if (plan.points() > 2 * shown) fmt::print("  ...\n");
    for (std::size_t i = std::max(shown, plan.points() - std::min(shown, plan.points())); i < plan.points(); ++i) print_point(plan, i);
    return Exit::ok;
  }
  if (!arguments.has("out")) throw UsageError("sweep: --out DIR is missing");
  const std::filesystem::path target = arguments.get<std::string>("out");
  sweep::Options options;
  options.program_version = HEADROOM_VERSION;
  options.resume = arguments.has("resume");
  options.fail_fast = arguments.has("fail-fast");
  if (arguments.has("jobs")) options.jobs = static_cast<int>(arguments.get<Jobs>("jobs").value);
  if (arguments.has("shard")) options.shard = shard_of(arguments.get<std::string>("shard"));
  options.stop = &interrupted;
  if (options.shard.of == 1) results::ResultDirectory::check(target, "sweep");
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto begin = std::chrono::steady_clock::now();
  if (isatty(STDERR_FILENO) != 0) {
    options.progress = [begin](std::size_t done, std::size_t all) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      fmt::print(stderr, "\r{} of {} points, {:.1f} a second, {:.0f} s left ", done, all, static_cast<double>(done) / seconds,
                 seconds / static_cast<double>(done) * static_cast<double>(all - done));
      if (done == all) fmt::print(stderr, "\n");
    };
  }
  const auto tally = sweep::run_points(plan, target, options);
  if (interrupted) {
    fmt::print(stderr, "\nheadroom: interrupted with {} of {} points done; go on with --resume\n", tally.done, tally.points);
    return Exit::interrupted;
  }
  if (arguments.has("shard") || tally.done < tally.points) {
    fmt::print("{}", tally_text(tally));
    if (arguments.has("shard")) fmt::print("Parts: {}/; when all shards are done: headroom merge {} --out DIR\n", sweep::parts_folder(target).string(), target.string());
    return tally.stopped ? int{Exit::failure} : verdict(tally);
  }
  const auto whole = sweep::assemble(sweep::parts_folder(target), target, HEADROOM_VERSION);
  std::filesystem::remove_all(sweep::parts_folder(target));
  report_points(arguments, target, whole);
  return verdict(whole);
}

void describe_merge(po::options_description& options) {
  options.add_options()("out", po::value<std::string>()->value_name("DIR2"), "folder of the merged result");
  describe_gate(options);
}

int run_merge(const Arguments& arguments) {
  check_gate(arguments);
  if (!arguments.has("out")) throw UsageError("merge: --out DIR2 is missing");
  const std::filesystem::path target = arguments.get<std::string>("out");
  const auto tally = sweep::assemble(sweep::parts_folder(arguments.positional("DIR")), target, HEADROOM_VERSION);
  report_points(arguments, target, tally);
  return verdict(tally);
}

}  // namespace

Verb verb_sweep() {
  return {"sweep", "run the grid of a plan, on one machine or as one shard of many", {{"PLAN", "plan file (JSON)"}}, &describe_sweep, &run_sweep,
          {"headroom sweep scenarios/plans/01-startup-demand.json --out results/sweep --jobs 2", "headroom sweep plan.json --out results/s --shard 3/8"}};
}

Verb verb_merge() {
  return {"merge", "put the shards of a sweep together", {{"DIR", "the --out of the shards"}}, &describe_merge, &run_merge,
          {"headroom merge results/s --out results/whole"}};
}

}  // namespace headroom::tools
