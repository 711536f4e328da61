#include "models/training/memory.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "models/training/shape.hpp"
#include "models/training/stages.hpp"

namespace headroom::training {

using catalog::Architecture;

namespace {
constexpr double allocator_slack = 0.055;  ///< of what is held: middle of the 3 to 8 % of facts/training.md 5.2
}  // namespace

Bytes layer_activations(const Architecture& a, const Plan& p, Recompute recompute, int sequence, bool fused_attention, bool moe_layer) {
  const double tokens = static_cast<double>(sequence) / p.context * p.micro_batch;
  const double t = p.tensor;
  const double h = a.hidden;
  const double whole = p.sequence_parallel ? t : 1;  // divisor of what tensor parallelism alone does not split
  if (recompute == Recompute::full) return Bytes{2 * tokens * h / whole};
  const HeadWidths w = head_widths(a);
  const double ffn_factor = a.gated ? 6 : 4;
  const double width = moe_layer ? static_cast<double>(a.top_k + a.shared_experts) * (a.moe_ffn > 0 ? a.moe_ffn : a.ffn_hidden) : a.ffn_hidden;
  const double kv = a.attention == Architecture::Attention::mla ? a.heads : a.kv_heads;
  double split = 2 * a.heads * (w.key + w.value) + 2 * kv * (w.key + w.value) + ffn_factor * width;
  if (moe_layer) split += 4.0 * a.top_k * h;  // dispatched copies of the tokens, before and after the experts
  const double dropped = a.gated ? 0 : 2;  // masks of two dropouts, which gated models do without
  double bytes = tokens * ((8 + dropped) * h / whole + split / t);
  if (!fused_attention && recompute == Recompute::none) {
    bytes += 5.0 * a.heads * sequence * (static_cast<double>(sequence) / p.context) * p.micro_batch / t;
  }
  return Bytes{bytes};
}

Bytes stage_activations(const Architecture& a, const Plan& p, Recompute recompute, int sequence, int micro_batches, bool fused_attention) {
  const ParameterCounts c = parameter_counts(a);
  const double dense = layer_activations(a, p, recompute, sequence, fused_attention, false).base() * c.dense_layers;
  const double moe = c.moe_layers > 0 ? layer_activations(a, p, recompute, sequence, fused_attention, true).base() * c.moe_layers : 0;
  const double stages = p.pipeline;
  double in_flight = std::min<double>(micro_batches, stages);
  if (p.virtual_stages > 1) in_flight *= 1 + (stages - 1) / (stages * p.virtual_stages);
  return Bytes{(dense + moe) / stages * in_flight};
}

MemoryUse memory_use(const Architecture& a, const Layout& layout, const Plan& p, int data, Recompute recompute) {
  ParameterCounts c = parameter_counts(a);
  if (layout.expert_input > 0) c.expert *= static_cast<double>(layout.expert_input) / a.hidden;
  const double layers = a.layers;
  const Stages stages = stages_of(a, p);
  const double each = (c.attention * layers + c.dense_ffn * c.dense_layers + c.shared * c.moe_layers + c.expert * a.experts * c.moe_layers) / layers;
  // The first stage holds a table beside its layers, the fullest between may hold a layer more.
  const bool first = p.pipeline == 1 || stages.first * each + c.embedding >= stages.middle * each;
  const double stage = std::max(1.0, first ? stages.first : stages.middle) / layers;
  const double dense = (c.attention * layers + c.dense_ffn * c.dense_layers + c.shared * c.moe_layers) * stage / p.tensor;
  const double experts = c.expert * a.experts * c.moe_layers * stage / p.expert / expert_tensor(a, p.tensor);
  const double tables = (p.pipeline == 1 ? c.embeddings : first ? 1 : 0) * c.embedding / p.tensor;
  const double replicas = std::max(1, data * p.context);
  const double shard = p.shard_group > 0 ? std::min<double>(p.shard_group, replicas) : replicas;
  const double expert_shard = std::max(1.0, shard * p.tensor / expert_tensor(a, p.tensor) / p.expert);
  const bool lora = layout.tuning == Tuning::lora;
  const double z = p.zero_stage >= 1 ? shard : 1;
  const double ze = p.zero_stage >= 1 ? expert_shard : 1;
  const double zg = p.zero_stage >= 2 ? shard : 1;
  const double zge = p.zero_stage >= 2 ? expert_shard : 1;
  const double zw = p.zero_stage >= 3 ? shard : 1;
  const double zwe = p.zero_stage >= 3 ? expert_shard : 1;
  const double main = dense + tables;
  MemoryUse use;
  use.weights = Bytes{2 * main / zw + 2 * experts / zwe};
  if (p.zero_stage >= 3) use.weights += Bytes{2 * 2 * (main / std::max(1.0, layers / p.pipeline) + experts / std::max(1.0, layers / p.pipeline))};
  if (!lora) {
    use.gradients = Bytes{p.gradient_bytes * main / zg + p.gradient_bytes * experts / zge};
    use.gradients += Bytes{p.recipe.copy_bytes * (main + experts) + p.recipe.update_bytes * (main / z + experts / ze)};
    use.optimizer = Bytes{12 * main / z + 12 * experts / ze};
  }
  const int micro_batches = std::max(1, layout.global_batch / std::max(1, p.micro_batch * data));
  use.activations = stage_activations(a, p, recompute, layout.sequence, micro_batches, !p.recipe.writes_scores);
  if (layout.precision != Precision::bf16 && recompute != Recompute::full) use.activations *= 0.8;
  if (recompute == Recompute::full) {
    use.activations += layer_activations(a, p, Recompute::none, layout.sequence, !p.recipe.writes_scores, c.moe_layers > 0);
  }
  const double tokens = static_cast<double>(layout.sequence) / p.context * p.micro_batch;
  if (p.recipe.keeps_outputs && p.pipeline > 1) use.activations += Bytes{2 * tokens * a.hidden * std::min(micro_batches, p.pipeline)};
  use.logits = Bytes{tokens * a.vocab * 4 / p.tensor};
  use.buffers = Bytes{1.5e9} + p.recipe.buckets + allocator_slack * (use.weights + use.gradients + use.optimizer + use.activations + use.logits);
  return use;
}

RecomputeChoice choose_recompute(const Architecture& a, const Layout& layout, const Plan& p, int data, Bytes usable) {
  RecomputeChoice c;
  c.use = memory_use(a, layout, p, data, Recompute::none);
  if (c.use.total() <= usable) return c;
  if (p.recipe.writes_scores) {  // fused attention computes its scores again anyway
    const MemoryUse selective = memory_use(a, layout, p, data, Recompute::selective);
    if (selective.total() <= usable) return {Recompute::selective, 1, selective};
  }
  const MemoryUse all = memory_use(a, layout, p, data, Recompute::full);
  const double saved = (c.use.total() - all.total()).base();
  const double needed = (c.use.total() - usable).base();
  c.kind = Recompute::full;
  c.share = saved > 0 ? std::min(1.0, needed / saved) : 1.0;
  const MemoryUse none = c.use;
  c.use = all;
  c.use.activations = c.share * all.activations + (1 - c.share) * none.activations;
  c.use.buffers = c.share * all.buffers + (1 - c.share) * none.buffers;
  return c;
}

std::string memory_table(const MemoryUse& use, Bytes present) {
  struct Row { std::string_view what; Bytes bytes; };
  std::array<Row, 6> rows{Row{"weights", use.weights}, Row{"gradients", use.gradients}, Row{"optimizer", use.optimizer},
                          Row{"activations", use.activations}, Row{"logits", use.logits}, Row{"buffers", use.buffers}};
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return b.bytes < a.bytes; });
  std::string text = fmt::format("needs {:.1f} GiB a rank, {:.1f} GiB are usable:", use.total().base() / 1073741824.0,
                                 present.base() / 1073741824.0);
  for (const Row& r : rows) {
    text += fmt::format(" {} {:.1f} GiB ({:.0f} %),", r.what, r.bytes.base() / 1073741824.0, 100 * r.bytes.base() / use.total().base());
  }
  text.pop_back();
  return text;
}

}  // namespace headroom::training
