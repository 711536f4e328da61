/// How time passes for training runs: work, checkpoints, interruptions, restarts.
#include <algorithm>

#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/gangs.hpp"

namespace headroom::fleet {

using scenario::TrainingRun;

namespace {

const TrainingRun& run_of(const State& s, const Gang& gang) { return s.plan.workloads[gang.workload].runs[gang.run]; }

std::size_t site_of(const State& s, const Gang& gang) { return s.pools[gang.parts.front().pool].site; }

/// Accelerators behind a site's storage restart one after another at this rate; 0: no limit.
double read_per_hour(const State& s, const Gang& gang) {
  const auto& bandwidth = s.site(site_of(s, gang)).checkpoint_read;
  return bandwidth ? bandwidth->base() * 3600 : 0;
}

double read_hours(const State& s, const Gang& gang) {
  const double rate = read_per_hour(s, gang);
  return rate > 0 ? run_of(s, gang).checkpoint_size.base() / rate : 0;
}

/// Where an hour of a run went, in seconds; `passed` hours until its work was done.
struct HourOfRun {
  failures::ClockFates fates;
  double slowed = 0, passed = 0, interruptions = 0;
};

void meter(State& s, const Gang& gang, const HourOfRun& hour) {
  auto& sum = s.meters.gangs[gang.workload];
  sum.interruptions += hour.interruptions;
  for (const auto& part : gang.parts) {
    const auto n = static_cast<double>(part.accelerators);
    const double useful = n * hour.fates.useful / 3600 * part.busy;
    s.meters.pools[part.pool].gang_useful_hours += useful;
    sum.held_hours += n;
    sum.network_hours += n * part.network;
    sum.useful_hours += useful;
    sum.mfu_hours += useful * part.mfu;
    sum.lost_hours += n * hour.fates.lost / 3600;
    sum.writing_hours += n * hour.fates.writing / 3600;
    sum.restart_hours += n * hour.fates.restarting / 3600;
    sum.slow_hours += n * hour.slowed / 3600;
    sum.idle_hours += n * (1 - hour.passed) + n * hour.fates.useful / 3600 * (1 - part.busy);
  }
}

/// The hour in the mean, but for what comes on a given day: that takes back half an interval, or nothing if it was announced, and
/// then the run stands for its restart.
void pass_expected(const State& s, Gang& gang, double interruptions_per_hour, double hour, HourOfRun& out) {
  auto& fates = out.fates;
  double lost = 0;
  std::size_t used = 0;
  for (; used < gang.hits.size() && gang.hits[used].at < hour + 1; ++used) {
    const Hit& hit = gang.hits[used];
    if (hit.kind == Hit::Kind::stop) lost += std::min(gang.interval.base() / 2, gang.since_stop * 3600);
    gang.stands = hit.lasts + stands_for(s, gang);
    gang.since_stop = 0;
    out.interruptions += 1;
  }
  gang.hits.erase(gang.hits.begin(), gang.hits.begin() + static_cast<std::ptrdiff_t>(used));
  const auto& e = gang.expected;
  gang.remaining += lost * gang.speed;
  const double stood = std::min(1.0, gang.stands);
  gang.stands -= stood;
  const double needed = gang.remaining / (gang.speed * e.useful * gang.slow_speed * 3600);
  const double hours = std::min(1.0 - stood, needed);
  const double working = 3600 * hours * e.useful;
  fates = {working * gang.slow_speed, 3600 * hours * e.writing, 3600 * hours * e.lost, 3600 * hours * e.restarting + 3600 * stood};
  out.slowed = working * (1 - gang.slow_speed);
  gang.remaining = needed <= 1 - stood ? 0 : gang.remaining - fates.useful * gang.speed;
  fates.useful -= lost;
  fates.lost += lost;
  gang.since_stop += hours;
  out.interruptions += interruptions_per_hour * hours;
  out.passed = stood + hours;
}

/// Lets a run work up to `until`, at the speed of its slow node if it has one. Time in which it reads its state is not passed here.
void work(Gang& gang, double from, double until, HourOfRun& out) {
  const double speed = gang.slow_until > 0 ? gang.slow_speed : 1;
  const double passed = gang.clock.pass(hours((until - from) * speed), out.fates).base() / 3600 / speed;
  out.slowed += passed * (1 - speed) * 3600;
  out.passed += passed;
}

/// The run stops and begins anew from its last checkpoint, after `unnoticed` hours.
void stop(const State& s, Gang& gang, double unnoticed, HourOfRun& out) {
  const TrainingRun& run = run_of(s, gang);
  gang.clock.interrupt(run.restart + hours(unnoticed), out.fates);
  gang.slow_until = 0;
  gang.loading = bytes_to_load(s, gang);
  out.interruptions += 1;
}

void befall(const State& s, Gang& gang, const Hit& hit, HourOfRun& out) {
  if (hit.kind == Hit::Kind::slow) {
    gang.slow_speed = gang.slow_until > 0 ? std::min(gang.slow_speed, hit.speed) : hit.speed;
    gang.slow_until = std::max(gang.slow_until, hit.at + hit.lasts);
    return;
  }
  if (hit.kind == Hit::Kind::announced) gang.clock.save();
  stop(s, gang, hit.lasts, out);
}

/// The hour as it happens, for runs that read their state over the same storage: those that do at one time have equal parts of its
/// bandwidth. A run that reads nothing is alone.
void pass_drawn(const State& s, const std::vector<Gang*>& gangs, double hour, std::vector<HourOfRun>& out) {
  std::vector<double> at(gangs.size(), hour);
  for (double now = hour; now < hour + 1;) {
    double next = hour + 1;
    double readers = 0;
    for (const Gang* gang : gangs) readers += gang->loading > 0 && !gang->clock.done() ? 1 : 0;
    const auto part = [&](const Gang& gang) { return read_per_hour(s, gang) / readers; };
    for (const Gang* gang : gangs) {
      if (gang->clock.done()) continue;
      if (!gang->hits.empty()) next = std::min(next, std::max(now, gang->hits.front().at));
      if (gang->slow_until > 0) next = std::min(next, std::max(now, gang->slow_until));
      if (gang->loading > 0) next = std::min(next, now + gang->loading / part(*gang));
    }
    for (std::size_t g = 0; g < gangs.size(); ++g) {
      Gang& gang = *gangs[g];
      if (gang.clock.done()) continue;
      if (gang.loading > 0) {
        out[g].fates.restarting += (next - now) * 3600;
        out[g].passed += next - now;
        gang.loading -= (next - now) * part(gang);
        if (gang.loading <= 1e-9 * run_of(s, gang).checkpoint_size.base()) gang.loading = 0;
      } else {
        work(gang, now, next, out[g]);
      }
      if (gang.clock.done()) continue;
      if (gang.slow_until > 0 && gang.slow_until <= next) {  // found: it saves its work, and goes on without that node
        gang.clock.save();
        stop(s, gang, 0, out[g]);
      }
      while (!gang.hits.empty() && gang.hits.front().at <= next && gang.hits.front().at < hour + 1) {
        befall(s, gang, gang.hits.front(), out[g]);
        gang.hits.erase(gang.hits.begin());
      }
    }
    now = next;
  }
}

void finish(State& s, Gang& gang, double at) {
  gang.state = Gang::State::done;
  gang.ended_at = at;
  gang.done_on = s.today;
  release(s, gang);
  s.gangs_may_start = true;
  const Pool& pool = s.pools[gang.parts.front().pool];
  s.happenings.push_back({s.today, "run_completed", s.site(pool.site).id, s.chip(pool.chip).id, s.plan.workloads[gang.workload].id,
                          run_of(s, gang).id, 1, "runs", ""});
}

/// Running gangs that must be looked at together.
std::vector<std::vector<Gang*>> sharing_storage(State& s) {
  std::vector<std::vector<Gang*>> groups;
  std::vector<std::size_t> of_site(s.plan.sites.size(), ~std::size_t{0});
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    if (bytes_to_load(s, gang) <= 0) {
      groups.push_back({&gang});
      continue;
    }
    auto& group = of_site[site_of(s, gang)];
    if (group == ~std::size_t{0}) {
      group = groups.size();
      groups.emplace_back();
    }
    groups[group].push_back(&gang);
  }
  return groups;
}

}  // namespace

