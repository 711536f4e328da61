#include "models/training/step.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/collectives/collectives.hpp"
#include "models/training/layer.hpp"
#include "models/training/shape.hpp"
#include "models/training/stages.hpp"
#include "models/units/math.hpp"

namespace headroom::training {

using catalog::Architecture;
using kernels::Device;
using C = Constant;
using Context = LayerContext;

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

/// Exposed time of gradient reduction and weight gathering of a step.
double data_comm(const Context& c, const ParameterCounts& counts, double stage_layers, double forward, double backward, double micro_batches) {
  const int replicas = c.data * c.p.context;
  const double per_layer_dense = (counts.attention * c.a.layers + counts.dense_ffn * counts.dense_layers + counts.shared * counts.moe_layers) / c.a.layers / c.p.tensor;
  const int etp = expert_tensor(c.a, c.p.tensor);
  const double per_layer_expert = counts.expert * c.a.experts * counts.moe_layers / c.a.layers / std::max(1, c.p.expert) / etp;
  const double params = per_layer_dense * stage_layers + counts.embedding / c.p.tensor;
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
  // DeepSpeed sums gradients on every rank, whoever updates them: its BF16 optimizer (bf16_optimizer.py, pipe/engine.py) as its first
  // stage in FP16, which ignores contiguous buffers and so falls back to an all-reduce (stage_1_and_2.py). From memory.
  const double everywhere = c.g.stack == Stack::deepspeed && c.p.zero_stage == 1 ? reduce : 0;
  const double traffic = reduce + everywhere + gather + across;
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

  const Layer head = head_layer(c);

  const Stages stages = stages_of(a, p);
  SlotTimes slot{forward, backward, again, 0.5 * (layer.backward.linear + layer.backward.experts),
                 head.forward.gpu(), head.backward.gpu(), 0};
  if (p.pipeline > 1) {
    // Frameworks number stages last: neighbours are all other ranks of a stage apart, so two whole stages must share a domain.
    const bool remote = 2 * (g.ranks() / p.pipeline) > c.fabric.domain;
    // Tensor ranks hold the same output unless sequence parallelism splits it: each sends its part and the next stage gathers them
    // inside the domain (Narayanan 2021, section 4.1; DeepSpeed's PartitionedTensor), so s b h 2 / t cross a border (facts 5.4).
    const double whole = c.tokens * a.hidden * 2;
    const double part = collectives::send(c.fabric, remote, Bytes{whole / p.tensor}).base();
    const double gather = !p.sequence_parallel && p.tensor > 1 ? collectives::all_gather(c.inner, group_of(p.tensor, 1, c.inner.domain), Bytes{whole}).base() : 0;
    // Nothing hid a message before 2023. Megatron sends and receives at once; DeepSpeed's engine runs its instructions one by one
    // (deepspeed/runtime/pipe/schedule.py), so what goes out and what comes in are waited for in turn.
    const double turns = g.stack == Stack::deepspeed ? 2 : 1;
    slot.send = (part * turns + gather) * (c.modern ? k[C::pp_exposed] : 1);
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
