#include "models/serving/constants.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/collectives/collectives.hpp"
#include "models/kernels/device.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

struct RatePrior {
  std::string_view name;
  double centre;  ///< of the rate itself
  double width;   ///< in log units
};

/// Centres of bandwidths and arithmetic are shares of the chip's ceilings (models/kernels, models/collectives): what engines leave
/// of the best kernel alone. Launch and collective latencies are from the CUDA-graph and NCCL literature. All are loose enough for
/// the fit to move.
constexpr std::array<RatePrior, rates> rate_priors{{
    {"weight_bandwidth", 0.88, 0.15},
    {"expert_bandwidth", 0.71, 0.25},
    {"cache_bandwidth", 0.71, 0.25},
    {"latent_bandwidth", 0.60, 0.30},
    {"gemm_bf16", 0.90, 0.15},
    {"gemm_fp8", 0.87, 0.20},
    {"gemm_fp4", 0.71, 0.25},
    {"gemm_weight_only", 0.70, 0.30},
    {"block_scaled_gemm", 0.75, 0.50},  // no source measures it; kernels of 128-blocks promote their sums in ordinary registers (DeepGEMM)
    {"expert_gemm", 0.75, 0.30},
    {"gemm_half_rows", 60.0, 0.50},
    {"gemm_half_depth", 200.0, 0.80},  // products of 512 to 16,384: FP8 on H800 (DeepGEMM) 325 of these units, 16 bit (Vidur) 119
    {"expert_half_rows", 30.0, 0.60},
    {"expert_passes", 1.0, 0.60},
    {"attention_compute", 0.63, 0.25},
    {"latent_compute", 0.56, 0.40},
    {"elementwise_passes", 16.0, 0.40},
    {"layer_time", 22e-6, 0.50},
    {"expert_layer_time", 25e-6, 0.50},
    {"linear_layer_time", 15e-6, 0.60},
    {"index_layer_time", 50e-6, 0.80},
    {"eager_layer_time", 120e-6, 0.60},
    {"eager_expert_layer_time", 400e-6, 0.80},
    {"compiled_launches", 0.5, 0.60},
    {"quantised_layer_time", 8e-6, 0.80},
    {"step_time", 1.2e-3, 0.60},
    {"sequence_vllm", 10e-6, 0.70},
    {"sequence_vllm_v0", 60e-6, 0.70},
    {"sequence_sglang", 5e-6, 0.70},
    {"sequence_trtllm", 2e-6, 0.70},
    {"sequence_other", 10e-6, 0.70},
    {"prompt_time", 6e-3, 0.70},
    {"prompt_token_time", 1e-6, 0.80},
    {"handover_time", 0.1, 0.80},
    {"admission_time", 3e-3, 0.70},
    {"wait_vllm", 2.0, 0.70},
    {"wait_sglang", 4.0, 2.00},
    {"wait_trtllm", 2.0, 0.70},
    {"wait_other", 2.0, 0.70},
    {"wait_attention_dp", 15.0, 1.00},
    {"reduce_latency", 8e-6, 0.50},
    {"reduce_latency_growth", 1.25, 0.15},
    {"link_bandwidth", 0.83, 0.30},
    {"exchange_latency", 20e-6, 0.60},
    {"exchange_bandwidth", 0.64, 0.40},
    {"linear_attention", 6.4, 0.80},
    {"expert_skew", 1.0, 0.50},  // 1.7 on translation data (DeepSeek-R1, 32 ranks, TensorRT-LLM); benchmarks send random tokens
    {"hop_time", 30e-6, 0.60},
    {"yearly_drift", 0.95, 0.04},
    {"yearly_overhead_drift", 0.80, 0.12},
    {"yearly_sequence_drift", 0.55, 0.30},
    {"young_reread", 0.90, 0.60},  // paged attention of the first ports: one block for each query head, so each reads the cache (vLLM v1 and v2 kernels)
    {"young_stack_drift", 0.45, 0.40},  // AMD reports 1.8x from vLLM of mid-2024 to that of the end of 2024 on MI300X
    {"stock_time", 1.25, 0.20},  // a search over an engine's settings gains 10 to 50 % over its defaults (AIConfigurator)
    {"stock_overhead", 1.25, 0.20},
    {"stock_eager", 1.5, 1.0},
    {"stock_expert_time", 1.20, 0.45},
    {"stock_tile_time", 1.6, 0.60},  // default tiles of 64 x 64 x 32 are bound by the second-level cache near 0.2 of an H100's rating
    {"stock_admission", 2.0, 0.70},
    {"content_share", 0.50, 0.50},  // nothing is known of it: between none and all
}};

