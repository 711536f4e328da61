#include "sim/fleet/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "models/power/linear.hpp"
#include "models/units/error.hpp"
#include "sim/fleet/books.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/network_parts.hpp"
#include "sim/fleet/planner.hpp"

namespace headroom::fleet {

namespace {

/// Every (site, chip) pair that accelerators may reach: those of cohorts, orders, leases and bridges.
std::vector<Pool> pools_of(const State& s) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  const auto add = [&](const std::string& site, const std::string& chip) { pairs.insert({s.site_index(site), s.chip_index(chip)}); };
  for (const auto& x : s.plan.fleet) add(x.site, x.chip);
  for (const auto& x : s.plan.orders) add(x.site, x.chip);
  for (const auto& x : s.plan.leases) add(x.site, x.chip);
  for (const auto& x : s.plan.policies.queues) {
    add(x.site, x.chip);
    for (const auto& part : x.also) add(part.site, part.chip);
  }
  for (const auto& x : s.plan.responses) {
    if (x.action == scenario::Response::Action::bridge) add(x.site, x.chip);
  }
  std::vector<Pool> pools;
  for (const auto& [site, chip] : pairs) {
    const auto model = power::make_linear(s.chip(chip), nlohmann::json::object());
    Pool pool;
    pool.site = site;
    pool.chip = chip;
    pool.busy = model->provisioned();
    pool.idle = model->draw(0).draw;
    pools.push_back(pool);
  }
  return pools;
}

/// Of a service on a pool, with what the world makes of its speed.
Arc arc_of(const State& s, std::size_t service, std::size_t pool, const workloads::Capability& able) {
  const std::string& workload = s.plan.workloads[s.services[service].workload].id;
  const auto factor = [&](const workloads::Capability& on) { return s.world.rate_factor(workload, s.chip(on.chip).id); };
  Arc arc;
  arc.service = service;
  arc.pool = pool;
  arc.able = &able;
  const sim_serving::Speed speed = able.speed(factor(able), able.prefill ? factor(*able.prefill) : 1);
  arc.speed = speed.rate;
  const bool as_modelled = speed.rate == 1 && speed.ttft == 1 && speed.tpot == 1;
  arc.hours = as_modelled || !able.hours ? able.hours : able.hours->at_speed(speed);
  arc.units_per_second = able.units_per_second * arc.speed;
  if (able.includes_failures) arc.units_per_second /= expected_availability(s, s.pools[pool]);  // taken off once, by what is up
  arc.replica = able.replica;
  arc.ported = able.ported;
  return arc;
}

}  // namespace

