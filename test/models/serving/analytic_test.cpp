#include <catch2/catch.hpp>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/kernels/device.hpp"
#include "models/serving/analytic.hpp"

namespace headroom::serving {
namespace {

ModelShape shape(const char* name) {
  const catalog::Architecture* a = catalog::find_architecture(name);
  REQUIRE(a != nullptr);
  return shape_of(*a);
}

DeviceRatings h100() {
  const catalog::Chip* c = catalog::find_chip("h100_sxm");
  REQUIRE(c != nullptr);
  return ratings_of(*c);
}

Rates rates_of(const char* chip, const ReplicaPlan& plan) {
  const ConstantSet& constants = ConstantSet::fitted();
  return constants.resolve(constants.bind(*catalog::find_chip(chip), plan));
}

/// Rates with no losses: full bandwidth and arithmetic, no fixed times.
Rates ideal() {
  Rates r;
  r.value.fill(1.0);
  for (const Rate zero : {Rate::gemm_half_rows, Rate::expert_half_rows, Rate::elementwise_passes, Rate::layer_time, Rate::expert_layer_time,
                          Rate::linear_layer_time, Rate::index_layer_time, Rate::eager_layer_time, Rate::eager_expert_layer_time, Rate::gemm_half_depth,
                          Rate::expert_passes, Rate::quantised_layer_time, Rate::step_time, Rate::sequence_vllm, Rate::young_reread,
                          Rate::reduce_latency,
                          Rate::exchange_latency, Rate::hop_time}) {
    r.value[static_cast<std::size_t>(zero)] = 0.0;
  }
  return r;
}

Batch decodes(int n, double mean) {
  Batch b;
  b.decode_sequences = n;
  b.decode_context = n * mean;
  return b;
}

}  // namespace

TEST_CASE("parameters and cache per token agree with published counts", "[serving]") {
  // Llama 3.1 70B: 70.6e9 parameters, 2 x 80 layers x 8 heads x 128 values = 163,840 values a token.
  const ModelShape llama = shape("llama-3.1-70b");
  CHECK(llama.total_params() == Approx(70.6e9).epsilon(0.01));
  CHECK(llama.full_layers * llama.cached_per_layer == Approx(163840));
  // DeepSeek-V3: 671e9 and 37e9 active; 61 x (512 + 64) = 35,136 values a token (arXiv 2412.19437).
  const ModelShape deepseek = shape("deepseek-v3");
  CHECK(deepseek.total_params() == Approx(671e9).epsilon(0.01));
  CHECK(deepseek.active_params() == Approx(37e9).epsilon(0.03));
  CHECK(deepseek.full_layers * deepseek.cached_per_layer == Approx(35136));
  // gpt-oss-120b: half of 36 layers look at 128 tokens.
  const ModelShape oss = shape("gpt-oss-120b");
  CHECK(oss.full_layers == 18);
  CHECK(oss.window_layers == 18);
  CHECK(oss.window == 128);
}

TEST_CASE("experts sit in every second layer where the published total says so", "[serving]") {
  const ModelShape maverick = shape("llama-4-maverick");
  CHECK(maverick.moe_layers == 24);
  CHECK(maverick.total_params() == Approx(400e9).epsilon(0.05));
}

TEST_CASE("without losses a decode of one sequence reads weights and cache once at the rated bandwidth", "[serving]") {
  // Llama 3.1 8B in bf16 on one H100: (8.03e9 - embedding 128256 x 4096) x 2 bytes / 3.35 TB/s, cache 131,072 bytes a token.
  ReplicaPlan plan;
  const AnalyticModel m(shape("llama-3.1-8b"), h100(), plan, ideal());
  const double weights = 8.03e9 - 128256.0 * 4096.0;
  CHECK(m.time(decodes(1, 0)).base() == Approx(weights * 2 / 3.35e12).epsilon(0.01));
  const double per_token = (m.time(decodes(1, 10000)) - m.time(decodes(1, 0))).base() / 10000;
  CHECK(per_token == Approx(2.0 * 32 * 8 * 128 * 2 / 3.35e12).epsilon(1e-6));
}

TEST_CASE("a small batch reads only the experts that it touches", "[serving]") {
  // Qwen3-30B-A3B: 8 of 128 experts; one token reads 8, many tokens read all.
  ReplicaPlan plan;
  const ModelShape s = shape("qwen3-30b-a3b");
  const AnalyticModel m(s, h100(), plan, ideal());
  const double expert = s.expert_params * 2 / 3.35e12 * s.moe_layers;
  CHECK(m.iteration(decodes(1, 0)).experts.base() == Approx(8 * expert).epsilon(0.01));
  // 16 tokens touch 128 (1 - (1 - 8/128)^16) = 82.4 experts.
  CHECK(m.iteration(decodes(16, 0)).experts.base() == Approx(82.4 * expert).epsilon(0.01));
}

TEST_CASE("memory is what devices report, weights what checkpoints hold", "[serving]") {
  CHECK(h100().memory == Approx(81559.0 * 1048576.0).epsilon(0.005));
  CHECK(ratings_of(*catalog::find_chip("h200_sxm")).memory == Approx(143771.0 * 1048576.0).epsilon(0.005));
  CHECK(ratings_of(*catalog::find_chip("l40s")).memory == Approx(46068.0 * 1048576.0).epsilon(0.005));
  // gpt-oss-120b: a checkpoint of 60.8 GiB (model card).
  ReplicaPlan plan;
  plan.weights = plan.compute = Precision::mxfp4;
  const AnalyticModel m(shape("gpt-oss-120b"), h100(), plan, ideal());
  CHECK(m.weight_bytes().base() == Approx(60.8 * 1073741824.0).epsilon(0.03));
}

TEST_CASE("formats that a chip has no arithmetic for are unpacked to 16 bit", "[serving]") {
  // An A100 has no 8-bit floating point: a large product of FP8 weights takes as long as one of bf16 weights, less their reading.
  const DeviceRatings a100 = ratings_of(*catalog::find_chip("a100_sxm_80"));
  ReplicaPlan narrow, wide;
  narrow.weights = narrow.compute = Precision::fp8;
  const ModelShape s = shape("llama-3.1-8b");
  Batch b;
  b.add_prefill(0, 32768);
  const double fp8 = AnalyticModel(s, a100, narrow, ideal()).iteration(b).linear.base();
  CHECK(fp8 == Approx(AnalyticModel(s, a100, wide, ideal()).iteration(b).linear.base()).epsilon(0.01));
  const double h100_fp8 = AnalyticModel(s, h100(), narrow, ideal()).iteration(b).linear.base();
  CHECK(h100_fp8 == Approx(0.5 * AnalyticModel(s, h100(), wide, ideal()).iteration(b).linear.base()).epsilon(0.02));
}

TEST_CASE("narrow slices of a product reach less of the rating", "[serving]") {
  // A tile's start and end are worth a depth of 119 at 16 bit (Vidur's profiles): splitting an expert of width 1,536 into eighths
  // makes its second product sum over 192 values.
  Rates r = ideal();
  r.value[static_cast<std::size_t>(Rate::gemm_half_depth)] = 119.0;
  ReplicaPlan one, eight;
  eight.tp = 8;
  const ModelShape s = shape("qwen3-30b-a3b");  // experts of 768, a hidden state of 2,048
  DeviceRatings big = h100();
  big.memory *= 4;
  Batch b;
  b.add_prefill(0, 65536);
  const double whole = AnalyticModel(s, big, one, r).iteration(b).experts.base();
  const double slices = AnalyticModel(s, big, eight, r).iteration(b).experts.base();
  const double per_value = (2.0 * (1.0 + 119.0 / 2048) + 1.0 + 119.0 / 768) / (2.0 * (1.0 + 119.0 / 2048) + 1.0 + 119.0 / 96);
  CHECK(whole / slices == Approx(8.0 * per_value).epsilon(0.02));
}

TEST_CASE("a latent cache is copied to every tensor-parallel rank, attention groups split it", "[serving]") {
  ReplicaPlan tensor, groups;
  tensor.tp = 8;
  groups.tp = 1;
  groups.attention_dp = 8;
  groups.ep = 8;
  tensor.weights = groups.weights = tensor.compute = groups.compute = Precision::fp8;
  DeviceRatings big = h100();
  big.memory *= 4;
  const ModelShape s = shape("deepseek-v3");
  const AnalyticModel a(s, big, tensor, ideal()), b(s, big, groups, ideal());
  CHECK(b.kv_capacity().base() > 4 * a.kv_capacity().base());
}

TEST_CASE("sparse attention takes a tile of 64 heads on every rank, so tensor parallelism does not split it", "[serving]") {
  // GLM-5 has 64 heads: one rank fills the tile, eight ranks of eight heads pay for it each, and each runs the whole indexer.
  Batch prompt;
  prompt.add_prefill(0, 16384);
  const auto attention = [&](const char* model, int tp) {
    ReplicaPlan plan;
    plan.tp = tp;
    return AnalyticModel(shape(model), h100(), plan, ideal(), 1e9).iteration(prompt).attention.base();
  };
  CHECK(attention("glm-5", 8) == Approx(attention("glm-5", 1)));
  CHECK(attention("deepseek-v3", 8) == Approx(attention("deepseek-v3", 1) / 8));
}

TEST_CASE("faster hardware never slows a pass", "[serving]") {
  for (const char* name : {"llama-3.1-70b", "deepseek-v3", "gpt-oss-120b"}) {
    ReplicaPlan plan;
    plan.tp = 8;
    plan.weights = plan.compute = Precision::fp8;
    const Rates r = rates_of("h100_sxm", plan);
    DeviceRatings base = h100();
    base.memory *= 4;
    Batch mixed = decodes(64, 4000);
    mixed.add_prefill(0, 3000);
    for (const Batch& b : {decodes(1, 1000), decodes(128, 2000), mixed}) {
      const double before = AnalyticModel(shape(name), base, plan, r).time(b).base();
      for (double DeviceRatings::*rating : {&DeviceRatings::memory_bandwidth, &DeviceRatings::flops_16, &DeviceRatings::flops_8,
                                            &DeviceRatings::scaleup}) {
        DeviceRatings faster = base;
        faster.*rating *= 1.5;
        CHECK(AnalyticModel(shape(name), faster, plan, r).time(b).base() <= before);
      }
    }
  }
}

TEST_CASE("weights that do not fit are refused with the bytes that are needed and present", "[serving]") {
  ReplicaPlan plan;
  const auto make = [&] { return AnalyticModel(shape("llama-3.1-70b"), h100(), plan, ideal()); };
  CHECK_THROWS_AS(make(), OutOfMemory);
  try {
    static_cast<void>(make());
  } catch (const OutOfMemory& e) {
    CHECK(e.needed.base() > 141e9);
    CHECK(e.present.base() < 81559.0 * 1048576.0);  // what an H100 of 80 GB reports
  }
}

TEST_CASE("a plan whose sizes do not divide is refused", "[serving]") {
  ReplicaPlan plan;
  plan.tp = 4;
  plan.ep = 3;
  CHECK_THROWS_AS(AnalyticModel(shape("qwen3-30b-a3b"), h100(), plan, ideal()), UnsupportedPlan);
}

TEST_CASE("chips of one family that nobody measured differ as their ceilings do", "[serving]") {
  // The best 16-bit product reaches 0.73 of a GB200's rating and 0.78 of a B200's; training starts from the same table.
  const ConstantSet priors = ConstantSet::priors({});
  const auto rates = [&](const char* chip) { return priors.resolve(priors.bind(*catalog::find_chip(chip), ReplicaPlan{})); };
  CHECK(rates("gb200_nvl72")[Rate::gemm_bf16] / rates("b200_sxm")[Rate::gemm_bf16] == Approx(0.73 / 0.78));
  CHECK(rates("mi300x")[Rate::gemm_bf16] / rates("h100_sxm")[Rate::gemm_bf16] == Approx(0.51 / 0.80));
  CHECK(rates("mi300x")[Rate::cache_bandwidth] / rates("h100_sxm")[Rate::cache_bandwidth] ==
        Approx(kernels::memory_ceiling(*catalog::find_chip("mi300x")) / kernels::memory_ceiling(*catalog::find_chip("h100_sxm"))));
}

TEST_CASE("tensor-parallel ranks share a cache by its heads, a latent cache not at all, and pipeline stages by layers", "[serving]") {
  ReplicaPlan plan;
  plan.tp = 8;
  plan.weights = plan.compute = Precision::fp8;
  DeviceRatings big = h100();
  big.memory *= 8;
  const auto shards = [&](const char* model) { return AnalyticModel(shape(model), big, plan, ideal()).kv_shards(); };
  CHECK(shards("llama-3.1-70b") == 8);  // 8 cached heads
  CHECK(shards("deepseek-v3") == 1);
  plan.pp = 2;
  CHECK(shards("llama-3.1-70b") == 16);
  CHECK(shards("deepseek-v3") == 2);
}

}  // namespace headroom::serving
