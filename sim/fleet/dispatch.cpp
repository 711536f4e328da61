#include "sim/fleet/dispatch.hpp"

#include <algorithm>
#include <numeric>

#include "sim/fleet/hour.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/outlook.hpp"
#include "sim/fleet/placement.hpp"
#include "sim/fleet/planner.hpp"

namespace headroom::fleet {

namespace {

/// Accelerators of an arc that are up this hour.
double held(const State& s, const Arc& arc) { return static_cast<double>(arc.accelerators) * s.standing[arc.pool]; }

/// Accelerators of every pool that nobody uses this hour, as a number of accelerators (parts of an hour count).
std::vector<double> unplaced(const State& s) {
  std::vector<double> free(s.pools.size());
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const Pool& pool = s.pools[p];
    free[p] = pool.closed ? 0 : static_cast<double>(pool.up - pool.held_by_gangs - s.withheld_now(pool));
  }
  for (const Arc& arc : s.arcs) free[arc.pool] -= held(s, arc);
  for (double& f : free) f = std::max(0.0, f);
  return free;
}

}  // namespace

double ready_accelerators(const State& s, const Arc& arc) {
  const double load_time = s.plan.policies.replica_load_time.base() / hour_seconds;
  const auto ready = [&](const Arc& side) {
    const double waits = s.links ? s.links->arcs[static_cast<std::size_t>(&side - s.arcs.data())].waits : 0;
    return held(s, side) - static_cast<double>(side.loading) * s.standing[side.pool] * std::min(1.0, waits + load_time);
  };
  if (!arc.prefill) return ready(arc);
  const Arc& prefill = s.arcs[*arc.prefill];
  return std::min(ready(arc), ready(prefill) / static_cast<double>(prefill.replica) * static_cast<double>(arc.replica));
}

void note_miss(State& s, std::size_t i) {
  if (s.first_miss[i]) return;
  const auto& service = s.services[i];
  s.first_miss[i] = s.today;
  // Where placement meant to serve everything, the hour's load was above what was planned for.
  const bool foreseen = s.planner->is_short[i];
  const Stop stop = foreseen ? what_stops(s, i, placement::Replicas::divisible) : Stop{};
  s.missed_by[i] = foreseen ? stop.text : "load above its forecast";
  s.happenings.push_back({s.today, "first_miss", stop.row.site, stop.row.chip, s.plan.workloads[service.workload].id, service.id, stop.row.price,
                          stop.row.unit, s.missed_by[i]});
}

void meter_use(State& s, std::size_t a, double accelerator_hours) {
  s.meters.arcs[a].busy_hours += accelerator_hours;
  s.meters.pools[s.arcs[a].pool].busy_hours += accelerator_hours;
  const Pool& pool = s.pools[s.arcs[a].pool];
  s.busy_now[s.arcs[a].pool] += accelerator_hours;
  s.watts_left[pool.site] -= accelerator_hours * (pool.busy - pool.idle).base();
}

void meter_replicas(State& s, std::size_t a, double share) {
  const Arc& arc = s.arcs[a];
  const double ready = ready_accelerators(s, arc);
  meter_use(s, a, ready * arc.able->load_at_knee * share);
  if (!arc.prefill) return;
  const Arc& prefill = s.arcs[*arc.prefill];
  meter_use(s, *arc.prefill, ready / static_cast<double>(arc.replica) * static_cast<double>(prefill.replica) * prefill.able->load_at_knee * share);
}

