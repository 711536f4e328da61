#include "sim/fleet/failures.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/reliability/hazard.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/fleet/gangs.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/money.hpp"

namespace headroom::fleet {

using scenario::FailureRule;

namespace {

constexpr std::uint32_t no_lot = ~std::uint32_t{0};

/// Interruptions of one accelerator an hour.
double hourly(const FailureRule& rule) { return rule.interruptions_per_million_accelerator_hours * 1e-6; }

const FailureRule* rule_for(const scenario::Site& site, const std::string& chip) {
  for (const FailureRule& rule : site.failures) {
    if (rule.chips.empty() || std::find(rule.chips.begin(), rule.chips.end(), chip) != rule.chips.end()) return &rule;
  }
  return nullptr;
}

std::int64_t day_of(const State& s) { return (s.today - s.plan.horizon.begin).count(); }

/// Mean hazard of a pool's accelerators over the mature one, by the ages of its lots.
double age_factor(const State& s, const Pool& pool) {
  const FailureRule& rule = *pool.failures;
  if (rule.infant_excess == 0 && rule.wear_slope == 0) return 1;
  reliability::Hazard hazard{PerSecond{1}};
  hazard.infant_excess = rule.infant_excess;
  hazard.infant_decay = days(rule.infant_decay.days + rule.infant_decay.months * 30.4375);
  hazard.wear_slope = rule.wear_slope;
  hazard.wear_onset = days(rule.wear_onset.days + rule.wear_onset.months * 30.4375);
  double sum = 0, n = 0;
  for (const Lot& lot : s.lots) {
    if (lot.in_service == 0 || lot.site != pool.site || lot.chip != pool.chip) continue;
    const auto age = days(static_cast<double>((s.today - lot.delivered.value_or(s.today)).count()));
    sum += static_cast<double>(lot.in_service) * hazard.at(age).base();
    n += static_cast<double>(lot.in_service);
  }
  return n > 0 ? sum / n : 1;
}

struct Failure {
  double at = 0;                 ///< hours since the start
  std::uint32_t pool = 0;
  std::int32_t down = 0;         ///< accelerators that stand still; a dead one is out of service already
  double repair = 0;             ///< hours
  std::uint32_t lot = no_lot;    ///< of a dead one
};

/// Time that a repair takes, for a uniform draw.
double repair_hours(const FailureRule& rule, double u) {
  const double mean = rule.repair.base() / 3600;
  return rule.repair_variation > 0 ? engine::Lognormal::of_mean(mean, rule.repair_variation).quantile(u) : mean;
}

/// One kind of failure of a pool in the coming day, `mean` expected: calls `add(time of day in hours, repair, draw)` for each.
/// The draw in (0, 1) is free for the caller.
template <class Add>
void draw_day(const State& s, const engine::Stream& stream, double mean, double& owed, const FailureRule& rule, Add add) {
  if (s.world.central()) {
    owed += mean;
    const double n = std::floor(owed);
    owed -= n;
    for (double k = 0; k < n; ++k) add((k + 0.5) / n * 24, rule.repair.base() / 3600, 0.5);
    return;
  }
  engine::Stream day = stream.part(static_cast<std::uint64_t>(day_of(s)));
  const auto n = static_cast<std::int64_t>(engine::Poisson(mean).quantile(day.uniform()));
  for (std::int64_t k = 0; k < n; ++k) {
    const double at = day.uniform() * 24, repair = repair_hours(rule, day.uniform()), rest = day.uniform();
    add(at, repair, rest);
  }
}

void draw_interruptions(State& s, std::uint32_t p, double factor, std::vector<Failure>& out) {
  Pool& pool = s.pools[p];
  const FailureRule& rule = *pool.failures;
  auto& hazard = s.repairs->hazards[p];
  const double standing = static_cast<double>(standing_now(s, pool));
  const double per_day = standing * hourly(rule) * 24 * factor;
  const double start = static_cast<double>(day_of(s) * 24);
  const auto adder = [&](std::int64_t size) {
    return [&, size](double at, double repair, double place) {
      hit_jobs(s, p, place, start + at);
      hit_gangs(s, p, place, size == rule.takes_down ? 1 : size, start + at);
      out.push_back({start + at, p, static_cast<std::int32_t>(std::min(size, pool.in_service)), repair, no_lot});
    };
  };
  if (per_day <= 0) return;
  draw_day(s, hazard.interruptions, per_day * (1 - rule.common_share), hazard.owed_interruptions, rule, adder(rule.takes_down));
  if (rule.common_share <= 0) return;
  const double groups = per_day * rule.common_share * static_cast<double>(rule.takes_down) / static_cast<double>(rule.common_group);
  draw_day(s, hazard.common, groups, hazard.owed_common, rule, adder(rule.common_group));
}

/// The lot at that place of the line of a pool's accelerators; `place` in (0, 1).
std::uint32_t lot_at(const State& s, const Pool& pool, double place) {
  auto left = static_cast<std::int64_t>(place * static_cast<double>(pool.in_service));
  for (std::uint32_t i = 0; i < s.lots.size(); ++i) {
    const Lot& lot = s.lots[i];
    if (lot.site != pool.site || lot.chip != pool.chip) continue;
    if (left < lot.in_service) return i;
    left -= lot.in_service;
  }
  throw std::logic_error("a pool has more accelerators in service than its lots");
}

void draw_deaths(State& s, std::uint32_t p, double factor, std::vector<Failure>& out) {
  Pool& pool = s.pools[p];
  const FailureRule& rule = *pool.failures;
  auto& hazard = s.repairs->hazards[p];
  const double mean = static_cast<double>(pool.in_service) * rule.replaced_per_year / 365.25 * factor;
  if (mean <= 0) return;
  draw_day(s, hazard.deaths, mean, hazard.owed_deaths, rule, [&](double, double repair, double place) {
    if (pool.in_service == 0) return;
    if (s.world.central()) {  // even steps through the line (golden ratio), so that each lot has its share
      hazard.place += 0.6180339887498949;
      hazard.place -= std::floor(hazard.place);
      place = hazard.place;
    }
    const std::uint32_t i = lot_at(s, pool, place);
    Lot& lot = s.lots[i];
    --lot.in_service;
    --pool.in_service;
    ++lot.in_repair;
    ++lot.empty_slots;
    out.push_back({static_cast<double>(day_of(s) * 24), p, 0, repair, i});
  });
}

/// When the crew is done: first come, first served, each repair by the one who is free first.
double mended_at(RepairShop::Rule& rule, const Failure& failure) {
  auto& free_at = rule.crew_free_at;
  if (free_at.empty()) return failure.at + failure.repair;
  std::pop_heap(free_at.begin(), free_at.end(), std::greater<>{});
  free_at.back() = std::max(free_at.back(), failure.at) + failure.repair;
  const double end = free_at.back();
  std::push_heap(free_at.begin(), free_at.end(), std::greater<>{});
  return end;
}

/// Changes a pool's standing accelerators over the hours in [from, to).
void stand_still(RepairShop& shop, std::uint32_t pool, std::int32_t accelerators, double from, double to) {
  const double first = std::ceil(from), last = std::ceil(to);
  const auto end = static_cast<double>(shop.due.size());
  if (first >= last || first >= end) return;
  shop.due[static_cast<std::size_t>(first)].push_back({pool, accelerators});
  if (last < end) shop.due[static_cast<std::size_t>(last)].push_back({pool, -accelerators});
}

void open_trace(State& s, std::uint32_t p) {
  for (const auto& outage : s.pools[p].failures->trace) {
    const double from = static_cast<double>((outage.at - s.plan.horizon.begin).count()) * 24 + outage.hour;
    const double to = from + outage.down.base() / 3600;
    if (to > 0) stand_still(*s.repairs, p, static_cast<std::int32_t>(outage.accelerators), std::max(0.0, from), to);
  }
}

}  // namespace

RepairShop::RepairShop(State& s) {
  due.resize(static_cast<std::size_t>((s.plan.horizon.end - s.plan.horizon.begin).count() * 24));
  const std::uint64_t replication = s.world.replication().value_or(0);
  for (std::uint32_t p = 0; p < s.pools.size(); ++p) {
    Pool& pool = s.pools[p];
    const std::uint64_t site = engine::name_hash(s.site(pool.site).id), chip = engine::name_hash(s.chip(pool.chip).id);
    const auto stream = [&](std::string_view what) { return engine::Stream(s.plan.seed, replication, what, {site, chip}); };
    hazards.push_back({stream("interruption"), stream("common cause"), stream("death")});
    pool.failures = rule_for(s.site(pool.site), s.chip(pool.chip).id);
    if (pool.failures == nullptr) continue;
    auto at = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.rule == pool.failures; });
    if (at == rules.end()) {
      at = rules.insert(rules.end(), {pool.failures, {}, {}});
      if (pool.failures->crew) at->crew_free_at.assign(static_cast<std::size_t>(*pool.failures->crew), 0.0);
    }
    at->pools.push_back(p);
  }
}

