#include "sim/fleet/failures.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/reliability/hazard.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/fleet/gangs.hpp"
#include "sim/fleet/job_queues.hpp"
#include "sim/fleet/outage_calendar.hpp"

namespace headroom::fleet {

using scenario::Ageing;
using scenario::Component;
using scenario::FailureRule;
using Failure = RepairShop::Failure;
using Source = RepairShop::Source;

namespace {

constexpr double golden = 0.6180339887498949;
/// Gangs are put on whole nodes of up to so many accelerators: one that fails stops no more than one run.
constexpr std::int64_t node_at_most = 8;

/// Mean hazard of a pool's accelerators over the mature one, by the ages of its lots.
double age_factor(const State& s, const Pool& pool, const Ageing& ageing) {
  if (ageing.infant_excess == 0 && ageing.wear_slope == 0) return 1;
  reliability::Hazard hazard{PerSecond{1}};
  hazard.infant_excess = ageing.infant_excess;
  hazard.infant_decay = days(ageing.infant_decay.days + ageing.infant_decay.months * 30.4375);
  hazard.wear_slope = ageing.wear_slope;
  hazard.wear_onset = days(ageing.wear_onset.days + ageing.wear_onset.months * 30.4375);
  double sum = 0, n = 0;
  for (const Lot& lot : s.lots) {
    if (lot.in_service == 0 || lot.site != pool.site || lot.chip != pool.chip) continue;
    const auto age = days(static_cast<double>((s.today - lot.delivered.value_or(s.today)).count()));
    sum += static_cast<double>(lot.in_service) * hazard.at(age).base();
    n += static_cast<double>(lot.in_service);
  }
  return n > 0 ? sum / n : 1;
}

/// A time in hours with spread, for a uniform draw.
double time_of(double mean, double variation, double u) {
  return variation > 0 && mean > 0 ? engine::Lognormal::of_mean(mean, variation).quantile(u) : mean;
}

/// What is drawn for one failure: hours into the day, to mend it, before it is noticed; and a number in (0, 1) for the caller.
struct Draw {
  double at, repair, detection, place;
};

/// One kind of failure of a pool in the coming day, `mean` expected: calls `add(draw)` for each.
template <class Add>
void draw_day(const State& s, const Source& times, double mean, double& owed, Add add) {
  if (s.world.central()) {
    owed += mean;
    const double n = std::floor(owed);
    owed -= n;
    for (double k = 0; k < n; ++k) {
      // Evenly over the hour before a whole one: accelerators change on whole hours, and so of short repairs the share that reaches one does.
      const double turn = golden * (static_cast<double>(s.days_passed()) * 64 + k);
      add(Draw{std::ceil((k + 0.5) / n * 24) - (turn - std::floor(turn)), times.repair, times.detection, 0.5});
    }
    return;
  }
  engine::Stream day = times.stream.part(static_cast<std::uint64_t>(s.days_passed()));
  const auto n = static_cast<std::int64_t>(engine::Poisson(mean).quantile(day.uniform()));
  for (std::int64_t k = 0; k < n; ++k) {
    Draw draw{};
    draw.at = day.uniform() * 24;
    draw.repair = time_of(times.repair, times.repair_variation, day.uniform());
    draw.place = day.uniform();
    draw.detection = times.detection_variation > 0 ? time_of(times.detection, times.detection_variation, day.uniform()) : times.detection;
    add(draw);
  }
}

/// The pool's lemons of today: which nodes they are, and how much they weigh in a count of failures.
class LemonsToday {
 public:
  LemonsToday(const State& s, std::uint32_t p) : rule_(s.pools[p].failures->lemons ? &*s.pools[p].failures->lemons : nullptr), central_(s.world.central()), of_(s.repairs->pools[p]) {
    if (rule_ == nullptr) return;
    nodes_ = std::max<std::int64_t>(1, s.pools[p].in_service / rule_->node);
    for (; of_.nodes_seen < nodes_; ++of_.nodes_seen) {
      if (of_.lemon.uniform_at(static_cast<std::uint64_t>(of_.nodes_seen)) < rule_->share) of_.lemons.push_back({of_.nodes_seen, 0, 0});
      of_.mean_lemons += rule_->share;
    }
    const auto standing = std::lower_bound(of_.lemons.begin(), of_.lemons.end(), nodes_, [](const auto& lemon, std::int64_t n) { return lemon.node < n; });
    lemons_ = central_ ? std::min(of_.mean_lemons, static_cast<double>(nodes_)) : static_cast<double>(standing - of_.lemons.begin());
    const double other = rule_->share < 1 ? (1 - rule_->share * rule_->multiplier) / (1 - rule_->share) : 0;
    const double all = other * (static_cast<double>(nodes_) - lemons_) + rule_->multiplier * lemons_;
    weight_ = all / static_cast<double>(nodes_);
    share_ = all > 0 ? rule_->multiplier * lemons_ / all : 0;
  }

