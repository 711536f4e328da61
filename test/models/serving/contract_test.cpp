#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/serving/iteration.hpp"

// Laws that every iteration model keeps, whatever its constants.
namespace headroom::serving {
namespace {

const catalog::Architecture& architecture(const char* name) {
  const catalog::Architecture* a = catalog::find_architecture(name);
  REQUIRE(a != nullptr);
  return *a;
}

const catalog::Chip& chip(const char* id) {
  const catalog::Chip* c = catalog::find_chip(id);
  REQUIRE(c != nullptr);
  return *c;
}

/// A model of every entry of the table that covers the batches used below.
std::unique_ptr<IterationModel> made(const IterationModelEntry& entry, const char* model, const ReplicaPlan& plan) {
  nlohmann::json options;
  if (entry.name == "table") {
    options = {{"decode", {{"sequences", {1, 256}}, {"mean_context", {0, 20000}}, {"time_ms", {{8.0, 9.0}, {12.0, 60.0}}}}},
               {"prefill", {{"tokens", {1, 9000}}, {"time_ms", {9.0, 500.0}}}},
               {"kv_capacity_tokens", 400000}};
  }
  return entry.make(architecture(model), chip("h100_sxm"), plan, options);
}

Batch decodes(int n, double mean) {
  Batch b;
  b.decode_sequences = n;
  b.decode_context = n * mean;
  return b;
}

ReplicaPlan plan_of(int tp, int dp, int ep) {
  ReplicaPlan p;
  p.tp = tp;
  p.attention_dp = dp;
  p.ep = ep;
  p.weights = p.compute = Precision::fp8;
  return p;
}

}  // namespace

TEST_CASE("a pass takes finite positive time, its parts sum to it, and it lies inside its interval", "[serving]") {
  for (const IterationModelEntry& entry : iteration_models()) {
    for (const char* model : {"llama-3.1-70b", "qwen3-30b-a3b", "gpt-oss-120b"}) {
      const auto m = made(entry, model, plan_of(4, 1, 1));
      for (Batch b : {decodes(1, 100), decodes(64, 3000), decodes(256, 500)}) {
        for (const int prompt : {0, 1, 500, 8000}) {
          if (prompt > 0) b.add_prefill(0, prompt);
          const IterationEstimate e = m->iteration(b);
          INFO(entry.name << " " << model << " " << b.decode_sequences << " " << b.prefill_tokens);
          CHECK(std::isfinite(e.total.base()));
          CHECK(e.total.base() > 0);
          CHECK(e.total.base() == Approx(m->time(b).base()).epsilon(1e-12));
          const Seconds parts = e.linear + e.experts + e.attention + e.communication + e.overhead;
          CHECK(parts.base() == Approx(e.total.base()).epsilon(1e-9));
          CHECK(e.low <= e.total);
          CHECK(e.high >= e.total);
        }
      }
    }
  }
}

TEST_CASE("an empty pass takes no time", "[serving]") {
  for (const IterationModelEntry& entry : iteration_models()) {
    CHECK(made(entry, "llama-3.1-8b", plan_of(1, 1, 1))->time(Batch{}) == Seconds{0});
  }
}

TEST_CASE("more work never takes less time", "[serving]") {
  for (const IterationModelEntry& entry : iteration_models()) {
    for (const char* model : {"llama-3.1-8b", "qwen3-30b-a3b", "gpt-oss-120b", "qwen3.5-9b"}) {
      const auto m = made(entry, model, plan_of(4, 1, 1));
      INFO(entry.name << " " << model);
      for (int n = 1; n < 256; n *= 2) CHECK(m->time(decodes(n, 1000)) <= m->time(decodes(2 * n, 1000)));
      for (double c = 64; c < 16000; c *= 2) CHECK(m->time(decodes(32, c)) <= m->time(decodes(32, 2 * c)));
      for (int p = 1; p < 4000; p *= 2) {
        Batch small = decodes(8, 500), large = decodes(8, 500);
        small.add_prefill(0, p);
        large.add_prefill(0, 2 * p);
        CHECK(m->time(small).base() <= m->time(large).base() * (1 + 1e-12));  // rounding of the sum of parts
      }
    }
  }
}

TEST_CASE("a decode line agrees with the pass, and a run of passes with the sum of its passes", "[serving]") {
  for (const IterationModelEntry& entry : iteration_models()) {
    for (const char* model : {"llama-3.1-8b", "gpt-oss-120b", "qwen3.5-9b"}) {
      const auto m = made(entry, model, plan_of(2, 1, 1));
      INFO(entry.name << " " << model);
      for (const double mean : {50.0, 100.0, 900.0, 5000.0}) {
        const int n = 24;
        double context = n * mean;
        const DecodeLine line = m->decode_line(n, context);
        CHECK(line.at(context).base() == Approx(m->time(decodes(n, mean)).base()).epsilon(1e-12));
        CHECK(context >= line.from);
        const auto steps = static_cast<long long>(std::min(20.0, (line.until - context) / n));
        double sum = 0;
        const double start = context;
        for (long long i = 0; i < steps; ++i, context += n) {
          Batch b = decodes(n, 0);
          b.decode_context = context;
          sum += m->time(b).base();
        }
        CHECK(std::abs(decode_run(line, n, start, steps).base() - sum) < 1e-9 * static_cast<double>(std::max(1LL, steps)));
      }
    }
  }
}

TEST_CASE("the table of iteration models names what there is", "[serving]") {
  CHECK(find_iteration_model("analytic").name == "analytic");
  CHECK_THROWS_WITH(find_iteration_model("oracle"), Catch::Contains("analytic") && Catch::Contains("table"));
  CHECK_THROWS_AS(find_iteration_model("analytic").make(architecture("llama-3.1-8b"), chip("h100_sxm"), plan_of(1, 1, 1), {{"speed", 2}}),
                  std::invalid_argument);
}

TEST_CASE("a table refuses to answer outside what was measured", "[serving]") {
  const auto m = made(find_iteration_model("table"), "llama-3.1-8b", plan_of(1, 1, 1));
  CHECK_THROWS_AS(m->time(decodes(512, 100)), std::out_of_range);
  CHECK_THROWS_AS(m->time(decodes(8, 50000)), std::out_of_range);
  Batch prompt;
  prompt.add_prefill(0, 20000);
  CHECK_THROWS_AS(m->time(prompt), std::out_of_range);
  // Halfway between 8 and 12 ms at no context: 128.5 sequences.
  CHECK(m->time(decodes(1, 0)).base() == Approx(8e-3));
  CHECK(m->time(decodes(1, 10000)).base() == Approx(8.5e-3));
}

}  // namespace headroom::serving