double bytes_to_load(const State& s, const Gang& gang) {
  return read_per_hour(s, gang) > 0 ? run_of(s, gang).checkpoint_size.base() : 0;
}

Seconds reads_for(const State& s, const Gang& gang) { return hours(read_hours(s, gang)); }

double stands_for(const State& s, const Gang& gang) { return run_of(s, gang).restart.base() / 3600 + read_hours(s, gang); }

Seconds checkpoint_interval(const TrainingRun& run, PerSecond rate) {
  if (run.checkpoint_interval.base() > 0) return run.checkpoint_interval;
  if (run.checkpoint_write.base() <= 0 || rate.base() <= 0) return Seconds{0};
  return reliability::young_daly_interval(run.checkpoint_write, Seconds{1 / rate.base()});
}

void expect_interruptions(const State& s, Gang& gang) {
  const TrainingRun& run = run_of(s, gang);
  PerSecond rate{run.interruptions_per_million_accelerator_hours * 1e-6 / 3600 * static_cast<double>(gang.accelerators())};
  PerSecond slow{0};
  double unnoticed = 0, slowness = 0;
  for (const auto& part : gang.parts) {
    const RunHazard hazard = run_hazard(s.pools[part.pool], part.accelerators);
    rate += hazard.stops;
    unnoticed += hazard.stops * hazard.unnoticed;
    if (hazard.slow.base() <= 0) continue;
    const auto& rule = *s.pools[part.pool].failures->fail_slow;
    slow += hazard.slow;
    slowness += (1 - rule.speed) * reliability::slow_share(hazard.slow, rule.detection);
  }
  rate += PerSecond{run.interruptions_per_day / 86400};
  gang.stopped_per_hour = rate.base() * 3600;
  gang.interval = checkpoint_interval(run, rate);
  Seconds restart = run.restart;
  const Seconds load{bytes_to_load(s, gang) > 0 ? bytes_to_load(s, gang) / read_per_hour(s, gang) * 3600 : 0};
  if (unnoticed > 0) restart += Seconds{unnoticed / rate.base()};
  restart += load;
  gang.expected = reliability::expected_fates(rate, {gang.interval, run.checkpoint_write, restart});
  gang.slow_speed = 1 - std::min(0.99, slowness);
  if (slow.base() <= 0) return;
  // Each slow node costs a restart when it is found.
  const double found = slow * (run.restart + load), rest = 1 / (1 + found);
  auto& e = gang.expected;
  e = {e.useful * rest, e.writing * rest, e.lost * rest, e.restarting * rest + (1 - rest)};
  gang.stopped_per_hour += slow.base() * 3600;
}