  [[nodiscard]] double weight() const { return weight_; }  ///< of the pool's hazard over the mean one
  /// In the central run: lemons that so many failures uncover.
  void uncover(double failures) {
    if (rule_ == nullptr || !central_ || !rule_->exchanged_after) return;
    of_.mean_lemons -= failures * share_ / static_cast<double>(*rule_->exchanged_after) * (1 - rule_->share);
  }
  /// Where in the pool's line a failure strikes: on a lemon more often. Its failures are counted, and the lemon is replaced when they
  /// are enough.
  double strike(double place) {
    if (rule_ == nullptr || share_ <= 0) return place;
    if (place >= share_ || of_.lemons.empty()) return std::max(0.0, place - share_) / (1 - share_);
    const double which = place / share_ * lemons_;
    const auto k = std::min(static_cast<std::size_t>(which), of_.lemons.size() - 1);
    auto& lemon = of_.lemons[k];
    const double struck = (static_cast<double>(lemon.node) + 0.5) / static_cast<double>(nodes_);
    if (rule_->exchanged_after && ++lemon.failures >= *rule_->exchanged_after) {
      lemon.failures = 0;
      const double u = of_.lemon.part(static_cast<std::uint64_t>(lemon.node)).uniform_at(lemon.renewals++);
      if (u >= rule_->share) of_.lemons.erase(of_.lemons.begin() + static_cast<std::ptrdiff_t>(k));
    }
    return std::min(struck, 1 - 1e-12);
  }

