#include "models/training/search.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "models/training/shape.hpp"

namespace headroom::training {
namespace {

using catalog::Architecture;

/// Powers of two up to `limit`, or the given value.
std::vector<int> doubling(std::optional<int> given, int limit) {
  if (given) return {*given};
  std::vector<int> v;
  for (int i = 1; i <= limit; i *= 2) v.push_back(i);
  if (v.empty()) v.push_back(1);
  return v;
}

/// Divisors of `n` up to `limit`, or the given value.
std::vector<int> divisors(std::optional<int> given, int n, int limit) {
  if (given) return {*given};
  std::vector<int> v;
  for (int i = 1; i <= std::min(n, limit); ++i) {
    if (n % i == 0) v.push_back(i);
  }
  return v;
}

std::vector<int> stage_counts(std::optional<int> given, const Architecture& a, int ranks) {
  if (given) return {*given};
  std::vector<int> v;
  for (int p = 1; p <= std::min(a.layers, 64); ++p) {
    if (ranks % p != 0) continue;
    const bool uneven = (p & (p - 1)) == 0 && a.layers >= 2 * p;  // the last stage gets what is left
    if (a.layers % p == 0 || (p > 1 && (a.layers + 2) % p == 0) || uneven) v.push_back(p);
  }
  return v;
}

std::vector<int> chunk_counts(std::optional<int> given, const Architecture& a, int stages) {
  if (given) return {*given};
  std::vector<int> v{1};
  if (stages > 1) {
    const int each = std::max(1, (a.layers + stages - 1) / stages);
    for (int chunks = 2; chunks <= std::min(8, each); ++chunks) {
      if (each % chunks == 0) v.push_back(chunks);
    }
  }
  return v;
}

/// States sharded by stage. ZeRO-2 and 3 reduce after every micro-batch: Megatron and DeepSpeed refuse them in a pipeline, PyTorch's
/// FSDP shards gradients there and keeps weights whole (Llama 3, 2407.21783 section 3.3.2). One rank has nobody to share with.
std::vector<int> zero_stages(std::optional<int> given, Stack stack, int stages, int replicas) {
  if (given) return {*given};
  if (replicas == 1) return {1};
  if (stages > 1) return stack == Stack::fsdp ? std::vector{1, 0, 2} : std::vector{1, 0};
  return {1, 0, 2, 3};
}

/// Ranks that share one copy of ZeRO-3's states: all, or those of one to four scale-up domains (HSDP).
std::vector<int> shard_groups(std::optional<int> given, int zero, int replicas, int inside) {
  if (given) return {*given};
  std::vector<int> v{0};
  if (zero == 3) {
    for (const int group : {inside, 4 * inside}) {
      if (group > 1 && group < replicas && replicas % group == 0) v.push_back(group);
    }
  }
  return v;
}

/// Orders of the pipeline that the software offers: PyTorch has had zero-bubble schedules since 2.5 (autumn 2024), Megatron-Core,
/// DeepSpeed and JAX have none.
std::vector<Schedule> schedules(std::optional<Schedule> given, const DeviceGroup& g, int stages) {
  if (given) return {*given};
  if (stages > 1 && g.stack == Stack::fsdp && g.software_year >= 2024.8) return {Schedule::one_forward_one_backward, Schedule::zero_bubble};
  return {Schedule::one_forward_one_backward};
}

/// Goes through the plans of one question and keeps the best.
class Search {
 public:
  Search(const Architecture& a, const Layout& layout, const DeviceGroup& g, const Constants& k, const PlanBounds& b)
      : a_(a), layout_(layout), g_(g), k_(k), b_(b), device_(tuned_device(g, k)), present_(usable_memory * device_.memory),
        domain_(std::max(1, g.scaleup_domain.value_or(g.chip->scaleup_domain.value_or(g.per_node))) * g.ranks_per_accelerator) {}

