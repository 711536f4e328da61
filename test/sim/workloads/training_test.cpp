// Training runs that a performance model times: the fleet needs no duration and no MFU in the scenario.
#include "sim/workloads/training.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/training/models.hpp"
#include "models/training/shape.hpp"
#include "models/units/error.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;

namespace {

scenario::Scenario plan_with(std::vector<std::string> sets) { return scenario::load("test/features/base.json", {}, sets); }

std::string with_run(const std::string& run, const std::string& rest) {
  return R"(workloads=[{"id":"pretraining","kind":"training","runs":[{"id":"r","start":"2026-01-01","accelerators":64,"chips":["h100_sxm"],)" + run + "}]" + rest + "}]";
}

}  // namespace

TEST_CASE("a run by architecture and tokens takes its FLOPs over those that its gang achieves", "[workloads]") {
  const auto plan = plan_with({with_run(R"("architecture":"llama-3.1-8b","tokens":"1e11 tokens","sequence":4096,"batch":"2097152 tokens")", "")});
  const auto able = workloads::training_of(plan);
  REQUIRE(able.size() == 1);
  CHECK(able[0].mfu > 0.3);
  CHECK(able[0].mfu < 0.6);
  CHECK_FALSE(able[0].layout.empty());
  // 512 sequences a step; the fastest plan is the one that the model's own search finds.
  training::Layout layout;
  layout.sequence = 4096;
  layout.global_batch = 512;
  training::DeviceGroup group;
  group.chip = &plan.chips.front();
  group.accelerators = 64;
  const auto& llama = *catalog::find_architecture("llama-3.1-8b");
  const auto step = training::find_training_model("analytic").make({})->step(llama, layout, group);
  CHECK(able[0].ideal_duration.base() == Approx(1e11 / (512 * 4096.0) * step.time.base()).epsilon(1e-9));
}

TEST_CASE("at a rate a run by tokens takes FLOPs over MFU times the peak", "[workloads]") {
  const auto plan = plan_with({with_run(R"("architecture":"llama-3.1-8b","tokens":"1e11 tokens")", R"(,"rates":[{"chip":"h100_sxm","mfu":0.4}])")});
  const double flops = training::model_flops_per_token(*catalog::find_architecture("llama-3.1-8b"), 4096) * 1e11;
  CHECK(workloads::training_of(plan).at(0).ideal_duration.base() == Approx(flops / (64 * 0.4 * 989.4e12)).epsilon(1e-3));
}

TEST_CASE("a run that does not fit its gang is refused with what takes the space", "[workloads]") {
  const auto plan = plan_with({with_run(R"("architecture":"llama-3.1-405b","tokens":"1e11 tokens")", "")});
  CHECK_THROWS_AS(workloads::training_of(plan), Infeasible);
}

TEST_CASE("experts that stay under one group of leaves keep a run fast where its gang as a whole sees thin uplinks", "[workloads]") {
  const auto plan = plan_with({with_run(R"("architecture":"mixtral-8x7b","tokens":"1e11 tokens","sequence":4096,"batch":"2097152 tokens")", "")});
  const auto able = workloads::training_of(plan).at(0);
  const BytesPerSecond port = gigabytes_per_second(50), thin = gigabytes_per_second(5);
  const network::Reach all{64, thin, thin};
  const auto speed = [&](std::vector<network::Reach> reaches) { return workloads::speed_on_network(plan, able, port, reaches); };
  const double open = speed({}), together = speed({{32, port, port}, all}), scattered = speed({all});
  CHECK(open == Approx(1).epsilon(1e-9));
  CHECK(together < open);
  CHECK(scattered < 0.98 * together);
}