namespace {

void meter_held(State& s, std::size_t a) {
  const Arc& arc = s.arcs[a];
  s.meters.arcs[a].held_hours += held(s, arc);
  s.meters.arcs[a].rounded_hours += arc.rounded_up * s.standing[arc.pool];
  s.meters.pools[arc.pool].held_hours += held(s, arc);
}

/// An hour at rates that know no latency: what exceeds them within the hour is shed. Were it to wait, first come first served, a load of
/// one per cent too much would make all of it late within minutes; only a curve can weigh that, and operators limit rates instead.
void serve_at_rates(State& s, std::size_t i, double load, double capacity) {
  const auto& service = s.services[i];
  auto& meter = s.meters.services[i];
  const double share = capacity > 0 ? workloads::expected_served_share(load, capacity, service.within_hour_variation) : 0;
  meter.arrived += load * hour_seconds;
  meter.on_time += load * share * hour_seconds;
  meter.shed += load * (1 - share) * hour_seconds;
  meter.shortfall += load * (1 - share) * hour_seconds;
  if (share < s.plan.workloads[service.workload].slo_attainment_target) {
    meter.hours_below_target += 1;
    note_miss(s, i);
  }
  // Replicas behind one router share the load in proportion to what they can serve.
  const double use = capacity > 0 ? load * share / capacity : 0;
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) {
    if (s.arcs[a].accelerators == 0) continue;
    const double ready = ready_accelerators(s, s.arcs[a]);
    const double units = ready * s.arcs[a].units_per_second * use * hour_seconds;
    s.meters.arcs[a].served += units;
    carry(s, a, units);
    meter_use(s, a, ready * use);
  }
}

void serve_interactive(State& s, std::size_t i, int hour, std::vector<double>& free) {
  const auto& service = s.services[i];
  const double load = s.mean_load[i] * workloads::shape_factor(s.plan.workloads[service.workload].shape, s.today, hour);
  double capacity = 0;
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) {
    if (s.arcs[a].accelerators > 0) capacity += ready_accelerators(s, s.arcs[a]) * s.arcs[a].units_per_second;
  }
  s.meters.services[i].hours += 1;
  if (service.tokens_per_request > 0) serve_requests(s, i, load);
  else if (load > 0) serve_at_rates(s, i, load, capacity);
  const double use = capacity > 0 ? std::min(1.0, load / capacity) : 0;
  const double lent_time = 1 - std::min(1.0, s.plan.policies.lending_recall.base() / hour_seconds);
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) {
    Arc& arc = s.arcs[a];
    if (arc.accelerators == 0) continue;  // most arcs: nothing of it is placed, ready or loading
    const double lent = ready_accelerators(s, arc) * (1 - use) * lent_time;
    meter_held(s, a);
    free[arc.pool] += lent;
    arc.loading = 0;
    if (!arc.prefill) continue;
    Arc& prefill = s.arcs[*arc.prefill];
    meter_held(s, *arc.prefill);
    free[prefill.pool] += lent / static_cast<double>(arc.replica) * static_cast<double>(prefill.replica);
    prefill.loading = 0;
  }
}

/// Takes up to `units` from the front of the backlog.
void serve_backlog(Load& load, double units) {
  load.backlog_amount -= units;
  while (units > 0 && !load.backlog.empty()) {
    Waiting& first = load.backlog.front();
    if (first.amount > units) {
      first.amount -= units;
      return;
    }
    units -= first.amount;
    load.backlog.pop_front();
  }
  if (load.backlog.empty()) load.backlog_amount = 0;
}

