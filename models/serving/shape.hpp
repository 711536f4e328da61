#pragma once

#include "models/catalog/architecture.hpp"

namespace headroom::serving {

/// What a pass does with one architecture: counts of parameters and of cached values, independent of chip and plan.
/// Counts are plain numbers of values (not bytes); a "token" is one row of a matrix product.
struct ModelShape {
  int layers = 0;
  int moe_layers = 0;
  int full_layers = 0;    ///< layers whose attention reads the whole context
  int window_layers = 0;  ///< layers that read the last `window` tokens
  int linear_layers = 0;  ///< layers with a constant state in place of a cache
  int window = 0;
  int sparse_top = 0;     ///< keys read per token where an indexer selects them; 0: all

  double hidden = 0;
  double attention_params = 0;  ///< of all layers: projections in and out
  double attention_out_params = 0;  ///< of these, the output projections
  double attention_out_depth = 0;   ///< values over which an output projection sums
  double dense_ffn_params = 0;  ///< of all layers: dense FFN, shared experts, routers
  double dense_down_params = 0; ///< of these, the projections back to the hidden state
  double dense_down_depth = 0;  ///< values over which they sum
  double expert_params = 0;     ///< of one routed expert of one layer
  double expert_down_params = 0;
  double expert_depth = 0;      ///< width of one expert
  double head_params = 0;       ///< output head
  double embedding_params = 0;  ///< resident, costs no arithmetic; zero when tied to the head
  int experts = 0;
  int top_k = 0;

  double heads = 0;
  double kv_heads = 0;             ///< cached heads that tensor parallelism can split; 1 for MLA
  double cached_per_layer = 0;     ///< cached values of one token of one layer
  double score_flops = 0;          ///< operations of one query token on one key of one layer, all heads, prefill form
  double decode_score_flops = 0;   ///< the same in decode (absorbed form for MLA)
  double state_values = 0;         ///< values of the state of one linear layer of one sequence
  double linear_flops = 0;         ///< operations of one token in one linear layer beyond its projections
  bool latent = false;             ///< MLA
  bool estimated = false;          ///< dimensions were not known and are guessed from the parameter counts

  [[nodiscard]] double total_params() const {
    return attention_params + dense_ffn_params + expert_params * experts * moe_layers + head_params + embedding_params;
  }
  [[nodiscard]] double active_params() const {
    return attention_params + dense_ffn_params + expert_params * top_k * moe_layers + head_params;
  }
};

/// Derives the shape. Where the published total of parameters says that fewer layers have experts than the dimensions
/// suggest (MoE in every second layer), the published total decides. Unknown dimensions are guessed from the counts of
/// parameters along the line of published dense models (depth 0.0078 x width) and flagged. Throws std::invalid_argument if
/// not even the counts are known.
[[nodiscard]] ModelShape shape_of(const catalog::Architecture& architecture);

}  // namespace headroom::serving
