#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/scheduling/replay.hpp"
#include "tools/replay.hpp"

namespace headroom::tools {
namespace {

using Demand = Number<0, 1000, Least::excluded>;
using scheduling::PackReplay;

void describe(po::options_description& options) {
  options.add_options()("demand", po::value<Demand>()->default_value({1.3}, "1.3")->value_name("X"), "pack: demand that arrives, as a multiple of the accelerators")(
      "seed", po::value<Whole<0, 9'000'000'000'000'000'000>>()->default_value({42}, "42")->value_name("N"), "pack: of the order of arrival and of ties");
}

int run(const Arguments& arguments) {
  const std::vector<std::string> files = arguments.list("FILES");
  if (files.size() != 2) throw UsageError("replay pack: expected a file of nodes and a file of pods");
  if (!arguments.has("policy")) throw UsageError("replay pack: --policy is missing");
  const double demand = arguments.get<Demand>("demand").value;
  scheduling::NodeTrace nodes = scheduling::read_nodes(files[0]);
  const std::vector<scheduling::PodShape> pods = scheduling::read_pods(files[1], nodes);
  const PackReplay r = scheduling::replay_pack(nodes, pods, arguments.get<std::string>("policy"), demand,
                                               static_cast<std::uint64_t>(arguments.get<Whole<0, 9'000'000'000'000'000'000>>("seed").value));
  if (arguments.get<std::string>("format") == "json") {
    nlohmann::ordered_json out;
    out["allocated_gpu_pct"] = r.allocated_gpu_pct;
    out["allocated_at_100_pct"] = r.allocated_at_100_pct ? nlohmann::ordered_json(*r.allocated_at_100_pct) : nlohmann::ordered_json();
    out["fragmented_gpu_pct"] = r.fragmented_gpu_pct;
    out["placed"] = r.placed;
    out["refused"] = r.refused;
    fmt::print("{}\n", out.dump(2));
  } else {
    fmt::print("allocated           {:.2f} % of the accelerators\n", r.allocated_gpu_pct);
    if (r.allocated_at_100_pct) fmt::print("allocated at 100 %  {:.2f} % when demand for all of them had arrived\n", *r.allocated_at_100_pct);
    fmt::print("fragmented          {:.2f} %, useless to a pod drawn from the mix\n", r.fragmented_gpu_pct);
    fmt::print("pods                {} placed, {} refused\n", r.placed, r.refused);
  }
  return Exit::ok;
}

}  // namespace

ReplayKind replay_pack() { return {"pack", "how full a cluster gets under a packing policy", describe, run}; }

}  // namespace headroom::tools