 private:
  const scenario::Lemons* rule_;
  bool central_;
  RepairShop::OfPool& of_;
  std::int64_t nodes_ = 1;
  double lemons_ = 0, weight_ = 1, share_ = 0;
};

/// A place of the line whose accelerator still works, from a uniform one: what is missing from a domain cannot fail again, so that
/// failures spread over domains as over their accelerators (binomial, not Poisson).
double place_that_works(const State& s, std::uint32_t p, double place) {
  const auto& of = s.repairs->pools[p];
  const double line = static_cast<double>(s.pools[p].in_service);
  for (int tries = 0; tries < 32; ++tries) {
    const auto at = static_cast<std::int64_t>(place * line), n = s.pools[p].failures->domain->accelerators;
    const auto missing = of.missing.find(at / n);
    if (missing == of.missing.end() || at % n >= missing->second) break;
    place += golden;
    place -= std::floor(place);
  }
  return place;
}

void draw_interruptions(State& s, std::uint32_t p, Source& source, double factor, LemonsToday& lemons, std::vector<Failure>& out) {
  const Pool& pool = s.pools[p];
  // One that stands alone in its domain is powered and fails like the others.
  const double standing = static_cast<double>(std::max<std::int64_t>(0, pool.in_service - pool.down));
  double per_day = standing * source.hourly * 24 * factor * source.share * source.times / source.over;
  if (per_day <= 0) return;
  if (source.lemons) {
    lemons.uncover(per_day * lemons.weight());
    per_day *= lemons.weight();
  }
  const double start = static_cast<double>(s.days_passed() * 24);
  draw_day(s, source, per_day, source.owed, [&](Draw draw) {
    if (source.lemons && !s.world.central()) draw.place = lemons.strike(draw.place);
    if (pool.failures->domain && !s.world.central()) draw.place = place_that_works(s, p, draw.place);
    Hit hit{start + draw.at, Hit::Kind::stop, draw.detection, 1};
    if (s.world.central()) {
      // Jobs meet as many failures as must be expected, at drawn times: at even ones their checkpoints would keep step with them.
      engine::Stream& chance = s.repairs->pools[p].job_hits;
      hit.at = start + 24 * chance.uniform();
      hit_jobs(s, p, chance.uniform(), source.hits, hit, false);
    } else {
      hit_jobs(s, p, draw.place, source.hits, hit);
      hit_gangs(s, p, draw.place, source.hits, hit);
    }
    Failure failure{start + draw.at, p, static_cast<std::int32_t>(std::min(source.takes_down, pool.in_service)), draw.repair};
    failure.first = static_cast<std::int32_t>(draw.place * static_cast<double>(pool.in_service));
    failure.component = source.component;
    failure.detection = draw.detection;
    failure.crew = source.crew;
    out.push_back(failure);
  });
}

/// Nodes that turn slow. One on which a run stands drags it until it is found; of the others services lose what is slow.
void draw_slow(State& s, std::uint32_t p, RepairShop::Rule& rule) {
  const Pool& pool = s.pools[p];
  if (!pool.failures->fail_slow) return;
  const auto& slow = *pool.failures->fail_slow;
  auto& of = s.repairs->pools[p];
  const double standing = static_cast<double>(standing_now(s, pool)), start = static_cast<double>(s.days_passed() * 24);
  Source times;
  times.stream = of.slow;
  times.repair = pool.failures->repair.base() / 3600;
  times.repair_variation = pool.failures->repair_variation;
  times.detection = slow.detection.base() / 3600;
  times.detection_variation = slow.detection_variation;
  const double per_day = standing * slow.onsets_per_million_accelerator_hours * 1e-6 * 24;
  if (per_day <= 0) return;
  const double outside_runs = 1 - std::min(1.0, static_cast<double>(pool.held_by_gangs + pool.queued_runs) / std::max(standing, 1.0));
  draw_day(s, times, per_day, of.owed_slow, [&](const Draw& draw) {
    const double at = start + draw.at, found = at + draw.detection;
    const Hit hit{at, Hit::Kind::slow, draw.detection, slow.speed};
    const bool dragged = !s.world.central() && (hit_gangs(s, p, draw.place, 1, hit) || hit_jobs(s, p, draw.place, 1, hit));
    if (!dragged) of.owed_parts += static_cast<double>(slow.node) * (1 - slow.speed) * (s.world.central() ? outside_runs : 1);
    Failure lost{at, p, static_cast<std::int32_t>(of.owed_parts), draw.detection};
    of.owed_parts -= lost.down;
    lost.first = static_cast<std::int32_t>(draw.place * static_cast<double>(pool.in_service));
    lost.component = Component::slow;
    lost.crew = false;
    Failure found_one = lost;
    found_one.at = found;
    found_one.repair = draw.repair;
    found_one.down = static_cast<std::int32_t>(std::min(slow.node, pool.in_service));
    found_one.crew = true;
    if (lost.down > 0) rule.found_later.push_back(lost);
    rule.found_later.push_back(found_one);
  });
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

void draw_deaths(State& s, std::uint32_t p, std::vector<Failure>& out) {
  Pool& pool = s.pools[p];
  const FailureRule& rule = *pool.failures;
  auto& of = s.repairs->pools[p];
  const double mean = static_cast<double>(pool.in_service) * rule.replaced_per_year / 365.25 * age_factor(s, pool, rule.ageing);
  if (mean <= 0) return;
  Source times;
  times.stream = of.deaths;
  times.repair = rule.repair.base() / 3600;
  times.repair_variation = rule.repair_variation;
  draw_day(s, times, mean, of.owed_deaths, [&](Draw draw) {
    if (pool.in_service == 0) return;
    if (s.world.central()) {  // even steps through the line over all days, so that each lot has its share
      of.place += golden;
      of.place -= std::floor(of.place);
      draw.place = of.place;
    }
    const std::uint32_t i = lot_at(s, pool, draw.place);
    Lot& lot = s.lots[i];
    if (rule.domain) of.empty_of.push_back(static_cast<std::int64_t>(draw.place * static_cast<double>(pool.in_service)) / rule.domain->accelerators);
    --lot.in_service;
    --pool.in_service;
    ++lot.in_repair;
    ++lot.empty_slots;
    out.push_back({static_cast<double>(s.days_passed() * 24), p, 0, draw.repair, i});
  });
}

/// When the crew is done: first come, first served, each repair by the one who is free first.
double mended_at(RepairShop::Rule& rule, const Failure& failure) {
  auto& free_at = rule.crew_free_at;
  const double known = failure.at + failure.detection;
  if (free_at.empty() || !failure.crew) return known + failure.repair;
  std::pop_heap(free_at.begin(), free_at.end(), std::greater<>{});
  free_at.back() = std::max(free_at.back(), known) + failure.repair;
  const double end = free_at.back();
  std::push_heap(free_at.begin(), free_at.end(), std::greater<>{});
  return end;
}

/// Sends a failure to the crew.
void send(State& s, RepairShop::Rule& rule, const Failure& failure) {
  const double end = mended_at(rule, failure);
  if (failure.lot == RepairShop::no_lot) {
    if (failure.component != Component::slow || failure.crew) s.meters.pools[failure.pool].interruptions += 1;
    s.repairs->stand_still({failure.pool, failure.down, failure.first, failure.component}, failure.at, end);
  } else {
    const auto day = std::chrono::days{static_cast<int>(std::min(std::ceil(end / 24), 1e6))};
    s.at(s.plan.horizon.begin + day, engine::Phase::release, {Kind::exchange, failure.lot});
  }
}

/// The streams of a rule's interruptions at a pool; those of the rule's own rate first.
std::vector<Source> sources_of(const State& s, const Pool& pool, const engine::Stream& own, const engine::Stream& common) {
  const FailureRule& rule = *pool.failures;
  const std::uint64_t site = engine::name_hash(s.site(pool.site).id), chip = engine::name_hash(s.chip(pool.chip).id);
  const std::int64_t node = rule.lemons ? rule.lemons->node : 0;
  Source first;
  first.stream = own;
  first.ageing = &rule.ageing;
  first.hourly = rule.interruptions_per_million_accelerator_hours * 1e-6;
  first.share = 1 - rule.common_share;
  first.takes_down = rule.takes_down;
  first.repair = rule.repair.base() / 3600;
  first.repair_variation = rule.repair_variation;
  first.lemons = rule.lemons && rule.takes_down <= node;
  std::vector<Source> sources{first};
  if (rule.common_share > 0) {
    Source group = first;
    group.stream = common;
    group.share = rule.common_share;
    group.times = static_cast<double>(rule.takes_down);
    group.over = static_cast<double>(rule.common_group);
    group.takes_down = rule.common_group;
    group.hits = rule.common_group == rule.takes_down ? 1 : rule.common_group;
    group.lemons = false;
    sources.push_back(group);
  }
  for (const auto& cause : rule.causes) {
    if (!cause.on.empty()) continue;
    Source source = first;
    source.stream = engine::Stream(s.plan.seed, s.world.replication().value_or(0), "cause", {site, chip, engine::name_hash(cause.id)});
    source.ageing = cause.ageing ? &*cause.ageing : &rule.ageing;
    source.hourly = cause.interruptions_per_million_accelerator_hours * 1e-6;
    source.share = 1;
    source.takes_down = cause.takes_down;
    source.hits = cause.takes_down <= node_at_most ? 1 : cause.takes_down;
    source.component = cause.component;
    source.repair = cause.repair.value_or(rule.repair).base() / 3600;
    source.repair_variation = cause.repair_variation.value_or(rule.repair_variation);
    source.detection = cause.detection.base() / 3600;
    source.detection_variation = cause.detection_variation;
    source.crew = cause.crew && cause.takes_down > 0;
    source.lemons = rule.lemons && cause.takes_down <= node;
    sources.push_back(source);
  }
  return sources;
}

}  // namespace

const FailureRule* rule_for(const scenario::Site& site, const std::string& chip) {
  for (const FailureRule& rule : site.failures) {
    if (rule.chips.empty() || std::find(rule.chips.begin(), rule.chips.end(), chip) != rule.chips.end()) return &rule;
  }
  return nullptr;
}

void RepairShop::stand_still(const Change& change, double from, double to) {
  const double first = std::ceil(from), last = std::ceil(to);
  const auto end = static_cast<double>(due.size());
  if (change.down == 0 || first >= last || first >= end) return;
  due[static_cast<std::size_t>(first)].push_back(change);
  if (last < end) due[static_cast<std::size_t>(last)].push_back({change.pool, -change.down, change.first, change.component});
}

RepairShop::RepairShop(State& s) {
  due.resize(static_cast<std::size_t>((s.plan.horizon.end - s.plan.horizon.begin).count() * 24));
  const std::uint64_t replication = s.world.replication().value_or(0);
  for (std::uint32_t p = 0; p < s.pools.size(); ++p) {
    Pool& pool = s.pools[p];
    const std::uint64_t site = engine::name_hash(s.site(pool.site).id), chip = engine::name_hash(s.chip(pool.chip).id);
    const auto stream = [&](std::string_view what) { return engine::Stream(s.plan.seed, replication, what, {site, chip}); };
    pool.failures = rule_for(s.site(pool.site), s.chip(pool.chip).id);
    pools.push_back({});
    if (pool.failures == nullptr) continue;
    pools.back().deaths = stream("death");
    pools.back().slow = stream("slow node");
    pools.back().lemon = stream("lemon");
    pools.back().job_hits = stream("job hit");
    pools.back().sources = sources_of(s, pool, stream("interruption"), stream("common cause"));
    auto at = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.rule == pool.failures; });
    if (at == rules.end()) {
      plan_days(s, static_cast<std::uint32_t>(rules.size()), *pool.failures, planned);
      at = rules.insert(rules.end(), {pool.failures, {}, {}, {}});
      if (pool.failures->crew) at->crew_free_at.assign(static_cast<std::size_t>(*pool.failures->crew), 0.0);
    }
    at->pools.push_back(p);
  }
  std::stable_sort(planned.begin(), planned.end(), [](const Planned& a, const Planned& b) { return a.day < b.day; });
}

