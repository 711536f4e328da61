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

std::vector<int> stage_counts(std::optional<int> given, const Architecture& a, int ranks) {
  if (given) return {*given};
  std::vector<int> v;
  for (int p = 1; p <= std::min(a.layers, 64); ++p) {
    if (ranks % p != 0) continue;
    if (a.layers % p == 0 || (p > 1 && (a.layers + 2) % p == 0)) v.push_back(p);
  }
  return v;
}

std::vector<int> chunk_counts(std::optional<int> given, const Architecture& a, int stages) {
  if (given) return {*given};
  std::vector<int> v{1};
  if (stages > 1) {
    const int each = std::max(1, a.layers / stages);
    for (const int chunks : {2, 4, 8}) {
      if (each % chunks == 0) v.push_back(chunks);
    }
  }
  return v;
}

struct Counter {
  std::array<long long, 4> n{};
  enum Reason : std::size_t { batch, divides, experts, memory };
};

}  // namespace

SearchResult search_plans(const Architecture& a, const Layout& layout, const DeviceGroup& g, const Constants& k, const PlanBounds& b) {
  SearchResult result;
  const kernels::Device device = tuned_device(g, k);
  const Bytes present = usable_memory * device.memory;
  const int ranks = g.ranks();
  const int domain = std::max(1, g.chip->scaleup_domain.value_or(g.per_node)) * g.ranks_per_accelerator;
  const int tensor_limit = std::min({ranks, domain, 16 * g.ranks_per_accelerator, std::max(1, a.heads)});
  const int context_limit = layout.sequence >= 16384 ? std::min(16, ranks) : layout.sequence >= 8192 ? 2 : 1;
  const int expert_limit = a.experts > 0 ? std::min({a.experts, ranks, 64}) : 1;
  Counter refused;
  auto consider = [&](Plan& p, int data) {
    ++result.examined;
    MemoryUse use;
    if (b.recompute) {
      p.recompute = b.recompute;
      p.recompute_share = 1;
      use = memory_use(a, layout, p, data, *b.recompute);
    } else {
      const RecomputeChoice choice = choose_recompute(a, layout, p, data, present);
      p.recompute = choice.kind;
      p.recompute_share = choice.share;
      use = choice.use;
    }
    if (use.total() > present) {
      ++refused.n[Counter::memory];
      if (!result.nearest_miss || use.total() < result.nearest_miss->memory) {
        result.nearest_miss = Candidate{p, data, Seconds{}, use.total()};
      }
      return;
    }
    ++result.timed;
    const Seconds time = step_parts(a, layout, p, g, device, k).total();
    const Candidate candidate{p, data, time, use.total()};
    const auto place = std::find_if(result.best.begin(), result.best.end(), [&](const Candidate& c) { return time < c.time; });
    result.best.insert(place, candidate);
    if (result.best.size() > 5) result.best.pop_back();
  };
  for (const int tensor : doubling(b.tensor, tensor_limit)) {
    for (const int stages : stage_counts(b.pipeline, a, ranks)) {
      for (const int context : doubling(b.context, context_limit)) {
        Plan p;
        p.tensor = tensor;
        p.pipeline = stages;
        p.context = context;
        p.sequence_parallel = b.sequence_parallel.value_or(g.software_year >= 2023 && g.stack != Stack::deepspeed);
        p.schedule = b.schedule.value_or(Schedule::one_forward_one_backward);
        p.shard_group = b.shard_group.value_or(0);
        p.recipe = recipe_of(g.stack, b.sums_in_32_bit.value_or(true));
        const int data = data_ranks(p, g);
        if (data == 0) { ++refused.n[Counter::divides]; continue; }
        if (!b.micro_batch && data > layout.global_batch) { ++refused.n[Counter::batch]; continue; }
        for (const int expert : doubling(b.expert, expert_limit)) {
          p.expert = expert;
          if ((data * context * tensor) % expert != 0) { ++refused.n[Counter::experts]; continue; }
          for (const int zero : b.zero_stage ? std::vector<int>{*b.zero_stage} : std::vector<int>{1, 3}) {
            if (zero == 3 && !b.zero_stage && (stages > 1 || data == 1)) continue;
            p.zero_stage = zero;
            for (const int micro : doubling(b.micro_batch, std::min(16, std::max(1, layout.global_batch / data)))) {
              p.micro_batch = micro;
              if (!b.micro_batch && (layout.global_batch / data) % micro != 0) { ++refused.n[Counter::batch]; continue; }
              for (const int chunks : chunk_counts(b.virtual_stages, a, stages)) {
                p.virtual_stages = chunks;
                consider(p, data);
              }
            }
          }
        }
      }
    }
  }
  static constexpr std::array<const char*, 4> reasons{"data ranks x micro-batch do not divide the global batch",
                                                      "tp x pp x cp do not divide the ranks",
                                                      "expert ranks do not divide the data ranks", "does not fit the memory"};
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (refused.n[i] > 0) result.refused.push_back({reasons[i], refused.n[i]});
  }
  std::stable_sort(result.refused.begin(), result.refused.end(), [](const Refused& x, const Refused& y) { return x.plans > y.plans; });
  return result;
}

}  // namespace headroom::training
