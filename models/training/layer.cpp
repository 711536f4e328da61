#include "models/training/layer.hpp"

#include <algorithm>
#include <cmath>

#include "models/kernels/attention.hpp"
#include "models/kernels/gemm.hpp"
#include "models/units/math.hpp"

namespace headroom::training {

using catalog::Architecture;
using kernels::Device;
using C = Constant;
using Context = LayerContext;

collectives::Group group_of(int ranks, int inner, int domain) {
  const int local = std::clamp(domain / std::max(1, inner), 1, ranks);
  return {ranks, local, ranks * std::max(1, inner)};
}

namespace {

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

/// Gap of MoE overheads to those of the reference date.
double moe_age(const Context& c) {
  const double years = std::clamp(c.g.software_year - 2025.5, -2.0, 1.5);
  return math::exp(-c.k[C::moe_drift] * years);
}

/// Other domains that a token can reach at most where its experts come from a few groups of them (DeepSeek-V3 report, 2412.19437,
/// section 2.1.2: node-limited routing; from memory), the groups lying over the domains in order.
double reached_by_groups(const Architecture& a, double domains) {
  if (a.expert_groups <= 0 || a.routed_groups <= 0) return domains - 1;
  const double reached = a.routed_groups * std::max(1.0, domains / a.expert_groups);
  return std::min(reached, domains) * (domains - 1) / domains;
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
  // Most of an MoE layer's launches are the host's waits for token counts; Transformer Engine's grouped layer starts the products and
  // casts of each local expert by themselves (pytorch/module/grouped_linear.py). A graph leaves its kernels (some 30, assumed).
  const double issued = (c.k[C::expert_launches] + c.k[C::expert_kernels] * local_experts) * math::exp(-c.k[C::expert_launch_drift] * std::clamp(c.g.software_year - 2025.5, -1.0, 1.5));
  const double launches = c.graphed ? std::min(30.0, issued) : issued;
  layer.forward.launches += launches;
  layer.backward.launches += launches;
  if (e > 1) {
    const collectives::Group group = group_of(c.p.expert, 1, c.fabric.domain);
    // A token goes once to each domain that holds one of its experts: expected number of other domains among its choices.
    const double domains = static_cast<double>(group.ranks) / group.local;
    const double others = domains > 1 ? std::min((domains - 1) * (1 - math::pow(1 - 1 / domains, a.top_k)), reached_by_groups(a, domains)) : 0;
    // Both ways in 16 bit; DeepSeek's own recipe dispatches in 8 (its report, section 3.3.3).
    const bool narrow = c.p.schedule == Schedule::dual_pipe && c.precision != Precision::bf16;
    const double copy = tokens * in * (narrow ? 1.5 : 2) / etp;
    const double ranks = group.ranks;
    const double copies = c.g.software_year >= 2025 ? ranks * (1 - math::pow(1 - 1 / ranks, a.top_k)) : a.top_k;
    const Bytes inside{copy * copies * (group.local - 1.0) / group.local};
    const double a2a = 2 * collectives::exchange(c.fabric, group, inside, Bytes{copy * others}).base();
    const double exposed = c.p.schedule == Schedule::dual_pipe ? 1 : c.k[C::ep_exposed] * age;
    layer.forward.expert_comm += a2a * exposed;
    layer.backward.expert_comm += a2a * exposed;
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

/// What DualPipe leaves of the experts' exchange: it travels while another micro-batch computes, moved by 20 of an H800's 132
/// streaming multiprocessors, which are then missing elsewhere (DeepSeek-V3 report, 2412.19437, section 3.2.2).
void hide_exchange(Pass& p) {
  if (p.expert_comm <= 0) return;
  const double compute = p.gpu() - p.expert_comm;
  p.expert_comm = std::max(0.0, p.expert_comm - compute) + compute * 20 / (132 - 20);
}

/// State-space mixing (Mamba-2): convolution, scan and gate pass the doubled hidden state about twelve times.
void add_state_space(const Context& c, Layer& layer) {
  add_stream(c, layer, c.tokens * 2.0 * c.a.hidden / c.p.tensor * 2 * 12, 8, 2.0);
  add_norms(c, layer);
}

}  // namespace

/// Megatron-Core from spring 2026 captures the step of an 8 or 4 bit mixture of experts on Blackwell as one graph: token counts stay
/// on the device, the casts live in the grouped GEMMs. Layers of several kinds (hybrids) are not captured yet.
bool whole_step_graph(const Context& c) {
  using kernels::Family;
  const bool chip = c.d.family == Family::blackwell || c.d.family == Family::blackwell_ultra || c.d.family == Family::rubin;
  return chip && c.g.stack == Stack::megatron && c.g.software_year >= 2026.4 && c.a.experts > 0 && c.layout.precision != Precision::bf16 &&
         c.layout.mixing_layers == 0 && c.layout.tuning == Tuning::full;
}

double paced(const Context& c, const Pass& p) {
  if (c.graphed) return p.gpu() + p.launches * c.k[C::device_launch];
  const bool waits = c.g.stack == Stack::deepspeed && c.p.recompute == std::optional{Recompute::full};
  const double launch = p.launches * c.k[waits ? C::host_launch_deepspeed : C::host_launch];
  const double gpu = p.gpu() + p.launches * c.k[C::device_launch];
  if (c.g.launches_block) return gpu + launch;
  const double g2 = gpu * gpu;
  const double h2 = launch * launch;
  const double hidden = std::sqrt(std::sqrt(g2 * g2 + h2 * h2));
  return waits ? hidden + c.k[C::host_serial] * launch : hidden;
}

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
  if (c.p.schedule == Schedule::dual_pipe) {
    hide_exchange(sum.forward);
    hide_exchange(sum.backward);
  }
  return sum;
}

Layer head_layer(const Context& c) {
  Layer head;
  add_linear(c, head, c.a.hidden, static_cast<double>(c.a.vocab) / c.p.tensor, c.tokens, Precision::bf16);
  add_loss(c, head);
  return head;
}

}  // namespace headroom::training