void open_failures(State& s) {
  const bool any = std::any_of(s.plan.sites.begin(), s.plan.sites.end(), [](const auto& site) { return !site.failures.empty(); });
  if (!any) return;
  s.repairs = std::make_unique<RepairShop>(s);
  for (std::uint32_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].failures != nullptr) open_trace(s, p);
  }
}

void expect_standing(State& s) {
  if (!s.repairs) return;
  std::vector<std::int64_t> back(s.pools.size());  // of those down in the morning, due to be mended before the night
  const auto midnight = static_cast<std::size_t>(day_of(s) * 24);
  for (std::size_t h = midnight + 1; h < midnight + 24; ++h) {
    for (const auto& change : s.repairs->due[h]) back[change.pool] += std::max(0, -change.down);
  }
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    Pool& pool = s.pools[p];
    if (pool.failures == nullptr) continue;
    const std::int64_t powered = pool.in_service - pool.unpowered;
    pool.up = std::max<std::int64_t>(0, powered - pool.down);
    const auto expected = static_cast<std::int64_t>(static_cast<double>(powered) * expected_availability(s, pool));
    pool.counted_on = std::min(expected, std::max<std::int64_t>(0, powered - pool.down + back[p]));
  }
}

void fail_today(State& s) {
  if (!s.repairs) return;
  std::vector<Failure> failures;
  for (auto& rule : s.repairs->rules) {
    failures.clear();
    for (const std::uint32_t p : rule.pools) {
      const double factor = age_factor(s, s.pools[p]);
      draw_deaths(s, p, factor, failures);
      draw_interruptions(s, p, factor, failures);
    }
    std::stable_sort(failures.begin(), failures.end(), [](const Failure& a, const Failure& b) { return a.at < b.at; });
    for (const Failure& failure : failures) {
      const double end = mended_at(rule, failure);
      if (failure.lot == no_lot) {
        s.meters.pools[failure.pool].interruptions += 1;
        stand_still(*s.repairs, failure.pool, failure.down, failure.at, end);
      } else {
        const auto day = std::chrono::days{static_cast<int>(std::min(std::ceil(end / 24), 1e6))};
        s.at(s.plan.horizon.begin + day, engine::Phase::release, {Kind::exchange, failure.lot});
      }
    }
  }
}