struct RateUse {
  int aspect;     ///< index of Aspect, -1: the same for all chips and engines
  double power;   ///< +1 for a rate, -1 for a time
  int drift;      ///< 0 none, 1 yearly_drift, 2 yearly_overhead_drift, 3 yearly_sequence_drift
  bool engine;    ///< engine deviation applies
  Ceiling ceiling = Ceiling::none;  ///< of the chip, that the rate is a share of
};

constexpr int memory = static_cast<int>(Aspect::memory), compute = static_cast<int>(Aspect::compute),
              overhead = static_cast<int>(Aspect::overhead), link = static_cast<int>(Aspect::link);

constexpr std::array<RateUse, rates> rate_uses{{
    {memory, 1, 1, true, Ceiling::memory},  // weight_bandwidth
    {memory, 1, 1, true, Ceiling::memory},  // expert_bandwidth
    {memory, 1, 1, true, Ceiling::memory},  // cache_bandwidth
    {memory, 1, 1, true, Ceiling::memory},  // latent_bandwidth
    {compute, 1, 1, true, Ceiling::arithmetic_16},  // gemm_bf16
    {compute, 1, 1, true, Ceiling::arithmetic_8},  // gemm_fp8
    {compute, 1, 1, true, Ceiling::arithmetic_4},  // gemm_fp4
    {-1, 1, 0, false},         // gemm_weight_only
    {-1, 1, 0, false},         // block_scaled_gemm
    {-1, 1, 0, false},         // expert_gemm
    {-1, 1, 0, false},         // gemm_half_rows
    {-1, 1, 0, false},         // gemm_half_depth
    {-1, 1, 0, false},         // expert_half_rows
    {-1, 1, 0, false},         // expert_passes
    {compute, 1, 1, true, Ceiling::arithmetic_16},  // attention_compute
    {compute, 1, 1, true, Ceiling::arithmetic_16},  // latent_compute
    {-1, 1, 0, false},         // elementwise_passes
    {overhead, -1, 2, true},   // layer_time
    {overhead, -1, 2, true},   // expert_layer_time
    {overhead, -1, 2, true},   // linear_layer_time
    {overhead, -1, 2, true},   // index_layer_time
    {overhead, -1, 2, true},   // eager_layer_time
    {overhead, -1, 2, true},   // eager_expert_layer_time
    {-1, 1, 0, false},         // compiled_launches
    {overhead, -1, 2, true},   // quantised_layer_time
    {overhead, -1, 3, true},   // step_time
    {-1, -1, 3, false},        // sequence_vllm
    {-1, -1, 0, false},        // sequence_vllm_v0
    {-1, -1, 3, false},        // sequence_sglang
    {-1, -1, 3, false},        // sequence_trtllm
    {-1, -1, 3, false},        // sequence_other
    {-1, 1, 0, false},         // prompt_time
    {-1, 1, 0, false},         // prompt_token_time
    {-1, 1, 0, false},         // handover_time
    {-1, 1, 0, false},         // admission_time
    {-1, 1, 0, false},         // wait_vllm
    {-1, 1, 0, false},         // wait_sglang
    {-1, 1, 0, false},         // wait_trtllm
    {-1, 1, 0, false},         // wait_other
    {-1, 1, 0, false},         // wait_attention_dp
    {link, -1, 0, false},      // reduce_latency
    {-1, 1, 0, false},         // reduce_latency_growth
    {link, 1, 0, false, Ceiling::link},  // link_bandwidth
    {link, -1, 0, false},      // exchange_latency
    {link, 1, 0, false, Ceiling::link},  // exchange_bandwidth
    {compute, -1, 1, true, Ceiling::arithmetic_16},  // linear_attention
    {-1, 1, 0, false},         // expert_skew
    {-1, 1, 0, false},         // hop_time
    {-1, 1, 0, false},         // yearly_drift
    {-1, 1, 0, false},         // yearly_overhead_drift
    {-1, 1, 0, false},         // yearly_sequence_drift
    {-1, 1, 0, false},         // young_reread
    {-1, 1, 0, false},         // young_stack_drift
    {-1, 1, 0, false},         // stock_time
    {-1, 1, 0, false},         // stock_overhead
    {-1, 1, 0, false},         // stock_eager
    {-1, 1, 0, false},         // stock_expert_time
    {-1, 1, 0, false},         // stock_tile_time
    {-1, 1, 0, false},         // stock_admission
    {-1, 1, 0, false},         // content_share
}};

constexpr std::array<std::string_view, aspects> aspect_names{"memory", "compute", "overhead", "link"};

