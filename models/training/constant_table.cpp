#include "models/training/constants.hpp"

namespace headroom::training {
namespace {

std::array<ConstantInfo, constant_count> make_table() {
  std::array<ConstantInfo, constant_count> t;
  auto set = [&t](Constant c, ConstantInfo info) { t[static_cast<std::size_t>(c)] = std::move(info); };
  using C = Constant;
  // Priors: facts/training.md 5.4-5.6 where a figure stands there, else the usual value of the field; the spread says how sure.
  set(C::gemm_level, {"gemm_level", 0.86, 0.10, "GEMM inside a step / best GEMM alone (power, cache, neighbours)"});
  set(C::fp8_level, {"fp8_level", 0.80, 0.15, "the same again for FP8 linear layers (scaling, layout)"});
  set(C::fp4_level, {"fp4_level", 0.65, 0.25, "the same for FP4 recipes, which keep some layers at higher precision"});
  set(C::reduction_half, {"reduction_half", 110, 0.15, "K at which a GEMM reaches half its ceiling (kernel profiles of A100 and H100, K from 512 to 8,192)"});
  set(C::wave_weight, {"wave_weight", 0.5, 0.4, "weight of whole waves, 0 to 1"});
  set(C::wave_weight_old, {"wave_weight_old", 0.9, 0.2, "the same for libraries before 2023, which start a block for every large tile and split no reduction"});
  set(C::unaligned, {"unaligned", 0.80, 0.2, "rate left for widths that are no multiple of 64"});
  set(C::misaligned, {"misaligned", 0.10, 0.5, "rate left for widths that are no multiple of 8"});
  set(C::attention_share, {"attention_share", 0.90, 0.15, "fused attention forward / best GEMM, newest kernels (cuDNN and FlashAttention-3 on Hopper: 75 % of peak against 80 %)"});
  set(C::attention_biased, {"attention_biased", 0.57, 0.25, "rate of first-generation and Triton kernels, which biased attention used, / FlashAttention-2 (its paper: 1.3 to 3 times faster)"});
  set(C::unfused_passes, {"unfused_passes", 1.0, 0.4, "score traffic of unfused attention / model's count"});
  set(C::bandwidth_share, {"bandwidth_share", 0.80, 0.1, "streaming kernel / data-sheet bandwidth"});
  set(C::elementwise, {"elementwise", 1.2, 0.4, "elementwise traffic / model's count of passes"});
  set(C::cast_passes, {"cast_passes", 1.0, 0.5, "quantisation traffic of FP8 and FP4 / model's count"});
  set(C::host_launch, {"host_launch", 7e-6, 0.4, "s of host time for each kernel in eager software"});
  set(C::host_launch_deepspeed, {"host_launch_deepspeed", 20e-6, 0.7, "the same under Megatron-DeepSpeed with checkpointing"});
  set(C::host_serial, {"host_serial", 0.3, 0.5, "share of that time that waits for the device first (checkpoint boundaries), hidden by nothing"});
  set(C::device_launch, {"device_launch", 3e-6, 0.2, "s of ramp of each kernel on the device"});
  set(C::step_overhead, {"step_overhead", 0.02, 0.7, "s of a step for data, logging, gradient norm, on one node and again for each doubling of nodes"});
  set(C::tp_exposed, {"tp_exposed", 0.8, 0.3, "exposed share of tensor-parallel communication, plain software"});
  set(C::tp_exposed_modern, {"tp_exposed_modern", 0.45, 0.4, "the same with overlapped tensor parallelism (since 2023)"});
  set(C::tp_bandwidth, {"tp_bandwidth", 1.0, 0.2, "achieved scale-up rate / model's link"});
  set(C::link_half, {"link_half", 2e6, 0.5, "bytes of a collective that reach half the scale-up rate"});
  set(C::collective_start, {"collective_start", 20e-6, 0.5, "s before a collective moves: kernel, rendezvous"});
  set(C::cp_exposed, {"cp_exposed", 0.4, 0.5, "exposed share of context-parallel communication"});
  set(C::pp_exposed, {"pp_exposed", 0.5, 0.5, "exposed share of pipeline sends"});
  set(C::bubble, {"bubble", 1.0, 0.15, "pipeline bubble / closed form"});
  set(C::dp_exposed, {"dp_exposed", 0.15, 0.5, "share of gradient traffic that nothing hides"});
  set(C::dp_window, {"dp_window", 0.8, 0.3, "share of a backward pass that hides gradient traffic"});
  set(C::fsdp_exposed, {"fsdp_exposed", 0.12, 0.5, "share of sharded-weight traffic that nothing hides"});
  set(C::fsdp_window, {"fsdp_window", 0.9, 0.2, "share of compute that hides sharded-weight traffic"});
  set(C::scaleout_bandwidth, {"scaleout_bandwidth", 0.9, 0.2, "achieved scale-out rate / model's link"});
  set(C::ep_exposed, {"ep_exposed", 0.8, 0.3, "exposed share of expert all-to-all"});
  set(C::dispatch_passes, {"dispatch_passes", 1.5, 0.5, "permutation traffic / model's count"});
  set(C::expert_level, {"expert_level", 0.80, 0.2, "grouped GEMM / dense GEMM of the same shape, imbalance included"});
  set(C::expert_half, {"expert_half", 400, 0.6, "rows of an expert at which a grouped GEMM reaches half of that"});
  set(C::expert_launches, {"expert_launches", 180, 0.5, "host launches that an MoE layer adds, forward"});
  set(C::expert_kernels, {"expert_kernels", 12, 0.5, "host launches for each local expert, forward: before one kernel did all, every expert had products and casts of its own"});
  set(C::moe_drift, {"moe_drift", 0.2, 0.4, "decrease of MoE overhead by software, per year"});
  set(C::expert_launch_drift, {"expert_launch_drift", 0.5, 0.4, "decrease of those launches by software (fusion, CUDA graphs), per year"});
  set(C::optimizer_bytes, {"optimizer_bytes", 30, 0.3, "bytes that the optimizer touches for each local parameter"});
  set(C::partial_recompute, {"partial_recompute", 0.7, 0.4, "time of recomputing a share of the layers / that share of a forward (cheap operators first)"});
  set(C::jitter, {"jitter", 0.006, 0.5, "added share of step time for each doubling of nodes"});
  set(C::immature, {"immature", 0.08, 0.30, "added share of time in the year a chip appears; halves every year after"});
  set(C::drift, {"drift", 0.02, 0.6, "decrease of time by software in general, per year"});
  set(C::lora_level, {"lora_level", 1.1, 0.15, "time of a LoRA step / its share of full work"});
  set(C::stack_deepspeed, {"stack_deepspeed", 1.05, 0.08, "time under Megatron-DeepSpeed / Megatron-Core"});
  set(C::stack_fsdp, {"stack_fsdp", 1.15, 0.10, "time under PyTorch FSDP / Megatron-Core"});
  set(C::stack_jax, {"stack_jax", 1.05, 0.08, "time under JAX / Megatron-Core"});
  set(C::stack_unknown, {"stack_unknown", 1.05, 0.08, "time under software not named / Megatron-Core"});
  for (int f = 0; f < kernels::family_count; ++f) {
    const std::string family(kernels::name(static_cast<kernels::Family>(f)));
    const auto i = static_cast<std::size_t>(f);
    t[static_cast<std::size_t>(C::family_first) + i] = {"family_" + family, 1.0, 0.10, "rate of the family / ceiling table, BF16"};
    t[static_cast<std::size_t>(C::family_low_first) + i] = {"family_low_" + family, 1.0, 0.10, "the same again for FP8 and FP4"};
  }
  return t;
}

}  // namespace

const std::array<ConstantInfo, constant_count>& constant_table() {
  static const std::array<ConstantInfo, constant_count> table = make_table();
  return table;
}

Constants prior_constants() {
  Constants c;
  for (std::size_t i = 0; i < constant_count; ++i) {
    c.value[i] = constant_table()[i].prior;
    c.log_error[i] = constant_table()[i].spread;
  }
  return c;
}

}  // namespace headroom::training
