#include <fmt/core.h>

#include "sim/fleet/outcome.hpp"
#include "sim/scenario/issue_formats.hpp"
#include "sim/scenario/load.hpp"
#include "tools/gate.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

void describe(po::options_description& options) {
  options.add_options()
      ("overlay,f", po::value<std::vector<std::string>>()->composing()->value_name("FILE.json"), "file laid over each scenario; repeatable, left to right")
      ("set", po::value<std::vector<std::string>>()->composing()->value_name("PATH=VALUE"), "set one value, after the overlays; repeatable")
      ("format", po::value<std::string>()->default_value("text")->value_name("text|json|github|sarif|junit"), "how faults are written");
}

int run(const Arguments& arguments) {
  const std::string& format = arguments.get<std::string>("format");
  std::vector<scenario::Validation> all;
  int errors = 0;
  for (const std::string& path : arguments.list("SCENARIO")) {
    const scenario::Loaded loaded = scenario::inspect({path, arguments.list("overlay"), arguments.list("set")});
    all.push_back({path, loaded.issues});
    if (loaded.valid()) {
      const auto faults = fleet::faults_of_expectations(loaded.scenario);
      all.back().issues.insert(all.back().issues.end(), faults.begin(), faults.end());
      all.back().issues = scenario::sorted(std::move(all.back().issues));
    }
    if (format == "github" || format == "sarif") {
      // Both are read by GitHub, which knows files by their place in the checkout.
      all.back().path = workspace_path(path);
      for (auto& issue : all.back().issues) issue.file = issue.file.rfind("--set ", 0) == 0 ? issue.file : workspace_path(issue.file);
    }
    errors += all.back().errors();
  }
  const std::string text = format == "json"     ? scenario::as_json(all)
                           : format == "github" ? scenario::as_github(all)
                           : format == "sarif"  ? scenario::as_sarif(all, HEADROOM_VERSION)
                           : format == "junit"  ? scenario::as_junit(all)
                                                : scenario::as_text(all);
  fmt::print("{}", text);
  return errors == 0 ? Exit::ok : Exit::usage;
}

}  // namespace

Verb verb_validate() {
  return {"validate",
          "every fault of a scenario with file:line:column, the allowed values and the nearest name",
          {{"SCENARIO", "scenario files", true, true, "FILE.json"}},
          describe,
          run,
          {"headroom validate scenarios/*.json", "headroom validate plan.json -f cut.json --set fx.USD=6.7", "headroom validate plan.json --format github"}};
}

}  // namespace headroom::tools
