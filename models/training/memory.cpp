#include "models/training/memory.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "models/training/shape.hpp"
#include "models/training/stages.hpp"

namespace headroom::training {

using catalog::Architecture;

Bytes layer_activations(const Architecture& a, const Plan& p, Recompute recompute, int sequence, bool fused_attention, bool moe_layer) {
  const double tokens = static_cast<double>(sequence) / p.context * p.micro_batch;
  const double t = p.tensor;
  const double h = a.hidden;
  const double whole = p.sequence_parallel ? t : 1;  // divisor of what tensor parallelism alone does not split
  if (recompute == Recompute::full) return Bytes{2 * tokens * h / whole};
  const HeadWidths w = head_widths(a);
  const double ffn_factor = a.gated && (moe_layer || !p.recipe.remakes_gate) ? 6 : 4;
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

namespace {
/// Micro-batches whose activations stage `i` (from 0) holds at most: 1F1B runs p - 1 - i forwards ahead, the interleaved order
/// 2 (p - 1 - i) + (v - 1) p chunks; a step never has more than all of its own.
double in_flight(const Plan& p, int micro_batches, int i) {
  const double ahead = p.pipeline - 1 - i;
  const double v = p.virtual_stages;
  const double ready = p.recipe.keeps_outputs ? 1 : 0;  // DeepSpeed's engine has a buffer more, for the input that comes in
  return std::min<double>(micro_batches, v > 1 ? (2 * ahead + (v - 1) * p.pipeline + 1) / v : ahead + 1 + ready);
}

/// Layers times micro-batches of the stage that holds most: the first or the fullest between.
double most_held(const Stages& stages, const Plan& p, int micro_batches) {
  const double first = stages.first * in_flight(p, micro_batches, 0);
  return p.pipeline > 2 ? std::max(first, stages.middle * in_flight(p, micro_batches, 1)) : first;
}
}  // namespace

Bytes stage_activations(const Architecture& a, const Plan& p, Recompute recompute, int sequence, int micro_batches, bool fused_attention) {
  const ParameterCounts c = parameter_counts(a);
  const double dense = layer_activations(a, p, recompute, sequence, fused_attention, false).base() * c.dense_layers;
  const double moe = c.moe_layers > 0 ? layer_activations(a, p, recompute, sequence, fused_attention, true).base() * c.moe_layers : 0;
  const Stages stages = stages_of(a, p);
  return Bytes{(dense + moe) / a.layers * most_held(stages, p, micro_batches)};
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
  // What is sharded is whole for two layers at a time while it is used or reduced.
  const double two_layers = 2 * (main + experts) / std::max(1.0, layers / p.pipeline);
  if (p.zero_stage >= 3) use.weights += Bytes{2 * two_layers};
  if (!lora) {
    use.gradients = Bytes{p.gradient_bytes * main / zg + p.gradient_bytes * experts / zge};
    if (p.zero_stage >= 2) use.gradients += Bytes{2 * two_layers};
    use.gradients += Bytes{p.recipe.copy_bytes * (main + experts) + p.recipe.update_bytes * (main / z + experts / ze)};
    use.optimizer = Bytes{12 * main / z + 12 * experts / ze};
  }
  const int micro_batches = std::max(1, layout.global_batch / std::max(1, p.micro_batch * data));
  use.activations = stage_activations(a, p, recompute, layout.sequence, micro_batches, !p.recipe.writes_scores);
  if (layout.precision != Precision::bf16 && recompute != Recompute::full) use.activations *= 0.8;
  Bytes even{};  // kept inputs of layers are all of one size and leave no fragments
  if (recompute == Recompute::full) {
    even = use.activations;
    use.activations += layer_activations(a, p, Recompute::none, layout.sequence, !p.recipe.writes_scores, c.moe_layers > 0);
  }
  const double tokens = static_cast<double>(layout.sequence) / p.context * p.micro_batch;
  if (p.recipe.keeps_outputs && p.pipeline > 1) use.activations += Bytes{2 * tokens * a.hidden * in_flight(p, micro_batches, 0)};
  use.logits = Bytes{tokens * a.vocab * 4 / p.tensor};
  use.buffers = Bytes{1.5e9} + p.recipe.buckets + p.recipe.slack * (use.weights + use.gradients + use.optimizer + use.activations - even + use.logits);
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
