#include "models/training/shape.hpp"

#include <algorithm>
#include <cmath>

#include "models/kernels/attention.hpp"

namespace headroom::training {

using catalog::Architecture;

double ParameterCounts::total(double experts) const {
  return attention * (dense_layers + moe_layers) + dense_ffn * dense_layers + (expert * experts + shared) * moe_layers +
         embedding * embeddings;
}

double ParameterCounts::active(double top_k) const {
  return attention * (dense_layers + moe_layers) + dense_ffn * dense_layers + (expert * top_k + shared) * moe_layers + embedding;
}

HeadWidths head_widths(const Architecture& a) {
  if (a.attention == Architecture::Attention::mla && a.v_head_dim > 0) {
    return {static_cast<double>(a.nope_dim + a.rope_dim), static_cast<double>(a.v_head_dim)};
  }
  const double d = a.head_dim > 0 ? a.head_dim : static_cast<double>(a.hidden) / std::max(1, a.heads);
  return {d, d};
}

ParameterCounts parameter_counts(const Architecture& a) {
  ParameterCounts c;
  const double h = a.hidden;
  const double gates = a.gated ? 3 : 2;
  const HeadWidths w = head_widths(a);
  if (a.attention == Architecture::Attention::mla && a.kv_lora_rank > 0) {
    const double q = a.q_lora_rank > 0 ? h * a.q_lora_rank + a.q_lora_rank * a.heads * w.key : h * a.heads * w.key;
    c.attention = q + h * (a.kv_lora_rank + a.rope_dim) + a.kv_lora_rank * a.heads * (a.nope_dim + w.value) + a.heads * w.value * h;
  } else {
    c.attention = h * w.key * (2.0 * a.heads + 2.0 * a.kv_heads);
  }
  c.dense_ffn = gates * h * a.ffn_hidden;
  c.moe_layers = a.experts > 0 ? std::max(0, a.layers - a.first_dense_layers) : 0;
  c.dense_layers = a.layers - c.moe_layers;
  if (c.moe_layers > 0) {
    const double width = a.moe_ffn > 0 ? a.moe_ffn : a.ffn_hidden;
    c.expert = gates * h * width;
    c.shared = gates * h * width * a.shared_experts + h * a.experts;
  }
  c.embedding = static_cast<double>(a.vocab) * h;
  c.embeddings = a.tied_embedding ? 1 : 2;
  return c;
}

int expert_tensor(const Architecture& a, int tensor) {
  const int width = a.moe_ffn > 0 ? a.moe_ffn : a.ffn_hidden;
  return width >= 8192 ? tensor : 1;
}

double model_flops_per_token(const Architecture& a, double sequence) {
  const ParameterCounts c = parameter_counts(a);
  const HeadWidths w = head_widths(a);
  const double full = a.full_attention_layers.value_or(a.layers);
  const double windowed = a.sliding_window ? a.layers - full : 0.0;
  const double pairs = full * kernels::mean_context(sequence, 0, true) +
                       windowed * kernels::mean_context(sequence, a.sliding_window.value_or(0), true);
  return 6 * c.active(a.top_k) + 6 * pairs * a.heads * (w.key + w.value);
}

Architecture shape_from_parameters(double total, double active, int vocab) {
  Architecture a;
  a.vocab = vocab;
  a.gated = true;
  const bool moe = active > 0 && active < 0.9 * total;
  const double dense = moe ? active : total;
  // Solve L from L * 12.? h^2 with h = 128 L: gated FFN of 8/3 h and full attention give 12 h^2 a layer.
  double layers = 2;
  for (int l = 2; l < 200; ++l) {
    const double h = 128.0 * l;
    if (12 * h * h * l + vocab * h > dense) break;
    layers = l;
  }
  a.layers = static_cast<int>(layers);
  a.hidden = static_cast<int>(layers) * 128;
  // The remainder goes to the FFN width, in steps of 128.
  const double h = a.hidden;
  const double left = (dense - vocab * h) / layers - 4 * h * h;
  a.ffn_hidden = std::max(128, static_cast<int>(left / (3 * h) / 128) * 128);
  a.heads = std::max(1, a.hidden / 128);
  a.kv_heads = a.heads;
  a.head_dim = 128;
  if (moe) {
    a.top_k = 8;
    a.moe_ffn = std::max(64, a.ffn_hidden / 8 / 64 * 64);
    a.experts = std::max(16, static_cast<int>((total - active) / (3 * h * a.moe_ffn * layers)) + 8);
    a.experts = (a.experts + 7) / 8 * 8;
  }
  a.params_total = total;
  a.params_active = moe ? active : total;
  a.has_dimensions = false;
  a.note = "dimensions assumed from the parameter count";
  return a;
}

}  // namespace headroom::training
