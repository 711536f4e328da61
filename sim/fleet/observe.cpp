#include "sim/fleet/observe.hpp"

#include <algorithm>
#include <array>

#include "sim/fleet/audit.hpp"
#include "sim/fleet/books.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/derating.hpp"
#include "sim/fleet/latencies.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/money.hpp"
#include "sim/fleet/observe_money.hpp"
#include "sim/fleet/outlook.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::fleet {

using results::metric;
using results::Place;
using scenario::Workload;

namespace {

std::uint16_t small(std::size_t i) { return static_cast<std::uint16_t>(i); }
Place at_site(std::size_t site) { return {small(site), std::nullopt, std::nullopt}; }
Place at_pool(const Pool& pool) { return {small(pool.site), small(pool.chip), std::nullopt}; }
Place of_workload(std::size_t workload) { return {std::nullopt, std::nullopt, small(workload)}; }

/// Metrics of down hours, in the order of scenario::Component.
constexpr std::array<results::MetricId, scenario::component_count> down_metrics{
    metric("down_hours_other"), metric("down_hours_gpu"), metric("down_hours_memory"), metric("down_hours_host"), metric("down_hours_nic"),
    metric("down_hours_switch"), metric("down_hours_power"), metric("down_hours_cooling"), metric("down_hours_software"),
    metric("down_hours_maintenance"), metric("down_hours_slow"), metric("down_hours_domain")};

/// The components that a rule can blame.
std::array<bool, scenario::component_count> blamed(const scenario::FailureRule& rule) {
  using scenario::Component;
  std::array<bool, scenario::component_count> out{};
  const auto blame = [&](Component component, bool is) { out[static_cast<std::size_t>(component)] |= is; };
  blame(Component::other, rule.interruptions_per_million_accelerator_hours > 0 || !rule.trace.empty());
  for (const auto& cause : rule.causes) blame(cause.component, cause.takes_down > 0);
  blame(Component::maintenance, !rule.maintenance.empty());
  blame(Component::slow, rule.fail_slow.has_value());
  blame(Component::domain, rule.domain.has_value());
  return out;
}

double available_hours(const Meters::OfPool& m) { return m.in_service_hours - m.down_hours - m.unpowered_hours; }

void observe_pools(State& s, int month) {
  auto& store = *s.store;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const auto& m = s.meters.pools[p];
    const auto& counts = s.meters.counts[p];
    const Place place = at_pool(s.pools[p]);
    store.add(metric("accelerators_ordered"), month, place, counts.ordered);
    store.add(metric("accelerators_delivered"), month, place, counts.delivered);
    store.add(metric("accelerators_retired"), month, place, counts.retired);
    store.add_mean(metric("accelerators_in_service"), month, place, m.in_service_hours / 24);
    // What services hold is added by workload; the store sums both.
    store.add_ratio(metric("occupancy"), month, place, m.gang_hours, available_hours(m));
    store.add_ratio(metric("utilisation"), month, place, m.busy_hours + m.gang_hours + m.job_hours, m.in_service_hours);
    store.add_ratio(metric("availability"), month, place, available_hours(m), m.in_service_hours);
    store.add(metric("throttled_hours"), month, place, m.unpowered_hours);
    if (m.unheld_hours > 0) store.add_ratio(metric("fragmentation"), month, place, m.fragmented_hours, m.unheld_hours);
    if (s.pools[p].failures == nullptr) continue;
    store.add(metric("accelerators_lost"), month, place, m.lost);
    store.add_mean(metric("accelerators_spare"), month, place, m.spare_hours / 24);
    store.add_mean(metric("accelerators_in_repair"), month, place, m.repair_hours / 24);
    store.add_mean(metric("accelerators_rma_out"), month, place, m.rma_hours / 24);
    store.add(metric("interruptions"), month, place, m.interruptions);
    const auto causes = blamed(*s.pools[p].failures);
    for (std::size_t c = 0; c < causes.size(); ++c) {
      if (causes[c]) store.add(down_metrics[c], month, place, m.down_by[c]);
    }
  }
}

void observe_sites(State& s, int month, Date first) {
  auto& store = *s.store;
  for (std::size_t i = 0; i < s.plan.sites.size(); ++i) {
    const auto& m = s.meters.sites[i];
    const double mwh = m.energy_joules / 3.6e9;
    store.add(metric("energy"), month, at_site(i), mwh);
    store.add_mean(metric("power_mean"), month, at_site(i), mwh / 24);
    store.note(metric("power_peak"), month, at_site(i), m.peak_watts / 1e6);
    store.add(metric("carbon"), month, at_site(i), m.energy_joules * s.site(i).carbon.at(first).base() / 1e6);
  }
  store.note(metric("power_peak"), month, {}, s.meters.joint_peak_watts / 1e6);
}

/// Tokens of a kind as shares of all: uncached input, cached input, output.
struct Classes {
  double input, cached, output;
  explicit Classes(const Workload& w)
      : input((1 - w.output_share) * (1 - w.cached_share)), cached((1 - w.output_share) * w.cached_share), output(w.output_share) {}
};

struct TokenMetrics {
  results::MetricId all, input, cached, output;
};

