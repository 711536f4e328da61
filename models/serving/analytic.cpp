#include "models/serving/analytic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

/// Between max(a, b) and a + b, near the maximum: overlap of transfer and arithmetic is good but not perfect.
double smooth_max(double a, double b) {
  const double a2 = a * a, b2 = b * b;
  return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
}

double ceil_div(double a, double b) { return std::ceil(a / b); }

/// Share of the rated arithmetic that an engine's kernel reaches, of which the chip's best kernel reaches `ceiling`. What keeps engines
/// below that (loads, issue, clocks under power) costs a chip less the less arithmetic it has per byte: the loss shrinks in proportion
/// below half of an H100's 295 operations a byte, as the ceilings of such chips do. An H20 (37) ran whole 16-bit prompt passes of
/// Qwen3-235B at 73 % of its rating (first tokens of 16,384-token prompts on 8 of them), an H100 reaches about half.
double reached(double share, double ceiling, const DeviceRatings& c) {
  const double loss = std::min(1.0, c.flops_16 / c.memory_bandwidth / 147.0);
  return share < ceiling ? ceiling / (1.0 + (ceiling / share - 1.0) * loss) : share;
}

/// What a device reports of the memory on its label. Labels count in GiB (H100 80 GB: 81,559 MiB; H200 141: 143,771; B200 180: 183,359;
/// MI300X 192: 196,592), of which half a per cent is kept; boards with GDDR6 (below 1 TB/s) keep a sixteenth for its error correction
/// (L40S 48 GB: 46,068 MiB).
double reported_memory(double label, double bandwidth) { return label * 1.073741824 * (bandwidth < 1e12 ? 0.9375 : 0.995); }

/// The same for memory: what is lost is bytes that are not in flight, in proportion to the bandwidth below an A100's 2 TB/s. An L40S
/// (0.86) reads caches at 78 % of its rating where larger chips reach 60 % (TensorRT-LLM, Llama-2-7B, answers of 2,048 tokens).
double reached_bandwidth(double share, const DeviceRatings& c) {
  const double loss = std::min(1.0, c.memory_bandwidth / 2.0e12);
  return share < 1.0 ? 1.0 / (1.0 + (1.0 / share - 1.0) * loss) : share;
}

}  // namespace

DeviceRatings ratings_of(const catalog::Chip& chip) {
  DeviceRatings r;
  const auto rate = [](const catalog::Fact<FlopsPerSecond>& f) { return f.known() ? f.value().base() : 0.0; };
  r.flops_16 = std::max(rate(chip.bf16), rate(chip.fp16));
  r.flops_8 = rate(chip.fp8);
  r.flops_int8 = rate(chip.int8);
  r.flops_4 = rate(chip.fp4);
  if (r.flops_16 <= 0) {
    r.assumed = true;
    r.flops_16 = r.flops_8 > 0 ? r.flops_8 / 2 : r.flops_4 > 0 ? r.flops_4 / 4 : r.flops_int8 / 2;
  }
  if (r.flops_16 <= 0 || !chip.memory_bandwidth.known()) {
    throw UnsupportedPlan("chip \"" + chip.id + "\": arithmetic or memory bandwidth is not public; supply it in the scenario");
  }
  r.memory_bandwidth = chip.memory_bandwidth.value().base();
  if (chip.memory.known()) {
    r.memory = reported_memory(chip.memory.value().base(), r.memory_bandwidth);
  } else {
    r.memory = r.memory_bandwidth / 30.0;  // chips with off-chip memory have 12 to 80 GB/s per GB (facts/chips.md)
    r.assumed = true;
  }
  if (chip.scaleup_bandwidth.known()) {
    r.scaleup = chip.scaleup_bandwidth.value().base();
  } else {
    r.scaleup = 64e9;
    r.assumed = true;
  }
  r.bus_only = r.scaleup <= 64e9;
  r.scaleout = chip.scaleout_bandwidth.known() ? chip.scaleout_bandwidth.value().base() : 25e9;
  r.domain = chip.scaleup_domain.value_or(8);
  return r;
}

