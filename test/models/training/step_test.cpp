#include <catch2/catch.hpp>

#include <array>

#include "models/training/models.hpp"
#include "models/training/search.hpp"
#include "models/training/estimate.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
const catalog::Architecture& known(const char* name) {
  const catalog::Architecture* a = catalog::find_architecture(name);
  REQUIRE(a != nullptr);
  return *a;
}
DeviceGroup group(const char* chip, int n, double year = 2025, Stack stack = Stack::megatron) {
  DeviceGroup g;
  g.chip = catalog::find_chip(chip);
  REQUIRE(g.chip != nullptr);
  g.accelerators = n;
  g.software_year = year;
  g.stack = stack;
  return g;
}
catalog::Architecture bloom(int layers, int hidden, int heads) {
  catalog::Architecture a;
  a.layers = layers;
  a.hidden = hidden;
  a.heads = a.kv_heads = heads;
  a.ffn_hidden = 4 * hidden;
  a.gated = false;
  a.vocab = 250880;
  a.has_dimensions = true;
  return a;
}
double seconds(const catalog::Architecture& a, const DeviceGroup& g, const Plan& p, int batch, int sequence, Precision precision = Precision::bf16) {
  Layout l;
  l.plan = p;
  l.global_batch = batch;
  l.sequence = sequence;
  l.precision = precision;
  return estimate(a, l, g, fitted()).time.base();
}
Plan plan(int tensor, int pipeline, int micro_batch, Recompute r = Recompute::full) {
  Plan p;
  p.tensor = tensor;
  p.pipeline = pipeline;
  p.micro_batch = micro_batch;
  p.recompute = r;
  p.sequence_parallel = false;
  return p;
}
}  // namespace

TEST_CASE("hidden 13,824 is faster than 14,400 by far more than its parameters", "[training][published]") {
  // BigScience: 14,400 to 13,824 hidden at TP8 PP10 DP4 takes the step from 221 to 160 s for 6 % fewer parameters.
  DeviceGroup g = group("a100_sxm_80", 320, 2022.2, Stack::deepspeed);
  const double wide = seconds(bloom(80, 14400, 80), g, plan(8, 10, 2), 2048, 2048);
  const double narrow = seconds(bloom(80, 13824, 96), g, plan(8, 10, 2), 2048, 2048);
  CHECK(narrow < 0.85 * wide);
}

TEST_CASE("128 heads of 108 are slower than 96 of 144", "[training][published]") {
  // BigScience, 13,824 x 78, TP4, micro-batch 2: 107.1 s with 96 heads, 147.4 s with 128 (108 is no multiple of 8).
  DeviceGroup g = group("a100_sxm_80", 384, 2022.2, Stack::deepspeed);
  CHECK(seconds(bloom(78, 13824, 128), g, plan(4, 12, 2), 2048, 2048) > 1.04 * seconds(bloom(78, 13824, 96), g, plan(4, 12, 2), 2048, 2048));
}

TEST_CASE("a larger batch fills the pipeline", "[training][published]") {
  // BigScience at PP12: 113.5 TFLOP/s at a batch of 512, 151.6 at 2,048.
  DeviceGroup g = group("a100_sxm_80", 384, 2022.2, Stack::deepspeed);
  const double small = seconds(bloom(78, 13824, 96), g, plan(4, 12, 2), 512, 2048) / 512;
  const double large = seconds(bloom(78, 13824, 96), g, plan(4, 12, 2), 2048, 2048) / 2048;
  CHECK(small / large > 1.15);
  CHECK(small / large < 1.6);
}

TEST_CASE("tensor ranks share a message between stages, and DeepSpeed waits for both directions in turn", "[training]") {
  // Two stages of one node each, one data rank. A port of half the rate costs each of the m micro-batches one message's time more and the
  // fill of the pipeline another: (S + half) / rate, S = 2,048 x 4,096 x 2 bytes over 8 tensor ranks.
  const Constants& k = fitted().constants;
  auto added = [&](Stack stack) {
    DeviceGroup g = group("a100_sxm_80", 16, 2022.2, stack);
    Layout l;
    l.plan = plan(8, 2, 1);
    l.plan->sequence_parallel = false;
    l.global_batch = 32;
    l.sequence = 2048;
    auto bubble = [&] { return step_parts(bloom(24, 4096, 32), l, *l.plan, g, tuned_device(g, k), k).bubble.base(); };
    g.scaleout = gigabits_per_second(200);
    const double fast = bubble();
    g.scaleout = gigabits_per_second(100);
    return bubble() - fast;
  };
  const double rate = 25e9 * collectives::scaleout_share * k[Constant::scaleout_bandwidth];
  const double one = (2048.0 * 4096 * 2 / 8 + 4e6) / rate;
  CHECK(added(Stack::megatron) == Approx(one * (32 + k[Constant::bubble])));
  CHECK(added(Stack::deepspeed) == Approx(2 * added(Stack::megatron)));
}

