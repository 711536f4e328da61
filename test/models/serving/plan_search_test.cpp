#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/catalog/architecture.hpp"
#include "models/serving/analytic.hpp"
#include "models/serving/encoding.hpp"
#include "models/serving/generation.hpp"
#include "models/serving/plan_search.hpp"
#include "models/serving/ranking.hpp"
#include "models/units/error.hpp"

namespace headroom::serving {
namespace {

const catalog::Architecture& llama() { return *catalog::find_architecture("llama-3.1-70b"); }
const catalog::Chip& h200() { return *catalog::find_chip("h200_sxm"); }

PlanRequest request() {
  PlanRequest r;
  r.base.weights = r.base.compute = r.base.kv = Precision::fp8;
  r.max_devices = 8;
  return r;
}

}  // namespace

TEST_CASE("the best plan meets its limits and is the cheapest of those that do", "[serving]") {
  PlanRequest r = request();
  r.tpot = milliseconds(25);
  r.ttft = Seconds{1.0};
  const auto plans = search_plans(llama(), h200(), r);
  REQUIRE_FALSE(plans.empty());
  for (const PlanChoice& c : plans) {
    CHECK(c.tpot <= *r.tpot);
    CHECK(c.ttft <= *r.ttft);
    CHECK(c.output_per_device <= plans.front().output_per_device);
  }
  CHECK(best_plan(llama(), h200(), r).output_per_device == plans.front().output_per_device);
}

TEST_CASE("a tighter limit never makes tokens cheaper", "[serving]") {
  double before = 0;
  for (const double ms : {12.0, 20.0, 40.0, 100.0}) {
    PlanRequest r = request();
    r.tpot = milliseconds(ms);
    const double now = best_plan(llama(), h200(), r).output_per_device.base();
    CHECK(now >= before * 0.97);  // concurrency is searched to a sixteenth
    before = now;
  }
}

TEST_CASE("an impossible request names what binds", "[serving]") {
  PlanRequest r = request();
  r.tpot = microseconds(10);
  CHECK_THROWS_WITH(best_plan(llama(), h200(), r), Catch::Contains("latency"));
  r = request();
  r.max_devices = 1;
  r.base.weights = r.base.compute = Precision::bf16;
  CHECK_THROWS_WITH(best_plan(*catalog::find_architecture("llama-3.1-405b"), h200(), r), Catch::Contains("memory"));
}

TEST_CASE("a ranking replica is bound by gathering when its dense part is small", "[serving]") {
  // 100 requests x 500 candidates x 50 rows of 256 bytes = 640 MB; a quarter of 4.8 TB/s: 0.533 ms; fixed 2 ms.
  RankingModel m;
  m.lookups_per_candidate = 50;
  m.dense_flops_per_candidate = Flops{0};
  const RankingEstimate e = ranking_time(m, h200(), 1, 100, 500);
  CHECK(e.latency.base() == Approx(0.002 + 640e6 / (0.25 * 4.8e12)));
  CHECK(e.requests_per_second.base() == Approx(100 / e.latency.base()));
  m.table_bytes = gigabytes(500);
  CHECK_THROWS_AS(ranking_time(m, h200(), 2, 100, 500), OutOfMemory);
  CHECK_NOTHROW(ranking_time(m, h200(), 4, 100, 500));
}

TEST_CASE("chip-seconds of a clip grow faster than its length because attention is quadratic", "[serving]") {
  DiffusionModel m;
  m.parameters = 14e9;
  m.layers = 40;
  m.hidden = 5120;
  m.tokens_per_second = 15000;
  m.steps = 50;
  const GenerationEstimate two = generation_time(m, h200(), 1, Seconds{2}), four = generation_time(m, h200(), 1, Seconds{4});
  CHECK(four.device_seconds > 2 * two.device_seconds);
  CHECK(four.device_seconds < 4 * two.device_seconds);
  // 2 s: 30,000 tokens; 100 passes x 1.05 x (2 x 14e9 x 3e4 + 4 x 40 x 5120 x 9e8) at 0.4 x 989 TFLOP/s.
  const double work = 100 * 1.05 * (2 * 14e9 * 3e4 + 4.0 * 40 * 5120 * 9e8);
  CHECK(two.device_seconds == Approx(work / (0.4 * 989e12)));
  CHECK(generation_time(m, h200(), 8, Seconds{2}).latency < two.latency);
}

TEST_CASE("encoders run prompts only: bigger batches raise the rate until the limit on latency", "[serving]") {
  ReplicaPlan plan;
  const auto model = find_iteration_model("analytic").make(*catalog::find_architecture("qwen3-8b"), h200(), plan, {});
  CHECK(encoding_time(*model, 8, 512).requests_per_second >= encoding_time(*model, 1, 512).requests_per_second);
  const EncodingChoice c = best_encoding(*model, 512, milliseconds(200));
  CHECK(c.batch > 1);
  CHECK(c.estimate.latency <= milliseconds(200));
  CHECK(best_encoding(*model, 512, Seconds{0}).batch == 1);
}

}  // namespace headroom::serving