AnalyticModel::AnalyticModel(const ModelShape& shape, const DeviceRatings& chip, const ReplicaPlan& plan, const Rates& rates,
                             double overcommit)
    : plan_(plan) {
  if (plan.tp < 1 || plan.pp < 1 || plan.attention_dp < 1 || plan.ep < 1 || (plan.tp * plan.attention_dp) % plan.ep != 0) {
    throw UnsupportedPlan("plan: tp, pp, attention_dp and ep must be positive and ep must divide tp x attention_dp");
  }
  if (plan.scaleup_domain) {
    DeviceRatings own = chip;
    own.domain = *plan.scaleup_domain;
    set_links(shape, own, rates);
  } else {
    set_links(shape, chip, rates);
  }
  set_products(shape, chip, rates);
  set_attention(shape, chip, rates);
  set_fixed(shape, rates);
  set_memory(shape, chip, overcommit);
}

void AnalyticModel::set_evidence(Grade grade, double low_factor, double high_factor) {
  grade_ = grade;
  low_factor_ = low_factor;
  high_factor_ = high_factor;
}

namespace {

/// A number format of matrix products: its rating and the share of it that large products reach.
struct Arithmetic {
  double rated = 0, share = 0;
  /// Seconds per operation of a product that sums over `depth` values. What starts and ends a tile takes a time of its own, worth
  /// more depth the faster the arithmetic; `half` is the depth that it is worth at an H100's 16-bit rating.
  [[nodiscard]] double per_flop(double half, double depth) const {
    return (1.0 + half * (rated / 989e12) / std::max(depth, 16.0)) / (rated * share);
  }
};

/// The plan's format if the chip has it, else 16 bit with weights unpacked on the way. MXFP4 weights meet 8-bit activations
/// on chips with 4-bit arithmetic (gpt-oss in TensorRT-LLM and FlashInfer) and 16-bit ones elsewhere.
Arithmetic arithmetic_of(const ReplicaPlan& plan, const DeviceRatings& c, const Rates& r) {
  switch (plan.compute) {
    case Precision::fp4:
      if (c.flops_4 > 0) return {c.flops_4, reached(r[Rate::gemm_fp4], r[Ceiling::arithmetic_4], c)};
      break;
    case Precision::mxfp4:
      if (c.flops_4 > 0 && c.flops_8 > 0) return {c.flops_8, reached(r[Rate::gemm_fp8], r[Ceiling::arithmetic_8], c)};
      break;
    case Precision::fp8:
      if (c.flops_8 > 0) return {c.flops_8, reached(r[Rate::gemm_fp8] * r[Rate::block_scaled_gemm], r[Ceiling::arithmetic_8], c)};
      break;
    case Precision::int8:
      if (c.flops_int8 > 0) return {c.flops_int8, reached(r[Rate::gemm_fp8], r[Ceiling::arithmetic_8], c)};
      break;
    default: break;
  }
  return {c.flops_16, reached(r[Rate::gemm_bf16] * (bytes_per_value(plan.weights) < 1.9 ? r[Rate::gemm_weight_only] : 1.0), r[Ceiling::arithmetic_16], c)};
}

/// Query heads that a rank of `tp` pays for in a kernel of sparse latent attention: each tile takes 64 heads of one token, because every
/// token gathers keys of its own (FlashMLA; vLLM and SGLang pad the heads of a rank up to it).
double tiled_heads(const ModelShape& s, double tp) { return std::ceil(s.heads / tp / 64.0) * 64.0; }

/// Load of the busiest expert-parallel rank over the mean. With experts whose loads vary by `skew` of their mean the load of a rank
/// of n experts varies by skew / sqrt(n), and the largest of N normal values lies sqrt(2 ln N) deviations out. Groups wider than a
/// node run with copies of busy experts (measured 1.11 at 32 ranks where 2.56 was left without, TensorRT-LLM).
double busiest_rank(const ModelShape& s, int ep, double skew) {
  if (ep <= 1) return 1.0;
  const double each = std::max(1.0, static_cast<double>(s.experts) / ep);
  const double largest = 1.0 + skew / std::sqrt(each) * std::sqrt(2.0 * math::log(static_cast<double>(ep)));
  return ep > 8 ? std::min(largest, 1.15) : largest;
}

}  // namespace