TEST_CASE("neighbouring stages stand a whole stage's ranks apart, so they share a domain only where two stages fit into it", "[training]") {
  auto feels_the_port = [](int accelerators, int tensor, int pipeline) {
    DeviceGroup g = group("h100_sxm", accelerators);  // domains of 8
    Layout l;
    l.plan = plan(tensor, pipeline, 1, Recompute::none);
    l.global_batch = 128;
    l.sequence = 2048;
    const Constants& k = fitted().constants;
    auto bubble = [&](double gigabits) {
      g.scaleout = gigabits_per_second(gigabits);
      return step_parts(bloom(24, 4096, 32), l, *l.plan, g, tuned_device(g, k), k).bubble;
    };
    return bubble(50) > bubble(400);
  };
  CHECK_FALSE(feels_the_port(8, 4, 2));
  CHECK(feels_the_port(64, 1, 4));  // stages of 16 ranks, though a pipeline of four ranks would fit into one domain
  CHECK(feels_the_port(16, 8, 2));
}

TEST_CASE("DeepSpeed sums gradients on every rank, though the first stage of ZeRO needs each on one rank only", "[training]") {
  // Whole states: gradients scattered and gathered. First stage: the same, and the weights (2 bytes) gathered on top: 6 against 4 bytes
  // for each parameter with FP16 gradients, 10 against 8 with the 32 bit gradients of the BF16 optimizer.
  const DeviceGroup g = group("a100_sxm_80", 384, 2022.2, Stack::deepspeed);
  auto comm = [&](int gradient_bytes, int zero_stage) {
    Layout l;
    l.plan = plan(8, 6, 1);
    l.plan->recipe = recipe_of(Stack::deepspeed, 2022.2, gradient_bytes == 4);
    l.plan->gradient_bytes = gradient_bytes;
    l.plan->zero_stage = zero_stage;
    l.global_batch = 2048;
    l.sequence = 2048;
    const Constants& k = fitted().constants;
    return step_parts(bloom(72, 14336, 64), l, *l.plan, g, tuned_device(g, k), k).data_comm.base();
  };
  CHECK(comm(2, 1) / comm(2, 0) == Approx(6.0 / 4).epsilon(0.05));  // a little of all hides behind the last backward pass
  CHECK(comm(4, 1) / comm(4, 0) == Approx(10.0 / 8).epsilon(0.05));
}

TEST_CASE("checkpointing under Megatron-DeepSpeed costs each layer host time that a busy device does not hide", "[training]") {
  // One node, hidden 4,096, micro-batches of 4: the device is busy, yet a slower host slows the step by its unhidden share.
  const DeviceGroup g = group("a100_sxm_80", 8, 2022.5, Stack::deepspeed);
  Layout l;
  l.plan = plan(1, 1, 4);
  l.global_batch = 64;
  l.sequence = 1024;
  Constants slow = fitted().constants;
  const auto at = static_cast<std::size_t>(Constant::host_launch_deepspeed);
  auto time = [&](const Constants& k) { return step_parts(bloom(24, 4096, 32), l, *l.plan, g, tuned_device(g, k), k).total().base(); };
  const double before = time(slow);
  slow.value[at] *= 1.2;
  CHECK(time(slow) > 1.002 * before);
  DeviceGroup other = g;
  other.stack = Stack::fsdp;
  slow.value[static_cast<std::size_t>(Constant::host_launch)] *= 1.2;
  auto hidden = [&](const Constants& k) { return step_parts(bloom(24, 4096, 32), l, *l.plan, other, tuned_device(other, k), k).total().base(); };
  CHECK(hidden(slow) < 1.001 * hidden(fitted().constants));
}

TEST_CASE("a host that waits for each kernel adds its time to that of a busy device", "[training]") {
  // The same node as above; the host's time doubles, and so does what it adds.
  DeviceGroup g = group("a100_sxm_80", 8, 2022.5, Stack::fsdp);
  Layout l;
  l.plan = plan(1, 1, 4);
  l.global_batch = 64;
  l.sequence = 1024;
  Constants k = fitted().constants;
  auto time = [&](double host) {
    k.value[static_cast<std::size_t>(Constant::host_launch)] = host;
    return step_parts(bloom(24, 4096, 32), l, *l.plan, g, tuned_device(g, k), k).total().base();
  };
  const double hidden = time(0);
  CHECK(time(1e-6) == Approx(hidden).epsilon(1e-3));
  g.launches_block = true;
  CHECK(time(0) == Approx(hidden).epsilon(1e-3));
  CHECK((time(40e-6) - time(0)) / (time(20e-6) - time(0)) == Approx(2).epsilon(1e-6));
  CHECK(time(20e-6) > 1.02 * hidden);
}

