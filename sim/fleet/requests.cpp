#include <algorithm>

#include "sim/fleet/hour.hpp"
#include "sim/fleet/latencies.hpp"
#include "sim/fleet/links.hpp"

namespace headroom::fleet {

namespace {

/// What the replicas of a service did with an hour's requests. Requests, not tokens.
struct Reading {
  double met = 0;              ///< of those that arrived, will meet their targets
  double left = 0;             ///< wait at the end of the hour
  double gave_up = 0;
  double served = 0;
  std::vector<double> served_by;  ///< the same by arc of the service
};

/// A chip whose rate knows no latency: what exceeds it within the hour is shed.
void read_rate(const workloads::Service& service, double requests, double most, Reading& sum) {
  const double share = requests > 0 && most > 0 ? workloads::expected_served_share(requests, most, service.within_hour_variation) : 0;
  sum.served_by.back() = requests * share;
  sum.met += requests * share;
  sum.gave_up += requests * (1 - share);
}

/// Replicas behind one router share the load and its backlog in proportion to what they can serve; each arc's part is read from
/// its curve. Accelerators work for the share of the knee that they serve.
Reading read_arcs(State& s, std::size_t i, double per_second, double usable) {
  const auto& service = s.services[i];
  const double tokens = service.tokens_per_request;
  const double waiting = s.loads[i].backlog_amount / tokens;
  Reading sum;
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) {
    const Arc& arc = s.arcs[a];
    const double ready = ready_accelerators(s, arc);
    const double part = ready * arc.units_per_second / usable;
    sum.served_by.push_back(0);
    if (part <= 0) continue;
    double most = ready * arc.units_per_second * hour_seconds / tokens;
    if (arc.hours == nullptr) {
      read_rate(service, (per_second * hour_seconds + waiting) * part, most, sum);
    } else {
      const double replicas = ready / static_cast<double>(arc.replica);
      const auto hour = arc.hours->read(replicas, per_second * part, waiting * part);
      most = replicas * arc.hours->curve().saturation * hour_seconds;
      sum.served_by.back() = hour.served;
      sum.met += hour.met;
      sum.left += hour.backlog_close;
      sum.gave_up += hour.gave_up;
      add_latency(s.arc_latencies[a], hour);
    }
    sum.served += sum.served_by.back();
    carry(s, a, sum.served_by.back() * tokens);
    meter_replicas(s, a, std::min(1.0, sum.served_by.back() / most));
  }
  return sum;
}

}  // namespace

void serve_requests(State& s, std::size_t i, double load) {
  const auto& service = s.services[i];
  const double tokens = service.tokens_per_request;
  Load& queue = s.loads[i];
  const double arrived = load * hour_seconds / tokens;
  double usable = 0;
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) usable += ready_accelerators(s, s.arcs[a]) * s.arcs[a].units_per_second;
  Reading sum;
  if (usable > 0) sum = read_arcs(s, i, load / tokens, usable);
  else sum.gave_up = arrived + queue.backlog_amount / tokens;
  // Requests are judged when they arrive and counted when they are served.
  const double on_time = std::min(sum.met + queue.promised, sum.served);
  queue.promised = std::min(sum.met + queue.promised - on_time, sum.left);
  queue.backlog_amount = sum.left * tokens;
  auto& meter = s.meters.services[i];
  meter.arrived += arrived * tokens;
  meter.on_time += on_time * tokens;
  meter.late += (sum.served - on_time) * tokens;
  meter.shed += sum.gave_up * tokens;
  meter.shortfall += std::max(0.0, arrived - sum.met) * tokens;
  for (std::size_t n = 0; n < sum.served_by.size() && sum.served > 0; ++n) {
    s.meters.arcs[s.first_arc[i] + n].served += sum.served_by[n] * on_time / sum.served * tokens;
  }
  if (sum.met < s.plan.workloads[service.workload].slo_attainment_target * arrived) {
    meter.hours_below_target += 1;
    note_miss(s, i);
  }
}

}  // namespace headroom::fleet