State::State(const scenario::Scenario& scenario, std::shared_ptr<const workloads::Prepared> prepared, std::optional<int> replication)
    : plan(scenario), world(scenario, replication), today(scenario.horizon.begin), shared(std::move(prepared)), services(shared->services) {
  pools = pools_of(*this);
  std::vector<Arc> prefill_sides;
  for (std::size_t i = 0; i < services.size(); ++i) {
    first_arc.push_back(arcs.size());
    for (std::size_t p = 0; p < pools.size(); ++p) {
      if (!workloads::serves(site(pools[p].site), services[i].region)) continue;
      const auto& workload = plan.workloads[services[i].workload];
      const auto* route = workloads::find_route(shared->routes, services[i].region, pools[p].site);
      const Seconds trip = route != nullptr ? route->round_trip : Seconds{};
      if (workload.round_trip && trip > *workload.round_trip) continue;
      for (const auto* able : workloads::capabilities_at(services[i], pools[p].chip, trip)) {
        if (!able->prefill) {
          arcs.push_back(arc_of(*this, i, p, *able));
          continue;
        }
        for (std::size_t q = 0; q < pools.size(); ++q) {  // caches stay within a site
          if (pools[q].site != pools[p].site || pools[q].chip != able->prefill->chip) continue;
          arcs.push_back(arc_of(*this, i, p, *able));
          arcs.back().prefill = prefill_sides.size();
          prefill_sides.push_back(arc_of(*this, i, q, *able->prefill));
        }
      }
    }
  }
  first_arc.push_back(arcs.size());
  for (Arc& arc : arcs) {
    if (arc.prefill) *arc.prefill += first_arc.back();
  }
  arcs.insert(arcs.end(), prefill_sides.begin(), prefill_sides.end());
  by_tier.resize(services.size());
  std::iota(by_tier.begin(), by_tier.end(), 0U);
  std::stable_sort(by_tier.begin(), by_tier.end(), [&](std::size_t a, std::size_t b) { return services[a].tier < services[b].tier; });
  loads.resize(services.size());
  mean_load.resize(services.size());
  first_miss.resize(services.size());
  missed_by.resize(services.size());
  busy_now.resize(pools.size());
  standing.assign(pools.size(), 1.0);
  pue_today.resize(plan.sites.size());
  watts_left.resize(plan.sites.size());
  dock.resize(plan.sites.size());
  racking_credit.resize(plan.sites.size());
  racking_bound_by.resize(plan.sites.size());
  known.resize(services.size());
  responses_taken.resize(plan.responses.size());
  shed_until.resize(plan.workloads.size());
  retirement_deferred_to.resize(plan.fleet.size());
  load_totals.resize(services.size());
  run_totals.resize(plan.workloads.size());
  meters.arcs.resize(arcs.size());
  arc_latencies.resize(arcs.size());
  meters.pools.resize(pools.size());
  meters.services.resize(services.size());
  meters.gangs.resize(plan.workloads.size());
  meters.sites.resize(plan.sites.size());
  meters.counts.resize(pools.size());
  books = std::make_unique<Books>(plan);
  books->month.pools.resize(pools.size());
  books->shells.resize(plan.sites.size());
  if (std::any_of(plan.sites.begin(), plan.sites.end(), [](const auto& x) { return !x.fabric.empty(); })) {
    fabrics = std::make_unique<Fabrics>(*this);
    add_network_power(*this);
  }
  if (!plan.links.empty()) links = std::make_unique<Links>(*this);
  planner = std::make_unique<Planner>(*this);
  results::Dimensions names;
  for (const auto& x : plan.sites) names.sites.push_back(x.id);
  for (const auto& x : plan.chips) names.chips.push_back(x.id);
  for (const auto& x : plan.workloads) names.workloads.push_back(x.id);
  store = std::make_unique<results::Store>(results::Calendar(plan.horizon, plan.fiscal_year_start), names, plan.base_currency);
}

State::~State() = default;

std::size_t State::site_index(std::string_view id) const {
  const auto at = std::find_if(plan.sites.begin(), plan.sites.end(), [&](const auto& x) { return x.id == id; });
  if (at == plan.sites.end()) throw std::logic_error(fmt::format("site \"{}\" passed the reader but does not exist", id));
  return static_cast<std::size_t>(at - plan.sites.begin());
}

std::size_t State::chip_index(std::string_view id) const {
  const auto at = std::find_if(plan.chips.begin(), plan.chips.end(), [&](const auto& x) { return x.id == id; });
  if (at == plan.chips.end()) throw std::logic_error(fmt::format("chip \"{}\" passed the reader but does not exist", id));
  return static_cast<std::size_t>(at - plan.chips.begin());
}

const scenario::PriceSeries<Joules>& State::tariff(const Pool& pool) const {
  for (const auto& own : site(pool.site).tariff_by_origin) {
    if (own.origin == chip(pool.chip).origin) return own.tariff;
  }
  return site(pool.site).tariff;
}

std::size_t State::pool_index(std::size_t site, std::size_t chip) const {
  for (std::size_t p = 0; p < pools.size(); ++p) {
    if (pools[p].site == site && pools[p].chip == chip) return p;
  }
  throw std::logic_error("no pool for a lot's site and chip");
}

Pool& State::pool_of(std::size_t site, std::size_t chip) { return pools[pool_index(site, chip)]; }

void State::at(Date day, engine::Phase phase, Event event) {
  if (day >= plan.horizon.end) return;
  const Date when = std::max(day, today);
  queue.schedule(std::max(queue.now(), engine::SimTime{std::chrono::hours{24} * (when - plan.horizon.begin).count()}), phase, event);
}

void State::note(std::string kind, const Lot& lot, std::int64_t quantity, std::string text) {
  happenings.push_back({today, std::move(kind), site(lot.site).id, chip(lot.chip).id, "", lot.id, static_cast<double>(quantity),
                        "accelerators", std::move(text)});
}

}  // namespace headroom::fleet