void open_failures(State& s) {
  const bool any = std::any_of(s.plan.sites.begin(), s.plan.sites.end(), [](const auto& site) { return !site.failures.empty(); });
  if (!any) return;
  s.repairs = std::make_unique<RepairShop>(s);
  for (std::uint32_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].failures != nullptr) open_trace(s, p);
  }
}

void fail_today(State& s) {
  if (!s.repairs) return;
  RepairShop& shop = *s.repairs;
  strike_planned(s);
  std::vector<Failure> failures;
  const double midnight = static_cast<double>(s.days_passed() * 24 + 24);
  for (auto& rule : shop.rules) {
    failures.clear();
    for (const std::uint32_t p : rule.pools) {
      draw_deaths(s, p, failures);
      LemonsToday lemons(s, p);
      const Ageing* last = nullptr;
      double factor = 1;
      for (Source& source : shop.pools[p].sources) {
        if (source.ageing != last) factor = age_factor(s, s.pools[p], *source.ageing);
        last = source.ageing;
        draw_interruptions(s, p, source, factor, lemons, failures);
      }
      draw_slow(s, p, rule);
    }
    // Slow nodes join the crew's queue on the day on which they are found.
    auto later = std::stable_partition(rule.found_later.begin(), rule.found_later.end(), [&](const Failure& f) { return f.at >= midnight; });
    failures.insert(failures.end(), later, rule.found_later.end());
    rule.found_later.erase(later, rule.found_later.end());
    std::stable_sort(failures.begin(), failures.end(), [](const Failure& a, const Failure& b) { return a.at < b.at; });
    for (const Failure& failure : failures) send(s, rule, failure);
  }
}

RunHazard run_hazard(const Pool& pool, std::int64_t accelerators) {
  if (pool.failures == nullptr) return {};
  const auto& rule = *pool.failures;
  const double each = rule.interruptions_per_million_accelerator_hours * 1e-6 / 3600, n = static_cast<double>(accelerators);
  const auto group = static_cast<double>(rule.common_group);
  RunHazard out;
  // A common cause stops the run if it takes down any of its accelerators.
  out.stops = PerSecond{each * (n * (1 - rule.common_share) + (n + group) * rule.common_share * static_cast<double>(rule.takes_down) / group)};
  double unnoticed = 0;
  for (const auto& cause : rule.causes) {
    const double reach = cause.takes_down <= node_at_most ? n : n + static_cast<double>(cause.takes_down);
    const PerSecond rate{cause.interruptions_per_million_accelerator_hours * 1e-6 / 3600 * reach};
    out.stops += rate;
    unnoticed += rate * cause.detection;
  }
  if (unnoticed > 0) out.unnoticed = Seconds{unnoticed / out.stops.base()};
  if (rule.fail_slow) out.slow = PerSecond{rule.fail_slow->onsets_per_million_accelerator_hours * 1e-6 / 3600 * n};
  return out;
}

}  // namespace headroom::fleet