void add_tokens(State& s, const TokenMetrics& id, int month, Place place, const Workload& w, double tokens, std::optional<Grade> grade) {
  const Classes classes(w);
  s.store->add(id.all, month, place, tokens, grade);
  s.store->add(id.input, month, place, tokens * classes.input, grade);
  s.store->add(id.cached, month, place, tokens * classes.cached, grade);
  s.store->add(id.output, month, place, tokens * classes.output, grade);
}

constexpr TokenMetrics demanded{metric("tokens_demanded"), metric("tokens_demanded_input"), metric("tokens_demanded_cached"), metric("tokens_demanded_output")};
constexpr TokenMetrics served{metric("tokens_served"), metric("tokens_served_input"), metric("tokens_served_cached"), metric("tokens_served_output")};
constexpr TokenMetrics late{metric("tokens_late"), metric("tokens_late_input"), metric("tokens_late_cached"), metric("tokens_late_output")};
constexpr TokenMetrics shed{metric("tokens_shed"), metric("tokens_shed_input"), metric("tokens_shed_cached"), metric("tokens_shed_output")};
constexpr TokenMetrics backlog{metric("backlog_end"), metric("backlog_end_input"), metric("backlog_end_cached"), metric("backlog_end_output")};

/// Hours of the reference chip that a unit of the service takes; of its first capable chip where the reference has no rate.
double reference_hours_per_unit(const State& s, const workloads::Service& service) {
  const workloads::Capability* able = nullptr;
  for (const auto& c : service.capabilities) {
    if (able == nullptr || s.chip(c.chip).id == s.plan.policies.reference_chip) able = &c;
  }
  if (able == nullptr) return 0;
  const double both_sides = static_cast<double>(able->accelerators_of_replica()) / static_cast<double>(able->replica);
  return both_sides / (able->units_per_second * 3600);
}

void observe_services(State& s, int month, Period span) {
  auto& store = *s.store;
  std::vector<Stop> stops;
  std::vector<bool> holds;  // who is short today need not be asked about
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    stops.push_back(what_stops(s, i, placement::Replicas::whole));
    holds.push_back(stops[i].row.headroom.value_or(0) > 0);
  }
  const auto weeks = weeks_to_exhaustion(s, std::move(holds));
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    const auto& m = s.meters.services[i];
    const auto& service = s.services[i];
    const Workload& w = s.plan.workloads[service.workload];
    const Place place = of_workload(service.workload);
    if (w.kind == Workload::Kind::serving) {
      add_tokens(s, demanded, month, place, w, m.arrived, {});
      add_tokens(s, late, month, place, w, m.late, {});
      add_tokens(s, shed, month, place, w, m.shed, {});
      add_tokens(s, backlog, month, place, w, s.loads[i].backlog_amount, {});
    }
    // Units of different workloads are added up in hours of the reference chip; within one workload the factor cancels.
    const double hours = reference_hours_per_unit(s, service);
    const double judged = service.interactive ? m.arrived : m.on_time + m.shed;
    store.add_ratio(metric("slo_attainment"), month, place, m.on_time * hours, judged * hours);
    store.add(metric("hours_below_target"), month, place, m.hours_below_target);
    store.add(metric("shortfall_accelerator_hours"), month, place, m.shortfall * hours);
    Stop& stop = stops[i];
    const std::optional<double> headroom = stop.row.headroom;
    s.known[i].headroom = headroom;
    s.known[i].weeks_to_exhaustion = !headroom ? std::nullopt : *headroom <= 0 ? std::optional{0.0} : weeks[i];
    if (!stop.row.binding.empty()) {
      stop.row.month = span;
      s.bindings.push_back(std::move(stop.row));
    }
    s.known[i].attainment = judged > 0 ? std::optional{m.on_time / judged} : std::nullopt;
    // A workload's headroom is that of its scarcest service, and it runs out when the first of them does.
    if (headroom) store.note(metric("headroom"), month, place, *headroom);
    if (s.known[i].weeks_to_exhaustion) store.note(metric("weeks_to_exhaustion"), month, place, *s.known[i].weeks_to_exhaustion);
  }
}

/// Share of a pool's energy that idling would have saved.
double working_share(const Pool& pool, const Meters::OfPool& m) {
  const double idling = (m.in_service_hours - m.unpowered_hours) * pool.idle.base();
  const double working = (m.busy_hours + m.gang_hours + m.job_hours) * (pool.busy - pool.idle).base();
  return working > 0 ? working / (working + idling) : 0;
}

