#pragma once

#include <string>

#include "models/training/plan.hpp"
#include "models/units/quantity.hpp"

namespace headroom::training {

/// Bytes on the fullest rank of a plan, by what holds them.
struct MemoryUse {
  Bytes weights;      ///< 16 bit (ZeRO-3: the local shard and the layers in flight)
  Bytes gradients;    ///< main gradients, 32 bit unless the plan says 16
  Bytes optimizer;    ///< 32 bit master weights and two Adam moments
  Bytes activations;  ///< of the micro-batches in flight
  Bytes logits;       ///< last stage
  Bytes buffers;      ///< communication buffers, runtime context, allocator slack
  [[nodiscard]] Bytes total() const { return weights + gradients + optimizer + activations + logits + buffers; }
};

/// Activation bytes of one layer for one micro-batch on one rank (Korthikanti 2022, eq. 1-5, generalised to GQA, gated FFN
/// and experts): s b (10 h (8 h without dropout) + (4 a d + 4 k d + 4 f or 6 f gated) / t) without recompute, everything / t with sequence parallel,
/// 4 f for a gated FFN too where the recipe makes the gated product again,
/// + 5 a s^2 b / t when the scores are kept (`fused_attention` false and recompute none), 2 s b h when recomputed in full.
[[nodiscard]] Bytes layer_activations(const catalog::Architecture&, const Plan&, Recompute, int sequence, bool fused_attention,
                                      bool moe_layer = false);
/// The same over the layers and micro-batches of the stage that holds most, the first or the fullest between. First stage of 1F1B:
/// p micro-batches, times 1 + (p-1)/(p v) when interleaved; never more than the m of the step.
[[nodiscard]] Bytes stage_activations(const catalog::Architecture&, const Plan&, Recompute, int sequence, int micro_batches,
                                      bool fused_attention);

/// Closed form of the whole (facts/training.md 5.2). `data` ranks per shard group; `recompute` as decided.
/// FP8 and FP4 recipes keep the inputs of linear layers in 8 bit: three quarters of the split part.
[[nodiscard]] MemoryUse memory_use(const catalog::Architecture&, const Layout&, const Plan&, int data, Recompute);

/// What a plan must compute again to fit: nothing, the attention core where it is not fused, or a share of the layers; share 1 if even that is too
/// little. `use` is the memory of the choice.
struct RecomputeChoice {
  Recompute kind = Recompute::none;
  double share = 1;
  MemoryUse use;
};
[[nodiscard]] RecomputeChoice choose_recompute(const catalog::Architecture&, const Layout&, const Plan&, int data, Bytes usable);

/// Usable bytes / data-sheet bytes. Vendors print binary sizes as GB (an "80 GB" H100 reports 81,559 MiB = 85.5e9 bytes), of
/// which the driver keeps about 1 %; newer ones print decimal sizes. Context and fragmentation are in `buffers`. `assumed`.
inline constexpr double usable_memory = 1.03;

/// Rows "what, GiB, share" of a plan that does not fit, largest first.
[[nodiscard]] std::string memory_table(const MemoryUse&, Bytes present);

}  // namespace headroom::training