void AnalyticModel::set_products(const ModelShape& s, const DeviceRatings& c, const Rates& r) {
  const double weight = bytes_per_value(plan_.weights);
  const double bandwidth = c.memory_bandwidth;
  // Arithmetic: the wanted format if the chip has it, else 16 bit with weights unpacked on the way.
  const Arithmetic at_16{c.flops_16, reached(r[Rate::gemm_bf16], r[Ceiling::arithmetic_16], c)};
  const Arithmetic narrow = arithmetic_of(plan_, c, r);
  // Sparse models published in 4 bit keep attention and shared parts in 16 bit (DeepSeek-R1 NVFP4, gpt-oss MXFP4 model cards).
  const bool mixed = s.experts > 0 && weight < 0.9;
  const double dense_weight = mixed ? 2.0 : weight;
  const Arithmetic dense_arithmetic = mixed ? at_16 : narrow;
  const double tp = plan_.tp;
  const double dense = (s.attention_params + s.dense_ffn_params) / tp;
  // Products that sum over the hidden state, over the heads of a rank and over the FFN's share of a rank.
  const double half = r[Rate::gemm_half_depth];
  const double inner = s.attention_out_params + s.dense_down_params;
  const double work = (tp * dense - inner) * dense_arithmetic.per_flop(half, s.hidden) +
                      s.attention_out_params * dense_arithmetic.per_flop(half, s.attention_out_depth / tp) +
                      s.dense_down_params * dense_arithmetic.per_flop(half, s.dense_down_depth / tp);
  attention_linear_ = {dense * dense_weight / (bandwidth * reached_bandwidth(r[Rate::weight_bandwidth], c)), 2.0 * work / tp, r[Rate::gemm_half_rows]};
  const double head = s.head_params / tp;
  head_ = {head * 2.0 / (bandwidth * reached_bandwidth(r[Rate::weight_bandwidth], c)), 2.0 * head * at_16.per_flop(half, s.hidden), r[Rate::gemm_half_rows]};
  elementwise_ = s.layers * s.hidden * 2.0 * r[Rate::elementwise_passes] / bandwidth;

  if (s.experts > 0) {
    const double group = tp * plan_.attention_dp;
    const double expert_tp = group / plan_.ep;
    moe_layers_ = s.moe_layers;
    experts_ = s.experts;
    top_k_ = s.top_k;
    experts_per_rank_ = static_cast<double>(s.experts) / plan_.ep;
    log_miss_ = s.top_k < s.experts ? math::log1p(-static_cast<double>(s.top_k) / s.experts) : -50.0;
    expert_read_ = s.expert_params * weight / expert_tp / (bandwidth * reached_bandwidth(r[Rate::expert_bandwidth], c));
    const double grouped = reached(narrow.share * r[Rate::expert_gemm], 1.0, c) / narrow.share;
    const double up = s.expert_params - s.expert_down_params;
    expert_row_ = 2.0 / expert_tp / grouped *
                  (up * narrow.per_flop(half, s.hidden) + s.expert_down_params * narrow.per_flop(half, s.expert_depth / expert_tp));
    // Rows are gathered and quantised for their experts, the gate's halves are written, joined and quantised, and every copy of the
    // output is written and read again to be summed; the hidden state is whole on every rank.
    const double copy_bytes = 5.0 * s.hidden + 10.0 * s.expert_depth / expert_tp;
    expert_copy_ = copy_bytes * r[Rate::expert_passes] / bandwidth;
    const double busiest = busiest_rank(s, plan_.ep, r[Rate::expert_skew]);
    expert_row_ *= busiest;
    expert_copy_ *= busiest;
    expert_half_ = r[Rate::expert_half_rows];
  }
  draft_ = plan_.speculation.draft_tokens > 0 ? plan_.speculation.draft_tokens * 1.5 / s.layers : 0.0;
}