void pass_hour(State& s, std::int64_t hour) {
  if (!s.repairs) return;
  auto& due = s.repairs->due[static_cast<std::size_t>(hour)];
  for (const auto& change : due) {
    s.pools[change.pool].down += change.down;
    s.gangs_may_start = s.gangs_may_start || change.down < 0;
  }
  due = {};
  std::vector<double> placed(s.pools.size());
  for (const Arc& arc : s.arcs) placed[arc.pool] += static_cast<double>(arc.accelerators);
  bool over = false;
  for (Pool& pool : s.pools) {
    if (pool.failures == nullptr) continue;
    pool.up = std::max<std::int64_t>(0, pool.in_service - pool.unpowered - pool.down);
    over = over || pool.held_by_gangs > pool.up;
  }
  if (over) evict_gangs(s);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const auto room = static_cast<double>(s.pools[p].up - s.pools[p].held_by_gangs);
    s.standing[p] = s.pools[p].failures != nullptr && placed[p] > room ? std::max(0.0, room) / placed[p] : 1;
  }
}

void exchange(State& s, std::uint32_t i) {
  Lot& lot = s.lots[i];
  if (lot.in_repair == 0) return;  // the lot has left meanwhile, and its dead with it
  --lot.in_repair;
  const Pool& pool = s.pool_of(lot.site, lot.chip);
  if (pool.failures->rma || lot.is_rented()) {
    ++lot.rma_out;
    s.at(s.today + pool.failures->rma_time, engine::Phase::release, {Kind::rma_return, i});
  } else {
    ++lot.lost;
    s.meters.pools[s.pool_index(lot.site, lot.chip)].lost += 1;
    book_lost(s, lot, 1);
  }
  fill_slots(s, lot.site, lot.chip);
}

