#include "sim/scheduling/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/text/nearest.hpp"
#include "models/units/error.hpp"
#include "sim/scheduling/gang_scheduler.hpp"
#include "sim/scheduling/pack_policies.hpp"
#include "sim/scheduling/packer.hpp"
#include "sim/scheduling/queue_policies.hpp"

namespace headroom::scheduling {

namespace {

template <class Entry>
const Entry& entry_named(std::span<const Entry> entries, std::string_view name) {
  std::vector<std::string> names;
  std::string list;
  for (const Entry& e : entries) {
    if (e.name == name) return e;
    names.emplace_back(e.name);
    list += fmt::format("{}{}", list.empty() ? "" : ", ", e.name);
  }
  throw InputError(fmt::format("there is no policy \"{}\"{}; there are {}", name, did_you_mean(std::string{name}, names), list));
}

SimTime preemption_cost(std::int32_t gpus) { return std::chrono::seconds(gpus == 1 ? 7 : gpus <= 8 ? 30 : 60); }

/// The pods whose demand comes as near to `limit` thousandths as the rule allows, shuffled.
std::vector<PodShape> arrivals(const std::vector<PodShape>& pods, double limit, engine::Stream& chance) {
  std::vector<PodShape> list = pods;
  std::int64_t demand = 0;
  for (const PodShape& pod : list) demand += pod.demand_milli();
  while (static_cast<double>(demand) > limit) {
    const std::size_t at = draw_below(chance, static_cast<std::uint32_t>(list.size()));
    demand -= list[at].demand_milli();
    list[at] = list.back();
    list.pop_back();
  }
  if (list.size() >= pods.size()) {
    while (true) {
      const PodShape& pod = pods[draw_below(chance, static_cast<std::uint32_t>(pods.size()))];
      if (static_cast<double>(demand + pod.demand_milli()) > limit) break;
      demand += pod.demand_milli();
      list.push_back(pod);
    }
  }
  for (std::size_t n = list.size(); n > 1; --n) {
    std::swap(list[n - 1], list[draw_below(chance, static_cast<std::uint32_t>(n))]);
  }
  return list;
}

}  // namespace

JobReplay replay_jobs(const JobTrace& trace, std::int32_t nodes, std::int32_t gpus_per_node, std::string_view policy) {
  const QueuePolicyEntry& entry = entry_named(queue_policies(), policy);
  GangCluster cluster(nodes, gpus_per_node);
  std::vector<Job> jobs = trace.jobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!cluster.ever_fits(jobs[i].gpus)) {
      throw InputError(fmt::format("{}:{}: the job needs {} accelerators; {} nodes of {} have {}", trace.file, trace.lines[i],
                                   jobs[i].gpus, nodes, gpus_per_node, cluster.gpus()));
    }
    jobs[i].restart = preemption_cost(jobs[i].gpus);
  }
  const double gpus = static_cast<double>(cluster.gpus());
  GangScheduler scheduler(std::move(cluster), std::move(jobs), entry.make());
  scheduler.run();

  JobReplay result;
  result.jobs = static_cast<std::int64_t>(trace.jobs.size());
  Int128 jct = 0;
  Int128 queue = 0;
  SimTime last{0};
  SimTime first = engine::latest;
  for (JobId id = 0; id < result.jobs; ++id) {
    const JobState& s = scheduler.state(id);
    const SimTime submit = scheduler.jobs()[static_cast<std::size_t>(id)].submit;
    jct += (s.end - submit).count();
    queue += s.waited.count();
    last = std::max(last, s.end);
    first = std::min(first, submit);
    result.preemptions += s.preemptions;
    if (const auto deadline = scheduler.jobs()[static_cast<std::size_t>(id)].deadline) {
      ++result.deadlines;
      result.deadlines_met += s.end <= *deadline ? 1 : 0;
    }
  }
  const double n = static_cast<double>(result.jobs) * 1e9;
  result.mean_jct = Seconds{static_cast<double>(jct) / n};
  result.mean_queue = Seconds{static_cast<double>(queue) / n};
  result.last_end = engine::to_seconds(last);
  result.fates = scheduler.fates();
  if (last > first) {
    result.gpu_utilisation = accelerator_seconds(result.fates.allocated) / (gpus * engine::to_seconds(last - first).base());
  }
  return result;
}

PackReplay replay_pack(const NodeTrace& nodes, const std::vector<PodShape>& pods, std::string_view policy, double demand,
                       std::uint64_t seed) {
  const PackPolicyEntry& entry = entry_named(pack_policies(), policy);
  const bool any = std::any_of(pods.begin(), pods.end(), [](const PodShape& pod) { return pod.gpus > 0; });
  if (!any) throw InputError("no pod asks for an accelerator, so no demand can be reached");
  const PodMix mix = PodMix::of(pods);
  Packer packer(nodes.nodes, entry.make(mix));
  const double capacity = static_cast<double>(packer.capacity_milli());
  engine::Stream chance(seed, 0, "replay/pack");

  PackReplay result;
  std::int64_t arrived = 0;
  for (const PodShape& pod : arrivals(pods, demand * capacity, chance)) {
    arrived += pod.demand_milli();
    if (packer.place(pod, chance)) {
      ++result.placed;
    } else {
      ++result.refused;
    }
    if (demand >= 1 && arrived <= packer.capacity_milli()) {
      result.allocated_at_100_pct = 100 * static_cast<double>(packer.allocated_milli()) / capacity;
    }
  }
  double fragments = 0;
  for (std::int32_t n = 0; n < packer.nodes(); ++n) fragments += mix.fragmentation(packer.node(n));
  result.allocated_gpu_pct = 100 * static_cast<double>(packer.allocated_milli()) / capacity;
  result.fragmented_gpu_pct = 100 * fragments / capacity;
  return result;
}

}  // namespace headroom::scheduling
