#include "sim/fleet/outage_calendar.hpp"

#include <algorithm>
#include <cmath>

#include "sim/fleet/gangs.hpp"
#include "sim/fleet/job_queues.hpp"

namespace headroom::fleet {

using scenario::Component;
using scenario::FailureRule;

namespace {

/// From the next whole hour on for its length: of the last hour, if that is not whole, only a part of the accelerators stands still.
void stand_still_in_part(RepairShop& shop, const RepairShop::Change& change, double from, double to) {
  const double first = std::ceil(from), last = first + std::floor(to - from);
  shop.stand_still(change, first, last);
  RepairShop::Change part = change;
  part.down = static_cast<std::int32_t>(std::llround(static_cast<double>(change.down) * (to - from - (last - first))));
  shop.stand_still(part, last, last + 1);
}

/// Calls `visit(pool, first, count, from, to, hit, component)` for the neighbours that the calendar takes out together.
template <class Visit>
void visit_planned(State& s, const RepairShop::Planned& planned, Visit visit) {
  const RepairShop::Rule& rule = s.repairs->rules[planned.rule];
  const scenario::Maintenance* work = planned.maintenance;
  const double midnight = static_cast<double>(planned.day * 24);
  for (const std::uint32_t p : rule.pools) {
    const Pool& pool = s.pools[p];
    if (planned.outage != nullptr) {
      const double from = midnight + planned.outage->hour;
      visit(p, std::int64_t{0}, std::min(planned.outage->accelerators, pool.in_service), from + planned.outage->down.base() / 3600, Hit{from, Hit::Kind::stop, 0, 1}, Component::other);
      continue;
    }
    const double share = work != nullptr ? work->share : planned.cause->share, in_service = static_cast<double>(pool.in_service);
    const double from = midnight + (work != nullptr ? work->hour : planned.cause->hour);
    const auto n = static_cast<std::int64_t>(in_service * share + 1e-9);
    if (n == 0) continue;
    const double turns = static_cast<double>(planned.number) * share;
    const auto first = static_cast<std::int64_t>((turns - std::floor(turns)) * in_service);
    const double detection = work != nullptr ? 0 : planned.cause->detection.base() / 3600;
    const Seconds out = work != nullptr ? work->drain + work->duration : planned.cause->repair.value_or(rule.rule->repair);
    const Hit hit{from, work != nullptr ? Hit::Kind::announced : Hit::Kind::stop, detection, 1};
    const Component component = work != nullptr ? Component::maintenance : planned.cause->component;
    const std::int64_t head = std::min(n, pool.in_service - first);  // the rest goes round the end of the line to its start
    visit(p, first, head, from + detection + out.base() / 3600, hit, component);
    if (n > head) visit(p, std::int64_t{0}, n - head, from + detection + out.base() / 3600, hit, component);
  }
}

void strike(State& s, const RepairShop::Planned& planned) {
  visit_planned(s, planned, [&](std::uint32_t p, std::int64_t first, std::int64_t count, double, const Hit& hit, Component) {
    const double place = static_cast<double>(first) / static_cast<double>(std::max<std::int64_t>(1, standing_now(s, s.pools[p])));
    hit_gangs(s, p, place, count, hit);
    hit_jobs(s, p, place, count, hit);
  });
}

}  // namespace

void plan_days(const State& s, std::uint32_t r, const FailureRule& rule, std::vector<RepairShop::Planned>& out) {
  const auto day = [&](Date date) { return (date - s.plan.horizon.begin).count(); };
  const Date end = s.plan.horizon.end;
  for (const auto& work : rule.maintenance) {
    std::int64_t number = 0;
    for (Date at = work.from; at < work.until.value_or(end) && at < end;) {
      if (at >= s.plan.horizon.begin) out.push_back({day(at), r, &work, nullptr, nullptr, number});
      ++number;
      if (!work.every) break;
      const auto n = static_cast<int>(number);
      at = work.from + CalendarSpan{work.every->months * n, work.every->days * n};
    }
  }
  for (const auto& cause : rule.causes) {
    for (const Date at : cause.on) {
      if (at >= s.plan.horizon.begin && at < end) out.push_back({day(at), r, nullptr, &cause, nullptr, 0});
    }
  }
  for (const auto& outage : rule.trace) {
    if (outage.at >= s.plan.horizon.begin && outage.at < end) out.push_back({day(outage.at), r, nullptr, nullptr, &outage, 0});
  }
}

void open_trace(State& s, std::uint32_t p) {
  for (const auto& outage : s.pools[p].failures->trace) {
    const double from = static_cast<double>((outage.at - s.plan.horizon.begin).count()) * 24 + outage.hour;
    const double to = from + outage.down.base() / 3600;
    if (outage.at < s.plan.horizon.begin && to > 0) stand_still_in_part(*s.repairs, {p, static_cast<std::int32_t>(outage.accelerators), 0, Component::other}, std::max(0.0, from), to);
  }
}

void drain_today(State& s) {
  if (!s.repairs) return;
  RepairShop& shop = *s.repairs;
  for (std::size_t i = shop.next_planned; i < shop.planned.size() && shop.planned[i].day <= s.days_passed(); ++i) {
    visit_planned(s, shop.planned[i], [&](std::uint32_t p, std::int64_t first, std::int64_t count, double to, const Hit& hit, Component component) {
      if (hit.kind == Hit::Kind::announced) shop.pools[p].drains_at = static_cast<std::int64_t>(std::ceil(hit.at));
      else s.meters.pools[p].interruptions += 1;
      stand_still_in_part(shop, {p, static_cast<std::int32_t>(count), static_cast<std::int32_t>(first), component}, hit.at, to);
    });
  }
}

void strike_planned(State& s) {
  RepairShop& shop = *s.repairs;
  for (; shop.next_planned < shop.planned.size() && shop.planned[shop.next_planned].day <= s.days_passed(); ++shop.next_planned) strike(s, shop.planned[shop.next_planned]);
}

}  // namespace headroom::fleet
