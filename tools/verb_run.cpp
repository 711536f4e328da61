#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/fleet/outcome.hpp"
#include "sim/fleet/strict.hpp"
#include "sim/results/directory.hpp"
#include "sim/scenario/load.hpp"
#include "tools/curve_folder.hpp"
#include "tools/gate.hpp"
#include "tools/strict.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

using Seed = Whole<0, 9'007'199'254'740'991>;
using Replications = Whole<0, 100'000>;
using Jobs = Whole<1, 1024>;

void describe(po::options_description& options) {
  options.add_options()
      ("overlay,f", po::value<std::vector<std::string>>()->value_name("FILE.json"), "lay a file over the scenario; repeatable, left to right")
      ("set", po::value<std::vector<std::string>>()->value_name("PATH=VALUE"), "set one value, after all files; repeatable")
      ("seed", po::value<Seed>()->value_name("N"), "seed of the world, instead of the scenario's")
      ("replications", po::value<Replications>()->value_name("N"), "worlds to draw beside the central one (default 0)")
      ("jobs,j", po::value<Jobs>()->value_name("N"), "threads (default 1); the results do not depend on it")
      ("out", po::value<std::string>()->value_name("DIR"), "folder of the result files (default results/<scenario name>)")
      ("quiet,q", "print no summary");
  describe_strict(options);
  describe_gate(options);
}

std::filesystem::path folder_of(const Arguments& arguments, const scenario::Scenario& scenario) {
  if (arguments.has("out")) return arguments.get<std::string>("out");
  return std::filesystem::path{"results"} / scenario.name;
}

int run(const Arguments& arguments) {
  check_gate(arguments);
  scenario::Scenario scenario = scenario::load(arguments.positional("SCENARIO"), arguments.list("overlay"), arguments.list("set"));
  if (arguments.has("seed")) scenario.seed = static_cast<std::uint64_t>(arguments.get<Seed>("seed").value);
  fleet::Options options;
  if (arguments.has("replications")) options.replications = static_cast<int>(arguments.get<Replications>("replications").value);
  if (arguments.has("jobs")) options.jobs = static_cast<int>(arguments.get<Jobs>("jobs").value);
  const auto folder = folder_of(arguments, scenario);
  results::ResultDirectory::check(folder, "run");
  const auto expectations = fleet::expectations_of(scenario);

  sim_serving::CurveCache curves(curve_folder());
  options.curves = &curves;
  const fleet::Outcome outcome = fleet::run(scenario, options);
  const auto judged = fleet::judge(expectations, outcome);
  fleet::write_results(scenario, outcome, judged, options, HEADROOM_VERSION, folder);

  Gate gate{scenario.name, judged, {}, fleet::summary(scenario, outcome), {}, arguments.has("quiet")};
  for (const auto& e : scenario.expect) gate.places.push_back({e.place.file, e.place.line, e.place.column});
  gate.folder = fmt::format("Results: {}/ (first yearly.csv; datapackage.json describes the files)", folder.string());
  report(arguments, gate);
  const bool all_held = std::all_of(judged.begin(), judged.end(), [](const auto& one) { return one.ok; });
  if (!outcome.audit_ok()) return Exit::failure;
  return strict_code(arguments, fleet::outside_validated_range(outcome), all_held ? Exit::ok : Exit::threshold);
}

}  // namespace

Verb verb_run() {
  return {"run",
          "simulate a scenario, print the summary, write the result files",
          {{"SCENARIO", "scenario file (JSON)", true, false, "FILE.json"}},
          &describe,
          &run,
          {"headroom run scenarios/bytedance-2025-2028.json",
           "headroom run plan.json -f scenarios/parts/h200_slip_2q.json --set fx.USD=6.7 --replications 20 --jobs 2",
           "headroom run plan.json --format github --junit expectations.xml"}};
}

}  // namespace headroom::tools
