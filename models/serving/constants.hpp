#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/chip.hpp"
#include "models/serving/plan.hpp"
#include "models/units/evidence.hpp"

namespace headroom::serving {

/// One fitted constant. All constants of the serving model are logarithms of positive factors, so that a chip's, a
/// family's and an engine's deviations add.
struct Constant {
  std::string name;             ///< "weight_bandwidth", "family.hopper.memory", "chip.h200_sxm.compute", "engine.vllm.overhead"
  double log_value = 0;
  double standard_error = 0;    ///< of log_value; the prior's width where nothing was measured
  double prior = 0;             ///< log of the prior's centre
  double prior_width = 0;       ///< standard deviation of the prior, in log units
  double rows = 0;              ///< measured rows that depend on it
};

/// A deviation that a chip, its family and an engine may have from the common value of a rate.
enum class Aspect : std::uint8_t { memory, compute, overhead, link };
inline constexpr int aspects = 4;

/// What the best kernels alone reach of a chip's data sheet (kernels::gemm_ceiling, kernels::memory_ceiling,
/// collectives::scaleup_share), whatever runs on it; training starts from the same.
enum class Ceiling : std::uint8_t { none, memory, arithmetic_16, arithmetic_8, arithmetic_4, link };
inline constexpr std::size_t ceiling_count = 6;

/// The rates from which passes are timed, one common constant each. Bandwidths and arithmetic are kept as shares of the chip's
/// ceilings and resolved to shares of its rating.
enum class Rate : std::uint8_t {
  weight_bandwidth,      ///< share of the memory's ceiling reached while reading weights of dense layers
  expert_bandwidth,      ///< the same for routed experts
  cache_bandwidth,       ///< the same for the cache in decode attention
  latent_bandwidth,      ///< the same for MLA caches
  gemm_bf16,             ///< share of the ceiling of arithmetic reached by large dense products
  gemm_fp8,
  gemm_fp4,
  gemm_weight_only,      ///< 16-bit products of quantised weights, relative to gemm_bf16
  block_scaled_gemm,     ///< 8-bit products relative to gemm_fp8 on chips that scale blocks of 32 in the unit: the scales of FP8 checkpoints (by 128 or by row) are applied outside it
  expert_gemm,           ///< grouped products relative to dense ones
  gemm_half_rows,        ///< rows at which a dense product reaches half of its best rate
  gemm_half_depth,       ///< depth of the sum at which a 16-bit product reaches half of its best rate on an H100
  expert_half_rows,      ///< rows per expert at which a grouped product does
  expert_passes,         ///< traffic of routed rows outside the products / what is counted for it
  attention_compute,     ///< share of the ceiling of 16-bit arithmetic reached by prefill attention
  latent_compute,        ///< the same by decode attention on latent caches
  elementwise_passes,    ///< reads and writes of the hidden state per layer outside matrix products
  layer_time,            ///< fixed time of one layer inside a captured graph, seconds
  expert_layer_time,     ///< more of it for a layer with routed experts
  linear_layer_time,     ///< more of it for a layer with linear attention
  index_layer_time,      ///< more of it for a layer whose keys an indexer selects
  eager_layer_time,      ///< least time of one layer of a pass with prompt tokens (launched from the host)
  eager_expert_layer_time, ///< more of it for a layer with routed experts
  compiled_launches,     ///< share of the launches left where the engine compiles the pass
  quantised_layer_time,  ///< more fixed time of a layer whose activations are quantised by kernels of their own
  step_time,             ///< fixed time of one pass: scheduler, sampling, host
  sequence_vllm,         ///< host time of one sequence in one pass that the device waits for, by engine
  sequence_vllm_v0,      ///< of vLLM's first engine, before February 2025
  sequence_sglang,
  sequence_trtllm,
  sequence_other,
  prompt_time,           ///< front-end time of one request before its first pass
  prompt_token_time,     ///< front-end time of one prompt token
  handover_time,         ///< from the end of a prompt in a prefill worker to its first token in a decode worker, beside the transfer
  admission_time,        ///< spacing at which one front end can hand over requests
  wait_vllm,             ///< decode passes that an arrival waits before its first pass, by engine: receive interval,
  wait_sglang,           ///<   overlap of scheduling with the running pass, hand-over of the first token
  wait_trtllm,
  wait_other,
  wait_attention_dp,     ///< further passes where attention groups wait for each other to start prompts together (TensorRT-LLM)
  reduce_latency,        ///< one all-reduce of two devices, seconds
  reduce_latency_growth, ///< factor for each doubling of devices
  link_bandwidth,        ///< share of the links' ceiling reached by all-reduce
  exchange_latency,      ///< one expert dispatch or combine, seconds
  exchange_bandwidth,    ///< share of the links' ceiling reached by it
  linear_attention,      ///< cost of linear attention relative to its arithmetic at the 16-bit ceiling
  expert_skew,           ///< deviation of the loads of single experts over their mean
  hop_time,              ///< one pipeline hop, seconds
  yearly_drift,          ///< factor on device time for one year of newer software
  yearly_overhead_drift, ///< factor on fixed times for one year of newer software
  yearly_sequence_drift, ///< factor on the host time of a sequence for one year of newer software
  young_reread,          ///< share of a group's query heads that read the cache again in attention kernels of young stacks
  young_stack_drift,     ///< further factor on the arithmetic's time per year before the date of record where engines were ports (AMD)
  stock_time,            ///< factor on the device's time of a pass of a server that runs with its defaults
  stock_overhead,        ///< factor on the fixed times of its passes: launches, layers, host
  stock_eager,           ///< further factor on its launches of passes with prompt tokens
  stock_expert_time,     ///< further factor on reading and gathering for its routed experts
  stock_tile_time,       ///< further factor on their products: tiles were not tuned for the shape and the chip
  stock_admission,       ///< factor on its front end's spacing of requests
  content_share,         ///< share of an answer over which clients time it that see what follows the reasoning only
  count
};
inline constexpr int rates = static_cast<int>(Rate::count);

/// Resolved rates of one chip with one engine of one date, in the units of `Rate`.
struct Rates {
  std::array<double, rates> value{};
  std::array<double, ceiling_count> ceiling{1, 1, 1, 1, 1, 1};  ///< of the chip, by Ceiling; contained in `value`
  [[nodiscard]] double operator[](Ceiling c) const { return ceiling[static_cast<std::size_t>(c)]; }
  [[nodiscard]] double operator[](Rate rate) const { return value[static_cast<std::size_t>(rate)]; }
};

/// Which constants a chip and an engine use; found once, then `resolve` is arithmetic.
struct Binding {
  std::array<int, aspects> family{}, chip{}, engine{};  ///< indices into the set; -1 is none
  std::array<double, ceiling_count> ceilings{};         ///< of the chip, by Ceiling
  double years = 0;                                     ///< from ReplicaPlan::date_of_record
  bool stock = false;                                   ///< ReplicaPlan::setup
  bool rereads = false;                                 ///< attention kernels do not know grouped heads
  bool rescales = false;                                ///< the chip's units know other block scales than 8-bit checkpoints have
  double young_years = 0;                               ///< the same, negative or zero, for software stacks that were young then
};

/// The set of constants with its provenance.
class ConstantSet {
 public:
  /// The priors alone.
  [[nodiscard]] static ConstantSet priors(std::span<const std::string> measured_chips);
  /// From the text of constants.json. Throws std::invalid_argument on a name that this version does not know.
  [[nodiscard]] static ConstantSet from_json(std::string_view text);
  /// The set that is compiled into the program.
  [[nodiscard]] static const ConstantSet& fitted();
  [[nodiscard]] std::string to_json() const;

