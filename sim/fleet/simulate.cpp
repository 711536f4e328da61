#include <algorithm>

#include "sim/fleet/audit.hpp"
#include "sim/fleet/bulk.hpp"
#include "sim/fleet/dispatch.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/fleet/gangs.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/latencies.hpp"
#include "sim/fleet/links.hpp"
#include "sim/fleet/money.hpp"
#include "sim/fleet/network_parts.hpp"
#include "sim/fleet/observe.hpp"
#include "sim/fleet/observe_jobs.hpp"
#include "sim/fleet/placement.hpp"
#include "sim/fleet/queued_runs.hpp"
#include "sim/fleet/responses.hpp"
#include "sim/fleet/supply.hpp"

namespace headroom::fleet {

using engine::Phase;

Run::Run(std::unique_ptr<State> s) : state(std::move(s)) {}
Run::~Run() = default;
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;

namespace {

/// Accelerators that are up: in service, less what is down on average, less what the site's power does not even carry idle.
void count_up(State& s) {
  for (std::size_t site = 0; site < s.plan.sites.size(); ++site) {
    const double limit = s.site(site).power.at(s.today).base() / s.pue_today[site];
    double idle = 0;
    for (const Pool& pool : s.pools) {
      if (pool.site == site) idle += static_cast<double>(pool.in_service) * pool.idle.base();
    }
    const double powered = idle > limit ? limit / idle : 1;
    for (Pool& pool : s.pools) {
      if (pool.site != site) continue;
      pool.unpowered = pool.in_service - static_cast<std::int64_t>(static_cast<double>(pool.in_service) * powered);
      pool.up = pool.counted_on = static_cast<std::int64_t>(static_cast<double>(pool.in_service - pool.unpowered) * s.site(site).availability);
    }
  }
}

void meter_lots(State& s) {
  for (Lot& lot : s.lots) {
    lot.service_days += static_cast<double>(lot.in_service);
    s.meters.sites[lot.site].waiting_hours += 24.0 * static_cast<double>(lot.waiting);
    s.meters.sites[lot.site].racking_hours += 24.0 * static_cast<double>(lot.racking);
    if (!s.repairs) continue;
    auto& pool = s.meters.pools[s.pool_index(lot.site, lot.chip)];
    pool.spare_hours += 24.0 * static_cast<double>(lot.spare);
    pool.repair_hours += 24.0 * static_cast<double>(lot.in_repair);
    pool.rma_hours += 24.0 * static_cast<double>(lot.rma_out);
  }
}

void day(State& s) {
  buy_network_parts(s);
  for (std::uint32_t i = 0; i < s.plan.sites.size(); ++i) rack_site(s, i);
  begin_day(s);
  drain_today(s);
  pass_hour(s, s.days_passed() * 24);
  count_up(s);
  expect_standing(s);
  evict_gangs(s);
  start_gangs(s, When::morning);
  withhold(s);
  fail_today(s);
  draw_gang_interruptions(s);
  draw_queued_interruptions(s);
  place(s);
  send_weights(s);
  respond(s);
  meter_lots(s);
  meter_fragmentation(s);
  s.at(s.today + std::chrono::days{1}, Phase::decision, {Kind::day});
}

void handle(State& s, const Event& event) {
  switch (event.kind) {
    case Kind::sign: case Kind::export_gate: case Kind::import_gate: case Kind::deliver: case Kind::start_lease: case Kind::end_lease:
    case Kind::retire:
      step_lot(s, event);
      break;
    case Kind::pay: pay(s, event); break;
    case Kind::close_location: close_location(s, event.index); break;
    case Kind::queue_gang: queue_gang(s, event.index); break;
    case Kind::day: day(s); break;
    case Kind::hour:
      pass_hour(s, s.days_passed() * 24 + event.detail);
      if (s.gangs_may_start) start_gangs(s, When::within_day);
      dispatch_hour(s, static_cast<int>(event.detail));
      pass_bulk(s);
      meter_down(s);
      pass_gangs(s, static_cast<double>(s.days_passed() * 24 + event.detail));
      break;
    case Kind::exchange: exchange(s, event.index); break;
    case Kind::rma_return: rma_return(s, event.index); break;
    case Kind::respond: act(s, event.index); break;
  }
}

}  // namespace

Run simulate(const scenario::Scenario& scenario, std::optional<int> replication) {
  sim_serving::CurveCache curves;
  return simulate(scenario, std::make_shared<const workloads::Prepared>(workloads::prepare(scenario, curves)), replication);
}

Run simulate(const scenario::Scenario& scenario, std::shared_ptr<const workloads::Prepared> prepared,
             std::optional<int> replication) {
  auto state = std::make_unique<State>(scenario, std::move(prepared), replication);
  State& s = *state;
  open_supply(s);
  open_network_parts(s);
  open_failures(s);
  open_gangs(s);
  open_queues(s);
  open_locations(s);
  note_models(s);
  note_links(s);
  s.at(scenario.horizon.begin, Phase::decision, {Kind::day});
  const auto hours = std::chrono::hours{24} * (scenario.horizon.end - scenario.horizon.begin).count();
  s.queue.schedule(engine::SimTime{0}, Phase::observation, {Kind::hour, 0, 0});
  while (!s.queue.empty()) {
    const auto event = s.queue.pop();
    ++s.events_handled;
    const auto since = std::chrono::floor<std::chrono::days>(event.key.at);
    s.today = scenario.horizon.begin + since;
    if (event.payload.kind == Kind::hour) {
      handle(s, event.payload);
      const auto next = event.key.at + std::chrono::hours{1};
      if (next < hours) s.queue.schedule(next, Phase::observation, {Kind::hour, 0, (event.payload.detail + 1) % 24});
      // The month is read once its last hour has passed.
      const Date tomorrow = s.today + std::chrono::days{1};
      if (event.payload.detail == 23 && (start_of_month(tomorrow) == tomorrow || tomorrow == scenario.horizon.end)) observe_month(s);
      continue;
    }
    handle(s, event.payload);
  }
  observe_latencies(s);
  note_waits(s);
  observe_jobs(s);
  audit_run(s);
  return Run{std::move(state)};
}

}  // namespace headroom::fleet
