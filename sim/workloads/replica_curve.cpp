#include "sim/workloads/replica_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/serving/analytic.hpp"
#include "models/serving/plan_search.hpp"
#include "models/text/number.hpp"
#include "models/units/error.hpp"
#include "sim/workloads/request_mix.hpp"

namespace headroom::workloads {

using sim_serving::Part;

namespace {

/// The minutes of the Azure conversation trace (2023), Poisson noise taken out: standard deviation 0.21 of the mean, and a
/// correlation of 0.92 from one to the next (measured by the test of one day on two clocks).
constexpr double azure_variation = 0.2;
constexpr double azure_persistence = 0.92;
/// Layouts that are simulated of those that the search by means puts first.
constexpr std::size_t simulated_layouts = 4;
constexpr std::uint32_t replicas_behind_a_router = 4;

/// What the model says of some batches, to the last digit: equal models have equal keys, and so have no two others that matter.
std::string key_of(const serving::IterationModel& model) {
  std::string key;
  const auto add = [&](double value) { key += text::shortest(value) + " "; };
  for (const double v : {model.weight_bytes_per_device().base(), model.kv_bytes_per_token().base(), model.kv_bytes_per_sequence().base(), model.kv_capacity().base()}) add(v);
  for (const int sequences : {0, 1, 7, 64, 250}) {
    for (const int prompt : {0, 130, 2000, 8192}) {
      if (sequences + prompt == 0) continue;
      serving::Batch batch;
      batch.decode_sequences = sequences;
      batch.decode_context = 1700.0 * sequences;
      if (prompt > 0) batch.add_prefill(300, prompt);
      add(model.time(batch).base());
    }
  }
  return key;
}

sim_serving::CurveSpec spec_of(const scenario::Workload& workload, const serving::IterationModel& model, const serving::ReplicaPlan& plan, Part part) {
  sim_serving::CurveSpec spec;
  spec.pool.model = &model;
  spec.pool.policy = sim_serving::engine_policy(plan.engine, plan.released);
  spec.pool.replicas = replicas_behind_a_router;
  spec.model_key = key_of(model);
  spec.mix = mix_of(*workload.lengths, static_cast<std::uint32_t>(spec.pool.policy.prefix_block_tokens));
  spec.part = part;
  if (workload.deadline) return spec;
  if (part != Part::decode) spec.slo.ttft = workload.ttft_p95;
  if (part != Part::prefill) spec.slo.tpot = workload.tpot_p95;
  return spec;
}

/// Grade and interval of the model's answers at a usual batch.
void add_evidence(ReplicaCurve& curve, const serving::IterationModel& model, const MeanTokens& request, Part part) {
  serving::Batch batch;
  if (part == Part::prefill) {
    batch.add_prefill(0, std::max(1, static_cast<int>(request.input)));
  } else {
    batch.decode_sequences = 32;
    batch.decode_context = 32 * (request.input + request.output / 2);
  }
  const serving::IterationEstimate pass = model.iteration(batch);
  curve.grade = pass.grade;
  curve.low_factor = pass.total / pass.high;
  curve.high_factor = pass.total / pass.low;
  if (part != Part::whole) {
    curve.input_time_share = part == Part::prefill ? 1 : 0;
    return;
  }
  const double computed = request.input * (1 - curve.hours->curve().cached_share);
  serving::Batch prompt;
  prompt.add_prefill(static_cast<int>(request.input - computed), std::max(1, static_cast<int>(computed)));
  curve.input_time_share = std::clamp(model.time(prompt).base() * curve.hours->curve().saturation, 0.0, 1.0);
}

/// Dense rate of the datasheet at the format of the matrix products; of the next wider one where the chip does not have it.
FlopsPerSecond peak_of(const catalog::Chip& chip, serving::Precision compute) {
  using P = serving::Precision;
  const serving::DeviceRatings r = serving::ratings_of(chip);
  if (compute == P::fp4 && r.flops_4 > 0) return FlopsPerSecond{r.flops_4};
  if ((compute == P::fp4 || compute == P::fp8 || compute == P::int8) && r.flops_8 > 0) return FlopsPerSecond{r.flops_8};
  return FlopsPerSecond{r.flops_16};
}

ReplicaCurve curve_of(const scenario::Workload& workload, const serving::ReplicaPlan& plan, const std::string& model_name,
                      const catalog::Architecture& architecture, const catalog::Chip& chip, sim_serving::CurveCache& curves, Part part) {
  ReplicaCurve found;
  found.plan = plan;
  try {
    const auto model = serving::find_iteration_model(model_name).make(architecture, chip, plan, {});
    const sim_serving::CurveSpec spec = spec_of(workload, *model, plan, part);
    const MinuteVariation minutes = minutes_of(workload);
    found.hours = curves.hours(spec, minutes.variation, minutes.persistence, workload.patience);
    const double target = part == Part::whole ? workload.slo_attainment_target : std::sqrt(workload.slo_attainment_target);
    found.usable = workload.deadline ? 1 : std::min(1.0, found.hours->usable_load(target));
    found.peak = peak_of(chip, plan.compute);
    add_evidence(found, *model, mean_tokens(spec.mix), part);
    if (found.usable <= 0) found.unable = "misses its latency targets at any load";
  } catch (const serving::OutOfMemory& e) {
    found.unable = e.what();
  } catch (const serving::UnsupportedPlan& e) {
    found.unable = e.what();
  } catch (const catalog::UnknownFact& e) {
    found.unable = e.what();
  } catch (const std::invalid_argument& e) {
    found.unable = e.what();
  }
  return found;
}

serving::PlanRequest request_of(const scenario::Workload& workload, const serving::ReplicaPlan& plan, Part part) {
  serving::PlanRequest request;
  const MeanTokens mean = mean_tokens(mix_of(*workload.lengths, 1));
  request.input = mean.input;
  request.output = part == Part::prefill ? 1 : mean.output;
  request.spread = serving::LengthSpread::chat;
  if (workload.ttft_p95.base() > 0 && part != Part::decode) request.ttft = workload.ttft_p95;
  if (workload.tpot_p95.base() > 0 && part != Part::prefill) request.tpot = workload.tpot_p95;
  request.base = plan;
  return request;
}

}  // namespace

MinuteVariation minutes_of(const scenario::Workload& workload) {
  return {workload.within_hour_variation.value_or(azure_variation), azure_persistence};
}

ReplicaCurve replica_curve(const scenario::Workload& workload, const scenario::ReplicaLayout& layout, const std::string& model,
                           const catalog::Architecture& architecture, const catalog::Chip& chip, sim_serving::CurveCache& curves, Part part) {
  if (!layout.searched) return curve_of(workload, layout.plan, model, architecture, chip, curves, part);
  ReplicaCurve best;
  try {
    const serving::PlanRequest request = request_of(workload, layout.plan, part);
    const auto choices = serving::search_plans(architecture, chip, request);
    if (choices.empty()) (void)serving::best_plan(architecture, chip, request);  // says why
    for (std::size_t i = 0; i < std::min(choices.size(), simulated_layouts); ++i) {
      ReplicaCurve found = curve_of(workload, choices[i].plan, model, architecture, chip, curves, part);
      if (found.unable.empty() && (!best.hours || found.usable_per_device() > best.usable_per_device())) best = std::move(found);
      else if (!best.hours && best.unable.empty()) best.unable = found.unable;
    }
    if (best.hours) best.unable.clear();
  } catch (const Infeasible& e) {
    best.unable = e.what();
  } catch (const serving::UnsupportedPlan& e) {
    best.unable = e.what();
  } catch (const catalog::UnknownFact& e) {
    best.unable = e.what();
  }
  return best;
}

}  // namespace headroom::workloads
