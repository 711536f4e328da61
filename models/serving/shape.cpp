#include "models/serving/shape.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

using catalog::Architecture;

double ffn_params(double hidden, double width, bool gated) { return (gated ? 3.0 : 2.0) * hidden * width; }

double gqa_params(const Architecture& a) {
  return static_cast<double>(a.hidden) * a.head_dim * (2.0 * a.heads + 2.0 * a.kv_heads);
}

/// DeepSeek-V2 (arXiv 2405.04434, section 2.1): low-rank queries and keys/values, rope part beside them.
double mla_params(const Architecture& a) {
  const double h = a.hidden, heads = a.heads;
  const double q_dim = heads * (a.nope_dim + a.rope_dim);
  const double q = a.q_lora_rank > 0 ? h * a.q_lora_rank + a.q_lora_rank * q_dim : h * q_dim;
  return q + h * (a.kv_lora_rank + a.rope_dim) + a.kv_lora_rank * heads * (a.nope_dim + a.v_head_dim) + heads * a.v_head_dim * h;
}

/// Fills unknown dimensions from the counts of parameters.
Architecture guessed(const Architecture& a) {
  if (!(a.params_total > 0)) {
    throw std::invalid_argument("architecture \"" + a.id + "\" has neither dimensions nor a count of parameters");
  }
  Architecture g = a;
  const double active = a.params_active > 0 ? a.params_active : a.params_total;
  // A dense transformer has about 12.5 L h^2 parameters; published models lie near L = 0.0078 h (7B: 32/4096, 70B: 80/8192 ...).
  const double width = math::pow(active / (12.5 * 0.0078), 1.0 / 3.0);
  g.hidden = std::max(1024, static_cast<int>(std::llround(width / 256.0)) * 256);
  g.layers = std::max(8, static_cast<int>(std::llround(active / (12.5 * g.hidden * static_cast<double>(g.hidden)))));
  g.head_dim = 128;
  g.heads = std::max(8, g.hidden / 128);
  g.kv_heads = 8;
  g.ffn_hidden = static_cast<int>(3.5 * g.hidden);
  g.vocab = 130000;
  g.gated = true;
  g.attention = Architecture::Attention::gqa;
  if (a.params_total > 1.5 * active) {  // sparse: experts hold what the active part does not explain
    g.experts = 128;
    g.top_k = 8;
    const double per_expert = (a.params_total - active) / (static_cast<double>(g.layers) * (g.experts - g.top_k));
    g.moe_ffn = std::max(64, static_cast<int>(per_expert / (3.0 * g.hidden)));
  }
  return g;
}

void set_attention(ModelShape& s, const Architecture& a) {
  s.heads = a.heads;
  s.latent = a.attention == Architecture::Attention::mla && a.kv_lora_rank > 0;
  if (s.latent) {
    s.kv_heads = 1;
    s.cached_per_layer = a.kv_lora_rank + a.rope_dim;
    s.score_flops = 2.0 * a.heads * (a.nope_dim + a.rope_dim + a.v_head_dim);
    s.decode_score_flops = 2.0 * a.heads * (2.0 * a.kv_lora_rank + a.rope_dim);
  } else {
    s.kv_heads = std::max(1, a.kv_heads);
    s.cached_per_layer = 2.0 * s.kv_heads * a.head_dim;
    s.score_flops = 4.0 * a.heads * a.head_dim;
    s.decode_score_flops = s.score_flops;
  }
  s.full_layers = a.layers;
  if (a.full_attention_layers && *a.full_attention_layers < a.layers) {
    s.full_layers = *a.full_attention_layers;
    (a.sliding_window ? s.window_layers : s.linear_layers) = a.layers - s.full_layers;
  } else if (a.sliding_window && a.full_attention_layers) {
    s.full_layers = 0;
    s.window_layers = a.layers;
  }
  s.window = a.sliding_window.value_or(0);
  if (a.other_layers.find("indexer") != std::string::npos || a.note.find("indexer") != std::string::npos) {
    s.sparse_top = 2048;  // DeepSeek-V3.2, and GLM-5 after it
  }
}

}  // namespace

ModelShape shape_of(const catalog::Architecture& architecture) {
  const bool known = architecture.has_dimensions && architecture.layers > 0 && architecture.hidden > 0 && architecture.heads > 0;
  const Architecture a = known ? architecture : guessed(architecture);
  ModelShape s;
  s.estimated = !known;
  s.layers = a.layers;
  s.hidden = a.hidden;
  s.experts = a.experts;
  s.top_k = a.top_k;
  set_attention(s, a);

  const double attention = s.latent ? mla_params(a) : gqa_params(a);
  s.attention_params = attention * a.layers;
  s.attention_out_depth = static_cast<double>(a.heads) * (s.latent ? a.v_head_dim : a.head_dim);
  s.attention_out_params = s.attention_out_depth * a.hidden * a.layers;
  s.head_params = static_cast<double>(a.hidden) * a.vocab;
  s.embedding_params = a.tied_embedding ? 0.0 : s.head_params;
  const double dense_layer = ffn_params(a.hidden, a.ffn_hidden, a.gated);
  const double down = a.gated ? 1.0 / 3.0 : 0.5;
  if (a.experts > 0) {
    s.expert_params = ffn_params(a.hidden, a.moe_ffn, a.gated);
    s.expert_down_params = down * s.expert_params;
    s.expert_depth = a.moe_ffn;
    s.moe_layers = a.layers - a.first_dense_layers;
    const double shared = a.shared_experts * s.expert_params + static_cast<double>(a.hidden) * a.experts;
    const double moe_layer = s.expert_params * a.experts + shared;
    const double rest = s.attention_params + s.head_params + s.embedding_params;
    if (a.params_total > 0 && rest + moe_layer * s.moe_layers > 1.25 * a.params_total) {
      const double fits = (a.params_total - rest - dense_layer * a.layers) / (moe_layer - dense_layer);
      s.moe_layers = std::clamp(static_cast<int>(std::llround(fits)), 1, s.moe_layers);
    }
    s.dense_ffn_params = dense_layer * (a.layers - s.moe_layers) + shared * s.moe_layers;
    s.dense_down_params = down * s.dense_ffn_params;
    s.dense_down_depth = s.moe_layers < a.layers && a.shared_experts == 0 ? a.ffn_hidden : a.moe_ffn * std::max(1, a.shared_experts);
  } else {
    s.dense_ffn_params = dense_layer * a.layers;
    s.dense_down_params = down * s.dense_ffn_params;
    s.dense_down_depth = a.ffn_hidden;
  }
  if (s.linear_layers > 0) {
    // Linear-attention layers are not in the table of dimensions. Their projections are what the published total leaves over;
    // the state of gated DeltaNet and Mamba-2 is (1.5 h) x 128 values, between published 1 h (Qwen3.5-9B) and 2 h (397B).
    const double left = a.params_total - (s.total_params() - attention * s.linear_layers);
    const double each = std::clamp(left / s.linear_layers, 0.7 * attention, 2.0 * attention);
    s.attention_params = attention * (a.layers - s.linear_layers) + each * s.linear_layers;
    s.state_values = 1.5 * a.hidden * 128.0;
    s.linear_flops = 6.0 * s.state_values;
  }
  return s;
}

}  // namespace headroom::serving
