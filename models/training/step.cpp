#include "models/training/step.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "models/collectives/collectives.hpp"
#include "models/kernels/attention.hpp"
#include "models/kernels/gemm.hpp"
#include "models/training/shape.hpp"
#include "models/training/stages.hpp"
#include "models/units/math.hpp"

namespace headroom::training {

using catalog::Architecture;
using kernels::Device;
using C = Constant;

OutOfMemory::OutOfMemory(const MemoryUse& use, Bytes have)
    : std::runtime_error(memory_table(use, have)), needed(use.total()), present(have) {}

Device tuned_device(const DeviceGroup& group, const Constants& k) {
  Device d = kernels::device_of(*group.chip, group.ranks_per_accelerator);
  const double cap = group.power_cap && group.chip->tdp.known() ? kernels::power_cap_share(*group.power_cap, group.chip->tdp.value()) : 1;
  const double level = k[C::gemm_level] * k.family(d.family) * cap * group.rate;
  d.share[0] = std::min(0.98, d.share[0] * level);
  d.share[1] = std::min(0.98, d.share[1] * level * k[C::fp8_level] * k.family_low(d.family));
  d.share[2] = std::min(0.98, d.share[2] * level * k[C::fp4_level] * k.family_low(d.family));
  d.bandwidth_share = std::min(0.95, k[C::bandwidth_share]);
  d.reduction_half = k[C::reduction_half];
  const bool old = group.software_year < 2023;
  d.wave_weight = std::min(1.0, k[old ? C::wave_weight_old : C::wave_weight]);
  if (old && d.family == kernels::Family::ampere) d.tile_columns = 256;
  d.unaligned = std::min(1.0, k[C::unaligned]);
  d.misaligned = std::min(1.0, k[C::misaligned]);
  d.attention_share = std::min(1.0, k[C::attention_share]);
  d.launch = Seconds{k[C::device_launch]};
  return d;
}

collectives::Fabric tuned_fabric(const DeviceGroup& g, const Constants& k) {
  collectives::Fabric f = collectives::fabric_of(*g.chip, g.per_node, g.ranks_per_accelerator);
  if (g.scaleout) f.remote.bandwidth = *g.scaleout * (collectives::scaleout_share / g.ranks_per_accelerator);
  if (g.scaleout_latency) f.remote.latency = *g.scaleout_latency;
  if (g.scaleup) f.local.bandwidth = *g.scaleup * (collectives::scaleup_share / g.ranks_per_accelerator);
  if (g.scaleup_latency) f.local.latency = *g.scaleup_latency;
  if (g.reduces_in_switch) f.reduces_in_switch = *g.reduces_in_switch;
  f.oversubscription = g.oversubscription;
  f.tiers = g.tiers;
  f.local.bandwidth *= k[C::tp_bandwidth];
  f.local.half = Bytes{k[C::link_half]};
  f.remote.bandwidth *= k[C::scaleout_bandwidth];
  f.start = Seconds{k[C::collective_start]};
  if (g.scaleup_domain) f.domain = *g.scaleup_domain * g.ranks_per_accelerator;
  return f;
}

int data_ranks(const Plan& p, const DeviceGroup& g) {
  const int model = p.tensor * p.pipeline * p.context;
  if (model <= 0 || g.ranks() % model != 0) return 0;
  return g.ranks() / model;
}

std::optional<std::string> plan_fault(const Architecture& a, const Layout& layout, const Plan& p, const DeviceGroup& g) {
  const int data = data_ranks(p, g);
  if (data == 0) return fmt::format("tp x pp x cp = {} does not divide {} ranks", p.tensor * p.pipeline * p.context, g.ranks());
  if (p.pipeline > std::max(1, a.layers)) return fmt::format("{} stages for {} layers", p.pipeline, a.layers);
  if (p.micro_batch * data > layout.global_batch) {
    return fmt::format("{} data ranks x micro-batch {} exceed the global batch of {}", data, p.micro_batch, layout.global_batch);
  }
  if (p.expert > 1 && a.experts > 0 && p.expert > a.experts) return fmt::format("{} expert ranks for {} experts", p.expert, a.experts);
  if (p.expert > 1 && static_cast<long long>(data) * p.context * p.tensor % p.expert != 0) {
    return fmt::format("{} expert ranks do not divide {} data ranks", p.expert, data * p.context);
  }
  return std::nullopt;
}

namespace {

/// Work of one layer for one micro-batch on one rank, seconds.
struct Pass {
  double linear = 0, experts = 0, attention = 0, memory = 0, tensor_comm = 0, expert_comm = 0, launches = 0;
  [[nodiscard]] double gpu() const { return linear + experts + attention + memory + tensor_comm + expert_comm; }
  Pass& operator+=(const Pass& o) {
    linear += o.linear; experts += o.experts; attention += o.attention; memory += o.memory;
    tensor_comm += o.tensor_comm; expert_comm += o.expert_comm; launches += o.launches;
    return *this;
  }
  friend Pass operator*(double k, Pass p) {
    p.linear *= k; p.experts *= k; p.attention *= k; p.memory *= k; p.tensor_comm *= k; p.expert_comm *= k; p.launches *= k;
    return p;
  }
};
struct Layer { Pass forward, backward; };

/// All that the layers of one configuration share.
struct Context {
  const Architecture& a;
  const Layout& layout;
  const Plan& p;
  const DeviceGroup& g;
  const Device& d;
  const Constants& k;
  collectives::Fabric fabric;
  collectives::Fabric inner;  ///< the same for groups inside one node, where PCIe joins what the fast link does not
  double tokens = 0;   ///< of a micro-batch on one rank
  int data = 1;
  bool accumulates = false;  ///< gradients of micro-batches, by a kernel of their own
  bool modern = true;  ///< fused attention, overlapped communication
  HeadWidths widths;
  Precision precision = Precision::bf16;
  bool graphed = false;  ///< the whole step is one graph: the host launches nothing, experts' casts live in their GEMMs
};

collectives::Group group_of(int ranks, int inner, int domain) {
  // `inner` ranks of other dimensions sit between neighbours of this group.
  const int local = std::clamp(domain / std::max(1, inner), 1, ranks);
  return {ranks, local, ranks * std::max(1, inner)};
}

void add_linear(const Context& c, Layer& layer, double in, double out, double rows, Precision precision) {
  const kernels::LinearTimes t = kernels::linear_times(c.d, precision, rows, in, out);
  layer.forward.linear += t.forward.base();
  layer.backward.linear += t.input_gradient.base();
  layer.forward.launches += 1;
  layer.backward.launches += 2;
  if (c.layout.tuning != Tuning::full) return;
  layer.backward.linear += t.weight_gradient.base();
  if (c.accumulates) {
    // Without a GEMM that adds to it, the sum of the micro-batches' gradients is read and written once more by a kernel of its own.
    layer.backward.memory += kernels::stream_time(c.d, Bytes{in * out * (2 + 2.0 * c.p.gradient_bytes)}).base();
    layer.backward.launches += 1;
  }
}

void add_stream(const Context& c, Layer& layer, double bytes, double kernels, double backward = 1.6) {
  const double t = kernels::stream_time(c.d, Bytes{bytes * c.k[C::elementwise]}).base();
  layer.forward.memory += t;
  layer.backward.memory += backward * t;
  layer.forward.launches += kernels;
  layer.backward.launches += kernels * 1.2;
}

/// Rate of the fused attention kernels that a chip and a stack have, against the newest (asynchronous Hopper and Blackwell kernels).
double attention_generation(const Context& c) {
  using kernels::Family;
  const Family f = c.d.family;
  const bool newest = f == Family::hopper || f == Family::blackwell || f == Family::blackwell_ultra || f == Family::rubin;
  double share = 1;
  if (newest) {
    // FlashAttention-2 kernels miss the asynchronous tensor cores: 35-45 % of peak against 75 % (FlashAttention-3 paper).
    // PyTorch stacks used them until 2026.
    if (c.layout.biased_attention || (c.g.stack == Stack::fsdp && c.g.software_year < 2026)) share = 0.6;
  } else {
    // FlashAttention-2 on A100: 190-225 of the 271 TFLOP/s that a GEMM reaches (its paper, figure 5); other makers' kernels alike.
    share = f == Family::ampere || f == Family::ada ? 0.8 : 0.7;
  }
  if (c.layout.biased_attention) share *= c.k[C::attention_biased];
  return share;
}

void add_attention_block(const Context& c, Layer& layer, double context_tokens) {
  const Architecture& a = c.a;
  const double t = c.p.tensor;
  const double h = a.hidden;
  const double heads = a.heads / t;
  const double kv = std::max(1.0, a.kv_heads / t);
  if (a.attention == Architecture::Attention::mla && a.kv_lora_rank > 0) {
    add_linear(c, layer, h, a.q_lora_rank + a.kv_lora_rank + a.rope_dim, c.tokens, c.precision);
    add_linear(c, layer, a.q_lora_rank > 0 ? a.q_lora_rank : h, heads * c.widths.key, c.tokens, c.precision);
    add_linear(c, layer, a.kv_lora_rank, heads * (a.nope_dim + c.widths.value), c.tokens, c.precision);
  } else {
    add_linear(c, layer, h, (heads + 2 * kv) * c.widths.key, c.tokens, c.precision);
  }
  add_linear(c, layer, heads * c.widths.value, h, c.tokens, c.precision);
  if (context_tokens > 0) {
    kernels::AttentionShape s;
    s.batch = c.p.micro_batch;
    s.queries = c.tokens / c.p.micro_batch;
    s.context = context_tokens;
    s.heads = heads;
    s.key_width = c.widths.key;
    s.value_width = c.widths.value;
    s.fused = c.modern;
    Device d = c.d;
    if (s.fused) d.attention_share = std::min(1.0, d.attention_share * attention_generation(c));
    if (!s.fused) d.bandwidth_share /= c.k[C::unfused_passes];
    const kernels::AttentionTimes at = kernels::attention_times(d, s);
    layer.forward.attention += at.forward.base();
    layer.backward.attention += at.backward.base();
    layer.forward.launches += s.fused ? 2 : 7;
    layer.backward.launches += s.fused ? 3 : 10;
  }
  const double whole = c.p.sequence_parallel ? t : 1;
  // Norm and residual read and write the hidden state five times; rotary embedding passes queries and keys once.
  add_stream(c, layer, c.tokens * (10 * h / whole + 4 * (heads + kv) * c.widths.key), 4);
}

void add_casts(const Context& c, Layer& layer, double width) {
  if (c.precision == Precision::bf16) return;
  // Read 16 bit, write 8 bit, plain and transposed.
  const double t = kernels::stream_time(c.d, Bytes{c.tokens * width * 4 * c.k[C::cast_passes]}).base();
  layer.forward.memory += t;
  layer.backward.memory += 1.5 * t;
  layer.forward.launches += 2;
  layer.backward.launches += 4;
}

void add_dense_ffn(const Context& c, Layer& layer, double width) {
  const double t = c.p.tensor;
  const double f = width / t;
  add_linear(c, layer, c.a.hidden, (c.a.gated ? 2 : 1) * f, c.tokens, c.precision);
  add_linear(c, layer, f, c.a.hidden, c.tokens, c.precision);
  add_stream(c, layer, c.tokens * ((c.a.gated ? 6 : 4) * f), 1);
  add_casts(c, layer, c.a.hidden + f);
}

void add_norms(const Context& c, Layer& layer) {
  const double whole = c.p.sequence_parallel ? c.p.tensor : 1;
  add_stream(c, layer, c.tokens * 10.0 * c.a.hidden / whole, 3);
}

/// Megatron-Core from spring 2026 captures the step of an 8 or 4 bit mixture of experts on Blackwell as one graph: token counts stay
/// on the device, the casts live in the grouped GEMMs. Layers of several kinds (hybrids) are not captured yet.
bool whole_step_graph(const Context& c) {
  using kernels::Family;
  const bool chip = c.d.family == Family::blackwell || c.d.family == Family::blackwell_ultra || c.d.family == Family::rubin;
  return chip && c.g.stack == Stack::megatron && c.g.software_year >= 2026.4 && c.a.experts > 0 && c.layout.precision != Precision::bf16 &&
         c.layout.mixing_layers == 0 && c.layout.tuning == Tuning::full;
}

/// Gap of MoE overheads to those of the reference date.
double moe_age(const Context& c) {
  const double years = std::clamp(c.g.software_year - 2025.5, -2.0, 1.5);
  return math::exp(-c.k[C::moe_drift] * years);
}

void add_experts(const Context& c, Layer& layer) {
  const Architecture& a = c.a;
  const double in = c.layout.expert_input > 0 ? c.layout.expert_input : a.hidden;
  const double width = static_cast<double>(a.moe_ffn > 0 ? a.moe_ffn : a.ffn_hidden) / expert_tensor(a, c.p.tensor);
  const int etp = expert_tensor(a, c.p.tensor);
  const double tokens = c.tokens * etp / c.p.tensor;  // narrow experts: the tensor ranks split the tokens
  const double e = std::max(1, c.p.expert);
  const double local_experts = std::max(1.0, a.experts / e);
  const double rows = tokens * a.top_k * e / a.experts;
  const double age = moe_age(c);
  const double g = a.gated ? 2 : 1;
  const kernels::LinearTimes up = kernels::linear_times(c.d, c.precision, rows, in, g * width, local_experts);
  const kernels::LinearTimes down = kernels::linear_times(c.d, c.precision, rows, width, in, local_experts);
  // Imbalance and narrow products are what many small experts suffer from; a wide one is a dense layer with fewer rows.
  const double filled = std::min(1.0, c.k[C::expert_level]) * rows / (rows + c.k[C::expert_half]);
  const double level = 1 - (1 - filled) * std::min(1.0, 4096.0 / (a.moe_ffn > 0 ? a.moe_ffn : a.ffn_hidden));
  layer.forward.experts += (up.forward + down.forward).base() / level;
  layer.backward.experts += (up.input_gradient + down.input_gradient).base() / level;
  if (c.layout.tuning == Tuning::full) layer.backward.experts += (up.weight_gradient + down.weight_gradient).base() / level;
  // Router, permutation and its inverse: the routed copies pass memory four times; activation between the two products.
  const double routed = tokens * a.top_k;
  const double bytes = routed * (8 * in * c.k[C::dispatch_passes] * age + (2 * g + 2) * width);
  const double t = kernels::stream_time(c.d, Bytes{bytes}).base();
  layer.forward.memory += t;
  layer.backward.memory += 1.3 * t;
  if (c.precision != Precision::bf16 && !c.graphed) {
    const double cast = kernels::stream_time(c.d, Bytes{routed * (in + width) * 4 * c.k[C::cast_passes]}).base();
    layer.forward.memory += cast;
    layer.backward.memory += 1.5 * cast;
  }
  // Most of an MoE layer's launches are the host's waits for token counts; a graph leaves its kernels (some 30, assumed).
  const double issued = c.k[C::expert_launches] * math::exp(-c.k[C::expert_launch_drift] * std::clamp(c.g.software_year - 2025.5, -1.0, 1.5));
  const double launches = c.graphed ? std::min(30.0, issued) : issued;
  layer.forward.launches += launches;
  layer.backward.launches += launches;
  if (e > 1) {
    const collectives::Group group = group_of(c.p.expert, 1, c.fabric.domain);
    // A token goes once to each domain that holds one of its experts: expected number of other domains among its choices.
    const double domains = static_cast<double>(group.ranks) / group.local;
    const double others = domains > 1 ? (domains - 1) * (1 - math::pow(1 - 1 / domains, a.top_k)) : 0;
    const double copy = tokens * in * 2 / etp;
    const double ranks = group.ranks;
    const double copies = c.g.software_year >= 2025 ? ranks * (1 - math::pow(1 - 1 / ranks, a.top_k)) : a.top_k;
    const Bytes inside{copy * copies * (group.local - 1.0) / group.local};
    const double a2a = 2 * collectives::exchange(c.fabric, group, inside, Bytes{copy * others}).base() * c.k[C::ep_exposed] * age;
    layer.forward.expert_comm += a2a;
    layer.backward.expert_comm += a2a;
  }
}

void add_tensor_comm(const Context& c, Layer& layer, double collectives_forward) {
  if (c.p.tensor > 1) {
    const collectives::Fabric& fabric = c.p.tensor <= c.g.per_node * c.g.ranks_per_accelerator ? c.inner : c.fabric;
    const collectives::Group group = group_of(c.p.tensor, 1, fabric.domain);
    const Bytes bytes{c.tokens * c.a.hidden * 2};
    const double one = c.p.sequence_parallel
        ? collectives::all_gather(fabric, group, bytes).base() + collectives::reduce_scatter(fabric, group, bytes).base()
        : collectives::all_reduce(fabric, group, bytes).base();
    const double exposed = c.modern && c.p.sequence_parallel ? c.k[C::tp_exposed_modern] : c.k[C::tp_exposed];
    layer.forward.tensor_comm += collectives_forward * one * exposed;
    layer.backward.tensor_comm += collectives_forward * one * exposed * (c.p.sequence_parallel ? 1.25 : 1.0);
    layer.forward.launches += 2 * collectives_forward;
    layer.backward.launches += 2 * collectives_forward;
  }
}

void add_context_comm(const Context& c, Layer& layer) {
  if (c.p.context <= 1) return;
  const collectives::Group group = group_of(c.p.context, c.p.tensor, c.fabric.domain);
  const double kv = std::max(1.0, static_cast<double>(c.a.kv_heads) / c.p.tensor) * (c.widths.key + c.widths.value);
  const Bytes bytes{c.tokens * c.p.context * kv * 2};
  const double t = collectives::all_gather(c.fabric, group, bytes).base() * c.k[C::cp_exposed];
  layer.forward.tensor_comm += t;
  layer.backward.tensor_comm += 2 * t;
  layer.forward.launches += 2 * c.p.context;
  layer.backward.launches += 2 * c.p.context;
}

/// Cross-entropy over the vocabulary. Fused since 2023: the logits are read, their gradient written over them. Before: a 32 bit copy,
/// then maximum, difference, exponential, sum and quotient as kernels of their own (megatron/mpu/cross_entropy.py).
void add_loss(const Context& c, Layer& head) {
  const double forward = c.modern ? 10 : 38;
  const double backward = c.modern ? 6 : 14;
  add_stream(c, head, c.tokens * c.a.vocab * forward / c.p.tensor, c.modern ? 6 : 12, backward / forward);
}

/// Time of a pass where the host issues kernels one by one: the larger of device and host, rounded at the corner. Checkpointing of
/// Megatron-DeepSpeed makes the host wait at every layer (saved random states, nested graphs), so a share of its time comes on top.
double paced(const Context& c, const Pass& p) {
  if (c.graphed) return p.gpu() + p.launches * c.k[C::device_launch];
  const double launch = p.launches * c.k[c.g.stack == Stack::deepspeed ? C::host_launch_deepspeed : C::host_launch];
  const double gpu = p.gpu() + p.launches * c.k[C::device_launch];
  const double g2 = gpu * gpu;
  const double h2 = launch * launch;
  const double hidden = std::sqrt(std::sqrt(g2 * g2 + h2 * h2));
  return c.g.stack == Stack::deepspeed ? hidden + c.k[C::host_serial] * launch : hidden;
}

/// State-space mixing (Mamba-2): convolution, scan and gate pass the doubled hidden state about twelve times.
void add_state_space(const Context& c, Layer& layer) {
  add_stream(c, layer, c.tokens * 2.0 * c.a.hidden / c.p.tensor * 2 * 12, 8, 2.0);
  add_norms(c, layer);
}

/// Mean layer of the model: sums over its layers divided by their number.
Layer mean_layer(const Context& c, const ParameterCounts& counts) {
  const double layers = c.a.layers;
  const double full = std::min<double>(layers, c.a.full_attention_layers.value_or(c.a.layers));
  const double sequence = c.layout.sequence;
  const double window = c.a.sliding_window.value_or(0);
  Layer attention_full, attention_other, ffn, moe, common, mixing;
  add_attention_block(c, attention_full, kernels::mean_context(sequence, 0, true));
  if (full < layers) add_attention_block(c, attention_other, window > 0 ? kernels::mean_context(sequence, window, true) : 0);
  if (counts.dense_layers > 0) { add_dense_ffn(c, ffn, c.a.ffn_hidden); add_tensor_comm(c, ffn, 1); }
  if (counts.moe_layers > 0) {
    add_experts(c, moe);
    if (c.a.shared_experts > 0) {
      add_dense_ffn(c, moe, static_cast<double>(c.a.shared_experts) * (c.a.moe_ffn > 0 ? c.a.moe_ffn : c.a.ffn_hidden));
    }
    add_tensor_comm(c, moe, 1);
  }
  add_norms(c, common);
  add_casts(c, common, c.a.hidden + c.a.heads * c.widths.value / c.p.tensor);
  add_tensor_comm(c, common, 1);
  add_context_comm(c, attention_full);
  if (c.layout.mixing_layers > 0) add_state_space(c, mixing);
  Layer sum;
  auto add = [&sum, layers](const Layer& l, double n) {
    sum.forward += (n / layers) * l.forward;
    sum.backward += (n / layers) * l.backward;
  };
  add(attention_full, full);
  add(attention_other, layers - full);
  add(ffn, counts.dense_layers);
  add(moe, counts.moe_layers);
  add(common, layers);
  add(mixing, c.layout.mixing_layers);
  return sum;
}

/// Exposed time of gradient reduction and weight gathering of a step.
double data_comm(const Context& c, const ParameterCounts& counts, double stage_layers, double forward, double backward, double micro_batches) {
  const int replicas = c.data * c.p.context;
  const double per_layer_dense = (counts.attention * c.a.layers + counts.dense_ffn * counts.dense_layers + counts.shared * counts.moe_layers) / c.a.layers / c.p.tensor;
  const int etp = expert_tensor(c.a, c.p.tensor);
  const double per_layer_expert = counts.expert * c.a.experts * counts.moe_layers / c.a.layers / std::max(1, c.p.expert) / etp;
  const double params = per_layer_dense * stage_layers + counts.embedding / c.p.tensor / (c.p.pipeline > 1 ? 1 : 1);
  const double experts = per_layer_expert * stage_layers;
  if (c.layout.tuning == Tuning::lora && c.p.zero_stage < 3) return 0;
  const int shard = c.p.shard_group > 0 ? std::min(c.p.shard_group, replicas) : replicas;
  const collectives::Group all = group_of(shard, c.p.tensor, c.fabric.domain);
  const int expert_ranks = std::max(1, shard * c.p.tensor / etp / std::max(1, c.p.expert));
  const collectives::Group some = group_of(expert_ranks, std::max(1, c.p.expert), c.fabric.domain);
  auto pass = [&](double bytes_dense, double bytes_expert) {
    double t = collectives::all_gather(c.fabric, all, Bytes{bytes_dense}).base();
    if (bytes_expert > 0) t += collectives::all_gather(c.fabric, some, Bytes{bytes_expert}).base();
    return t;
  };
  // Copies of one shard (HSDP) are summed once a step.
  const int copies = replicas / shard;
  const double across = copies > 1 ? collectives::all_reduce(c.fabric, group_of(copies, shard * c.p.tensor, c.fabric.domain),
                                                             Bytes{c.p.gradient_bytes * (params / shard + experts / expert_ranks)}).base() : 0;
  if (c.p.zero_stage >= 3) {
    const double gather = pass(2 * params, 2 * experts);
    const double scatter = pass(2 * params, 2 * experts);
    const double window = c.k[C::fsdp_window];
    const double f = std::max(0.0, gather - window * forward) + c.k[C::fsdp_exposed] * gather;
    const double b = std::max(0.0, gather + scatter - window * backward) + c.k[C::fsdp_exposed] * (gather + scatter);
    return micro_batches * (f + b) + std::max(c.k[C::dp_exposed] * across, across - window * backward);
  }
  if (replicas <= 1 && expert_ranks <= 1) return 0;
  const double grad_bytes = c.p.gradient_bytes;
  const double reduce = pass(grad_bytes * params, grad_bytes * experts);
  const double gather = c.p.zero_stage == 0 ? reduce : pass(2 * params, 2 * experts);
  const double traffic = reduce + gather + across;
  // Chunks of an interleaved pipeline finish one after the other, so their reductions hide behind the rest of the drain.
  const double v = c.p.virtual_stages;
  const double chunks = v > 1 ? 1 + (c.p.pipeline - 1) * (v - 1) / v : 1;
  // PyTorch's data parallelism has always reduced during the last backward pass; pipelines of that time reduced after the drain.
  const bool bucketed = c.p.pipeline == 1 && c.g.stack != Stack::deepspeed;
  const double window = c.k[C::dp_window] * (c.modern ? (backward + forward) * chunks : (bucketed ? 1.0 : 0.3) * backward);
  // ZeRO-2 holds no whole gradient to add to, so every micro-batch reduces its own behind its own backward pass. An interleaved
  // pipeline runs a chunk's backward for p micro-batches in a row and reduces their sum.
  const double summed = v > 1 ? c.p.pipeline : 1;
  const double rounds = std::ceil(micro_batches / summed);
  const double each = c.p.zero_stage == 2 ? std::max(c.k[C::dp_exposed] * reduce, reduce - c.k[C::dp_window] * summed * backward) : 0;
  return std::max(c.k[C::dp_exposed] * traffic, traffic - window) + (rounds - 1) * each;
}

double software_level(const Context& c) {
  const double chip_year = c.g.chip->year_available.value_or(2024);
  const double age = std::max(0.0, c.g.software_year - chip_year - 0.5);
  double level = 1 + c.k[C::immature] * math::exp2(-age);
  level *= math::exp(-c.k[C::drift] * std::clamp(c.g.software_year - 2024.5, -2.0, 2.5));
  switch (c.g.stack) {
    case Stack::megatron: break;
    case Stack::deepspeed: level *= c.k[C::stack_deepspeed]; break;
    case Stack::fsdp: level *= c.k[C::stack_fsdp]; break;
    case Stack::jax: level *= c.k[C::stack_jax]; break;
    case Stack::unknown: level *= c.k[C::stack_unknown]; break;
  }
  if (c.layout.tuning == Tuning::lora) level *= c.k[C::lora_level];
  return level;
}

}  // namespace

StepParts step_parts(const Architecture& a, const Layout& layout, const Plan& p, const DeviceGroup& g, const Device& d,
                     const Constants& k, double* bubble_share) {
  Context c{a, layout, p, g, d, k, tuned_fabric(g, k), {}, 0, 1, false, true, {}, layout.precision, false};
  c.inner = c.fabric;
  if (c.fabric.domain < g.per_node * g.ranks_per_accelerator) {
    c.inner.remote = {BytesPerSecond{20e9 / g.ranks_per_accelerator}, Seconds{8e-6}, Bytes{2e6}};  // PCIe 4 x16 through the host
  }
  c.data = std::max(1, data_ranks(p, g));
  c.tokens = static_cast<double>(layout.sequence) / p.context * p.micro_batch;
  c.modern = g.software_year >= 2023 && g.stack != Stack::deepspeed;
  c.graphed = whole_step_graph(c);
  c.widths = head_widths(a);
  ParameterCounts counts = parameter_counts(a);
  if (layout.expert_input > 0) counts.expert *= static_cast<double>(layout.expert_input) / a.hidden;
  const double micro_batches = std::max(1.0, std::ceil(static_cast<double>(layout.global_batch) / (static_cast<double>(p.micro_batch) * c.data)));
  // Megatron fuses the sum into the weight gradient's GEMM (since 2022); sharded data parallelism reduces instead.
  c.accumulates = micro_batches > 1 && !(g.stack == Stack::megatron && g.software_year >= 2022) && p.zero_stage < 3;
  const Recompute recompute = p.recompute.value_or(Recompute::none);

  const Layer layer = mean_layer(c, counts);
  const double forward = paced(c, layer.forward);
  const double backward = paced(c, layer.backward);
  double again = 0;
  if (recompute == Recompute::full) {
    // A share of the layers starts with the operators that are cheap for what they free.
    const double share = p.recompute_share;
    again = forward * share * (k[C::partial_recompute] + (1 - k[C::partial_recompute]) * share);
  }
  if (recompute == Recompute::selective) again = layer.forward.attention;

  Layer head;
  add_linear(c, head, a.hidden, static_cast<double>(a.vocab) / p.tensor, c.tokens, Precision::bf16);
  add_loss(c, head);

  const Stages stages = stages_of(a, p);
  SlotTimes slot{forward, backward, again, 0.5 * (layer.backward.linear + layer.backward.experts),
                 head.forward.gpu(), head.backward.gpu(), 0};
  if (p.pipeline > 1) {
    const bool remote = p.tensor * p.context * 2 > c.fabric.domain || c.data > 1;
    const double bytes = c.tokens * a.hidden * 2 / (p.sequence_parallel ? p.tensor : 1);
    slot.send = collectives::send(c.fabric, remote && p.pipeline * p.tensor > c.fabric.domain, Bytes{bytes}).base() * k[C::pp_exposed];
  }
  const PipelineTimes pipeline = pipeline_times(stages, slot, p, micro_batches, k[C::bubble]);
  const double bubble = pipeline.all - pipeline.busy;

  const double stage_layers = std::max(stages.first, stages.middle);
  const double comm = data_comm(c, counts, stage_layers, stages.mean * (forward + again), stages.mean * backward, micro_batches);
  const double local_params = (counts.attention * a.layers + counts.dense_ffn * counts.dense_layers + counts.shared * counts.moe_layers) / p.tensor / p.pipeline +
                              counts.embedding * (p.pipeline > 1 ? 1 : counts.embeddings) / p.tensor;
  const int etp = expert_tensor(a, p.tensor);
  const double local_experts = counts.expert * a.experts * counts.moe_layers / std::max(1, p.expert) / p.pipeline / etp;
  const double shard = p.zero_stage >= 1 ? (p.shard_group > 0 ? p.shard_group : c.data * p.context) : 1;
  const double expert_shard = std::max(1.0, shard * p.tensor / etp / std::max(1, p.expert));
  double updated = local_params / shard + (local_experts > 0 ? local_experts / expert_shard : 0);
  if (layout.tuning == Tuning::lora) updated *= 0.01;
  const double optimizer = kernels::stream_time(d, Bytes{updated * k[C::optimizer_bytes] + (local_params + local_experts) * 4}).base();

  const double nodes = std::max(1.0, static_cast<double>(g.accelerators) / std::max(1, g.per_node));
  const double jitter = k[C::jitter] * math::log2(nodes);
  const double level = software_level(c) * (1 + jitter);

  const double layer_count = micro_batches * stages.mean;
  StepParts s;
  s.linear = Seconds{layer_count * (layer.forward.linear + layer.backward.linear) + micro_batches * (head.forward.linear + head.backward.linear) / p.pipeline};
  s.experts = Seconds{layer_count * (layer.forward.experts + layer.backward.experts)};
  s.attention = Seconds{layer_count * (layer.forward.attention + layer.backward.attention)};
  s.memory_bound = Seconds{layer_count * (layer.forward.memory + layer.backward.memory) + micro_batches * (head.forward.memory + head.backward.memory) / p.pipeline};
  s.recompute = Seconds{layer_count * again};
  s.tensor_comm = Seconds{layer_count * (layer.forward.tensor_comm + layer.backward.tensor_comm)};
  s.expert_comm = Seconds{layer_count * (layer.forward.expert_comm + layer.backward.expert_comm)};
  s.launch = Seconds{layer_count * (forward - layer.forward.gpu() + backward - layer.backward.gpu())};
  s.bubble = Seconds{bubble};
  s.data_comm = Seconds{comm};
  s.optimizer = Seconds{optimizer};
  const double sum = s.total().base();
  s.overhead = Seconds{sum * (level - 1) + k[C::step_overhead] * (1 + math::log2(nodes))};
  if (bubble_share != nullptr) *bubble_share = bubble / pipeline.all;
  return s;
}

}  // namespace headroom::training