TEST_CASE("the loss over a large vocabulary costs more before it was fused", "[training]") {
  // Unfused: 38 bytes of each logit are moved forward and 14 backward; fused since 2023: 10 and 6.
  const auto& k = fitted().constants;
  auto added = [&](double year) {
    const DeviceGroup g = group("a100_sxm_80", 8, year);
    Layout l;
    l.plan = plan(1, 1, 4, Recompute::none);
    l.plan->recipe = recipe_of(Stack::megatron, year, true);
    l.global_batch = 256;
    l.sequence = 1024;
    auto streamed = [&](int vocab) {
      catalog::Architecture a = bloom(12, 1024, 16);
      a.vocab = vocab;
      return step_parts(a, l, *l.plan, g, tuned_device(g, k), k).memory_bound.base();
    };
    return streamed(256000) - streamed(51200);
  };
  const double logits = 256.0 * 1024 / 8 * (256000 - 51200);
  const double rate = 2039e9 * k[Constant::bandwidth_share] / k[Constant::elementwise];
  CHECK(added(2022.5) == Approx(logits * (38 + 14) / rate).epsilon(0.01));
  CHECK(added(2024.5) == Approx(logits * (10 + 6) / rate).epsilon(0.01));
}

TEST_CASE("a fixed time of the step grows with the nodes that wait for each other", "[training]") {
  const Constants& k = fitted().constants;
  Constants doubled = k;
  doubled.value[static_cast<std::size_t>(Constant::step_overhead)] *= 2;
  auto added = [&](int n) {
    const DeviceGroup g = group("h100_sxm", n);
    Layout l;
    l.plan = plan(8, 1, 1, Recompute::none);
    l.global_batch = n;
    l.sequence = 2048;
    auto time = [&](const Constants& c) { return step_parts(bloom(24, 2048, 16), l, *l.plan, g, tuned_device(g, c), c).total().base(); };
    return time(doubled) - time(k);
  };
  const double fixed = k[Constant::step_overhead];
  CHECK(added(8) == Approx(fixed));
  CHECK(added(64) == Approx(4 * fixed));  // one for the step, one for each doubling of 1 to 8 nodes
}

TEST_CASE("a family without rows inherits what the family before it showed", "[training]") {
  Constants k = prior_constants();
  k.value[static_cast<std::size_t>(Constant::family_first) + static_cast<std::size_t>(kernels::Family::ampere)] = 1.2;
  CHECK(k.family(kernels::Family::volta) == Approx(1.2));
  k.value[static_cast<std::size_t>(Constant::family_first) + static_cast<std::size_t>(kernels::Family::volta)] = 0.9;
  CHECK(k.family(kernels::Family::volta) == Approx(1.08));
  CHECK(k.family(kernels::Family::hopper) == Approx(1.0));
}

TEST_CASE("grouped products need rows, and a graph of the whole step frees a mixture of experts from its host", "[training]") {
  const catalog::Architecture& a = known("qwen3-30b-a3b");
  Layout l;
  l.precision = Precision::fp8;
  l.global_batch = 512;
  auto parts = [&](double year, int micro_batch, Precision precision = Precision::fp8) {
    Plan p = plan(1, 1, micro_batch, Recompute::none);
    p.expert = 8;
    Layout one = l;
    one.precision = precision;
    one.plan = p;
    const DeviceGroup g = group("gb300_nvl72", 8, year);
    const Constants& k = fitted().constants;
    return step_parts(a, one, p, g, tuned_device(g, k), k);
  };
  CHECK(parts(2026.3, 1).experts > 1.02 * parts(2026.3, 8).experts);
  CHECK(parts(2026.3, 8).launch.base() > 0.5);
  CHECK(parts(2026.5, 8).launch.base() < 0.3 * parts(2026.3, 8).launch.base());
  CHECK(parts(2026.5, 8, Precision::bf16).launch.base() > 0.5);  // the graph is of the 8 and 4 bit recipes
}

