#include "sim/fleet/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/fleet/books.hpp"
#include "sim/fleet/links.hpp"

namespace headroom::fleet {

namespace {

constexpr double tolerance = 1e-9;

/// Records the relative gap between two sides of an equation; the worst one of each name is kept.
void balance(State& s, const char* name, double left, double right, const std::string& at) {
  const double scale = std::max({std::fabs(left), std::fabs(right), 1.0});
  const double gap = std::fabs(left - right) / scale;
  auto line = std::find_if(s.audit.begin(), s.audit.end(), [&](const results::Audit& a) { return a.name == name; });
  if (line == s.audit.end()) line = s.audit.insert(s.audit.end(), {name, true, 0, ""});
  if (gap > line->worst || !(gap <= tolerance)) {
    line->worst = gap;
    line->at = fmt::format("{}: {} against {}", at, left, right);
  }
  if (!(gap <= tolerance)) line->ok = false;
}

/// `part` may not exceed `whole`.
void within(State& s, const char* name, double part, double whole, const std::string& at) { balance(s, name, std::max(part, whole), whole, at); }

std::string pool_name(const State& s, const Pool& pool) { return s.site(pool.site).id + "/" + s.chip(pool.chip).id; }

void audit_hours(State& s, const std::string& when) {
  std::vector<double> lots(s.pools.size());
  for (const Lot& lot : s.lots) lots[s.pool_index(lot.site, lot.chip)] += lot.service_days * 24;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const auto& m = s.meters.pools[p];
    const std::string at = pool_name(s, s.pools[p]) + " " + when;
    const double available = m.in_service_hours - m.down_hours - m.unpowered_hours;
    const double productive = m.busy_hours + m.gang_useful_hours + m.job_hours;
    const double lost = m.gang_hours - m.gang_useful_hours;
    balance(s, "hours: lots in service = pool in service", lots[p], m.in_service_hours, at);
    within(s, "hours: productive and lost within what is available", productive + lost, available, at);
    within(s, "hours: held by services and gangs within what is available", m.held_hours + m.gang_hours, available, at);
    double held = 0, busy = 0;
    for (std::size_t a = 0; a < s.arcs.size(); ++a) {
      if (s.arcs[a].pool != p) continue;
      held += s.meters.arcs[a].held_hours;
      busy += s.meters.arcs[a].busy_hours;
    }
    balance(s, "hours: held by services = held of pool", held, m.held_hours, at);
    balance(s, "hours: busy of services = busy of pool", busy, m.busy_hours, at);
    if (s.pools[p].failures == nullptr) continue;
    balance(s, "hours: down by cause = down", std::accumulate(m.down_by.begin(), m.down_by.end(), 0.0), m.down_hours, at);
  }
}

/// Every accelerator-second of a run has one fate. What an interruption takes back may have been of an earlier month, so that the sums
/// begin with the scenario.
void audit_runs(State& s, const std::string& when) {
  for (std::size_t w = 0; w < s.run_totals.size(); ++w) {
    const auto& m = s.meters.gangs[w];
    auto& total = s.run_totals[w];
    if (total.held + m.held_hours <= 0) continue;
    total.held += m.held_hours;
    const double fates = m.useful_hours + m.lost_hours + m.writing_hours + m.restart_hours + m.slow_hours + m.idle_hours;
    balance(s, "hours: fates of training runs = held", total.fates + fates, total.held, s.plan.workloads[w].id + " " + when);
    total.fates += fates - std::min(0.0, m.useful_hours);  // the next month owes it
  }
}

void audit_energy(State& s, const std::string& when) {
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    double joules = 0;
    for (std::size_t p = 0; p < s.pools.size(); ++p) joules += s.pools[p].site == i ? s.meters.pools[p].energy_joules : 0;
    balance(s, "energy: loads x PUE = metered", joules, s.meters.sites[i].energy_joules, s.site(i).id + " " + when);
    within(s, "power: peak within the limit", s.meters.sites[i].peak_watts, s.site(i).power.at(s.today).base(), s.site(i).id + " " + when);
  }
}

void audit_cost(State& s, Period month, const std::string& when) {
  const auto& ledger = s.books->ledger;
  const auto months = finance::Months::of(month.begin);
  double accrual = 0;
  for (const auto account : {finance::Account::depreciation, finance::Account::lease_amortisation, finance::Account::lease_interest,
                             finance::Account::rent, finance::Account::energy, finance::Account::colocation, finance::Account::maintenance,
                             finance::Account::staff, finance::Account::network, finance::Account::facility_depreciation}) {
    accrual += ledger.total(account, months).net().amount();
  }
  double shared = s.books->month.unallocated_base;
  for (const auto& pool : s.books->month.pools) shared += pool.cost_base;
  balance(s, "cost: accrual = pools + unallocated", accrual, shared, when);
}

void audit_lots(State& s) {
  for (const Lot& lot : s.lots) {
    if (!lot.is_signed) continue;
    const std::int64_t sum = lot.on_order + lot.in_transit + lot.waiting + lot.racking + lot.commissioned() + lot.retired + lot.resold +
                             lot.returned + lot.cancelled + lot.forfeited + lot.lost;
    balance(s, "accelerators: every one is in one state", static_cast<double>(sum), static_cast<double>(lot.ordered), lot.id);
  }
  for (const Pool& pool : s.pools) {
    std::int64_t sum = 0;
    for (const Lot& lot : s.lots) {
      if (lot.site == pool.site && lot.chip == pool.chip) sum += lot.in_service;
    }
    balance(s, "accelerators: lots in service = pool", static_cast<double>(sum), static_cast<double>(pool.in_service), pool_name(s, pool));
  }
}

}  // namespace

void audit_month(State& s, Period month) {
  const std::string when = to_string(month.begin).substr(0, 7);
  audit_hours(s, when);
  audit_runs(s, when);
  audit_energy(s, when);
  audit_cost(s, month, when);
  audit_lots(s);
  for (const auto& sides : link_balances(s)) balance(s, sides.name, sides.left, sides.right, sides.at + " " + when);
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    const auto& m = s.meters.services[i];
    auto& total = s.load_totals[i];
    total.arrived += m.arrived;
    total.left += m.on_time + m.late + m.shed;
    balance(s, "load: arrived = on time + late + shed + backlog", total.arrived, total.left + s.loads[i].backlog_amount, s.services[i].id + " " + when);
  }
}

void audit_run(State& s) {
  for (const auto& sum : s.books->ledger.sums()) {
    balance(s, "money: every book sums to zero in every currency", static_cast<double>(sum.sum.micros()), 0,
            fmt::format("{} {}{}", finance::name(sum.book), sum.currency.code(), sum.in_base ? " in base" : ""));
  }
  const auto violations = s.books->budgets.violations();
  balance(s, "budget: no year above its line", static_cast<double>(violations.size()), 0,
          violations.empty() ? "" : fmt::format("{} {}", violations.front().purpose, violations.front().year));
}

}  // namespace headroom::fleet