void observe_arcs(State& s, int month) {
  auto& store = *s.store;
  std::vector<double> from_services(s.pools.size());
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    // What was lent came first from accelerators that nobody held.
    const auto& m = s.meters.pools[p];
    const double unheld = std::max(0.0, available_hours(m) - m.held_hours - m.gang_hours);
    from_services[p] = std::max(0.0, m.lent_hours + m.job_hours - unheld);
  }
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    const Arc& arc = s.arcs[a];
    const auto& m = s.meters.arcs[a];
    if (m.held_hours + m.lent_hours <= 0) continue;
    const auto& service = s.services[arc.service];
    const Pool& pool = s.pools[arc.pool];
    const auto& pool_meter = s.meters.pools[arc.pool];
    const auto& money = s.books->month.pools[arc.pool];
    const Workload& w = s.plan.workloads[service.workload];
    const Place place{small(pool.site), small(pool.chip), small(service.workload)};
    const Grade grade = workloads::grade_of(arc.able->grade);
    const double gave = pool_meter.held_hours > 0 ? from_services[arc.pool] * m.held_hours / pool_meter.held_hours : 0;
    const double hours = m.held_hours - gave + m.lent_hours;
    // The power that work adds to idling is paid by who worked, all else by who held the hours.
    const double worked = pool_meter.busy_hours + pool_meter.gang_hours + pool_meter.job_hours;
    const double working = money.energy_base * working_share(pool, pool_meter);
    const double energy = worked > 0 ? working * m.busy_hours / worked : 0;
    const double egress = s.links ? s.links->arcs[a].egress_base : 0;
    const double shared = money.cost_base - working - money.egress_base;
    const double cost = available_hours(pool_meter) > 0 ? energy + egress + shared * hours / available_hours(pool_meter) : 0;
    store.add_ratio(metric("occupancy"), month, place, hours, 0);
    if (w.kind == Workload::Kind::serving) {
      add_tokens(s, served, month, place, w, m.served, grade);
      const Classes classes(w);
      const double mtok = m.served / 1e6;
      const double input_share = arc.able->input_time_share;
      store.add_ratio(metric("cost_per_mtok"), month, of_workload(service.workload), cost, mtok, grade);
      store.add_ratio(metric("cost_per_mtok_input"), month, of_workload(service.workload), cost * input_share, mtok * classes.input, grade);
      store.add_ratio(metric("cost_per_mtok_cached"), month, of_workload(service.workload), 0, mtok * classes.cached, grade);
      store.add_ratio(metric("cost_per_mtok_output"), month, of_workload(service.workload), cost * (1 - input_share), mtok * classes.output, grade);
      store.add_ratio(metric("cost_per_mtok_marginal"), month, of_workload(service.workload), energy + egress, mtok, grade);
    }
  }
}

void observe_gangs(State& s, int month, Period span) {
  auto& store = *s.store;
  for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
    if (s.plan.workloads[w].kind != Workload::Kind::training) continue;
    const auto& m = s.meters.gangs[w];
    const double useful = std::max(0.0, m.useful_hours);
    store.add_ratio(metric("training_goodput"), month, of_workload(w), useful, m.held_hours);
    store.add_ratio(metric("mfu"), month, of_workload(w), useful > 0 ? m.mfu_hours : 0, useful);
    store.add(metric("training_lost_hours"), month, of_workload(w), m.lost_hours);
    store.add(metric("training_checkpoint_hours"), month, of_workload(w), m.writing_hours);
    store.add(metric("training_restart_hours"), month, of_workload(w), m.restart_hours);
    if (s.repairs) store.add(metric("training_slow_hours"), month, of_workload(w), m.slow_hours);
    if (s.fabrics) store.add_ratio(metric("network_share"), month, of_workload(w), m.network_hours, m.held_hours);
    store.add(metric("training_interruptions"), month, of_workload(w), m.interruptions);
    double completed = 0;
    for (const Gang& gang : s.gangs) completed += gang.workload == w && gang.state == Gang::State::done && span.contains(gang.done_on) ? 1 : 0;
    store.add(metric("training_runs_completed"), month, of_workload(w), completed);
  }
}

/// Empties the meters. Work that an interruption takes back may be of an earlier month; what this month cannot give is taken from
/// the next.
void empty_meters(State& s) {
  for (auto& x : s.meters.arcs) x = {};
  for (auto& x : s.meters.pools) {
    const double owed = std::min(0.0, x.gang_useful_hours);
    x = {};
    x.gang_useful_hours = owed;
  }
  for (auto& x : s.meters.services) x = {};
  for (auto& x : s.meters.gangs) {
    Meters::OfGangs owed;
    owed.useful_hours = std::min(0.0, x.useful_hours);
    owed.mfu_hours = std::min(0.0, x.mfu_hours);
    x = owed;
  }
  empty_link_meters(s);
  for (auto& x : s.meters.sites) x = {};
  for (auto& x : s.meters.counts) x = {};
  s.meters.joint_peak_watts = 0;
  for (Lot& lot : s.lots) lot.service_days = 0;
  for (auto& x : s.books->month.pools) x = {};
  s.books->month.unallocated_base = 0;
}

}  // namespace

void observe_month(State& s) {
  const int month = s.store->calendar().month_of(s.today);
  const Period span = s.store->calendar().month(month);
  close_month(s, span);
  observe_pools(s, month);
  observe_sites(s, month, span.begin);
  observe_services(s, month, span);
  observe_arcs(s, month);
  observe_gangs(s, month, span);
  observe_queues(s, month);
  observe_links(s, month);
  keep_latencies(s, month);
  meter_derating(s, month);
  observe_money(s, month, span);
  audit_month(s, span);
  empty_meters(s);
}

}  // namespace headroom::fleet