TEST_CASE("the host starts kernels for every local expert, so that fewer of them on a rank launch less", "[training]") {
  // 128 experts on 64 chips of one domain: 16 on each of 8 ranks or 2 on each of 64.
  const catalog::Architecture& a = known("qwen3-30b-a3b");
  const DeviceGroup g = group("gb300_nvl72", 64, 2025.5);
  auto launch = [&](int ranks, const Constants& k) {
    Plan p = plan(1, 1, 1, Recompute::none);
    p.expert = ranks;
    return step_parts(a, Layout{p, Precision::bf16, 512, 4096}, p, g, tuned_device(g, k), k).launch.base();
  };
  Constants none = fitted().constants;
  none.value[static_cast<std::size_t>(Constant::expert_kernels)] = 0;
  CHECK(launch(8, fitted().constants) > 1.1 * launch(64, fitted().constants));
  CHECK(launch(8, fitted().constants) - launch(8, none) > 4 * (launch(64, fitted().constants) - launch(64, none)));
}

TEST_CASE("weak scaling costs little where compute hides the traffic, and more at FP8", "[training][published]") {
  // DGX Cloud: Llama-3.1-70B BF16 +1.8 % from 64 to 2,048 H100; Nemotron-340B FP8 +10.4 % from 128 to 2,048.
  Plan p;
  p.tensor = 4;
  p.pipeline = 4;
  p.virtual_stages = 5;
  p.context = 2;
  p.recompute = Recompute::none;
  const double llama_small = seconds(known("llama3-70b"), group("h100_sxm", 64), p, 128, 8192);
  const double llama_large = seconds(known("llama3-70b"), group("h100_sxm", 2048), p, 4096, 8192);
  CHECK(llama_large / llama_small > 1.0);
  CHECK(llama_large / llama_small < 1.08);
  Plan q;
  q.tensor = 8;
  q.pipeline = 8;
  q.virtual_stages = 12;
  q.recompute = Recompute::full;
  q.recompute_share = 0.3;
  q.gradient_bytes = 2;
  const double nemotron_small = seconds(known("nemotron4-340b"), group("h100_sxm", 128), q, 32, 4096, Precision::fp8);
  const double nemotron_large = seconds(known("nemotron4-340b"), group("h100_sxm", 2048), q, 512, 4096, Precision::fp8);
  CHECK(nemotron_large / nemotron_small > 1.0);
  CHECK(nemotron_large / nemotron_small < 1.2);
}

TEST_CASE("FP8 speeds the linear layers only", "[training]") {
  const double bf16 = seconds(known("llama3-8b"), group("h100_sxm", 8), Plan{}, 128, 8192, Precision::bf16);
  const double fp8 = seconds(known("llama3-8b"), group("h100_sxm", 8), Plan{}, 128, 8192, Precision::fp8);
  CHECK(fp8 < bf16);
  CHECK(fp8 > 0.55 * bf16);
}

TEST_CASE("a group on a fabric sees each reach's bandwidth: a plan pays where its groups reach past thin links", "[training]") {
  // 64 H100 in eight boxes, ports of 50 GB/s; 32 under one leaf keep them, rings of all 64 see a quarter and exchanges an eighth.
  DeviceGroup g = group("h100_sxm", 64);
  g.scaleout = gigabytes_per_second(50);
  const std::array reaches{Reach{32, gigabytes_per_second(50), gigabytes_per_second(60)}, Reach{64, gigabytes_per_second(12.5), gigabytes_per_second(6.25)}};
  const DeviceGroup thin = on_fabric(g, reaches);
  CHECK(thin.tiers[0].ranks == 32);
  CHECK(thin.tiers[0].all_to_all == 1);  // no more than the port
  CHECK(thin.tiers[1].ring == 4);
  CHECK(thin.tiers[1].all_to_all == 8);
  CHECK(thin.tiers[2].ranks == 0);
  Plan wide;  // shards over all 64
  wide.zero_stage = 3;
  wide.recompute = Recompute::full;
  DeviceGroup one_figure = g;
  one_figure.oversubscription = 4;
  const double open = seconds(known("llama3-70b"), g, wide, 128, 4096);
  CHECK(seconds(known("llama3-70b"), thin, wide, 128, 4096) > 1.2 * open);
  CHECK(seconds(known("llama3-70b"), thin, wide, 128, 4096) == Approx(seconds(known("llama3-70b"), one_figure, wide, 128, 4096)));
  Plan halves = plan(8, 2, 1);  // its data ranks sit under one leaf each; sends between stages pass the leaves
  const double inside = step_parts(known("llama3-70b"), Layout{halves, Precision::bf16, 128, 4096}, halves, thin, tuned_device(thin, fitted().constants), fitted().constants).data_comm.base();
  CHECK(inside == step_parts(known("llama3-70b"), Layout{halves, Precision::bf16, 128, 4096}, halves, g, tuned_device(g, fitted().constants), fitted().constants).data_comm.base());
  CHECK_THROWS_AS(on_fabric(g, std::array{reaches[1], reaches[0]}), std::invalid_argument);
  CHECK_THROWS_AS(on_fabric(g, std::array{Reach{8, gigabytes_per_second(1), BytesPerSecond{}}}), std::invalid_argument);
  CHECK_THROWS_AS(on_fabric(g, {}), std::invalid_argument);
}

