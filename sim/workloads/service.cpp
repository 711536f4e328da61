#include "sim/workloads/service.hpp"

#include <algorithm>

#include "models/units/error.hpp"
#include "models/units/math.hpp"

namespace headroom::workloads {

using scenario::Workload;

namespace {

/// What replicas do for users at each round trip: the way takes its part of the first token's target. Rates know no latency and
/// serve as they do nearby.
std::vector<Capability> remote_capabilities(const scenario::Scenario& scenario, const std::vector<UserRoute>& routes, const Workload& workload,
                                            const scenario::ModelShare& model, const std::string& region, sim_serving::CurveCache& curves) {
  std::vector<Capability> all;
  if (workload.deadline) return all;
  const bool targeted = workload.ttft_p95.base() > 0;
  std::vector<Seconds> trips;
  for (const UserRoute& route : routes) {
    if (route.region != region || (workload.round_trip && route.round_trip > *workload.round_trip)) continue;
    if (route.round_trip.base() <= 0 || (targeted && !(route.round_trip < workload.ttft_p95))) continue;
    if (std::find(trips.begin(), trips.end(), route.round_trip) == trips.end()) trips.push_back(route.round_trip);
  }
  for (const Seconds trip : trips) {
    Workload tighter = workload;
    if (targeted) tighter.ttft_p95 = workload.ttft_p95 - trip;
    try {
      for (Capability& able : capabilities_of(scenario, tighter, model, curves).able) {
        if (!able.hours) continue;
        able.round_trip = trip;
        all.push_back(std::move(able));
      }
    } catch (const Infeasible&) {
      continue;  // no chip holds the target over that distance
    }
  }
  return all;
}

}  // namespace

std::vector<Service> services_of(const scenario::Scenario& scenario, const std::vector<UserRoute>& routes, sim_serving::CurveCache& curves) {
  std::vector<Service> services;
  for (std::size_t w = 0; w < scenario.workloads.size(); ++w) {
    const Workload& workload = scenario.workloads[w];
    if (workload.kind == Workload::Kind::training || workload.kind == Workload::Kind::jobs) continue;
    for (std::size_t m = 0; m < workload.models.size(); ++m) {
      const auto& model = workload.models[m];
      Service service;
      service.workload = w;
      service.model = m;
      service.tier = workload.tier;
      service.interactive = !workload.deadline.has_value();
      service.deadline_hours = workload.deadline ? static_cast<int>(workload.deadline->base() / 3600) : 0;
      service.within_hour_variation = workload.within_hour_variation.value_or(0);
      Capabilities found = capabilities_of(scenario, workload, model, curves);
      service.tokens_per_request = found.tokens_per_request;
      service.capabilities = std::move(found.able);
      service.unable = std::move(found.unable);
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
        service.remote = remote_capabilities(scenario, routes, workload, model, region, curves);
        services.push_back(service);
      }
    }
  }
  return services;
}

Prepared prepare(const scenario::Scenario& scenario, sim_serving::CurveCache& curves) {
  auto routes = user_routes(scenario);
  auto services = services_of(scenario, routes, curves);
  return {std::move(routes), std::move(services), training_of(scenario)};
}

std::vector<const Capability*> capabilities_at(const Service& service, std::size_t chip, Seconds round_trip) {
  std::vector<const Capability*> found;
  const auto prompts_on = [](const Capability& able) { return able.prefill ? std::optional(able.prefill->chip) : std::nullopt; };
  for (const Capability& able : service.capabilities) {
    if (able.chip != chip) continue;
    if (round_trip.base() <= 0 || !able.hours || !service.interactive) {
      found.push_back(&able);
      continue;
    }
    const auto far = std::find_if(service.remote.begin(), service.remote.end(), [&](const auto& r) {
      return r.chip == chip && r.round_trip == round_trip && prompts_on(r) == prompts_on(able);
    });
    if (far != service.remote.end()) found.push_back(&*far);
  }
  return found;
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
