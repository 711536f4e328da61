#include "sim/scheduling/several_chips.hpp"

#include <catch2/catch.hpp>

using namespace headroom;
using namespace headroom::scheduling;

namespace {
const TokensPerSecond per{1.0};
const ChipShare fast{"H800", 1000, per * 800, Grade::measured};
const ChipShare slow{"910C", 1000, per * 600, Grade::datasheet};
}  // namespace

TEST_CASE("a mixed job is compared with its faster half alone, and carries the weakest grade", "[scheduling]") {
  const ChipShare parts[] = {fast, slow};
  const MixedComparison c = compare_mixed(parts, 0.8, Grade::assumed);
  CHECK(c.mixed.rate.base() == Approx(0.8 * 1.4e6));
  CHECK(c.mixed.grade == Grade::assumed);
  CHECK(c.faster == "H800");
  CHECK(c.faster_alone.grade == Grade::measured);
  CHECK(c.gain() == Approx(1.4));
  CHECK(c.break_even_efficiency == Approx(8.0 / 14));
  CHECK(compare_mixed(parts, 0.55, Grade::assumed).gain() < 1);
  CHECK(mixed_rate(parts, 1, Grade::measured).grade == Grade::datasheet);
}

TEST_CASE("in lockstep everybody waits for the slowest accelerator", "[scheduling]") {
  const ChipShare parts[] = {fast, slow};
  CHECK(lockstep_rate(parts, 1, Grade::assumed).rate.base() == Approx(2000 * 600));
  CHECK(lockstep_rate(parts, 1, Grade::assumed).rate < mixed_rate(parts, 1, Grade::assumed).rate);
  REQUIRE_THROWS_AS(mixed_rate(parts, 1.1, Grade::assumed), std::invalid_argument);
}

TEST_CASE("rollouts on one chip and updates on another: the longer half sets the step, by hand", "[scheduling]") {
  // 12e6 tokens: rollout 512 x 2,000/s = 11.72 s, update 256 x 6,000/s = 7.81 s, transfer 2 s.
  RolloutPlan plan{{"H20", 512, per * 2000, Grade::measured}, {"H800", 256, per * 6000, Grade::interpolated}, Tokens{12e6}, Seconds{2}, true};
  const RolloutStep step = rollout_step(plan);
  CHECK(step.time.base() == Approx(12e6 / (512 * 2000.0) + 2));
  CHECK(step.update_idle == Approx(1 - 12e6 / (256 * 6000.0) / step.time.base()));
  CHECK(step.grade == Grade::interpolated);
  CHECK(balanced_rollout(plan) == 768);
  plan.rollout.accelerators = balanced_rollout(plan);
  CHECK(rollout_step(plan).rollout.base() == Approx(rollout_step(plan).update.base()));
  plan.overlapped = false;
  CHECK(rollout_step(plan).time.base() == Approx(2 * 12e6 / (256 * 6000.0) + 2));
}
