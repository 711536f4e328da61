#include "models/training/plan.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace headroom::training {

std::string_view name(Recompute r) {
  switch (r) {
    case Recompute::none: return "none";
    case Recompute::selective: return "selective";
    case Recompute::full: return "full";
  }
  return "?";
}

std::string_view name(Schedule s) {
  switch (s) {
    case Schedule::one_forward_one_backward: return "1f1b";
    case Schedule::zero_bubble: return "zero-bubble";
    case Schedule::dual_pipe: return "dualpipe";
  }
  return "?";
}

std::string_view name(Stack s) {
  switch (s) {
    case Stack::megatron: return "megatron";
    case Stack::deepspeed: return "deepspeed";
    case Stack::fsdp: return "fsdp";
    case Stack::jax: return "jax";
    case Stack::unknown: return "unknown";
  }
  return "?";
}

StateRecipe recipe_of(Stack s, double software_year, bool sums_in_32_bit) {
  const double slack = software_year < 2023.8 ? 0.055 : 0.03;
  if (s != Stack::deepspeed) return {0, 0, Bytes{}, false, slack, software_year < 2023, s == Stack::fsdp && software_year >= 2023};
  return {sums_in_32_bit ? 2 : 0, sums_in_32_bit ? 0 : 4, Bytes{2 * 2 * 5e8}, true, slack, true, false};
}

BytesPerSecond DeviceGroup::port() const { return scaleout.value_or(chip->scaleout_bandwidth.value_or(gigabits_per_second(50))); }

DeviceGroup on_fabric(DeviceGroup g, std::span<const Reach> reaches) {
  if (reaches.empty() || reaches.size() > g.tiers.size()) throw std::invalid_argument(fmt::format("a group sees one to {} reaches of a fabric, not {}", g.tiers.size(), reaches.size()));
  g.oversubscription = 1;
  g.tiers = {};
  const BytesPerSecond port = g.port();
  for (std::size_t i = 0; i < reaches.size(); ++i) {
    const Reach& r = reaches[i];
    if (r.accelerators <= (i > 0 ? reaches[i - 1].accelerators : 0)) throw std::invalid_argument("the reaches of a fabric widen one after the other");
    if (!(r.ring.base() > 0 && r.all_to_all.base() > 0)) throw std::invalid_argument("a reach of a fabric lets more than 0 through");
    g.tiers[i] = {r.accelerators * g.ranks_per_accelerator, std::max(1.0, port / r.ring), std::max(1.0, port / r.all_to_all)};
  }
  return g;
}

std::string describe(const Plan& p, int data) {
  std::string text = fmt::format("tp{} pp{}", p.tensor, p.pipeline);
  if (p.virtual_stages > 1) text += fmt::format("x{}", p.virtual_stages);
  if (p.context > 1) text += fmt::format(" cp{}", p.context);
  text += fmt::format(" dp{}", data);
  if (p.expert > 1) text += fmt::format(" ep{}", p.expert);
  text += fmt::format(" mb{} zero{}", p.micro_batch, p.zero_stage);
  if (p.shard_group > 0) text += fmt::format("/{}", p.shard_group);
  if (p.schedule != Schedule::one_forward_one_backward) text += fmt::format(" {}", name(p.schedule));
  if (p.recompute) text += fmt::format(" recompute-{}", name(*p.recompute));
  if (p.recompute == std::optional{Recompute::full} && p.recompute_share < 1) text += fmt::format("({:.0f} %)", 100 * p.recompute_share);
  return text;
}

}  // namespace headroom::training