  SearchResult result() {
    const int ranks = g_.ranks();
    const int tensor_limit = std::min({ranks, domain_, 16 * g_.ranks_per_accelerator, std::max(1, a_.heads)});
    const int context_limit = layout_.sequence >= 16384 ? std::min(16, ranks) : layout_.sequence >= 8192 ? std::min(2, ranks) : 1;
    Plan p;
    p.sequence_parallel = b_.sequence_parallel.value_or(g_.software_year >= 2023 && g_.stack != Stack::deepspeed);
    p.recipe = recipe_of(g_.stack, g_.software_year, b_.sums_in_32_bit.value_or(true));
    for (const int tensor : doubling(b_.tensor, tensor_limit)) {
      for (const int stages : stage_counts(b_.pipeline, a_, ranks)) {
        for (const int context : doubling(b_.context, context_limit)) {
          p.tensor = tensor;
          p.pipeline = stages;
          p.context = context;
          spread_data(p);
        }
      }
    }
    list_refusals();
    return std::move(result_);
  }

 private:
  enum Reason : std::size_t { batch, divides, experts, memory };

  void spread_data(Plan& p) {
    const int data = data_ranks(p, g_);
    if (data == 0) { ++refused_[divides]; return; }
    if (!b_.micro_batch && data > layout_.global_batch) { ++refused_[batch]; return; }
    const int expert_limit = a_.experts > 0 ? std::min({a_.experts, g_.ranks(), 64}) : 1;
    const int replicas = data * p.context;
    for (const int expert : doubling(b_.expert, expert_limit)) {
      p.expert = expert;
      if ((replicas * p.tensor) % expert != 0) { ++refused_[experts]; continue; }
      for (const int zero : zero_stages(b_.zero_stage, g_.stack, p.pipeline, replicas)) {
        p.zero_stage = zero;
        for (const int shard : shard_groups(b_.shard_group, zero, replicas, domain_ / p.tensor)) {
          p.shard_group = shard;
          order(p, data);
        }
      }
    }
  }

  void order(Plan& p, int data) {
    for (const int micro : divisors(b_.micro_batch, std::max(1, layout_.global_batch / data), 16)) {
      p.micro_batch = micro;
      for (const Schedule schedule : schedules(b_.schedule, g_, p.pipeline)) {
        p.schedule = schedule;
        for (const int chunks : chunk_counts(b_.virtual_stages, a_, p.pipeline)) {
          p.virtual_stages = chunks;
          consider(p, data);
        }
      }
    }
  }

  void consider(Plan& p, int data) {
    ++result_.examined;
    MemoryUse use;
    if (b_.recompute) {
      p.recompute = b_.recompute;
      p.recompute_share = 1;
      use = memory_use(a_, layout_, p, data, *b_.recompute);
    } else {
      const RecomputeChoice choice = choose_recompute(a_, layout_, p, data, present_);
      p.recompute = choice.kind;
      p.recompute_share = choice.share;
      use = choice.use;
    }
    if (use.total() > 1.0001 * present_) {  // a share of recompute is cut to fit to the byte
      ++refused_[memory];
      if (!result_.nearest_miss || use.total() < result_.nearest_miss->memory) result_.nearest_miss = Candidate{p, data, Seconds{}, use.total()};
      return;
    }
    ++result_.timed;
    const Seconds time = step_parts(a_, layout_, p, g_, device_, k_).total();
    if (result_.best.size() == 5 && time >= result_.best.back().time) return;
    const auto place = std::find_if(result_.best.begin(), result_.best.end(), [&](const Candidate& c) { return time < c.time; });
    result_.best.insert(place, Candidate{p, data, time, use.total()});
    if (result_.best.size() > 5) result_.best.pop_back();
  }

  void list_refusals() {
    static constexpr std::array<const char*, 4> reasons{"data ranks x micro-batch do not divide the global batch",
                                                        "tp x pp x cp do not divide the ranks",
                                                        "expert ranks do not divide the data ranks", "does not fit the memory"};
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      if (refused_[i] > 0) result_.refused.push_back({reasons[i], refused_[i]});
    }
    std::stable_sort(result_.refused.begin(), result_.refused.end(), [](const Refused& x, const Refused& y) { return x.plans > y.plans; });
  }

  const Architecture& a_;
  const Layout& layout_;
  const DeviceGroup& g_;
  const Constants& k_;
  const PlanBounds& b_;
  kernels::Device device_;
  Bytes present_;
  int domain_;
  SearchResult result_;
  std::array<long long, 4> refused_{};
};

}  // namespace

SearchResult search_plans(const Architecture& a, const Layout& layout, const DeviceGroup& g, const Constants& k, const PlanBounds& b) {
  return Search(a, layout, g, k, b).result();
}

}  // namespace headroom::training
