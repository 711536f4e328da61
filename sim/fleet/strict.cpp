#include "sim/fleet/strict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/fleet/state.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::fleet {

namespace {

using results::metric;
using results::Place;

/// A rate that the scenario writes is the planner's own word, unless the planner says that it was extrapolated.
bool outside(std::string_view grade, bool by_a_model) {
  return by_a_model ? !is_validated(workloads::grade_of(std::string(grade))) : grade == to_string(Grade::extrapolated);
}

std::string reason(std::string_view grade, bool by_a_model, std::string_view layout) {
  return by_a_model ? fmt::format("the model's answer is \"{}\" ({})", grade, layout) : fmt::format("the rate is \"{}\"", grade);
}

/// Whether the workload and the chip both did work in the run.
bool worked(const State& s, std::size_t workload, std::size_t chip) {
  const auto small = [](std::size_t i) { return static_cast<std::uint16_t>(i); };
  return s.store->present(metric("occupancy"), Place{{}, {}, small(workload)}) && s.store->present(metric("occupancy"), Place{{}, small(chip), {}});
}

/// Whether the run started, and on that chip as far as it still holds any.
bool ran(const State& s, const workloads::TrainingAbility& able) {
  return std::any_of(s.gangs.begin(), s.gangs.end(), [&](const Gang& gang) {
    if (gang.workload != able.workload || gang.run != able.run || gang.starts == 0) return false;
    const auto on_chip = [&](const Gang::Part& part) { return s.chip(s.pools[part.pool].chip).id == able.chip; };
    return gang.parts.empty() || std::any_of(gang.parts.begin(), gang.parts.end(), on_chip);
  });
}

}  // namespace

std::vector<std::string> outside_validated_range(const Outcome& outcome) {
  const State& s = *outcome.central.state;
  std::vector<std::string> found;
  for (const auto& service : s.services) {
    const auto judge = [&](const workloads::Capability& able) {
      const bool by_a_model = !able.layout.empty();
      if (!outside(able.grade, by_a_model) || !worked(s, service.workload, able.chip)) return;
      const std::string line = fmt::format("{} on {}: {}", service.id, s.chip(able.chip).id, reason(able.grade, by_a_model, able.layout));
      if (std::find(found.begin(), found.end(), line) == found.end()) found.push_back(line);
    };
    for (const auto& able : service.capabilities) {
      judge(able);
      if (able.prefill) judge(*able.prefill);
    }
  }
  for (const auto& able : s.shared->training) {
    const bool by_a_model = !able.layout.empty();
    if (!outside(to_string(able.grade), by_a_model) || !ran(s, able)) continue;
    const auto& workload = s.plan.workloads[able.workload];
    found.push_back(fmt::format("{}/{} on {}: {}", workload.id, workload.runs[able.run].id, able.chip, reason(to_string(able.grade), by_a_model, able.layout)));
  }
  return found;
}

}  // namespace headroom::fleet
