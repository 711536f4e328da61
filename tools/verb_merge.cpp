#include "tools/strict.hpp"
#include "tools/sweep_report.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

void describe(po::options_description& options) {
  options.add_options()("out", po::value<std::string>()->value_name("DIR"), "folder of the merged result");
  describe_strict(options);
  describe_gate(options);
}

int run(const Arguments& arguments) {
  check_gate(arguments);
  if (!arguments.has("out")) throw UsageError("merge: --out DIR2 is missing");
  const std::filesystem::path target = arguments.get<std::string>("out");
  std::vector<std::filesystem::path> folders;
  for (const auto& folder : arguments.list("DIR")) folders.emplace_back(folder);
  const auto tally = sweep::assemble(folders, target, HEADROOM_VERSION);
  report_points(arguments, target, tally);
  return verdict(arguments, tally);
}

}  // namespace

Verb verb_merge() {
  return {"merge", "put the shards of a sweep together: the same bytes as one run; gaps, points that are there twice and mixed plans are refused",
          {{"DIR", "the --out of the shards, or folders to which their parts were copied", true, true, "DIR"}}, &describe, &run,
          {"headroom merge results/s --out results/whole"}};
}

}  // namespace headroom::tools
