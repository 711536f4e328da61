#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/text/nearest.hpp"
#include "sim/scheduling/replay.hpp"
#include "tools/replay.hpp"

namespace headroom::tools {
namespace {

using Demand = Number<0, 1000, Least::excluded>;
using scheduling::PackReplay;

void describe(po::options_description& options) {
  options.add_options()("demand", po::value<Demand>()->default_value({1.3}, "1.3")->value_name("X"), "pack: demand that arrives, as a multiple of the accelerators")(
      "seed", po::value<Whole<0, 9'000'000'000'000'000'000>>()->default_value({42}, "42")->value_name("N"), "pack: of the order of arrival and of ties");
  describe_policy(options);
}

/// Pods for which there is no node, however empty the cluster: their model's name may be misspelt.
void note_unknown_models(const std::string& file, const scheduling::NodeTrace& nodes, const std::vector<scheduling::PodShape>& pods) {
  const auto bit = [](std::size_t model) { return std::uint64_t{1} << model; };
  std::uint64_t held = 0, wanted = 0;
  for (const scheduling::NodeShape& node : nodes.nodes) held |= node.gpus > 0 ? bit(static_cast<std::size_t>(node.model)) : 0;
  std::int64_t without = 0;
  for (const scheduling::PodShape& pod : pods) {
    if (pod.gpus == 0 || pod.models == 0 || (pod.models & held) != 0) continue;
    ++without;
    wanted |= pod.models;
  }
  if (without == 0) return;
  std::vector<std::string> known, unknown;
  for (std::size_t m = 0; m < nodes.models.size(); ++m) {
    if ((held & bit(m)) != 0) known.push_back(nodes.models[m]);
  }
  for (std::size_t m = 0; m < nodes.models.size(); ++m) {
    if ((wanted & bit(m)) != 0) unknown.push_back(fmt::format("\"{}\"{}", nodes.models[m], did_you_mean(nodes.models[m], known)));
  }
  fmt::print(stderr, "headroom: {}: {} of {} pods ask for a gpu_spec that no node has: {}\n", file, without, pods.size(), fmt::join(unknown, " and "));
}

int run(const Arguments& arguments) {
  const std::vector<std::string> files = arguments.list("FILES");
  if (files.size() != 2) throw UsageError("replay pack: expected a file of nodes and a file of pods");
  if (!arguments.has("policy")) throw UsageError("replay pack: --policy is missing");
  const double demand = arguments.get<Demand>("demand").value;
  scheduling::NodeTrace nodes = scheduling::read_nodes(files[0]);
  const std::vector<scheduling::PodShape> pods = scheduling::read_pods(files[1], nodes);
  note_unknown_models(files[1], nodes, pods);
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
