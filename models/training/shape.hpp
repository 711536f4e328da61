#pragma once

#include "models/catalog/architecture.hpp"

namespace headroom::training {

/// Parameter counts by where they live, as plain numbers. Norms and biases are left out (below 0.1 %).
struct ParameterCounts {
  double attention = 0;     ///< of one layer
  double dense_ffn = 0;     ///< of one dense layer
  double expert = 0;        ///< of one expert
  double shared = 0;        ///< shared experts and router of one MoE layer
  double embedding = 0;     ///< one table of vocabulary x hidden
  int dense_layers = 0, moe_layers = 0, embeddings = 2;
  [[nodiscard]] double total(double experts) const;
  /// Weights that a token passes (one embedding: the look-up costs nothing).
  [[nodiscard]] double active(double top_k) const;
};
[[nodiscard]] ParameterCounts parameter_counts(const catalog::Architecture&);

/// Tensor ranks that split one expert: wide experts (8,192 and up: Mixtral, Grok) are split like a dense FFN, narrow ones
/// stay whole and take a share of the tokens instead, which is what recipes of both kinds do.
[[nodiscard]] int expert_tensor(const catalog::Architecture&, int tensor);

/// Widths of keys and values for one head (MLA: nope + rope, and v).
struct HeadWidths {
  double key = 0, value = 0;
};
[[nodiscard]] HeadWidths head_widths(const catalog::Architecture&);

/// Model FLOPs of one token, forward and backward: 6 x active weights + 12 L a d s chi with chi = 1/2 (causal), no recompute.
/// This is the numerator of MFU everywhere in Headroom (design section 10).
[[nodiscard]] double model_flops_per_token(const catalog::Architecture&, double sequence);

/// A plausible decoder when only counts are known: depth and width from the total by the usual aspect (hidden = 128 x layers),
/// gated FFN of 8/3 hidden, heads of 128; MoE if active < total. An assumption, said so in `note`.
[[nodiscard]] catalog::Architecture shape_from_parameters(double total, double active, int vocab = 128000);

}  // namespace headroom::training