void AnalyticModel::set_attention(const ModelShape& s, const DeviceRatings& c, const Rates& r) {
  const double tp = plan_.tp;
  const double groups = static_cast<double>(plan_.attention_dp) * plan_.pp;  // caches of a pass are read side by side
  const double kv = bytes_per_value(plan_.kv);
  const double split = s.latent ? 1.0 : std::min(tp, s.kv_heads);
  const double rate = c.memory_bandwidth * reached_bandwidth(r[s.latent ? Rate::latent_bandwidth : Rate::cache_bandwidth], c);
  const double rows = 1.0 + plan_.speculation.draft_tokens;
  const double sharing = s.latent ? 1.0 : s.heads / s.kv_heads;  // query heads that share a cached head
  const double reads = 1.0 + (sharing - 1.0) * r[Rate::young_reread];
  const double layer_bytes = s.cached_per_layer * kv * reads / split / rate;
  const double layer_flops = rows * s.decode_score_flops / tp / (c.flops_16 * reached(r[Rate::latent_compute], r[Ceiling::arithmetic_16], c));
  const double layer = std::max(layer_bytes, layer_flops);
  decode_.per_token = s.full_layers * layer / groups;
  decode_.per_window_token = s.window_layers * layer / groups;
  decode_.per_sequence = s.linear_layers * 2.0 * s.state_values * 2.0 / tp / rate / groups;
  window_ = s.window;
  sparse_top_ = s.sparse_top;
  if (s.sparse_top > 0) {
    // The indexer scores every key with 64 heads of 128 in 8 bit and reads 128 bytes of it (DeepSeek-V3.2 report, section 2.1).
    const double scan = std::max(132.0 / rate, 2.0 * 64 * 128 / (std::max({c.flops_8, c.flops_int8, c.flops_16}) * r[Rate::latent_compute]));
    // Every rank of a tensor-parallel group runs the whole indexer.
    index_pair_ = s.full_layers * 2.0 * 64 * 128 / (std::max({c.flops_8, c.flops_int8, c.flops_16}) * r[Rate::attention_compute]);
    decode_.per_window_token = decode_.per_token;
    decode_.per_token = s.full_layers * scan / groups;
    window_ = s.sparse_top;
  }
  const double attention = c.flops_16 * reached(r[Rate::attention_compute], r[Ceiling::arithmetic_16], c) * tp;
  prefill_pair_ = s.full_layers * s.score_flops / attention;
  prefill_window_pair_ = s.window_layers * s.score_flops / attention;
  if (s.sparse_top > 0) {
    prefill_window_pair_ = s.full_layers * s.decode_score_flops * tiled_heads(s, tp) / (s.heads / tp) / attention;
    prefill_pair_ = index_pair_;
  }
  prefill_linear_ = s.linear_layers * s.linear_flops * r[Rate::linear_attention] / (c.flops_16 * tp);
}

void AnalyticModel::set_links(const ModelShape& s, const DeviceRatings& c, const Rates& r) {
  const double bus = c.bus_only ? 2.5 : 1.0;  // no peer reads over a bridge: copies pass through host memory
  if (plan_.tp > 1) {
    const double t = plan_.tp;
    const double doublings = math::log2(t) - 1.0;
    const double latency = bus * r[Rate::reduce_latency] * math::pow(r[Rate::reduce_latency_growth], doublings);
    const double row_bytes = 2.0 * (t - 1.0) / t * s.hidden * 2.0;
    double per_row = row_bytes / (c.scaleup * r[Rate::link_bandwidth]);
    double fixed = latency;
    if (plan_.tp > c.domain) {  // hierarchical: the part between domains moves 1/domain of the data over the scale-out link
      per_row += row_bytes / c.domain / (c.scaleout * r[Rate::link_bandwidth]);
      fixed += 2.0 * r[Rate::exchange_latency];
    }
    reduce_fixed_ = 2.0 * s.layers * fixed;
    reduce_row_ = 2.0 * s.layers * per_row;
  }
  if (s.experts > 0 && plan_.attention_dp > 1) {
    const double group = static_cast<double>(plan_.tp) * plan_.attention_dp;
    const double copies = std::min<double>(s.top_k, plan_.ep > 1 ? plan_.ep : group);
    const double row_bytes = copies * s.hidden * 3.0 * (group - 1.0) / group / plan_.tp;  // 8-bit dispatch, 16-bit combine
    double per_row = row_bytes / (c.scaleup * r[Rate::exchange_bandwidth]);
    double latency = 2.0 * bus * r[Rate::exchange_latency];
    if (group > c.domain) {
      // A token crosses to a domain once, whatever the number of its experts there, and routers of wide groups keep it to four
      // domains (DeepSeek-V3 report, section 2.1.2). Such groups run two micro-batches so that one computes while the other sends.
      const double domains = std::min({copies, group / c.domain, 4.0});
      const double remote = row_bytes / copies * domains * (1.0 - c.domain / group);
      per_row = std::max(per_row, remote / (c.scaleout * r[Rate::exchange_bandwidth]));
      latency *= 2.0;
      overlapped_ = true;
    }
    exchange_fixed_ = s.moe_layers * latency;
    exchange_row_ = s.moe_layers * per_row;
  }
  hop_ = (plan_.pp - 1) * r[Rate::hop_time];
}

