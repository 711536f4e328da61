/// What of a pool stands: failures and repairs as they fall due, domains that too few of are left, the hours by cause.
#include <algorithm>
#include <cmath>

#include "models/reliability/repair_queues.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/gangs.hpp"

namespace headroom::fleet {

using scenario::Component;
using scenario::DomainRule;
using scenario::FailureRule;

namespace {

std::size_t index(Component component) { return static_cast<std::size_t>(component); }

/// Accelerators of a domain that work but may not, of so many missing.
std::int64_t stranded_of(const DomainRule& rule, std::int64_t missing) {
  return rule.accelerators - missing < rule.needs ? std::max<std::int64_t>(0, rule.accelerators - missing) : 0;
}

void miss(RepairShop::OfPool& of, Pool& pool, const DomainRule& rule, std::int64_t domain, std::int64_t more) {
  auto& missing = of.missing[domain];
  pool.stranded -= stranded_of(rule, missing);
  missing += more;
  pool.stranded += stranded_of(rule, missing);
  if (missing == 0) of.missing.erase(domain);
}

/// A change of what stands, domain by domain.
void miss_neighbours(RepairShop::OfPool& of, Pool& pool, const DomainRule& rule, std::int64_t first, std::int64_t change) {
  std::int64_t left = std::abs(change);
  for (std::int64_t at = first; left > 0;) {
    const std::int64_t domain = at / rule.accelerators, n = std::min(left, (domain + 1) * rule.accelerators - at);
    miss(of, pool, rule, domain, change > 0 ? n : -n);
    at += n;
    left -= n;
  }
}

/// Accelerators whose domain is below its need. Worlds count domain by domain; the central run takes the binomial expectation of
/// what is missing in the mean.
void strand(State& s, std::uint32_t p, std::int64_t empty) {
  Pool& pool = s.pools[p];
  const DomainRule& rule = *pool.failures->domain;
  auto& of = s.repairs->pools[p];
  if (s.world.central()) {
    const double slots = static_cast<double>(pool.in_service + empty);
    if (slots <= 0) return;
    const double lost = std::min(1.0, static_cast<double>(pool.down + empty) / slots);
    const auto n = static_cast<std::int32_t>(rule.accelerators), k = static_cast<std::int32_t>(rule.needs);
    pool.stranded = static_cast<std::int64_t>(slots / static_cast<double>(rule.accelerators) * reliability::expected_stranded(k, n, 1 - lost));
    return;
  }
  for (; of.empty_noted < of.empty_of.size(); ++of.empty_noted) miss(of, pool, rule, of.empty_of[of.empty_noted], 1);
  for (; static_cast<std::int64_t>(of.empty_of.size()) > empty; of.empty_of.pop_front()) {
    miss(of, pool, rule, of.empty_of.front(), -1);
    --of.empty_noted;
  }
}

/// Deaths of the morning are missing from their domains from then on.
void note_empty_slots(State& s) {
  for (std::uint32_t p = 0; p < s.pools.size(); ++p) {
    Pool& pool = s.pools[p];
    if (pool.failures == nullptr || !pool.failures->domain) continue;
    std::int64_t empty = 0;
    for (const Lot& lot : s.lots) empty += lot.site == pool.site && lot.chip == pool.chip ? lot.empty_slots : 0;
    strand(s, p, empty);
  }
}

}  // namespace

void expect_standing(State& s) {
  if (!s.repairs) return;
  std::vector<std::int64_t> back(s.pools.size());  // of those down in the morning, due to be mended before the night
  const auto midnight = static_cast<std::size_t>(s.days_passed() * 24);
  for (std::size_t h = midnight + 1; h < midnight + 24; ++h) {
    for (const auto& change : s.repairs->due[h]) back[change.pool] += std::max(0, -change.down);
  }
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    Pool& pool = s.pools[p];
    if (pool.failures == nullptr) continue;
    const std::int64_t powered = pool.in_service - pool.unpowered;
    pool.up = std::max<std::int64_t>(0, powered - pool.down - pool.stranded);
    const auto expected = static_cast<std::int64_t>(static_cast<double>(powered) * expected_availability(s, pool));
    pool.counted_on = std::min(expected, std::max<std::int64_t>(0, powered - pool.down - pool.stranded + back[p]));
  }
}

