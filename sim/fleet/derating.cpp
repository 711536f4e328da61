#include "sim/fleet/derating.hpp"

#include <algorithm>
#include <numeric>

#include "sim/serving/derating.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::fleet {

namespace {

DeratingSums& sums_of(State& s, const Arc& arc, std::size_t year) {
  const std::size_t chip = s.pools[arc.pool].chip, workload = s.services[arc.service].workload;
  for (DeratingSums& sums : s.deratings) {
    if (sums.year == year && sums.chip == chip && sums.workload == workload) return sums;
  }
  s.deratings.push_back({year, chip, workload, arc.able, Grade::measured, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  return s.deratings.back();
}

std::size_t year_of(const State& s, int month) {
  const auto years = s.store->calendar().spans(results::Every::year);
  std::size_t year = 0;
  while (years[year].last < month) ++year;
  return year;
}

}  // namespace

void meter_derating(State& s, int month) {
  const std::size_t year = year_of(s, month);
  // A pair has one waterfall, on the chip of its decodes, where tokens are counted: what the accelerators of both sides could do together
  // and did. Neither side does anything useful without the other, so no split of a token's credit over the chips would mean more.
  std::vector<std::size_t> lead(s.arcs.size());
  std::iota(lead.begin(), lead.end(), std::size_t{0});
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    if (s.arcs[a].prefill) lead[*s.arcs[a].prefill] = a;
  }
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    const Arc& arc = s.arcs[a];
    const auto& m = s.meters.arcs[a];
    const auto& pool = s.meters.pools[arc.pool];
    const double up = pool.in_service_hours - pool.down_hours - pool.unpowered_hours;
    const double hours = m.held_hours + m.lent_hours;  // what it borrows works for it as well
    if (hours <= 0 || up <= 0) continue;
    const auto& able = *arc.able;
    DeratingSums& sums = sums_of(s, s.arcs[lead[a]], year);
    sums.grade = weakest(sums.grade, workloads::grade_of(able.grade));
    const double target = s.plan.workloads[sums.workload].slo_attainment_target;
    sums.held += hours;
    sums.in_service += hours * pool.in_service_hours / up;
    sums.rounded += std::min(m.rounded_hours, std::max(0.0, m.held_hours - m.busy_hours));  // what works is not too many
    sums.burst += hours * arc.units_per_second;
    sums.busy += m.busy_hours;
    sums.served += m.served / 3600;
    sums.peak += hours * able.peak_units_per_second;
    if (able.hours == nullptr) continue;
    const double knee = able.knee_units_per_second * arc.speed;
    sums.achievable += hours * knee;
    sums.steady += hours * knee * (s.services[arc.service].interactive ? arc.hours->curve().usable_load(target) : 1);
  }
}

std::vector<results::Derating> deratings_of(const State& s) {
  std::vector<const DeratingSums*> in_order;
  for (const auto& sums : s.deratings) in_order.push_back(&sums);
  std::stable_sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) {
    return std::tuple(a->year, a->workload, a->chip) < std::tuple(b->year, b->workload, b->chip);
  });
  const auto years = s.store->calendar().spans(results::Every::year);
  std::vector<results::Derating> rows;
  for (const DeratingSums* sums : in_order) {
    if (sums->served <= 0) continue;
    const auto& able = *sums->able;
    const Grade grade = sums->grade;
    std::vector<sim_serving::DeratedRate> rates;
    const std::string both = able.prefill ? "; per accelerator of both sides, prompts on " + s.chip(able.prefill->chip).id : "";
    if (able.hours != nullptr) {
      rates.push_back({"peak", sums->peak / sums->held, Grade::datasheet, "dense arithmetic of the datasheet over the model's operations a token" + both});
      rates.push_back({"achievable", sums->achievable / sums->held, grade, "saturated replica: " + able.layout});
      rates.push_back({"slo", sums->steady / sums->held, grade, "steady load at which the target share of requests meets its latencies"});
      rates.push_back({"burst", sums->burst / sums->held, Grade::assumed, "the same with minutes that vary within the hour"});
    } else {
      rates.push_back({"rate", sums->burst / sums->held, grade, able.layout.empty() ? "rate of the scenario" : able.layout});
    }
    // What worked was not too many, however little it was.
    const double whole = std::max(sums->busy / sums->held, 1 - sums->rounded / sums->held);
    const double up = sums->held / sums->in_service;
    rates.push_back({"rounding", rates.back().rate * whole, grade, "whole replicas and the least number of them"});
    rates.push_back({"failures", rates.back().rate * up, Grade::assumed, "hours down or without power"});
    rates.push_back({"idle", sums->served / sums->in_service, Grade::assumed, "headroom; the day's shape; what is served late"});
    const auto steps = sim_serving::waterfall(rates.front().rate, rates).steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      rows.push_back({s.store->calendar().period(years[sums->year]), s.chip(sums->chip).id, s.plan.workloads[sums->workload].id, rates[i].name,
                      rates[i].rate, workloads::unit_of(s.plan.workloads[sums->workload]), steps[i].factor, std::string(to_string(rates[i].grade)), rates[i].source});
    }
  }
  return rows;
}

}  // namespace headroom::fleet