  [[nodiscard]] Binding bind(const catalog::Chip& chip, const ReplicaPlan& plan) const;
  [[nodiscard]] Rates resolve(const Binding& binding) const;
  /// -1 if there is none of that name.
  [[nodiscard]] int find(std::string_view name) const;
  [[nodiscard]] bool measured_chip(std::string_view chip) const { return find("chip." + std::string(chip) + ".memory") >= 0; }

  std::vector<Constant> constants;
  /// Half-widths of the 80 % interval of ln(measured / predicted), by what was measured; see `spread`.
  struct Spread {
    std::string key;  ///< "tpot", "throughput", "ttft", ... with ".new_chip" where the chip has no measured row
    double low = 0;   ///< 10 % quantile of ln(measured / predicted)
    double high = 0;  ///< 90 % quantile
    int rows = 0;
  };
  std::vector<Spread> spreads;
  /// The spread of a family of metrics on a chip that was measured or not; null if the set has none.
  [[nodiscard]] const Spread* spread(std::string_view family, bool measured) const;
  struct Input {
    std::string file;
    std::string sha256;
  };
  std::vector<Input> inputs;
  std::string note;
};

/// Family of a chip for the shrinkage of its constants: "ampere", "ada", "hopper", "blackwell", "cdna", "neuron", "tpu",
/// "ascend", "other".
[[nodiscard]] std::string_view family_of(const catalog::Chip& chip);

}  // namespace headroom::serving