bool hit_gangs(State& s, std::size_t pool, double place, std::int64_t accelerators, const Hit& hit) {
  if (s.pools[pool].held_by_gangs == 0) return false;
  // Runs stand first in the line of a pool's accelerators, in the order of the scenario.
  const double first = place * static_cast<double>(standing_now(s, s.pools[pool]));
  const auto group = static_cast<double>(accelerators);
  double begin = 0;
  bool any = false;
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    for (const auto& part : gang.parts) {
      if (part.pool != pool) continue;
      const double end = begin + static_cast<double>(part.accelerators);
      if (first < end && first + group > begin) {
        gang.hits.push_back(hit);
        any = true;
      }
      begin = end;
    }
  }
  return any;
}

void draw_gang_interruptions(State& s) {
  const double start = static_cast<double>(s.days_passed() * 24);
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    const TrainingRun& run = run_of(s, gang);
    const double mean = run.interruptions_per_million_accelerator_hours * 1e-6 * 24 * static_cast<double>(gang.accelerators()) + run.interruptions_per_day;
    if (mean > 0 && !s.world.central()) {
      const engine::Stream stream(s.plan.seed, *s.world.replication(), "run interruption",
                                  {engine::name_hash(s.plan.workloads[gang.workload].id), engine::name_hash(run.id)});
      engine::Stream day = stream.part(static_cast<std::uint64_t>(start / 24));
      const auto n = static_cast<std::int64_t>(engine::Poisson(mean).quantile(day.uniform()));
      for (std::int64_t k = 0; k < n; ++k) gang.hits.push_back({start + day.uniform() * 24, Hit::Kind::stop, 0, 1});
    }
    std::stable_sort(gang.hits.begin(), gang.hits.end(), [](const Hit& a, const Hit& b) { return a.at < b.at; });
  }
}

void pass_gangs(State& s, double hour) {
  if (s.world.central()) {
    for (Gang& gang : s.gangs) {
      if (gang.state != Gang::State::running) continue;
      HourOfRun out;
      pass_expected(s, gang, gang.stopped_per_hour, hour, out);
      meter(s, gang, out);
      if (gang.remaining <= 0) finish(s, gang, hour + out.passed);
    }
    return;
  }
  for (const auto& group : sharing_storage(s)) {
    std::vector<HourOfRun> out(group.size());
    pass_drawn(s, group, hour, out);
    for (std::size_t g = 0; g < group.size(); ++g) {
      meter(s, *group[g], out[g]);
      if (group[g]->clock.done()) finish(s, *group[g], hour + out[g].passed);
    }
  }
}

}  // namespace headroom::fleet