namespace {

/// Dense layers whose inputs are brought to 8 or 4 bit by kernels of their own. Sparse models published in 4 bit keep these layers
/// in 16 bit.
bool quantised_activations(const ReplicaPlan& plan, const ModelShape& s) {
  const bool mixed = s.experts > 0 && bytes_per_value(plan.weights) < 0.9;
  return !mixed && (plan.compute == Precision::fp8 || plan.compute == Precision::fp4 || plan.compute == Precision::int8);
}

/// vLLM since its first V1 releases compiles a pass between attention calls: fewer launches from the host.
bool compiled(const ReplicaPlan& plan) { return plan.engine == Engine::vllm && plan.released >= date(2025, 2, 1); }

/// Host time of a sequence in a pass. vLLM's first engine did it in Python on the path of the pass.
double sequence_time(const ReplicaPlan& plan, const Rates& r) {
  switch (plan.engine) {
    case Engine::vllm: return r[plan.released < date(2025, 2, 1) ? Rate::sequence_vllm_v0 : Rate::sequence_vllm];
    case Engine::sglang: return r[Rate::sequence_sglang];
    case Engine::trtllm: return r[Rate::sequence_trtllm];
    case Engine::other: break;
  }
  return r[Rate::sequence_other];
}

}  // namespace

void AnalyticModel::set_fixed(const ModelShape& s, const Rates& r) {
  graph_ = s.layers * r[Rate::layer_time] + (s.experts > 0 ? s.moe_layers * r[Rate::expert_layer_time] : 0.0) +
           s.linear_layers * r[Rate::linear_layer_time] + (s.sparse_top > 0 ? s.full_layers * r[Rate::index_layer_time] : 0.0) +
           (quantised_activations(plan_, s) ? s.layers * r[Rate::quantised_layer_time] : 0.0);
  eager_ = (s.layers * r[Rate::eager_layer_time] + s.moe_layers * r[Rate::eager_expert_layer_time]) *
           (compiled(plan_) ? r[Rate::compiled_launches] : 1.0);
  step_ = r[Rate::step_time];
  per_sequence_ = sequence_time(plan_, r);
}

void AnalyticModel::set_memory(const ModelShape& s, const DeviceRatings& c, double overcommit) {
  const double weight = bytes_per_value(plan_.weights);
  const bool mixed = s.experts > 0 && weight < 0.9;
  const double dense = s.attention_params + s.dense_ffn_params;
  const double dense_weight = mixed ? 2.0 : weight;
  const double expert = s.expert_params * s.experts * s.moe_layers;
  const double ends = (s.head_params + s.embedding_params) * 2.0;
  weights_ = dense * dense_weight + expert * weight + ends;
  const double tp = plan_.tp, pp = plan_.pp;
  weights_per_device_ = dense * dense_weight / (tp * pp) + expert * weight / (tp * plan_.attention_dp * pp) + ends / tp / (pp > 1 ? 2.0 : 1.0);

  const double kv = bytes_per_value(plan_.kv);
  kv_per_token_ = s.full_layers * s.cached_per_layer * kv;
  if (s.sparse_top > 0) kv_per_token_ += s.full_layers * 132.0;
  kv_per_sequence_ = s.window_layers * s.cached_per_layer * kv * s.window + s.linear_layers * s.state_values * 2.0;
  const double split = s.latent ? 1.0 : std::min(tp, s.kv_heads);
  kv_shards_ = split * pp;
  const double token_on_device = kv_per_token_ / kv_shards_;
  // Context, communication buffers and activations of the largest pass.
  const double workspace = 1.0e9 + 0.02 * c.memory;
  const double usable = 0.985 * c.memory;  // the driver keeps some
  // vLLM and SGLang set aside a share of all memory for weights and cache together, TensorRT-LLM a share of what is left.
  double free = plan_.engine == Engine::vllm || plan_.engine == Engine::sglang
                    ? plan_.memory_fraction * c.memory - weights_per_device_ - workspace
                    : plan_.memory_fraction * (usable - weights_per_device_ - workspace);
  if (free < 0.01 * c.memory) {
    const double needed = weights_per_device_ + workspace + 0.01 * c.memory;
    if (needed > overcommit * usable) throw OutOfMemory(Bytes{needed}, Bytes{usable});
    free = 0.01 * c.memory;
  }
  capacity_ = token_on_device > 0 ? plan_.attention_dp * free / token_on_device : 1e12;
}

double AnalyticModel::Product::at(double rows) const {
  if (rows <= 0) return 0;
  return smooth_max(read_time, row_time * (rows + half_rows));
}

double AnalyticModel::experts_time(double rows) const {
  if (moe_layers_ <= 0 || rows <= 0) return 0;
  const double share = -math::expm1(rows * log_miss_);  // probability that an expert is touched
  const double touched = experts_per_rank_ * share;
  const double per_expert = rows * top_k_ / experts_ / share;
  return moe_layers_ * touched * (smooth_max(expert_read_, expert_row_ * (per_expert + expert_half_)) + expert_copy_ * per_expert);
}

