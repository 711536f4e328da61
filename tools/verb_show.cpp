#include <fmt/core.h>

#include "sim/scenario/load.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/sweep/plan_table.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

void describe(po::options_description& options) {
  options.add_options()
      ("overlay,f", po::value<std::vector<std::string>>()->composing()->value_name("FILE.json"), "file laid over the scenario; repeatable, left to right")
      ("set", po::value<std::vector<std::string>>()->composing()->value_name("PATH=VALUE"), "set one value, after the overlays; repeatable")
      ("resolved", "a line for each value, defaults included, instead of the merged file")
      ("schema", "the JSON schema of scenarios, for editors")
      ("keys", "the key reference in Markdown")
      ("plan-schema", "the JSON schema of plans of a sweep")
      ("plan-keys", "the key reference of plans");
}

int run(const Arguments& arguments) {
  if (arguments.has("schema") || arguments.has("keys")) {
    fmt::print("{}", arguments.has("schema") ? scenario::schema_json() : scenario::key_reference());
    return Exit::ok;
  }
  if (arguments.has("plan-schema") || arguments.has("plan-keys")) {
    fmt::print("{}", arguments.has("plan-schema") ? sweep::plan_schema() : sweep::plan_keys());
    return Exit::ok;
  }
  if (!arguments.has("SCENARIO")) throw UsageError("show: SCENARIO is missing; see 'headroom show --help'");
  scenario::Loaded loaded =
      scenario::inspect({arguments.positional("SCENARIO"), arguments.list("overlay"), arguments.list("set")});
  if (!loaded.valid()) throw scenario::ScenarioError(std::move(loaded.issues));
  for (const scenario::Issue& warning : loaded.issues) fmt::print(stderr, "{}\n", to_string(warning));
  fmt::print("{}", arguments.has("resolved") ? scenario::print_resolved(loaded) : scenario::print_merged(loaded.document));
  return Exit::ok;
}

}  // namespace

Verb verb_show() {
  return {"show",
          "the merged scenario, each value with where it came from",
          {{"SCENARIO", "scenario file", false, false, "FILE.json"}},
          describe,
          run,
          {"headroom show plan.json -f cut.json", "headroom show plan.json --resolved", "headroom show --keys"}};
}

}  // namespace headroom::tools