void pass_hour(State& s, std::int64_t hour) {
  if (!s.repairs) return;
  auto& due = s.repairs->due[static_cast<std::size_t>(hour)];
  for (const auto& change : due) {
    Pool& pool = s.pools[change.pool];
    auto& of = s.repairs->pools[change.pool];
    pool.down += change.down;
    of.down[index(change.component)] += change.down;
    if (pool.failures->domain && !s.world.central()) miss_neighbours(of, pool, *pool.failures->domain, change.first, change.down);
    s.gangs_may_start = s.gangs_may_start || change.down < 0;
  }
  due = {};
  note_empty_slots(s);
  std::vector<double> placed(s.pools.size());
  for (const Arc& arc : s.arcs) placed[arc.pool] += static_cast<double>(arc.accelerators);
  bool over = false;
  for (Pool& pool : s.pools) {
    if (pool.failures == nullptr) continue;
    pool.up = std::max<std::int64_t>(0, pool.in_service - pool.unpowered - pool.down - pool.stranded);
    over = over || pool.held_by_gangs > pool.up;
  }
  if (over) evict_gangs(s);
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const auto room = static_cast<double>(s.pools[p].up - s.pools[p].held_by_gangs - s.withheld_now(s.pools[p]));
    s.standing[p] = s.pools[p].failures != nullptr && placed[p] > room ? std::max(0.0, room) / placed[p] : 1;
  }
}

void meter_down(State& s) {
  if (!s.repairs) return;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    const Pool& pool = s.pools[p];
    const auto down = static_cast<double>(pool.in_service - pool.up - pool.unpowered), all = static_cast<double>(pool.down + pool.stranded);
    if (pool.failures == nullptr || all <= 0) continue;
    // Accelerators may be counted twice, where two causes met or a lot left meanwhile: then all have their part.
    auto& by = s.meters.pools[p].down_by;
    const auto& parts = s.repairs->pools[p].down;
    for (std::size_t c = 0; c < parts.size(); ++c) by[c] += static_cast<double>(parts[c]) * (down / all);
    by[index(Component::domain)] += static_cast<double>(pool.stranded) * (down / all);
  }
}

std::int64_t standing_now(const State& s, const Pool& pool) {
  if (pool.failures != nullptr) return std::max<std::int64_t>(0, pool.in_service - pool.down - pool.stranded);
  return static_cast<std::int64_t>(static_cast<double>(pool.in_service) * s.site(pool.site).availability);
}

double expected_availability(const State& s, const Pool& pool) {
  const FailureRule* rule = rule_for(s.site(pool.site), s.chip(pool.chip).id);
  if (rule == nullptr) return s.site(pool.site).availability;
  const double hourly = rule->interruptions_per_million_accelerator_hours * 1e-6;
  double down_per_hour_up = hourly * static_cast<double>(rule->takes_down) * rule->repair.base() / 3600;
  for (const auto& cause : rule->causes) {
    const double each = (cause.repair.value_or(rule->repair) + cause.detection).base() / 3600;
    down_per_hour_up += cause.interruptions_per_million_accelerator_hours * 1e-6 * static_cast<double>(cause.takes_down) * each;
  }
  if (rule->fail_slow) {
    const auto& slow = *rule->fail_slow;
    const double lost = (1 - slow.speed) * slow.detection.base() + rule->repair.base();
    down_per_hour_up += slow.onsets_per_million_accelerator_hours * 1e-6 * static_cast<double>(slow.node) * lost / 3600;
  }
  const double up = 1 / (1 + down_per_hour_up);
  if (!rule->domain) return up;
  const auto n = static_cast<std::int32_t>(rule->domain->accelerators), k = static_cast<std::int32_t>(rule->domain->needs);
  return up - reliability::expected_stranded(k, n, up) / static_cast<double>(rule->domain->accelerators);
}

}  // namespace headroom::fleet
