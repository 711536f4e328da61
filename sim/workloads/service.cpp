#include "sim/workloads/service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/units/error.hpp"
#include "models/units/math.hpp"

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

std::vector<Capability> capabilities(const scenario::Scenario& scenario, const Workload& workload, const scenario::ModelShare& model) {
  std::vector<Capability> found;
  for (const ChipRate& rate : model.rates) {
    const bool eligible = workload.chips.empty() || std::find(workload.chips.begin(), workload.chips.end(), rate.chip) != workload.chips.end();
    if (!eligible) continue;
    refuse_unknown_losses(workload, rate);
    found.push_back({chip_index(scenario, rate.chip), unit_rate(workload, rate), rate.replica, rate.ported, rate.low_factor,
                     rate.high_factor, input_time_share(workload, rate), includes(rate, "failures"), rate.grade});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.chip < b.chip; });
  return found;
}

/// Calendar spans of deadlines are short; a month counts as 730 hours.
int hours_of(CalendarSpan span) { return span.days * 24 + span.months * 730; }

}  // namespace

std::vector<Service> services_of(const scenario::Scenario& scenario) {
  std::vector<Service> services;
  for (std::size_t w = 0; w < scenario.workloads.size(); ++w) {
    const Workload& workload = scenario.workloads[w];
    if (workload.kind == Workload::Kind::training) continue;
    for (std::size_t m = 0; m < workload.models.size(); ++m) {
      const auto& model = workload.models[m];
      Service service;
      service.workload = w;
      service.model = m;
      service.tier = workload.tier;
      service.interactive = !workload.deadline.has_value();
      service.deadline_hours = workload.deadline ? hours_of(*workload.deadline) : 0;
      service.within_hour_variation = workload.within_hour_variation.value_or(0);
      if (model.rates.empty()) {
        throw InputError(fmt::format("workloads.{}: model {} has no rates, and the fleet does not read the analytic performance model yet; "
                                     "give a rate for each chip (`headroom predict serving` estimates them)", workload.id, model.architecture));
      }
      service.capabilities = capabilities(scenario, workload, model);
      const std::string base = workload.models.size() > 1 ? workload.id + "/" + model.architecture : workload.id;
      if (workload.regions.empty()) {
        service.id = base;
        service.share = model.share;
        services.push_back(service);
      }
      for (const auto& [region, share] : workload.regions) {
        service.id = base + "@" + region;
        service.region = region;
        service.share = model.share * share;
        services.push_back(service);
      }
    }
  }
  return services;
}

TokensPerSecond mixed_rate(TokensPerSecond prefill, TokensPerSecond decode, double output_share, double cached_share) {
  const auto time_per_token = (1 - output_share) * (1 - cached_share) / prefill + output_share / decode;
  return 1.0 / time_per_token;
}

double shape_factor(const scenario::Shape& shape, Date day, int hour) {
  double factor = 1;
  if (!shape.hourly.empty()) {
    const int local = ((hour + static_cast<int>(shape.hour_offset)) % 24 + 24) % 24;
    factor *= shape.hourly[static_cast<std::size_t>(local)];
  }
  if (!shape.weekly.empty()) {
    const auto weekday = std::chrono::weekday{day}.iso_encoding() - 1;
    factor *= shape.weekly[weekday];
  }
  for (const auto& festival : shape.festivals) {
    if (festival.from <= day && day < festival.from + std::chrono::days{festival.days}) factor *= festival.factor;
  }
  return factor;
}

double peak_factor(const scenario::Shape& shape, Date day) {
  double peak = 0;
  for (int hour = 0; hour < 24; ++hour) peak = std::max(peak, shape_factor(shape, day, hour));
  return peak;
}

double daily_mean(const Workload& workload, Date day) {
  return workload.kind == Workload::Kind::serving ? workload.tokens.at(day).base() : workload.units_per_second.at(day);
}

double expected_served_share(double load, double capacity, double variation) {
  if (variation <= 0) return std::min(1.0, capacity / load);
  // E[(X - c)+] of a normal X: sd (phi(z) - z (1 - Phi(z))), z = (c - mean) / sd.
  const double sd = variation * load;
  const double z = (capacity - load) / sd;
  constexpr double inverse_root_two_pi = 0.3989422804014327;
  const double excess = sd * (inverse_root_two_pi * math::exp(-z * z / 2) - z * (1 - math::normal_cdf(z)));
  return std::clamp(1 - excess / load, 0.0, std::min(1.0, capacity / load));
}

}  // namespace headroom::workloads
