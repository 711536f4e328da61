#include "models/training/estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "models/training/shape.hpp"
#include "models/units/math.hpp"

namespace headroom::training {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Memory of a plan whose recompute is decided, also where it covers only a share of the layers.
MemoryUse memory_of(const catalog::Architecture& a, const Layout& layout, const Plan& p, int data) {
  MemoryUse use = memory_use(a, layout, p, data, *p.recompute);
  if (*p.recompute != Recompute::full || p.recompute_share >= 1) return use;
  const MemoryUse none = memory_use(a, layout, p, data, Recompute::none);
  use.activations = p.recompute_share * use.activations + (1 - p.recompute_share) * none.activations;
  use.buffers = p.recompute_share * use.buffers + (1 - p.recompute_share) * none.buffers;
  return use;
}

/// Fills the recompute choice of a given plan, or searches one. Throws OutOfMemory.
Plan decide(const catalog::Architecture& a, const Layout& layout, const DeviceGroup& g, const kernels::Device& device,
            const Fitted& f, StepEstimate& out) {
  const Bytes usable = usable_memory * device.memory;
  if (!layout.plan) {
    const SearchResult found = search_plans(a, layout, g, f.constants);
    if (found.best.empty()) {
      if (!found.nearest_miss) throw UnsupportedPlan(fmt::format("no plan spreads {} sequences over {} ranks", layout.global_batch, g.ranks()));
      const Candidate& c = *found.nearest_miss;
      throw OutOfMemory(memory_use(a, layout, c.plan, c.data, Recompute::full), usable);
    }
    out.notes.push_back(fmt::format("plan chosen among {} that fit: {}", found.timed, describe(found.best.front().plan, found.best.front().data)));
    return found.best.front().plan;
  }
  Plan p = *layout.plan;
  if (const auto fault = plan_fault(a, layout, p, g)) throw UnsupportedPlan(*fault);
  const int data = data_ranks(p, g);
  if (!p.recompute) {
    const RecomputeChoice choice = choose_recompute(a, layout, p, data, usable);
    p.recompute = choice.kind;
    p.recompute_share = choice.share;
    if (choice.kind == Recompute::full) out.notes.push_back(fmt::format("recomputes {:.0f} % of the layers to fit", 100 * choice.share));
  }
  const MemoryUse use = memory_of(a, layout, p, data);
  if (use.total() > 1.0001 * usable) throw OutOfMemory(use, usable);  // a share of recompute is cut to fit to the byte
  return p;
}

}  // namespace

double expected_error(const catalog::Architecture& a, const DeviceGroup& g, const Fitted& f, Tuning tuning, bool assumed_shape, double launch_share) {
  const Spread& s = f.spread;
  double v = s.base * s.base;
  const std::string_view family = kernels::name(kernels::family_of(*g.chip));
  if (!contains(f.chips, g.chip->id)) v += contains(f.families, family) ? s.family_only * s.family_only : s.unmeasured * s.unmeasured;
  if (a.experts > 0) v += s.moe * s.moe;
  if (assumed_shape) v += s.assumed_shape * s.assumed_shape;
  if (tuning == Tuning::lora) v += s.adapter * s.adapter;
  v += s.small * s.small * std::min(1.0, 2 * launch_share);
  return std::sqrt(v);
}

std::string largest_part(const StepParts& s) {
  struct Part { std::string_view name; Seconds time; };
  const std::array<Part, 12> parts{Part{"linear", s.linear}, Part{"experts", s.experts}, Part{"attention", s.attention},
                                   Part{"memory", s.memory_bound}, Part{"recompute", s.recompute}, Part{"tensor_comm", s.tensor_comm},
                                   Part{"expert_comm", s.expert_comm}, Part{"launch", s.launch}, Part{"bubble", s.bubble},
                                   Part{"data_comm", s.data_comm}, Part{"optimizer", s.optimizer}, Part{"overhead", s.overhead}};
  const auto most = std::max_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.time < b.time; });
  return std::string(most->name);
}

Grade grade_of(const catalog::Chip& chip, const Fitted& f) {
  if (contains(f.chips, chip.id)) return Grade::interpolated;
  if (contains(f.families, kernels::name(kernels::family_of(chip)))) return Grade::extrapolated;
  return Grade::datasheet;
}

StepEstimate estimate(const catalog::Architecture& a, const Layout& layout, const DeviceGroup& g, const Fitted& f) {
  const kernels::Device device = tuned_device(g, f.constants);
  if (device.peak[static_cast<std::size_t>(layout.precision)].base() <= 0) {
    throw UnsupportedPrecision(fmt::format("{} has no {} rate", g.chip->id, kernels::name(layout.precision)));
  }
  StepEstimate out;
  out.plan = decide(a, layout, g, device, f, out);
  out.data = data_ranks(out.plan, g);
  out.memory = memory_of(a, layout, out.plan, out.data);
  out.parts = step_parts(a, layout, out.plan, g, device, f.constants, &out.bubble_share);
  out.time = out.parts.total();
  const double launch = (out.parts.launch + out.parts.overhead) / out.time;
  const double factor = math::exp(f.spread.quantile * expected_error(a, g, f, layout.tuning, !a.has_dimensions && !a.note.empty(), launch));
  out.low = out.time / factor;
  out.high = out.time * factor;
  const double tokens = static_cast<double>(layout.global_batch) * layout.sequence;
  out.per_accelerator = TokensPerSecond{tokens / out.time.base() / g.accelerators};
  const double peak = device.peak[static_cast<std::size_t>(layout.precision)].base() * g.ranks();
  out.mfu = model_flops_per_token(a, layout.sequence) * tokens / (peak * out.time.base());
  out.grade = grade_of(*g.chip, f);
  if (!a.has_dimensions) out.grade = weakest(out.grade, Grade::assumed);
  out.limit = largest_part(out.parts);
  return out;
}

}  // namespace headroom::training
