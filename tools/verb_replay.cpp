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

void describe(po::options_description& options) {
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text|json"), "how the figures are written");
  for (const ReplayKind& kind : kinds()) kind.describe(options);
}

int run(const Arguments& arguments) {
  for (const ReplayKind& kind : kinds()) {
    if (kind.name == arguments.positional("KIND")) return kind.run(arguments);
  }
  return Exit::usage;
}

}  // namespace

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