void serve_batch(State& s, std::size_t i, std::int64_t now, int hour, std::vector<double>& free) {
  const auto& service = s.services[i];
  Load& load = s.loads[i];
  auto& meter = s.meters.services[i];
  meter.hours += 1;
  bool missed = false;
  while (!load.backlog.empty() && load.backlog.front().arrived_hour + service.deadline_hours <= now) {
    meter.shed += load.backlog.front().amount;
    meter.shortfall += load.backlog.front().amount;
    load.backlog_amount -= load.backlog.front().amount;
    load.backlog.pop_front();
    missed = true;
  }
  if (missed) {
    meter.hours_below_target += 1;
    note_miss(s, i);
  }
  const double arrived =
      s.mean_load[i] * workloads::shape_factor(s.plan.workloads[service.workload].shape, s.today, hour) * hour_seconds;
  if (arrived > 0) {
    load.backlog.push_back({now, arrived});
    load.backlog_amount += arrived;
    meter.arrived += arrived;
  }
  for (std::size_t a = s.first_arc[i]; a < s.first_arc[i + 1]; ++a) {
    Arc& arc = s.arcs[a];
    const double own = ready_accelerators(s, arc);
    arc.loading = 0;
    if (arc.accelerators > 0) meter_held(s, a);
    if (load.backlog_amount <= 0) {
      free[arc.pool] += own;
      continue;
    }
    const bool usable = !arc.ported || *arc.ported <= s.today;
    const Pool& pool = s.pools[arc.pool];
    // Placement has seen to the power of what it placed; borrowed accelerators take what the hour leaves.
    const double powered = std::max(0.0, s.watts_left[pool.site] / (pool.busy - pool.idle).base());
    const double reach = std::min(usable ? own + free[arc.pool] : own, powered);
    const double wanted = std::min(load.backlog_amount, carriable(s, a)) / (arc.units_per_second * hour_seconds);
    const double used = std::min(reach, wanted);
    const double units = std::min(load.backlog_amount, used * arc.units_per_second * hour_seconds);
    const double borrowed = std::max(0.0, used - own);
    free[arc.pool] = std::max(0.0, free[arc.pool] + std::max(0.0, own - used) - borrowed);  // what it does not need itself goes to the next in line
    s.meters.arcs[a].lent_hours += borrowed;
    s.meters.pools[arc.pool].lent_hours += borrowed;
    s.meters.arcs[a].served += units;
    carry(s, a, units);
    meter_use(s, a, used);
    meter.on_time += units;
    serve_backlog(load, units);
  }
}

void meter_power(State& s) {
  std::vector<double> watts(s.plan.sites.size(), 0.0);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const Pool& pool = s.pools[p];
    auto& meter = s.meters.pools[p];
    const auto in_service = static_cast<double>(pool.in_service);
    const auto gangs = static_cast<double>(pool.held_by_gangs);
    meter.in_service_hours += in_service;
    meter.down_hours += in_service - static_cast<double>(pool.up) - static_cast<double>(pool.unpowered);
    meter.unpowered_hours += static_cast<double>(pool.unpowered);
    meter.gang_hours += gangs;
    const double busy = s.busy_now[p] + gangs;
    const double powered = in_service - static_cast<double>(pool.unpowered);
    const double draw = powered * pool.idle.base() + busy * (pool.busy - pool.idle).base();
    const double metered = draw * s.pue_today[pool.site];
    meter.energy_joules += metered * hour_seconds;
    watts[pool.site] += metered;
    s.busy_now[p] = 0;
  }
  s.meters.joint_peak_watts = std::max(s.meters.joint_peak_watts, std::accumulate(watts.begin(), watts.end(), 0.0));
  for (std::size_t i = 0; i < watts.size(); ++i) {
    s.meters.sites[i].energy_joules += watts[i] * hour_seconds;
    s.meters.sites[i].peak_watts = std::max(s.meters.sites[i].peak_watts, watts[i]);
  }
}

}  // namespace

void begin_day(State& s) {
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    const auto& workload = s.plan.workloads[s.services[i].workload];
    s.mean_load[i] = workloads::daily_mean(workload, s.today) * s.services[i].share * s.world.demand_factor(workload.id, s.today);
  }
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) s.pue_today[i] = s.site(i).pue.at(s.today);
}

void dispatch_hour(State& s, int hour) {
  begin_link_hour(s);
  std::vector<double> free = unplaced(s);
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) s.watts_left[i] = free_power(s, i).base();
  for (const std::size_t i : s.by_tier) {
    if (s.services[i].interactive) serve_interactive(s, i, hour, free);
  }
  const std::int64_t now = s.days_passed() * 24 + hour;
  for (const std::size_t i : s.by_tier) {
    if (!s.services[i].interactive) serve_batch(s, i, now, hour, free);
  }
  pass_queues(s, now, free);
  meter_power(s);
}

}  // namespace headroom::fleet
