#include <fmt/format.h>

#include <vector>

#include "tools/replay.hpp"

namespace headroom::tools {
namespace {

/// Every kind; a new one is a line here, its declaration in replay.hpp and its file replay_<name>.cpp.
const std::vector<ReplayKind>& kinds() {
  static const std::vector<ReplayKind> table{replay_jobs(), replay_pack(), replay_requests()};
  return table;
}

po::options_description options_of(const ReplayKind& kind) {
  po::options_description options;
  kind.describe(options);
  return options;
}

void describe(po::options_description& options) {
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text|json"), "how the figures are written");
  for (const ReplayKind& kind : kinds()) {
    const po::options_description own = options_of(kind);
    for (const auto& option : own.options()) {
      if (options.find_nothrow(option->long_name(), false) == nullptr) options.add(option);
    }
  }
}

/// An option of another kind would change nothing.
void refuse_foreign(const Arguments& arguments, const ReplayKind& kind) {
  const po::options_description own = options_of(kind);
  for (const ReplayKind& other : kinds()) {
    const po::options_description foreign = options_of(other);
    for (const auto& option : foreign.options()) {
      const std::string& name = option->long_name();
      if (!arguments.has(name) || arguments.options[name].defaulted() || own.find_nothrow(name, false) != nullptr) continue;
      throw UsageError(fmt::format("replay {}: --{} is an option of replay {}", kind.name, name, other.name));
    }
  }
}

int run(const Arguments& arguments) {
  for (const ReplayKind& kind : kinds()) {
    if (kind.name != arguments.positional("KIND")) continue;
    refuse_foreign(arguments, kind);
    return kind.run(arguments);
  }
  return Exit::usage;
}

}  // namespace

void describe_policy(po::options_description& options) {
  options.add_options()("policy", po::value<std::string>()->value_name("NAME"),
                        "jobs: fifo, sjf, srtf and more; pack: random, bestfit, fgd and more; a wrong name lists all");
}

Verb verb_replay() {
  return {"replay",
          "runs a public trace through the part of the simulator that it tests",
          {{"KIND", "what the trace holds", true, false, alternatives(kinds())}, {"FILES", "jobs: JOBS.csv; pack: NODES.csv PODS.csv; requests: REQUESTS.csv", true, true, "FILE"}},
          describe,
          run,
          {"headroom replay jobs philly_jobs.csv --where vc=103959 --nodes 4 --policy sjf --format json",
           "headroom replay pack openb_nodes.csv openb_pods_default.csv --policy fgd --demand 1.3 --seed 42",
           "headroom replay requests azure2023_conv.csv --tpot-ms 20 --format json",
           "headroom replay requests mooncake_conversation.csv.gz --prefix-blocks 50000"}};
}

}  // namespace headroom::tools