TEST_CASE("a power cap and an oversubscribed fabric slow a step", "[training]") {
  DeviceGroup g = group("h100_sxm", 256);
  Plan p;
  p.zero_stage = 3;
  const double free = seconds(known("llama3-70b"), g, p, 512, 4096);
  DeviceGroup thin = g;
  thin.oversubscription = 8;
  CHECK(seconds(known("llama3-70b"), thin, p, 512, 4096) > free);
  g.power_cap = watts(500);
  CHECK(seconds(known("llama3-70b"), g, p, 512, 4096) > 1.1 * free);
}

TEST_CASE("a plan that does not fit is refused with the table", "[training]") {
  Plan p;
  p.micro_batch = 1;
  Layout l;
  l.plan = p;
  l.global_batch = 64;
  l.sequence = 8192;
  try {
    (void)estimate(known("llama3.1-405b"), l, group("h100_sxm", 64), fitted());
    FAIL("fits");
  } catch (const OutOfMemory& e) {
    CHECK(e.needed > e.present);
    CHECK(std::string(e.what()).find("weights") != std::string::npos);
  }
}

TEST_CASE("a plan that does not divide the ranks or the batch is refused with the rule", "[training]") {
  Layout l;
  l.global_batch = 4;
  l.sequence = 4096;
  Plan p;
  p.tensor = 3;
  l.plan = p;
  CHECK_THROWS_AS(estimate(known("llama3-8b"), l, group("h100_sxm", 8), fitted()), UnsupportedPlan);
  p.tensor = 1;
  l.plan = p;
  CHECK_THROWS_AS(estimate(known("llama3-8b"), l, group("h100_sxm", 8), fitted()), UnsupportedPlan);
}

TEST_CASE("auto finds a plan that fits and is no slower than a given one", "[training]") {
  Layout l;
  l.global_batch = 128;
  l.sequence = 8192;
  const StepEstimate chosen = estimate(known("llama3-70b"), l, group("h100_sxm", 64), fitted());
  Plan p;
  p.tensor = 4;
  p.pipeline = 4;
  p.virtual_stages = 4;
  l.plan = p;
  CHECK(chosen.time <= estimate(known("llama3-70b"), l, group("h100_sxm", 64), fitted()).time);
  CHECK(chosen.memory.total() < gigabytes(80));
  CHECK(!chosen.notes.empty());
  const SearchResult all = search_plans(known("llama3-70b"), Layout{std::nullopt, Precision::bf16, 128, 8192}, group("h100_sxm", 64), fitted().constants);
  REQUIRE(all.best.size() == 5);
  for (const Candidate& c : all.best) {  // what the search counted is what the estimate of that plan shows
    l.plan = c.plan;
    CHECK(estimate(known("llama3-70b"), l, group("h100_sxm", 64), fitted()).memory.total() / c.memory == Approx(1).epsilon(1e-9));
  }
  for (std::size_t i = 1; i < 5; ++i) CHECK(all.best[i - 1].time <= all.best[i].time);
  CHECK(!all.refused.empty());
}

TEST_CASE("every chip of the catalogue with a rate and a memory gets an answer, wider where it was not measured", "[training]") {
  Layout l;
  l.global_batch = 64;
  l.sequence = 4096;
  int answered = 0;
  for (const catalog::Chip& chip : catalog::chips()) {
    if (!chip.memory.known() || chip.memory.value() < gigabytes(30) || (!chip.bf16.known() && !chip.fp16.known() && !chip.fp8.known())) continue;
    const StepEstimate e = estimate(known("llama3-8b"), l, group(chip.id.c_str(), 64), fitted());
    CAPTURE(chip.id);
    CHECK(e.time.base() > 0);
    CHECK(e.mfu > 0.02);
    CHECK(e.mfu < 0.9);
    ++answered;
  }
  CHECK(answered > 35);
}

TEST_CASE("an unmeasured format is refused", "[training]") {
  Layout l;
  l.global_batch = 64;
  l.precision = Precision::fp8;
  CHECK_THROWS_AS(estimate(known("llama3-8b"), l, group("a100_sxm_80", 8), fitted()), UnsupportedPrecision);
}