struct FamilyPrior {
  std::string_view name;
  std::array<double, aspects> centre;  ///< memory, compute, overhead, link; factors on the rate (overhead: on speed)
  double width;
};

/// What engines leave of a chip's ceilings is expected alike on all families; that memory, arithmetic and links of the chips differ is
/// in the ceilings. Overhead of stacks without a mature captured-graph path is assumed slower, their links less well used.
constexpr std::array<FamilyPrior, 10> family_priors{{
    {"ampere", {1.0, 1.0, 0.8, 1.0}, 0.20},
    {"ada", {1.0, 1.0, 0.8, 0.9}, 0.25},
    {"hopper", {1.0, 1.0, 1.0, 1.0}, 0.15},
    {"blackwell", {1.0, 1.0, 1.1, 1.0}, 0.20},
    {"cdna", {1.0, 1.0, 0.75, 0.7}, 0.25},
    {"gaudi", {1.0, 1.0, 0.6, 0.8}, 0.35},
    {"neuron", {1.0, 1.0, 0.6, 0.6}, 0.35},
    {"tpu", {1.0, 1.0, 0.8, 0.7}, 0.35},
    {"ascend", {1.0, 1.0, 0.6, 0.7}, 0.35},
    {"other", {1.0, 1.0, 0.6, 0.7}, 0.40},
}};

/// All widths are scaled by this. Chosen by cross-validation: with whole groups left out, InferenceX' TPOT errs by 17 % at 0.35,
/// 22 % at 0.6 and 37 % at 1, because groups differ by set-ups that no constant describes.
constexpr double shrinkage = 0.4;
constexpr double chip_width = 0.12;
constexpr double engine_width = 0.15;

}  // namespace

std::string_view family_of(const catalog::Chip& chip) {
  const std::string& g = chip.generation;
  const auto has = [&](std::string_view word) { return g.find(word) != std::string::npos; };
  if (chip.vendor == "NVIDIA") {
    if (has("Blackwell") || has("Rubin")) return "blackwell";
    if (has("Hopper")) return "hopper";
    if (has("Ada")) return "ada";
    if (has("Ampere") || has("Volta")) return "ampere";
    return "other";
  }
  if (chip.vendor == "AMD") return "cdna";
  if (chip.vendor == "Intel") return "gaudi";
  if (chip.vendor == "AWS") return "neuron";
  if (chip.vendor == "Google") return "tpu";
  if (chip.vendor == "Huawei") return "ascend";
  return "other";
}

namespace {

/// The shares that kernels and collectives measured or assume for the chip, by Ceiling. Formats that the table lacks (8-bit integers
/// of an A100) reach what 16 bit reaches.
std::array<double, ceiling_count> ceilings_of(const catalog::Chip& chip) {
  const auto gemm = kernels::gemm_ceiling(chip).share;
  const auto at = [&](std::size_t precision) { return gemm[precision] > 0 ? gemm[precision] : gemm[0]; };
  return {1.0, kernels::memory_ceiling(chip), at(0), at(1), at(2), collectives::scaleup_share};
}

}  // namespace

ConstantSet ConstantSet::priors(std::span<const std::string> measured_chips) {
  ConstantSet set;
  const auto add = [&](std::string name, double centre, double width) {
    Constant c;
    c.name = std::move(name);
    c.prior = math::log(centre);
    c.log_value = c.prior;
    c.prior_width = shrinkage * width;
    c.standard_error = c.prior_width;
    set.constants.push_back(std::move(c));
  };
  for (const RatePrior& p : rate_priors) add(std::string(p.name), p.centre, p.width);
  for (const FamilyPrior& f : family_priors) {
    for (int i = 0; i < aspects; ++i) {
      const auto k = static_cast<std::size_t>(i);
      add("family." + std::string(f.name) + "." + std::string(aspect_names[k]), f.centre[k],
          i == overhead ? 1.5 * f.width : f.width);
    }
  }
  for (const Engine e : {Engine::vllm, Engine::sglang, Engine::trtllm, Engine::other}) {
    for (int i = 0; i < aspects; ++i) {
      if (i == link) continue;
      const std::string name = "engine." + std::string(to_string(e)) + "." + std::string(aspect_names[static_cast<std::size_t>(i)]);
      add(name, 1.0, i == overhead ? 0.4 : engine_width);
    }
  }
  for (const std::string& chip : measured_chips) {
    for (int i = 0; i < aspects; ++i) {
      add("chip." + chip + "." + std::string(aspect_names[static_cast<std::size_t>(i)]), 1.0, i == overhead ? 0.25 : chip_width);
    }
  }
  return set;
}

