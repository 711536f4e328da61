#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/collectives/collectives.hpp"
#include "models/kernels/device.hpp"
#include "models/units/quantity.hpp"

namespace headroom::training {

using kernels::Precision;

/// Which activations are computed again in the backward pass. Selective: the attention core only (Korthikanti 2022).
enum class Recompute { none, selective, full };
[[nodiscard]] std::string_view name(Recompute);

/// Order of micro-batches in the pipeline. 1F1B is interleaved when a stage holds several chunks; zero-bubble splits the
/// backward into input and weight gradients (facts/training.md 5.3); DualPipe is a zero-bubble order in which one micro-batch
/// computes while another one's tokens travel to their experts (DeepSeek-V3 report, 2412.19437, section 3.2.1).
enum class Schedule { one_forward_one_backward, zero_bubble, dual_pipe };
[[nodiscard]] std::string_view name(Schedule);
[[nodiscard]] constexpr bool splits_backward(Schedule s) { return s != Schedule::one_forward_one_backward; }

/// Training software, as far as it changes speed by itself.
enum class Stack { megatron, deepspeed, fsdp, jax, unknown };
[[nodiscard]] std::string_view name(Stack);

enum class Tuning { full, lora };

/// What a framework keeps beside weights, main gradients and optimizer states.
struct StateRecipe {
  int copy_bytes = 0;           ///< of a second gradient for each parameter, in the format of the weights
  int update_bytes = 0;         ///< of a 32 bit gradient for each parameter whose states are local, while they are updated
  Bytes buckets{};              ///< flat buffers of reductions and gathers
  bool keeps_outputs = false;   ///< the pipeline holds the output of a stage beside its input, and room for one micro-batch more
  double slack = 0.03;          ///< of what is held, lost to fragments: 3 to 8 % (facts/training.md 5.2)
  bool writes_scores = false;   ///< attention is not fused: a layer that is held, or is just being computed again, has its scores
  bool remakes_gate = false;    ///< a gated dense FFN holds its two inner products; their gated product is made again in the backward kernel
};
/// Megatron-Core, FSDP and JAX: nothing, and scores where attention was not yet fused (before 2023). Megatron-DeepSpeed: two buckets of 5e8 elements (its defaults), the pipeline engine's
/// output buffers, a 32 bit copy of the local part of 16 bit gradients; its BF16 optimizer (`sums_in_32_bit`) keeps 32 bit sums of
/// all gradients beside the 16 bit ones instead. Fragments: 5.5 %, the middle of what is known, before allocators could grow
/// their segments (PyTorch 2.1, autumn 2023), 3 % since (deepspeed/runtime/{zero/stage_1_and_2,bf16_optimizer,pipe/engine}.py).
/// PyTorch stacks since 2023 hold gate and up projection only: xformers' fused SwiGLU (ops/swiglu_op.py, since late 2022) and
/// torch.compile's partitioner (2.0) make their product again, where Megatron's fused SwiGLU keeps it as the input of the last GEMM.
[[nodiscard]] StateRecipe recipe_of(Stack, double software_year, bool sums_in_32_bit);

/// How the ranks split the work. Ranks = tensor x pipeline x context x data; experts are spread inside data (x context).
struct Plan {
  int tensor = 1;
  int pipeline = 1;
  int virtual_stages = 1;  ///< chunks of layers per stage
  int context = 1;
  int expert = 1;
  int zero_stage = 1;      ///< 0: optimizer states on every rank; 1, 2: sharded over data ranks; 3: weights too
  int shard_group = 0;     ///< ranks that share one copy of the sharded states (HSDP); 0: all data ranks
  int micro_batch = 1;     ///< sequences
  bool sequence_parallel = true;  ///< norm and residual regions split over tensor ranks
  Schedule schedule = Schedule::one_forward_one_backward;
  int gradient_bytes = 4;  ///< of one gradient as it is summed: 4 (32 bit main gradients), 2 in recipes that reduce in 16 bit
  StateRecipe recipe;
  std::optional<Recompute> recompute;  ///< nothing: the least that fits the memory
  double recompute_share = 1;          ///< of the layers that `recompute` full covers (frameworks recompute by layer)
};
/// "tp4 pp8x5 cp2 dp16 ep8 mb1 zero1 full"
[[nodiscard]] std::string describe(const Plan&, int data);

/// What one optimizer step computes.
struct Layout {
  std::optional<Plan> plan;  ///< nothing: the model searches (`auto`)
  Precision precision = Precision::bf16;
  int global_batch = 1;      ///< sequences of a step
  int sequence = 4096;       ///< tokens of a sequence
  Tuning tuning = Tuning::full;
  bool biased_attention = false;  ///< ALiBi and other added biases: first-generation fused kernels, which do not skip the causal half
  int expert_input = 0;      ///< width that enters an expert where it is not the hidden width (latent MoE); 0: hidden
  int mixing_layers = 0;     ///< state-space layers beside the blocks of the architecture (hybrid models)
};

/// Equal accelerators of one job and what surrounds them.
struct DeviceGroup {
  const catalog::Chip* chip = nullptr;
  int accelerators = 1;
  int per_node = 8;
  int ranks_per_accelerator = 1;       ///< Trainium counts cores, MI250X dies
  std::optional<Watts> power_cap;      ///< of the chip; nothing: its TDP
  std::optional<BytesPerSecond> scaleout;  ///< of one accelerator; nothing: the catalogue's
  std::optional<Seconds> scaleout_latency;  ///< of a hop; nothing: the usual one of collectives::fabric_of
  std::optional<BytesPerSecond> scaleup;    ///< of one accelerator inside its domain; nothing: the catalogue's
  std::optional<Seconds> scaleup_latency;
  std::optional<bool> reduces_in_switch;    ///< of the scale-up network; nothing: by the chip
  double oversubscription = 1;
  std::array<collectives::Tier, 3> tiers{}; ///< of a drawn fabric, instead of `oversubscription`
  double software_year = 2025.5;       ///< date of the software as a year with fraction
  Stack stack = Stack::unknown;
  bool launches_block = false;         ///< the host waits for every kernel (CUDA_LAUNCH_BLOCKING=1)
  std::optional<int> scaleup_domain;   ///< accelerators that share the fast link; nothing: the catalogue's
  double rate = 1;                     ///< of arithmetic against BF16, for rows in TF32 (1/2) or FP32 (1/16)
  [[nodiscard]] int ranks() const { return accelerators * ranks_per_accelerator; }
  /// Scale-out bandwidth of one accelerator: the group's, the catalogue's, or 50 Gb/s as in collectives::fabric_of.
  [[nodiscard]] BytesPerSecond port() const;
};

/// What gets through for each accelerator, all sending at once, in groups of a job that span at most `accelerators` of it.
struct Reach {
  int accelerators = 0;
  BytesPerSecond ring, all_to_all;
};
/// The group as it stands in a fabric: what the groups of ranks of a plan see by how far they reach, narrowest first (say domains
/// under one leaf, leaves under one spine, the whole job; wider groups than the last see what it does). Inside a scale-up domain
/// its own link counts. A rate above the port is the port's. Throws std::invalid_argument for none or more than three, for
/// reaches that do not widen, and for rates that are not above 0.
[[nodiscard]] DeviceGroup on_fabric(DeviceGroup, std::span<const Reach>);

}  // namespace headroom::training