double AnalyticModel::communication_time(double rows_per_group, double) const {
  return reduce_fixed_ + reduce_row_ * rows_per_group + exchange_fixed_ + exchange_row_ * rows_per_group + hop_;
}

AnalyticModel::Parts AnalyticModel::parts(const Batch& b) const {
  Parts p;
  const int prompts = b.prefill_tokens > 0 ? std::max(1, b.prefill_sequences) : 0;
  if (b.decode_sequences <= 0 && prompts == 0) return p;
  const double dp = plan_.attention_dp, pp = plan_.pp;
  const double rows_each = 1.0 + plan_.speculation.draft_tokens;
  const double decodes = b.decode_sequences > 0 ? std::max(1.0, b.decode_sequences / pp) : 0.0;   // of one micro-batch
  const double group_decodes = b.decode_sequences > 0 ? std::max(1.0, ceil_div(b.decode_sequences, dp) / pp) : 0.0;
  // TensorRT-LLM lets prompts wait until every attention group has one; elsewhere the groups without a prompt wait.
  const double prompt_groups = prompts == 0 ? 1.0 : plan_.engine == Engine::trtllm ? dp : std::min<double>(dp, prompts);
  const double prompt_rows = b.prefill_tokens / (pp > 1 && prompts >= plan_.pp ? pp : 1.0);
  const double pair_scale = 1.0 / prompt_groups / (pp > 1 && prompts >= plan_.pp ? pp : 1.0);
  const double rows = decodes * rows_each + prompt_rows;
  const double group_rows = group_decodes * rows_each + prompt_rows / prompt_groups;

  p.linear = attention_linear_.at(group_rows) + head_.at(group_decodes * rows_each + prompts / prompt_groups);
  p.experts = experts_time(rows);
  double context = decode_.per_token * b.decode_context + decode_.per_sequence * b.decode_sequences;
  if (decode_.per_window_token > 0) {
    context += decode_.per_window_token * std::min(b.decode_context, window_ * b.decode_sequences);
  }
  p.attention = context + elementwise_ * group_rows;
  if (prompts > 0) {
    p.attention += pair_scale * (prefill_pair_ * b.prefill_context +
                                 prefill_window_pair_ * std::min(b.prefill_context, window_ * b.prefill_tokens)) +
                   prefill_linear_ * prompt_rows / prompt_groups;
  }
  p.communication = communication_time(group_rows, rows);
  if (overlapped_) {
    const double computed = p.linear + p.experts;
    p.communication = std::max(0.25 * p.communication, p.communication - 0.8 * computed);
  }
  const double device = p.linear + p.experts + p.attention + p.communication + graph_;
  // Every attention group has a scheduler of its own.
  p.overhead = graph_ + step_ + per_sequence_ * (ceil_div(b.decode_sequences, dp) + prompts / prompt_groups);
  if (prompts > 0 && device < eager_) p.overhead += eager_ - device;
  if (draft_ > 0 && b.decode_sequences > 0) p.overhead += draft_ * (p.linear + p.experts + p.communication + graph_);
  return p;
}

Seconds AnalyticModel::time(const Batch& batch) const { return Seconds{parts(batch).total()}; }

IterationEstimate AnalyticModel::iteration(const Batch& batch) const {
  const Parts p = parts(batch);
  IterationEstimate e;
  e.linear = Seconds{p.linear};
  e.experts = Seconds{p.experts};
  e.attention = Seconds{p.attention};
  e.communication = Seconds{p.communication};
  e.overhead = Seconds{p.overhead};
  e.total = Seconds{p.total()};
  e.low = e.total * low_factor_;
  e.high = e.total * high_factor_;
  e.grade = grade_;
  return e;
}

DecodeLine AnalyticModel::decode_line(int sequences, double decode_context) const {
  Batch b;
  b.decode_sequences = sequences;
  DecodeLine line;
  line.fixed = time(b);
  line.until = std::numeric_limits<double>::infinity();
  double slope = decode_.per_token;
  if (decode_.per_window_token > 0) {
    const double edge = window_ * sequences;
    if (decode_context < edge) {
      slope += decode_.per_window_token;
      line.until = edge;
    } else {
      line.from = edge;
      line.fixed += Seconds{decode_.per_window_token * edge};
    }
  }
  line.per_context_token = Seconds{slope};
  return line;
}

}  // namespace headroom::serving
