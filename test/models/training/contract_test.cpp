#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/training/models.hpp"
#include "models/training/shape.hpp"
#include "models/units/error.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
/// Options that let every entry answer the cases below.
nlohmann::json options_of(std::string_view name) {
  if (name != "table") return nlohmann::json::object();
  nlohmann::json points = nlohmann::json::array();
  for (const int accelerators : {64, 128, 256}) {
    for (const int batch : {128, 256, 512}) {
      points.push_back({{"architecture", "llama-3.1-70b"}, {"chip", "h100_sxm"}, {"precision", "bf16"}, {"accelerators", accelerators},
                        {"global_batch", batch}, {"sequence", 8192}, {"seconds", 14.7 * batch / 128 * 64 / accelerators}});
    }
  }
  return {{"points", points}};
}
const catalog::Architecture& llama() {
  const catalog::Architecture* a = catalog::find_architecture("llama3-70b");
  REQUIRE(a != nullptr);
  return *a;
}
DeviceGroup h100(int n) {
  DeviceGroup g;
  g.chip = catalog::find_chip("h100_sxm");
  g.accelerators = n;
  g.stack = Stack::megatron;
  return g;
}
Layout layout(int batch) {
  Layout l;
  l.global_batch = batch;
  l.sequence = 8192;
  Plan p;
  p.tensor = 4;
  p.pipeline = 4;
  p.virtual_stages = 5;
  l.plan = p;
  return l;
}
}  // namespace

TEST_CASE("parts sum to the whole and the interval holds it", "[training][contract]") {
  for (const TrainingModelEntry& entry : training_models()) {
    CAPTURE(entry.name);
    const StepEstimate e = entry.make(options_of(entry.name))->step(llama(), layout(128), h100(64));
    CHECK(e.time.base() > 0);
    CHECK(e.parts.total() / e.time == Approx(1).epsilon(1e-12));
    CHECK(e.low < e.time);
    CHECK(e.time < e.high);
    CHECK(e.memory.total().base() > 0);
    CHECK(e.plan.recompute.has_value());
    CHECK(!e.limit.empty());
  }
}

TEST_CASE("more sequences never take less time", "[training][contract]") {
  for (const TrainingModelEntry& entry : training_models()) {
    CAPTURE(entry.name);
    const auto model = entry.make(options_of(entry.name));
    Seconds before{0};
    for (const int batch : {128, 192, 256, 384, 512}) {
      const Seconds now = model->step(llama(), layout(batch), h100(64)).time;
      CHECK(now >= before);
      before = now;
    }
  }
}

TEST_CASE("no step is faster than the peak allows", "[training][contract]") {
  for (const TrainingModelEntry& entry : training_models()) {
    CAPTURE(entry.name);
    const StepEstimate e = entry.make(options_of(entry.name))->step(llama(), layout(256), h100(128));
    CHECK(e.mfu < 1);
    CHECK(e.mfu > 0.1);
    const double flops = model_flops_per_token(llama(), 8192) * 256 * 8192;
    CHECK(e.time.base() >= flops / (128 * 989e12));
  }
}

TEST_CASE("equal arguments give equal answers", "[training][contract]") {
  for (const TrainingModelEntry& entry : training_models()) {
    const auto model = entry.make(options_of(entry.name));
    CHECK(model->step(llama(), layout(256), h100(128)).time == model->step(llama(), layout(256), h100(128)).time);
  }
}

TEST_CASE("each model rejects options that are not its own", "[training][contract]") {
  for (const TrainingModelEntry& entry : training_models()) {
    CHECK_THROWS_AS(entry.make({{"no_such_option", 1}}), InputError);
  }
  CHECK_THROWS_AS(find_training_model("analytical"), InputError);
}

TEST_CASE("the table refuses to leave its points", "[training]") {
  const auto model = find_training_model("table").make(options_of("table"));
  CHECK(model->step(llama(), layout(128), h100(64)).grade == Grade::measured);
  CHECK(model->step(llama(), layout(192), h100(64)).grade == Grade::interpolated);
  CHECK_THROWS_AS(model->step(llama(), layout(2048), h100(64)), Infeasible);
}