void rma_return(State& s, std::uint32_t i) {
  Lot& lot = s.lots[i];
  if (lot.rma_out == 0) return;
  --lot.rma_out;
  ++lot.spare;
  fill_slots(s, lot.site, lot.chip);
}

std::int64_t spares_of(const State& s, Lot& lot, std::int64_t n) {
  const FailureRule* rule = rule_for(s.site(lot.site), s.chip(lot.chip).id);
  if (rule == nullptr || lot.is_rented()) return 0;
  const auto all = static_cast<double>(lot.commissioned() + lot.lost + n);
  const auto wanted = std::min(n, static_cast<std::int64_t>(all * rule->spare_share + 1e-9) - lot.set_aside);
  const std::int64_t aside = std::max<std::int64_t>(0, wanted);
  lot.set_aside += aside;
  return aside;
}

void fill_slots(State& s, std::size_t site, std::size_t chip) {
  const auto here = [&](const Lot& lot) { return lot.site == site && lot.chip == chip; };
  std::size_t shelf = 0, slot = 0;
  Pool& pool = s.pool_of(site, chip);
  for (;;) {
    while (shelf < s.lots.size() && !(here(s.lots[shelf]) && s.lots[shelf].spare > 0)) ++shelf;
    while (slot < s.lots.size() && !(here(s.lots[slot]) && s.lots[slot].empty_slots > 0)) ++slot;
    if (shelf == s.lots.size() || slot == s.lots.size()) return;
    const std::int64_t n = std::min(s.lots[shelf].spare, s.lots[slot].empty_slots);
    s.lots[shelf].spare -= n;
    s.lots[shelf].in_service += n;
    s.lots[slot].empty_slots -= n;
    pool.in_service += n;
  }
}

std::int64_t standing_now(const State& s, const Pool& pool) {
  if (pool.failures != nullptr) return std::max<std::int64_t>(0, pool.in_service - pool.down);
  return static_cast<std::int64_t>(static_cast<double>(pool.in_service) * s.site(pool.site).availability);
}

double expected_availability(const State& s, const Pool& pool) {
  const FailureRule* rule = rule_for(s.site(pool.site), s.chip(pool.chip).id);
  if (rule == nullptr) return s.site(pool.site).availability;
  return 1 / (1 + hourly(*rule) * static_cast<double>(rule->takes_down) * rule->repair.base() / 3600);
}

}  // namespace headroom::fleet
