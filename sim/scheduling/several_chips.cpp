#include "sim/scheduling/several_chips.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::scheduling {

namespace {

TokensPerSecond total(const ChipShare& part) { return part.rate * part.accelerators; }

void check(std::span<const ChipShare> parts, double efficiency) {
  std::int64_t accelerators = 0;
  for (const ChipShare& part : parts) {
    if (part.accelerators < 0 || !(part.rate.base() > 0)) throw std::invalid_argument("a chip of a mixed job has a rate above 0");
    accelerators += part.accelerators;
  }
  if (accelerators == 0) throw std::invalid_argument("a mixed job has accelerators");
  if (!(efficiency > 0) || efficiency > 1) throw std::invalid_argument("the efficiency of a mixed job lies in (0, 1]");
}

Grade weakest_of(std::span<const ChipShare> parts, Grade grade) {
  for (const ChipShare& part : parts) {
    if (part.accelerators > 0) grade = weakest(grade, part.grade);
  }
  return grade;
}

}  // namespace

GradedRate mixed_rate(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade) {
  check(parts, efficiency);
  TokensPerSecond sum;
  for (const ChipShare& part : parts) sum += total(part);
  return {sum * efficiency, weakest_of(parts, efficiency_grade)};
}

GradedRate lockstep_rate(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade) {
  check(parts, efficiency);
  std::int64_t accelerators = 0;
  TokensPerSecond slowest;
  for (const ChipShare& part : parts) {
    if (part.accelerators == 0) continue;
    if (accelerators == 0 || part.rate < slowest) slowest = part.rate;
    accelerators += part.accelerators;
  }
  return {slowest * static_cast<double>(accelerators) * efficiency, weakest_of(parts, efficiency_grade)};
}

MixedComparison compare_mixed(std::span<const ChipShare> parts, double efficiency, Grade efficiency_grade) {
  MixedComparison result;
  result.mixed = mixed_rate(parts, efficiency, efficiency_grade);
  const auto fastest = std::max_element(parts.begin(), parts.end(), [](const ChipShare& a, const ChipShare& b) { return total(a) < total(b); });
  result.faster = fastest->chip;
  result.faster_alone = {total(*fastest), fastest->grade};
  result.break_even_efficiency = efficiency * (result.faster_alone.rate / result.mixed.rate);
  return result;
}

RolloutStep rollout_step(const RolloutPlan& plan) {
  const ChipShare parts[] = {plan.rollout, plan.update};
  check(parts, 1);
  if (plan.rollout.accelerators < 1 || plan.update.accelerators < 1) throw std::invalid_argument("rollouts and updates each need accelerators");
  RolloutStep step;
  step.rollout = Seconds{plan.tokens_per_step.base() / total(plan.rollout).base()};
  step.update = Seconds{plan.tokens_per_step.base() / total(plan.update).base()};
  step.time = (plan.overlapped ? std::max(step.rollout, step.update) : step.rollout + step.update) + plan.weight_transfer;
  step.rollout_idle = 1 - step.rollout / step.time;
  step.update_idle = 1 - step.update / step.time;
  step.grade = weakest(plan.rollout.grade, plan.update.grade);
  return step;
}

std::int32_t balanced_rollout(const RolloutPlan& plan) {
  const double n = total(plan.update) / plan.rollout.rate;
  return static_cast<std::int32_t>(std::ceil(n - 1e-9));
}

}  // namespace headroom::scheduling
