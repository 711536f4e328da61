#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>

#include "models/training/estimate.hpp"
#include "models/training/search.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
DeviceGroup h100(int n, Stack stack = Stack::megatron) {
  DeviceGroup g;
  g.chip = catalog::find_chip("h100_sxm");
  g.accelerators = n;
  g.software_year = 2025.5;
  g.stack = stack;
  return g;
}
Layout open(int batch, int sequence) {
  Layout l;
  l.global_batch = batch;
  l.sequence = sequence;
  return l;
}
const catalog::Architecture& known(const char* name) {
  const catalog::Architecture* a = catalog::find_architecture(name);
  REQUIRE(a != nullptr);
  return *a;
}
Seconds step(const Plan& p, const DeviceGroup& g, int batch) {
  Layout l = open(batch, 4096);
  l.plan = p;
  return estimate(known("llama3-8b"), l, g, fitted()).time;
}
}  // namespace

TEST_CASE("only software that has zero-bubble schedules is offered them", "[training][search]") {
  PlanBounds deep;
  deep.pipeline = 8;
  deep.virtual_stages = 1;
  deep.micro_batch = 1;
  const auto uses = [&](Stack stack) {
    const SearchResult found = search_plans(known("llama3-70b"), open(512, 8192), h100(512, stack), fitted().constants, deep);
    REQUIRE(!found.best.empty());
    return std::any_of(found.best.begin(), found.best.end(), [](const Candidate& c) { return c.plan.schedule == Schedule::zero_bubble; });
  };
  CHECK(uses(Stack::fsdp));
  CHECK_FALSE(uses(Stack::megatron));
}

TEST_CASE("an interleaved pipeline reduces sharded gradients once for every p micro-batches", "[training][search]") {
  DeviceGroup g = h100(64, Stack::fsdp);
  g.scaleout = gigabytes_per_second(3);
  Plan one;
  one.pipeline = 4;
  one.virtual_stages = 4;
  one.micro_batch = 1;
  one.recompute = Recompute::full;
  Plan two = one;
  two.zero_stage = 2;
  CHECK(step(two, g, 64) / step(one, g, 64) == Approx(1).epsilon(1e-9));  // 4 micro-batches: one round
  Plan flat = two;
  flat.virtual_stages = 1;
  CHECK(step(flat, g, 512) > 1.2 * step(two, g, 512));
}

TEST_CASE("a pipeline takes layers that it does not divide, the last stage what is left", "[training][search]") {
  PlanBounds sixteen;
  sixteen.pipeline = 16;
  sixteen.schedule = Schedule::dual_pipe;  // DeepSeek's own
  Layout l = open(15360, 4096);
  l.precision = Precision::fp8;
  const DeviceGroup g = h100(2048);
  const SearchResult split = search_plans(known("deepseek-v3"), l, g, fitted().constants, sixteen);  // 61 layers
  REQUIRE(!split.best.empty());
  PlanBounds flat;
  flat.pipeline = 1;
  const SearchResult whole = search_plans(known("deepseek-v3"), l, g, fitted().constants, flat);
  REQUIRE(!whole.best.empty());
  CHECK(split.best.front().time < whole.best.front().time);
}

TEST_CASE("ZeRO-2 reduces after every micro-batch, ZeRO-1 once a step; copies of a shard are summed", "[training][search]") {
  DeviceGroup g = h100(64);
  g.scaleout = gigabytes_per_second(3);  // slow enough that nothing hides the traffic
  Plan p;
  p.micro_batch = 1;
  p.recompute = Recompute::full;
  Plan two = p;
  two.zero_stage = 2;
  CHECK(step(two, g, 64) / step(p, g, 64) == Approx(1).epsilon(1e-9));  // one micro-batch: the same traffic
  CHECK(step(two, g, 256) > 1.2 * step(p, g, 256));
  Plan all = p, node = p;
  all.zero_stage = node.zero_stage = 3;
  node.shard_group = 8;
  CHECK(step(node, g, 256) < step(all, g, 256));  // weights are gathered over the fast link
  Plan split = p;
  split.shard_group = 8;
  DeviceGroup one = h100(8);
  one.scaleout = g.scaleout;
  CHECK(step(split, g, 64) > step(p, one, 8));  // eight copies of a node cost more than one
}

TEST_CASE("a search looks at 100,000 plans a second and more, dense and with experts", "[training][search]") {
  const DeviceGroup dense = h100(16384), experts = h100(2048);
  const std::clock_t start = std::clock();  // of the processor: other work on the machine does not count
  long long plans = 0;
  for (int i = 0; i < 5; ++i) {
    plans += search_plans(known("llama-3.1-405b"), open(2048, 8192), dense, fitted().constants).examined;
    plans += search_plans(known("deepseek-v3"), open(15360, 4096), experts, fitted().constants).examined;
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(plans > 5 * 3000);
  CHECK(static_cast<double>(plans) / seconds > 1e5);
}
