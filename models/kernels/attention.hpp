#pragma once

#include "models/kernels/device.hpp"

namespace headroom::kernels {

/// Attention core of one layer on one rank: `batch` sequences of `queries` tokens that look at a mean of `context` keys each,
/// `heads` local heads, widths of key and value per head.
struct AttentionShape {
  double batch = 1, queries = 0, context = 0, heads = 0;
  double key_width = 0, value_width = 0;
  bool fused = true;  ///< flash-type kernel; false: scores written to memory (before 2023)
};

/// Mean number of keys that a token sees: half the sequence if causal, the window's share if a window is set.
[[nodiscard]] double mean_context(double sequence, double window, bool causal);

struct AttentionTimes {
  Seconds forward, backward;
};

/// Fused: 2 q c a (dk + dv) FLOPs forward and 2.5 times that backward (the scores are computed again) at `attention_share` of
/// the BF16 ceiling, less for narrow heads. Unfused: two batched products over the full square (no causal saving), with the
/// scores written and read about 6 times forward and 8 backward (fused mask and softmax, dropout, in 16 bit).
[[nodiscard]] AttentionTimes attention_times(const Device&, const AttentionShape&);

}  // namespace headroom::kernels
