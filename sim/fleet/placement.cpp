#include "sim/fleet/placement.hpp"

#include <algorithm>

#include "sim/fleet/books.hpp"
#include "sim/fleet/headroom_policy.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/outlook.hpp"
#include "sim/fleet/planner.hpp"
#include "sim/fleet/supply.hpp"

namespace headroom::fleet {

namespace {

constexpr double joules_per_kwh = 3.6e6;

/// Money that an hour of work on a pool adds to what idling costs, per accelerator, in the base currency: the energy.
double avoidable_cost(const State& s, const Pool& pool) {
  const auto price = s.tariff(pool).at(s.today);
  const double rate = s.books->fx.rate(price.currency, s.today);
  const double kwh = (pool.busy - pool.idle).base() * 3600 * s.pue_today[pool.site] / joules_per_kwh;
  return kwh * price.amount_per_base * joules_per_kwh * rate;
}

bool shed_today(const State& s, const workloads::Service& service) {
  const auto& until = s.shed_until[service.workload];
  return until && *until > s.today;
}

}  // namespace

Watts free_power(const State& s, std::size_t site) {
  double watts = s.site(site).power.at(s.today).base() / s.pue_today[site];
  for (const Pool& pool : s.pools) {
    if (pool.site != site) continue;
    watts -= static_cast<double>(pool.in_service - pool.unpowered) * pool.idle.base();
    watts -= static_cast<double>(pool.held_by_gangs + pool.withheld) * (pool.busy - pool.idle).base();
  }
  return Watts{std::max(0.0, watts)};
}

namespace {

double units_of_row(const State& s, const placement::Problem& problem, std::size_t a) {
  const Arc& arc = s.arcs[a];
  const std::int64_t of_row = problem.arcs[a].replica_accelerators;
  return of_row == arc.replica ? arc.units_per_second : arc.units_per_second * static_cast<double>(arc.replica) / static_cast<double>(of_row);
}

}  // namespace

double rate_of_row(const State& s, const placement::Problem& problem, std::size_t a, Date day) {
  const Arc& arc = s.arcs[a];
  return arc.ported && *arc.ported > day ? 0 : units_of_row(s, problem, a);
}

Planner::Planner(const State& s) {
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) problem.sites.push_back({s.site(i).id, {}});
  for (const Pool& pool : s.pools) problem.pools.push_back({s.chip(pool.chip).id + "@" + s.site(pool.site).id, 0, pool.site});
  for (const auto& service : s.services) problem.services.push_back({service.id, service.tier, 0, 0, 1});
  for (std::size_t a = 0; a < s.first_arc.back(); ++a) {
    const Arc& arc = s.arcs[a];
    placement::Arc row;
    row.service = arc.service;
    row.pool = arc.pool;
    row.replica_accelerators = arc.replica;
    if (arc.prefill) {
      const Arc& prefill = s.arcs[*arc.prefill];
      if (prefill.pool == arc.pool) row.replica_accelerators += prefill.replica;
      else row.companion = placement::Companion{prefill.pool, prefill.replica, {}, 0, 0};
    }
    problem.arcs.push_back(row);
    problem.arcs.back().rate_per_accelerator = units_of_row(s, problem, a);
  }
  add_link_rows(s, problem);
  is_short.resize(s.services.size());
  kept.assign(s.services.size(), 1);
}

void open_locations(State& s) {
  for (std::uint32_t i = 0; i < s.plan.policies.location_rules.size(); ++i) {
    s.at(s.plan.policies.location_rules[i].from, engine::Phase::release, {Kind::close_location, i});
  }
}

void close_location(State& s, std::uint32_t index) {
  const auto& rule = s.plan.policies.location_rules[index];
  if (rule.leased_only) {
    close_leases(s, rule.location, rule.chip_origin);
    return;
  }
  for (Pool& pool : s.pools) {
    const bool there = rule.location.empty() || s.site(pool.site).location == rule.location;
    const bool such = rule.chip_origin.empty() || s.chip(pool.chip).origin == rule.chip_origin;
    if (!there || !such) continue;
    pool.closed = true;
    s.happenings.push_back({s.today, "access_closed", s.site(pool.site).id, s.chip(pool.chip).id, "", rule.id,
                            static_cast<double>(pool.in_service), "accelerators", ""});
  }
}

void place(State& s) {
  Planner& planner = *s.planner;
  auto& problem = planner.problem;
  for (std::size_t i = 0; i < problem.sites.size(); ++i) problem.sites[i].power_limit = free_power(s, i);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const Pool& pool = s.pools[p];
    problem.pools[p].accelerators = pool.closed ? 0 : std::max<std::int64_t>(0, pool.counted_on - pool.held_by_gangs - pool.withheld);
  }
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    const auto& service = s.services[i];
    const double expected = shed_today(s, service) ? 0 : forecast(s, service, s.today);
    planner.kept[i] = expected > 0 ? kept_headroom(s, i, expected) : 1;
    problem.services[i].demand = expected * planner.kept[i];
    problem.services[i].minimum_replicas = expected > 0 ? s.plan.policies.min_replicas : 0;
  }
  const double dwell = std::max(s.plan.policies.min_dwell.base(), 3600.0);
  const auto set_side = [&](auto& side) {
    const Pool& pool = s.pools[side.pool];
    const double energy = avoidable_cost(s, pool);
    side.power_per_accelerator = pool.busy - pool.idle;
    side.cost = energy;
    side.switching = energy * s.plan.policies.replica_load_time.base() / dwell;
  };
  for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
    const Arc& arc = s.arcs[a];
    auto& row = problem.arcs[a];
    set_side(row);
    if (row.companion) set_side(*row.companion);
    row.rate_per_accelerator = rate_of_row(s, problem, a, s.today);
    row.cost += egress_of_unit(s, a) * units_of_row(s, problem, a) * 3600;
    row.current = arc.accelerators / arc.replica;
  }
  set_link_rows(s, problem, s.today, s.today);
  const placement::Placement placed = planner.solver.place(problem, placement::Reasons::untold);
  for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
    const auto give = [&](Arc& arc) {
      const std::int64_t accelerators = placed.replicas[a] * arc.replica;
      arc.loading = std::max<std::int64_t>(0, accelerators - arc.accelerators);
      arc.accelerators = accelerators;
      // More than a replica was moved here from another pool and is not for want of a part of one.
      const auto replica = static_cast<double>(arc.replica);
      arc.rounded_up = std::clamp(static_cast<double>(arc.accelerators) - placed.divisible[a] * replica, 0.0, replica);
    };
    give(s.arcs[a]);
    if (s.arcs[a].prefill) give(s.arcs[*s.arcs[a].prefill]);
  }
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    planner.is_short[i] = placed.services[i].shed > 0 || placed.services[i].missing_replicas > 0;
  }
}

}  // namespace headroom::fleet
