#include <catch2/catch.hpp>

#include "models/catalog/architecture.hpp"
#include "models/training/memory.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
/// GPT of Korthikanti 2022, table 3: FFN of 4 hidden, multi-head attention, vocabulary of 51,200, sequence 2,048.
struct Gpt { const char* name; int layers, hidden, heads, pipeline, chunks, micro_batch, batch; double none, selective; };

catalog::Architecture shape(const Gpt& g) {
  catalog::Architecture a;
  a.layers = g.layers;
  a.hidden = g.hidden;
  a.heads = a.kv_heads = g.heads;
  a.head_dim = g.hidden / g.heads;
  a.ffn_hidden = 4 * g.hidden;
  a.gated = false;
  a.vocab = 51200;
  return a;
}
Plan plan(const Gpt& g, bool sequence_parallel) {
  Plan p;
  p.tensor = 8;
  p.pipeline = g.pipeline;
  p.virtual_stages = g.chunks;
  p.micro_batch = g.micro_batch;
  p.sequence_parallel = sequence_parallel;
  return p;
}
}  // namespace

TEST_CASE("activation memory reproduces the eight published values of Korthikanti 2022", "[training][published]") {
  // Figure 1 and 7 as tabulated by Calculon: GiB without recompute and with selective recompute and sequence parallelism.
  const auto g = GENERATE(Gpt{"22B", 48, 6144, 64, 1, 1, 4, 4, 59.25, 9.56}, Gpt{"175B", 96, 12288, 96, 8, 3, 1, 64, 66.84, 12.35},
                          Gpt{"530B", 105, 20480, 128, 35, 3, 1, 280, 114.02, 23.08}, Gpt{"1T", 128, 25600, 160, 64, 1, 1, 512, 131.25, 26.56});
  CAPTURE(g.name);
  const int micro_batches = g.batch / g.micro_batch;
  const Bytes none = stage_activations(shape(g), plan(g, false), Recompute::none, 2048, micro_batches, false);
  const Bytes selective = stage_activations(shape(g), plan(g, true), Recompute::selective, 2048, micro_batches, false);
  CHECK(none / gibibytes(1) == Approx(g.none).margin(0.006));
  CHECK(selective / gibibytes(1) == Approx(g.selective).margin(0.006));
}

TEST_CASE("both published plans of Llama 3 405B at 8,192 tokens fit 80 GB without recompute", "[training][published]") {
  // 2407.21783, table 4 and section 3.3.2: TP8 PP16, micro-batches of one, optimizer and gradients sharded, weights whole, first and
  // last stage one layer less, no activation checkpointing; 8,192 H100 run 32 micro-batches a step, 16,384 run 16.
  const catalog::Architecture* a = catalog::find_architecture("llama-3.1-405b");
  REQUIRE(a != nullptr);
  struct Run { int data, in_flight; };
  const auto run = GENERATE(Run{64, 141}, Run{128, 128});  // chunks of the second stage: 2 x 14 + 7 x 16 + 1, or all 16 x 8 of the step
  CAPTURE(run.data);
  Layout layout;
  layout.global_batch = 2048;
  layout.sequence = 8192;
  Plan p;
  p.tensor = 8;
  p.pipeline = 16;
  p.virtual_stages = 8;
  p.zero_stage = 2;
  p.recipe = recipe_of(Stack::fsdp, 2024.3, true);
  const Bytes present = usable_memory * gigabytes(80);
  const MemoryUse use = memory_use(*a, layout, p, run.data, Recompute::none);
  // Two norms, their outputs, queries and attention output of 16,384 each, keys and values of 1,024, gate and up of 53,248; 16 bit.
  const Bytes layer{8192.0 / 8 * 2 * (4 * 16384 + 2 * 16384 + 2 * 1024 + 2 * 53248)};
  CHECK(use.activations / layer == Approx(run.in_flight));
  CHECK(use.total() < present);
  p.recipe = recipe_of(Stack::megatron, 2024.3, true);  // holds the gated product too
  const Bytes more{8192.0 / 8 * 2 * 53248};
  CHECK(memory_use(*a, layout, p, run.data, Recompute::none).activations / (layer + more) == Approx(run.in_flight));
}

TEST_CASE("a stage holds no more micro-batches than a step has, and an inner stage may hold more layers than the first", "[training]") {
  const Gpt g{"22B", 48, 6144, 64, 8, 1, 1, 64, 0, 0};
  auto held = [&](int micro_batches, int layers, int chunks) {
    Gpt other = g;
    other.layers = layers;
    other.chunks = chunks;
    const Bytes one = layer_activations(shape(other), plan(other, true), Recompute::selective, 2048, false);
    return stage_activations(shape(other), plan(other, true), Recompute::selective, 2048, micro_batches, false) / one;
  };
  CHECK(held(64, 48, 1) == Approx(6 * 8));             // 1F1B: p micro-batches of six layers
  CHECK(held(4, 48, 1) == Approx(6 * 4));
  CHECK(held(64, 48, 6) == Approx(2 * 7 + 5 * 8 + 1)); // interleaved, chunks of one layer
  CHECK(held(8, 48, 6) == Approx(6 * 8));
  CHECK(held(64, 46, 1) == Approx(6 * 7));             // 5 layers at the ends: the second stage holds 6 for seven
}

TEST_CASE("states take 18 bytes a parameter alone and 6 + 12/D sharded", "[training]") {
  const Gpt g{"22B", 48, 6144, 64, 1, 1, 1, 64, 0, 0};
  catalog::Architecture a = shape(g);
  a.vocab = 0;
  Layout layout;
  layout.global_batch = 64;
  layout.sequence = 2048;
  Plan p = plan(g, true);
  p.tensor = 1;
  p.zero_stage = 0;
  const double parameters = 12.0 * 48 * 6144 * 6144;
  const MemoryUse whole = memory_use(a, layout, p, 8, Recompute::full);
  CHECK((whole.weights + whole.gradients + whole.optimizer).base() == Approx(18 * parameters));
  p.zero_stage = 1;
  const MemoryUse sharded = memory_use(a, layout, p, 8, Recompute::full);
  CHECK((sharded.weights + sharded.gradients + sharded.optimizer).base() == Approx((6 + 12.0 / 8) * parameters));
}

TEST_CASE("a choice of recompute saves no more than is needed", "[training]") {
  const Gpt g{"22B", 48, 6144, 64, 1, 1, 4, 64, 0, 0};
  Layout layout;
  layout.global_batch = 64;
  layout.sequence = 2048;
  const RecomputeChoice roomy = choose_recompute(shape(g), layout, plan(g, true), 8, gigabytes(1000));
  CHECK(roomy.kind == Recompute::none);
  const Bytes present = gigabytes(25);
  const RecomputeChoice tight = choose_recompute(shape(g), layout, plan(g, true), 8, present);
  CHECK(tight.kind == Recompute::full);
  CHECK(tight.share < 1);
  CHECK(tight.use.total() / present == Approx(1).epsilon(0.02));
}

TEST_CASE("a refusal shows what takes the space, largest first", "[training]") {
  MemoryUse use;
  use.weights = gibibytes(10);
  use.optimizer = gibibytes(60);
  use.activations = gibibytes(30);
  const std::string table = memory_table(use, gibibytes(76.8));
  CHECK(table.find("needs 100.0 GiB a rank, 76.8 GiB are usable") != std::string::npos);
  CHECK(table.find("optimizer 60.0 GiB (60 %)") < table.find("activations 30.0 GiB (30 %)"));
}
