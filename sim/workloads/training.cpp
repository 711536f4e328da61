#include "sim/workloads/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/catalog/architecture.hpp"
#include "models/training/models.hpp"
#include "models/training/shape.hpp"
#include "models/units/error.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::workloads {

using scenario::ChipRate;
using scenario::TrainingRun;
using scenario::Workload;

namespace {

/// A run of a scenario in which everything that it names is found.
struct Subject {
  const Workload& workload;
  const TrainingRun& run;
  const catalog::Chip& chip;
  [[nodiscard]] std::string name() const { return fmt::format("workloads.{}: run {}", workload.id, run.id); }
};

const catalog::Chip& chip_of(const scenario::Scenario& scenario, const std::string& id) {
  const auto at = std::find_if(scenario.chips.begin(), scenario.chips.end(), [&](const auto& c) { return c.id == id; });
  if (at == scenario.chips.end()) throw std::logic_error("chip \"" + id + "\" passed the reader but is not in the scenario");
  return *at;
}

/// FLOP/s of a chip at the run's precision. Throws catalog::UnknownFact.
FlopsPerSecond peak(const Subject& s) {
  return s.run.precision == scenario::TrainingRun::Precision::fp8 ? s.chip.fp8.value() : s.chip.bf16.value();
}

const catalog::Architecture& architecture_of(const Subject& s) {
  const catalog::Architecture* found = catalog::find_architecture(s.run.architecture);
  if (found == nullptr) {
    throw InputError(fmt::format("{} needs \"architecture\", one of the catalogue, and \"tokens\" for the performance model \"{}\"", s.name(), s.workload.model));
  }
  return *found;
}

/// Length of the run at a rate of its gang; a duration that is written holds on the first accepted chip.
Seconds duration(const Subject& s, FlopsPerSecond achieved) {
  const double flops = training::model_flops_per_token(architecture_of(s), s.run.sequence) * s.run.tokens.base();
  return Seconds{flops / (achieved.base() * static_cast<double>(s.run.accelerators))};
}

Seconds written(const TrainingRun& run) { return Seconds{static_cast<double>((run.start + *run.ideal_duration - run.start).count()) * 86400}; }

Seconds rollout_duration(const TrainingRun& run) { return rollout_step_of(run).time * static_cast<double>(run.rollout->steps); }

TrainingAbility by_rate(const Subject& s) {
  const ChipRate* rate = nullptr;
  if (!s.workload.models.empty()) {
    for (const ChipRate& r : s.workload.models.front().rates) rate = r.chip == s.chip.id ? &r : rate;
  }
  if (rate == nullptr) throw InputError(fmt::format("{} accepts chip {} but the model has no rate for it", s.name(), s.chip.id));
  TrainingAbility able;
  able.mfu = rate->mfu;
  able.achieved = rate->mfu * peak(s);
  able.low_factor = rate->low_factor;
  able.high_factor = rate->high_factor;
  able.grade = grade_of(rate->grade);
  able.ideal_duration = s.run.rollout ? rollout_duration(s.run) : s.run.ideal_duration ? written(s.run) : duration(s, able.achieved);
  return able;
}

/// `port`: scale-out bandwidth of an accelerator; nothing: the chip's own. `reaches` of the fabric behind it; none: nothing narrows it.
TrainingAbility by_model(const Subject& s, std::optional<BytesPerSecond> port = {}, std::span<const network::Reach> reaches = {}) {
  const auto model = training::find_training_model(s.workload.model).make(nlohmann::json::object());
  training::Layout layout;
  layout.precision = s.run.precision == TrainingRun::Precision::fp8 ? training::Precision::fp8 : training::Precision::bf16;
  layout.sequence = s.run.sequence;
  layout.global_batch = std::max(1, static_cast<int>(s.run.batch.base() / s.run.sequence + 0.5));
  training::DeviceGroup group;
  group.chip = &s.chip;
  group.accelerators = static_cast<int>(s.run.accelerators);
  group.scaleout = port;
  std::vector<training::Reach> widths;
  for (const network::Reach& r : reaches) widths.push_back({static_cast<int>(r.accelerators), r.ring, r.all_to_all});
  if (!widths.empty()) group = training::on_fabric(group, widths);
  const auto& architecture = architecture_of(s);
  TrainingAbility able;
  try {
    const training::StepEstimate step = model->step(architecture, layout, group);
    able.mfu = step.mfu;
    able.achieved = FlopsPerSecond{step.per_accelerator.base() * training::model_flops_per_token(architecture, s.run.sequence)};
    able.low_factor = step.time / step.high;
    able.high_factor = step.time / step.low;
    able.grade = step.grade;
    able.layout = training::describe(step.plan, step.data);
  } catch (const training::OutOfMemory& e) {
    throw Infeasible(fmt::format("{} on {}: {}", s.name(), s.chip.id, e.what()));
  } catch (const training::UnsupportedPlan& e) {
    throw Infeasible(fmt::format("{} on {}: {}", s.name(), s.chip.id, e.what()));
  } catch (const training::UnsupportedPrecision& e) {
    throw Infeasible(fmt::format("{} on {}: {}", s.name(), s.chip.id, e.what()));
  }
  able.ideal_duration = duration(s, able.achieved);
  return able;
}

}  // namespace

scheduling::RolloutStep rollout_step_of(const TrainingRun& run) {
  const auto& r = *run.rollout;
  const scheduling::ChipShare rollout{r.chip, static_cast<std::int32_t>(r.accelerators), r.generates, Grade::assumed};
  const scheduling::ChipShare update{run.chips.front(), static_cast<std::int32_t>(run.accelerators), r.learns, Grade::assumed};
  return scheduling::rollout_step({rollout, update, r.tokens_per_step, r.weight_transfer, r.overlapped});
}

std::vector<TrainingAbility> training_of(const scenario::Scenario& scenario) {
  std::vector<TrainingAbility> found;
  for (std::size_t w = 0; w < scenario.workloads.size(); ++w) {
    const Workload& workload = scenario.workloads[w];
    for (std::size_t r = 0; r < workload.runs.size(); ++r) {
      auto chips = workload.runs[r].chips;
      if (const auto& mixed = workload.runs[r].mixed_with) chips.push_back(mixed->chip);
      for (const std::string& chip : chips) {
        const Subject subject{workload, workload.runs[r], chip_of(scenario, chip)};
        TrainingAbility able = workload.model == "table" ? by_rate(subject) : by_model(subject);
        able.workload = w;
        able.run = r;
        able.chip = chip;
        found.push_back(std::move(able));
      }
    }
  }
  return found;
}

bool exchanges_tokens(const TrainingRun& run) {
  const catalog::Architecture* architecture = catalog::find_architecture(run.architecture);
  return architecture != nullptr && architecture->experts > 0;
}

double speed_on_network(const scenario::Scenario& scenario, const TrainingAbility& able, BytesPerSecond port, std::span<const network::Reach> reaches) {
  const Workload& workload = scenario.workloads[able.workload];
  const Subject subject{workload, workload.runs[able.run], chip_of(scenario, able.chip)};
  if (workload.model != "table") return by_model(subject, port, reaches).achieved / able.achieved;
  const auto& own = subject.chip.scaleout_bandwidth;
  const double share = subject.run.communication_share.value();
  const BytesPerSecond seen = reaches.empty() ? port : exchanges_tokens(subject.run) ? reaches.back().all_to_all : reaches.back().ring;
  return 1 / (1 - share + share * ((own.known() ? own.value() : port) / seen));
}

}  // namespace headroom::workloads
