#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/scheduling/queue_policies.hpp"
#include "sim/scheduling/replay.hpp"
#include "tools/replay.hpp"

namespace headroom::tools {
namespace {

using scheduling::JobReplay;

void describe(po::options_description& options) {
  options.add_options()("where", po::value<std::vector<std::string>>()->composing()->value_name("COLUMN=VALUE"), "jobs: only such rows; repeatable")(
      "nodes", po::value<Whole<1, 10'000'000>>()->value_name("N"), "jobs: equal nodes of the cluster")(
      "gpus-per-node", po::value<Whole<1, 1024>>()->default_value({8}, "8")->value_name("N"), "jobs: accelerators of each node");
  describe_policy(options);
}

std::vector<scheduling::Where> conditions(const Arguments& arguments) {
  std::vector<scheduling::Where> where;
  for (const std::string& text : arguments.list("where")) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--where: expected COLUMN=VALUE, got \"{}\"", text));
    }
    where.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return where;
}

/// Without the column by which a policy orders jobs all are equal to it.
void note_missing_column(const scheduling::JobTrace& trace, std::string_view policy) {
  struct Need { std::string_view policy, column; bool met; };
  for (const Need& n : {Need{"deadline", "deadline_s", trace.has_deadlines}, Need{"priority", "priority", trace.has_priorities},
                        Need{"fairshare", "tenant (or vc)", trace.has_tenants}}) {
    if (n.policy != policy || n.met) continue;
    fmt::print(stderr, "headroom: {}: policy {} goes by the column {}, which the file does not have: all jobs are equal to it\n", trace.file, policy, n.column);
  }
}

int run(const Arguments& arguments) {
  const std::vector<std::string> files = arguments.list("FILES");
  if (files.size() != 1) throw UsageError("replay jobs: expected one file of jobs");
  if (!arguments.has("nodes")) throw UsageError("replay jobs: --nodes is missing");
  if (!arguments.has("policy")) throw UsageError("replay jobs: --policy is missing");
  const auto nodes = static_cast<std::int32_t>(arguments.get<Whole<1, 10'000'000>>("nodes").value);
  const auto width = static_cast<std::int32_t>(arguments.get<Whole<1, 1024>>("gpus-per-node").value);
  const scheduling::JobTrace trace = scheduling::read_jobs(files.front(), conditions(arguments));
  const JobReplay r = scheduling::replay_jobs(trace, nodes, width, arguments.get<std::string>("policy"));
  note_missing_column(trace, arguments.get<std::string>("policy"));
  if (arguments.get<std::string>("format") == "json") {
    nlohmann::ordered_json out;
    out["jobs"] = r.jobs;
    out["mean_jct_s"] = r.mean_jct.base();
    out["mean_queue_s"] = r.mean_queue.base();
    out["last_end_s"] = r.last_end.base();
    out["gpu_utilisation"] = r.gpu_utilisation;
    out["preemptions"] = r.preemptions;
    out["deadlines"] = r.deadlines;
    out["deadlines_met"] = r.deadlines_met;
    out["allocated_gpu_s"] = scheduling::accelerator_seconds(r.fates.allocated);
    out["useful_gpu_s"] = scheduling::accelerator_seconds(r.fates.useful);
    out["lost_gpu_s"] = scheduling::accelerator_seconds(r.fates.lost);
    out["restart_gpu_s"] = scheduling::accelerator_seconds(r.fates.restart);
    fmt::print("{}\n", out.dump(2));
  } else {
    fmt::print("jobs                {}\n", r.jobs);
    fmt::print("mean completion     {:.3f} s after submission\n", r.mean_jct.base());
    fmt::print("mean queue          {:.3f} s\n", r.mean_queue.base());
    fmt::print("last end            {:.3f} s\n", r.last_end.base());
    fmt::print("utilisation         {:.4f} of {} accelerators\n", r.gpu_utilisation, std::int64_t{nodes} * width);
    fmt::print("preemptions         {}, lost {:.0f} and restart {:.0f} of {:.0f} accelerator-seconds\n", r.preemptions,
               scheduling::accelerator_seconds(r.fates.lost), scheduling::accelerator_seconds(r.fates.restart),
               scheduling::accelerator_seconds(r.fates.allocated));
    if (r.deadlines > 0) fmt::print("deadlines           {} of {} met\n", r.deadlines_met, r.deadlines);
  }
  return Exit::ok;
}

}  // namespace

ReplayKind replay_jobs() { return {"jobs", "completion and queue times of a job trace under a queue policy", describe, run}; }

}  // namespace headroom::tools
