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

void meter(State& s, const Gang& gang, const failures::ClockFates& fates) {
  auto& sum = s.meters.gangs[gang.workload];
  for (const auto& part : gang.parts) {
    const auto n = static_cast<double>(part.accelerators);
    const double useful = n * fates.useful / 3600 * part.busy;
    s.meters.pools[part.pool].gang_useful_hours += useful;
    sum.held_hours += n;
    sum.useful_hours += useful;
    sum.mfu_hours += useful * part.mfu;
    sum.lost_hours += n * fates.lost / 3600;
    sum.writing_hours += n * fates.writing / 3600;
    sum.restart_hours += n * fates.restarting / 3600;
  }
}

/// The hour in the mean. Returns the hours that passed until the work was done.
double pass_expected(Gang& gang, double interruptions_per_hour, failures::ClockFates& fates, double& interruptions) {
  const auto& e = gang.expected;
  const double needed = gang.remaining / (gang.speed * e.useful * 3600);
  const double hours = std::min(1.0, needed);
  fates = {3600 * hours * e.useful, 3600 * hours * e.writing, 3600 * hours * e.lost, 3600 * hours * e.restarting};
  gang.remaining = needed <= 1 ? 0 : gang.remaining - fates.useful * gang.speed;
  interruptions += interruptions_per_hour * hours;
  return hours;
}

/// The hour as it happens.
double pass_drawn(const TrainingRun& run, Gang& gang, double hour, failures::ClockFates& fates, double& interruptions) {
  double at = hour;
  std::size_t used = 0;
  for (; used < gang.hits.size() && gang.hits[used] < hour + 1; ++used) {
    const double until = std::max(at, gang.hits[used]);
    at += gang.clock.pass(hours(until - at), fates).base() / 3600;
    if (gang.clock.done()) break;
    gang.clock.interrupt(run.restart, fates);
    interruptions += 1;
    at = until;
  }
  gang.hits.erase(gang.hits.begin(), gang.hits.begin() + static_cast<std::ptrdiff_t>(used));
  if (!gang.clock.done()) at += gang.clock.pass(hours(hour + 1 - at), fates).base() / 3600;
  return at - hour;
}

void finish(State& s, Gang& gang, double at) {
  gang.state = Gang::State::done;
  gang.ended_at = at;
  gang.done_on = s.today;
  for (const auto& part : gang.parts) s.pools[part.pool].held_by_gangs -= part.accelerators;
  s.gangs_may_start = true;
  const Pool& pool = s.pools[gang.parts.front().pool];
  s.happenings.push_back({s.today, "run_completed", s.site(pool.site).id, s.chip(pool.chip).id, s.plan.workloads[gang.workload].id,
                          run_of(s, gang).id, 1, "runs", ""});
}

}  // namespace

PerSecond hit_rate(const Pool& pool, std::int64_t accelerators) {
  if (pool.failures == nullptr) return PerSecond{0};
  const auto& rule = *pool.failures;
  const double each = rule.interruptions_per_million_accelerator_hours * 1e-6 / 3600, n = static_cast<double>(accelerators);
  const auto group = static_cast<double>(rule.common_group);
  // A common cause stops the run if it takes down any of its accelerators.
  return PerSecond{each * (n * (1 - rule.common_share) + (n + group) * rule.common_share * static_cast<double>(rule.takes_down) / group)};
}

Seconds checkpoint_interval(const TrainingRun& run, PerSecond rate) {
  if (run.checkpoint_interval.base() > 0) return run.checkpoint_interval;
  if (run.checkpoint_write.base() <= 0 || rate.base() <= 0) return Seconds{0};
  return reliability::young_daly_interval(run.checkpoint_write, Seconds{1 / rate.base()});
}

void hit_gangs(State& s, std::size_t pool, double place, std::int64_t accelerators, double at) {
  if (s.world.central() || s.pools[pool].held_by_gangs == 0) return;
  // Runs stand first in the line of a pool's accelerators, in the order of the scenario.
  const double first = place * static_cast<double>(standing_now(s, s.pools[pool]));
  const auto group = static_cast<double>(accelerators);
  double begin = 0;
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    for (const auto& part : gang.parts) {
      if (part.pool != pool) continue;
      const double end = begin + static_cast<double>(part.accelerators);
      if (first < end && first + group > begin) gang.hits.push_back(at);
      begin = end;
    }
  }
}

void draw_gang_interruptions(State& s) {
  if (s.world.central()) return;
  const double start = static_cast<double>((s.today - s.plan.horizon.begin).count() * 24);
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    const TrainingRun& run = run_of(s, gang);
    const double mean = run.interruptions_per_million_accelerator_hours * 1e-6 * 24 * static_cast<double>(gang.accelerators());
    if (mean > 0) {
      const engine::Stream stream(s.plan.seed, *s.world.replication(), "run interruption",
                                  {engine::name_hash(s.plan.workloads[gang.workload].id), engine::name_hash(run.id)});
      engine::Stream day = stream.part(static_cast<std::uint64_t>(start / 24));
      const auto n = static_cast<std::int64_t>(engine::Poisson(mean).quantile(day.uniform()));
      for (std::int64_t k = 0; k < n; ++k) gang.hits.push_back(start + day.uniform() * 24);
    }
    std::sort(gang.hits.begin(), gang.hits.end());
  }
}

void pass_gangs(State& s, double hour) {
  for (Gang& gang : s.gangs) {
    if (gang.state != Gang::State::running) continue;
    const TrainingRun& run = run_of(s, gang);
    failures::ClockFates fates;
    double& interruptions = s.meters.gangs[gang.workload].interruptions;
    double passed = 0;
    if (s.world.central()) {
      double rate = run.interruptions_per_million_accelerator_hours * 1e-6 * static_cast<double>(gang.accelerators());
      for (const auto& part : gang.parts) rate += hit_rate(s.pools[part.pool], part.accelerators).base() * 3600;
      passed = pass_expected(gang, rate, fates, interruptions);
    } else {
      passed = pass_drawn(run, gang, hour, fates, interruptions);
    }
    meter(s, gang, fates);
    if (s.world.central() ? gang.remaining <= 0 : gang.clock.done()) finish(s, gang, hour + passed);
  }
}

}  // namespace headroom::fleet