int ConstantSet::find(std::string_view name) const {
  for (std::size_t i = 0; i < constants.size(); ++i) {
    if (constants[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Binding ConstantSet::bind(const catalog::Chip& chip, const ReplicaPlan& plan) const {
  Binding b;
  b.ceilings = ceilings_of(chip);
  const std::string family = "family." + std::string(family_of(chip)) + ".";
  const std::string own = "chip." + chip.id + ".";
  const std::string engine = "engine." + std::string(to_string(plan.engine)) + ".";
  for (int i = 0; i < aspects; ++i) {
    const auto k = static_cast<std::size_t>(i);
    b.family[k] = find(family + std::string(aspect_names[k]));
    b.chip[k] = find(own + std::string(aspect_names[k]));
    b.engine[k] = find(engine + std::string(aspect_names[k]));
  }
  b.years = static_cast<double>((plan.released - ReplicaPlan::date_of_record).count()) / 365.25;
  b.years = std::clamp(b.years, -3.0, 1.5);
  b.stock = plan.setup == Setup::stock;
  b.young_years = chip.vendor == "AMD" ? std::clamp(b.years, -1.5, 0.0) : 0.0;
  // A kernel for grouped heads replaced vLLM's ports on AMD in the summer of 2024 (ROCm's own paged attention, first in AMD's
  // fork); other engines came to AMD with one. From memory, assumed.
  b.rereads = chip.vendor == "AMD" && plan.engine == Engine::vllm && plan.released < date(2024, 8, 15);
  b.rescales = family_of(chip) == "blackwell";
  return b;
}

Rates ConstantSet::resolve(const Binding& b) const {
  const auto at = [&](int index) { return index < 0 ? 0.0 : constants[static_cast<std::size_t>(index)].log_value; };
  std::array<double, aspects> device{}, software{};
  for (std::size_t k = 0; k < aspects; ++k) {
    device[k] = at(b.family[k]) + at(b.chip[k]);
    software[k] = at(b.engine[k]);
  }
  const double drift = at(static_cast<int>(Rate::yearly_drift)) * b.years;
  const double overhead_drift = at(static_cast<int>(Rate::yearly_overhead_drift)) * b.years;
  const double sequence_drift = at(static_cast<int>(Rate::yearly_sequence_drift)) * b.years;
  const double young = at(static_cast<int>(Rate::young_stack_drift)) * b.young_years;
  const double stock = b.stock ? at(static_cast<int>(Rate::stock_time)) : 0.0;
  const double stock_overhead = b.stock ? at(static_cast<int>(Rate::stock_overhead)) : 0.0;
  Rates r;
  r.ceiling = b.ceilings;
  for (std::size_t i = 0; i < static_cast<std::size_t>(rates); ++i) {
    const RateUse& use = rate_uses[i];
    double log_value = constants[i].log_value;
    if (use.aspect >= 0) {
      const auto k = static_cast<std::size_t>(use.aspect);
      log_value += use.power * (device[k] + (use.engine ? software[k] : 0.0));
    }
    if (use.aspect == memory || use.aspect == compute) log_value -= use.power * stock;
    if (use.aspect == overhead) log_value -= use.power * stock_overhead;
    if (use.aspect == compute) log_value -= use.power * young;
    if (use.drift == 1) log_value -= use.power * drift;  // a factor on time slows a rate
    if (use.drift == 2) log_value -= use.power * overhead_drift;
    if (use.drift == 3) log_value -= use.power * sequence_drift;
    const double ceiling = r[use.ceiling];
    r.value[i] = use.power > 0 ? math::exp(log_value) * ceiling : math::exp(log_value) / ceiling;
  }
  if (b.stock) {
    const double experts = r[Rate::stock_expert_time];
    r.value[static_cast<std::size_t>(Rate::expert_bandwidth)] /= experts;
    r.value[static_cast<std::size_t>(Rate::expert_gemm)] /= r[Rate::stock_tile_time];
    r.value[static_cast<std::size_t>(Rate::eager_layer_time)] *= r[Rate::stock_eager];
    r.value[static_cast<std::size_t>(Rate::eager_expert_layer_time)] *= r[Rate::stock_eager];
    r.value[static_cast<std::size_t>(Rate::expert_passes)] *= experts;
    r.value[static_cast<std::size_t>(Rate::admission_time)] *= r[Rate::stock_admission];
  }
  double& reread = r.value[static_cast<std::size_t>(Rate::young_reread)];
  reread = b.rereads ? std::min(1.0, reread) : 0;
  double& rescaled = r.value[static_cast<std::size_t>(Rate::block_scaled_gemm)];
  rescaled = b.rescales ? std::min(1.0, rescaled) : 1;
  return r;
}

}  // namespace headroom::serving
