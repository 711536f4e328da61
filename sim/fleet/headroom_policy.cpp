#include "sim/fleet/headroom_policy.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/fleet/outlook.hpp"

namespace headroom::fleet {

using scenario::HeadroomPolicy;

namespace {

double days_of(const CalendarSpan& span, Date from) { return static_cast<double>((from + span - from).count()); }

/// Units a second of the largest replica that the service could lose: of those that it has, or might have where it has none yet.
double largest_replica(const State& s, std::size_t service) {
  double placed = 0, possible = 0;
  for (std::size_t a = s.first_arc[service]; a < s.first_arc[service + 1]; ++a) {
    const Arc& arc = s.arcs[a];
    if (arc.ported && *arc.ported > s.today) continue;
    const double units = arc.units_per_second * static_cast<double>(arc.replica);
    if (s.pools[arc.pool].counted_on >= arc.replica) possible = std::max(possible, units);
    if (arc.accelerators > 0) placed = std::max(placed, units);
  }
  return placed > 0 ? placed : possible;
}

/// Log variance of the load up to so many days from now, given what is known today: the forecast's errors revert to their mean at
/// their rate (Ornstein and Uhlenbeck), and minutes vary within their hour.
double log_variance(const State& s, const workloads::Service& service, double days) {
  double sum = math::log(1 + service.within_hour_variation * service.within_hour_variation);
  for (const auto& p : s.plan.processes) {
    if (p.kind != scenario::Process::Kind::demand_error || p.target != s.plan.workloads[service.workload].id) continue;
    // What is known was seen yesterday.
    sum += p.sd * p.sd * (1 - math::exp(-2 * p.reversion_per_year * (days + 1) / 365.25));
  }
  return sum;
}

double highest_forecast(const State& s, const workloads::Service& service, double days) {
  double highest = 0;
  for (int d = 0; d <= static_cast<int>(days); ++d) highest = std::max(highest, forecast(s, service, s.today + std::chrono::days{d}));
  return highest;
}

}  // namespace

double kept_headroom(const State& s, std::size_t i, double expected) {
  const auto& service = s.services[i];
  if (!service.interactive) return 1;
  const auto& policy = s.plan.policies.headroom;
  if (!policy) return 1 + s.plan.policies.headroom_share;
  switch (policy->kind) {
    case HeadroomPolicy::Kind::replicas: return 1 + static_cast<double>(policy->replicas) * largest_replica(s, i) / expected;
    case HeadroomPolicy::Kind::percentile:
      return std::max(1.0, math::exp(math::normal_quantile(policy->percentile) * std::sqrt(log_variance(s, service, days_of(policy->ahead, s.today)))));
    case HeadroomPolicy::Kind::forecast: return std::max(1.0, highest_forecast(s, service, days_of(policy->ahead, s.today)) / expected);
  }
  throw std::logic_error("a policy of headroom that nobody follows");
}

}  // namespace headroom::fleet
