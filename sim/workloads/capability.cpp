#include "sim/workloads/capability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/serving/shape.hpp"
#include "models/units/error.hpp"
#include "sim/serving/pair_curve.hpp"
#include "sim/workloads/estimates.hpp"
#include "sim/workloads/replica_curve.hpp"
#include "sim/workloads/request_mix.hpp"

namespace headroom::workloads {

using scenario::ChipRate;
using scenario::Workload;

namespace {

std::size_t chip_index(const scenario::Scenario& scenario, const std::string& id) {
  const auto at = std::find_if(scenario.chips.begin(), scenario.chips.end(), [&](const auto& c) { return c.id == id; });
  if (at == scenario.chips.end()) throw std::logic_error("chip \"" + id + "\" passed the reader but is not in the scenario");
  return static_cast<std::size_t>(at - scenario.chips.begin());
}

bool includes(const ChipRate& rate, const char* loss) {
  return std::find(rate.includes.begin(), rate.includes.end(), loss) != rate.includes.end();
}

/// Share of the input that costs nothing at this rate; a rate that was measured with its cache hits counts every token already.
double free_input(const Workload& workload, const ChipRate& rate) { return includes(rate, "cache") ? 0 : workload.cached_share; }

/// The fleet can undo what it would take off itself, failures and cache hits; of idle time and headroom it cannot know how much.
void refuse_unknown_losses(const Workload& workload, const ChipRate& rate) {
  for (const char* loss : {"idle", "headroom"}) {
    if (includes(rate, loss)) {
      throw InputError(fmt::format("workloads.{}: the rate on {} includes {}, which the fleet would take off a second time; give the rate without it",
                                   workload.id, rate.chip, loss));
    }
  }
}

/// Share of an accelerator's time on a mix of tokens that goes into uncached input.
double input_time_share(const Workload& workload, const ChipRate& rate) {
  if (workload.kind != Workload::Kind::serving) return 0;
  const double input = (1 - workload.output_share) * (1 - free_input(workload, rate)) / rate.prefill.base();
  return input / (input + workload.output_share / rate.decode.base());
}

double unit_rate(const Workload& workload, const ChipRate& rate) {
  if (workload.kind == Workload::Kind::serving) {
    return mixed_rate(rate.prefill, rate.decode, workload.output_share, free_input(workload, rate)).base();
  }
  return rate.units_per_second;
}

bool is_eligible(const Workload& workload, const std::string& chip) {
  return workload.chips.empty() || std::find(workload.chips.begin(), workload.chips.end(), chip) != workload.chips.end();
}

struct Choice {
  std::string model;
  scenario::ReplicaLayout layout;
};

/// Performance model and layout of the workload on a chip.
Choice choice_on(const Workload& workload, const std::string& chip) {
  Choice choice{workload.model, workload.layout};
  for (const scenario::OnChip& own : workload.on_chips) {
    if (own.chip != chip) continue;
    if (!own.performance_model.empty()) choice.model = own.performance_model;
    if (own.layout) {
      choice.layout = *own.layout;
      choice.layout.plan.engine = workload.layout.plan.engine;
      choice.layout.plan.released = workload.layout.plan.released;
      choice.layout.plan.setup = workload.layout.plan.setup;
    }
  }
  return choice;
}

Capability capability_of(const scenario::Scenario& scenario, const Workload& workload, const ChipRate& rate) {
  refuse_unknown_losses(workload, rate);
  Capability able;
  able.chip = chip_index(scenario, rate.chip);
  able.units_per_second = unit_rate(workload, rate);
  able.replica = rate.replica;
  able.ported = rate.ported;
  able.low_factor = rate.low_factor;
  able.high_factor = rate.high_factor;
  able.input_time_share = input_time_share(workload, rate);
  able.includes_failures = includes(rate, "failures");
  able.grade = rate.grade;
  return able;
}

std::string words_of(const serving::ReplicaPlan& plan) {
  std::string words = fmt::format("tp {}", plan.tp);
  for (const auto& [name, width] : {std::pair("pp", plan.pp), std::pair("attention dp", plan.attention_dp), std::pair("ep", plan.ep)}) {
    if (width > 1) words += fmt::format(", {} {}", name, width);
  }
  return fmt::format("{}, weights {}, {}", words, serving::to_string(plan.weights), serving::to_string(plan.engine));
}

/// Operations of a token of the mix, two for a parameter that it uses; cached tokens cost none.
double flops_per_token(const Workload& workload, const catalog::Architecture& architecture) {
  return 2 * serving::shape_of(architecture).active_params() * (1 - (1 - workload.output_share) * workload.cached_share);
}

Capability capability_of(std::size_t chip, const ReplicaCurve& curve, double tokens_per_request, double flops_per_token) {
  Capability able;
  able.chip = chip;
  able.units_per_second = curve.usable_per_device() * tokens_per_request;
  able.replica = curve.plan.devices();
  able.low_factor = curve.low_factor;
  able.high_factor = curve.high_factor;
  able.input_time_share = curve.input_time_share;
  able.grade = to_string(curve.grade);
  able.hours = curve.hours;
  able.layout = words_of(curve.plan);
  able.knee_units_per_second = curve.hours->curve().saturation * tokens_per_request / curve.plan.devices();
  able.peak_units_per_second = curve.peak.base() / flops_per_token;
  return able;
}

/// What an iteration model needs and the scenario does not say.
const catalog::Architecture& architecture_for(const Workload& workload, const std::string& name, const std::string& model) {
  if (!workload.lengths) {
    throw InputError(fmt::format("workloads.{}: the performance model \"{}\" needs \"lengths\", the tokens of prompts and answers", workload.id, model));
  }
  const catalog::Architecture* architecture = catalog::find_architecture(name);
  if (architecture == nullptr) {
    throw InputError(fmt::format("workloads.{}: the performance model \"{}\" needs an architecture of the catalogue; \"{}\" is none", workload.id, model, name));
  }
  return *architecture;
}

double checked_tokens_per_request(const Workload& workload) {
  const auto mean = mean_tokens(mix_of(*workload.lengths, 1));
  const double tokens = mean.input + mean.output;
  if (std::abs(mean.output / tokens - workload.output_share) > 0.01) {
    throw InputError(fmt::format("workloads.{}: the bounds of the lengths move the share of output to {:.3g} from {:.3g}; give laws whose means hold",
                                 workload.id, mean.output / tokens, workload.output_share));
  }
  return tokens;
}

void add_table_rates(const scenario::Scenario& scenario, const Workload& workload, const scenario::ModelShare& model, Capabilities& found) {
  for (const ChipRate& rate : model.rates) {
    if (is_eligible(workload, rate.chip) && choice_on(workload, rate.chip).model == "table") {
      found.able.push_back(capability_of(scenario, workload, rate));
    }
  }
}

/// Whether the plan has or may get such accelerators: a curve of any other chip would be computed for nothing.
bool is_planned(const scenario::Scenario& scenario, const std::string& chip) {
  const auto any = [&](const auto& list) { return std::any_of(list.begin(), list.end(), [&](const auto& x) { return x.chip == chip; }); };
  return any(scenario.fleet) || any(scenario.orders) || any(scenario.leases) || any(scenario.responses);
}

void add_curves(const scenario::Scenario& scenario, const Workload& workload, const scenario::ModelShare& model, Capabilities& found, sim_serving::CurveCache& curves) {
  for (std::size_t c = 0; c < scenario.chips.size(); ++c) {
    const catalog::Chip& chip = scenario.chips[c];
    const Choice choice = choice_on(workload, chip.id);
    if (!is_eligible(workload, chip.id) || choice.model == "table" || !is_planned(scenario, chip.id)) continue;
    const auto& architecture = architecture_for(workload, model.architecture, choice.model);
    found.tokens_per_request = checked_tokens_per_request(workload);
    const ReplicaCurve curve = replica_curve(workload, choice.layout, choice.model, architecture, chip, curves);
    if (curve.unable.empty()) found.able.push_back(capability_of(c, curve, found.tokens_per_request, flops_per_token(workload, architecture)));
    else found.unable.push_back({c, curve.unable});
  }
}

/// A kind of group of a disaggregated service.
struct Group {
  std::size_t chip;
  ReplicaCurve curve;
};

/// Decode and prefill groups in the numbers that balance them.
Capability pair_of(const scenario::Scenario& scenario, const Workload& workload, const Group& decode, const Group& prefill, double tokens_per_request,
                   double flops_per_token) {
  // A prefill group is worth no more than its link carries.
  const double caches = sim_serving::most_link_load * workload.transfer_bandwidth.base() / prefill.curve.hours->curve().kv_bytes_per_request.base();
  const sim_serving::GroupCounts count = sim_serving::balanced_groups({std::min(prefill.curve.usable_rate(), caches), static_cast<double>(prefill.curve.plan.devices())},
                                                                     {decode.curve.usable_rate(), static_cast<double>(decode.curve.plan.devices())});
  const sim_serving::Slo slo{workload.ttft_p95, workload.tpot_p95};
  auto pair = sim_serving::pair_curve(prefill.curve.hours->curve(), decode.curve.hours->curve(),
                                      {count.prefill, count.decode, workload.transfer_bandwidth, workload.transfer_latency}, slo);
  const MinuteVariation minutes = minutes_of(workload);
  const auto hours = std::make_shared<const sim_serving::HourTable>(
      pair.curve, slo, sim_serving::LoadVariation::lognormal(minutes.variation, minutes.persistence), workload.patience);
  auto other = std::make_shared<Capability>();
  other->chip = prefill.chip;
  other->replica = std::int64_t{count.prefill} * prefill.curve.plan.devices();
  other->input_time_share = 1;
  other->grade = to_string(prefill.curve.grade);
  other->layout = fmt::format("prefill: {} groups of {}", count.prefill, words_of(prefill.curve.plan));
  other->peak_units_per_second = prefill.curve.peak.base() / flops_per_token;
  other->load_at_knee = pair.prefill_load;
  Capability able;
  able.chip = decode.chip;
  able.replica = std::int64_t{count.decode} * decode.curve.plan.devices();
  const double requests_to_units = tokens_per_request / static_cast<double>(able.replica);
  able.knee_units_per_second = pair.curve.saturation * requests_to_units;
  able.units_per_second = std::min(1.0, hours->usable_load(workload.slo_attainment_target)) * able.knee_units_per_second;
  able.low_factor = std::min(decode.curve.low_factor, prefill.curve.low_factor);
  able.high_factor = std::max(decode.curve.high_factor, prefill.curve.high_factor);
  able.grade = to_string(decode.curve.grade);
  able.hours = hours;
  able.layout = fmt::format("decode: {} groups of {}; beside {} groups on {}", count.decode, words_of(decode.curve.plan), count.prefill,
                            scenario.chips[prefill.chip].id);
  able.peak_units_per_second = decode.curve.peak.base() / flops_per_token;
  able.load_at_knee = pair.decode_load;
  able.transfer_load_at_knee = pair.transfer_load;
  able.prefill = std::move(other);
  return able;
}

/// Why a chip cannot do one side.
std::string side_words(const char* side, const std::string& why) { return fmt::format("as {}: {}", side, why); }

/// Every pair of an eligible chip that decodes and one that does the prompts, the same one twice included.
void add_pairs(const scenario::Scenario& scenario, const Workload& workload, const scenario::ModelShare& model, Capabilities& found, sim_serving::CurveCache& curves) {
  const auto* architecture = &architecture_for(workload, model.architecture, workload.model);
  found.tokens_per_request = checked_tokens_per_request(workload);
  std::vector<Group> decodes, prefills;
  for (std::size_t c = 0; c < scenario.chips.size(); ++c) {
    const catalog::Chip& chip = scenario.chips[c];
    if (!is_planned(scenario, chip.id)) continue;
    const Choice choice = choice_on(workload, chip.id);
    if (choice.model == "table") continue;
    if (is_eligible(workload, chip.id)) {
      ReplicaCurve curve = replica_curve(workload, choice.layout, choice.model, *architecture, chip, curves, sim_serving::Part::decode);
      if (curve.unable.empty()) decodes.push_back({c, std::move(curve)});
      else found.unable.push_back({c, side_words("decode", curve.unable)});
    }
    const auto& eligible = workload.prefill->chips;
    if (eligible.empty() ? is_eligible(workload, chip.id) : std::find(eligible.begin(), eligible.end(), chip.id) != eligible.end()) {
      scenario::ReplicaLayout layout = workload.prefill->layout.value_or(choice.layout);
      layout.plan.engine = choice.layout.plan.engine;
      layout.plan.released = choice.layout.plan.released;
      layout.plan.setup = choice.layout.plan.setup;
      ReplicaCurve curve = replica_curve(workload, layout, choice.model, *architecture, chip, curves, sim_serving::Part::prefill);
      if (curve.unable.empty()) prefills.push_back({c, std::move(curve)});
      else found.unable.push_back({c, side_words("prefill", curve.unable)});
    }
  }
  for (const Group& decode : decodes) {
    for (const Group& prefill : prefills) {
      Capability able = pair_of(scenario, workload, decode, prefill, found.tokens_per_request, flops_per_token(workload, *architecture));
      if (able.units_per_second > 0) found.able.push_back(std::move(able));
      else found.unable.push_back({decode.chip, fmt::format("with prefill on {}: misses its latency targets at any load", scenario.chips[prefill.chip].id)});
    }
  }
}

/// Ranking and video by one estimate a chip.
void add_estimates(const scenario::Scenario& scenario, const Workload& workload, Capabilities& found) {
  if (workload.model == "table" || (!workload.ranking && !workload.video)) return;
  for (std::size_t c = 0; c < scenario.chips.size(); ++c) {
    const catalog::Chip& chip = scenario.chips[c];
    if (!is_eligible(workload, chip.id) || !is_planned(scenario, chip.id)) continue;
    Estimated one = workload.ranking ? ranking_on(*workload.ranking, c, chip) : video_on(*workload.video, c, chip);
    if (one.why.empty()) found.able.push_back(std::move(one.able));
    else found.unable.push_back({c, one.why});
  }
}

}  // namespace

Capabilities capabilities_of(const scenario::Scenario& scenario, const Workload& workload, const scenario::ModelShare& model,
                             sim_serving::CurveCache& curves) {
  Capabilities found;
  add_table_rates(scenario, workload, model, found);
  if (workload.prefill) add_pairs(scenario, workload, model, found, curves);
  else if (workload.kind == Workload::Kind::serving) add_curves(scenario, workload, model, found, curves);
  else add_estimates(scenario, workload, found);
  std::stable_sort(found.able.begin(), found.able.end(), [](const auto& a, const auto& b) { return a.chip < b.chip; });
  if (found.able.empty() && !found.unable.empty()) {
    std::string why;
    for (const auto& u : found.unable) why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", scenario.chips[u.chip].id, u.why);
    throw Infeasible(fmt::format("workloads.{}: no chip can serve {}: {}", workload.id, model.architecture.empty() ? "it" : model.architecture, why));
  }
  return found;
}

sim_serving::Speed Capability::speed(double own, double of_prefill) const {
  if (!prefill) return {own, own, own};
  double rate = std::min(own / load_at_knee, of_prefill / prefill->load_at_knee);
  if (transfer_load_at_knee > 0) rate = std::min(rate, 1 / transfer_load_at_knee);
  return {rate, of_prefill, own};
}

TokensPerSecond mixed_rate(TokensPerSecond prefill, TokensPerSecond decode, double output_share, double cached_share) {
  const auto time_per_token = (1 - output_share) * (1 - cached_share) / prefill + output_share / decode;
  return 1.0 / time_per_token;
}

}  // namespace headroom::workloads
