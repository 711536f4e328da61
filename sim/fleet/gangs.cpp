#include "sim/fleet/gangs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "models/units/error.hpp"
#include "sim/fleet/bulk.hpp"
#include "sim/fleet/fabrics.hpp"
#include "sim/fleet/failures.hpp"
#include "sim/fleet/queued_runs.hpp"
#include "sim/scheduling/several_chips.hpp"

namespace headroom::fleet {

using scenario::TrainingRun;
using scenario::Workload;

namespace {

const Workload& workload_of(const State& s, const Gang& gang) { return s.plan.workloads[gang.workload]; }
const TrainingRun& run_of(const State& s, const Gang& gang) { return workload_of(s, gang).runs[gang.run]; }

double hours_now(const State& s) { return engine::to_seconds(s.queue.now()).base() / 3600; }

const workloads::TrainingAbility& ability_on(const State& s, const Gang& gang, const std::string& chip) {
  for (const auto& able : s.shared->training) {
    if (able.workload == gang.workload && able.run == gang.run && able.chip == chip) return able;
  }
  throw std::logic_error("a run on a chip that it does not accept");
}

/// Speed of the run on a chip, relative to the first accepted one. A length that is written is that of the world's first chip;
/// one that follows from the work to do is the model's, which the world may belie.
double relative_speed(const State& s, const Gang& gang, const std::string& chip) {
  const TrainingRun& run = run_of(s, gang);
  const auto truth = [&](const std::string& on) { return s.world.rate_factor(workload_of(s, gang).id, on); };
  const auto& first = ability_on(s, gang, run.chips.front());
  const double ratio = ability_on(s, gang, chip).achieved / first.achieved * truth(chip);
  return run.ideal_duration ? ratio / truth(first.chip) : ratio;
}

/// What a run may take now: accelerators by pool and power by site.
class Free {
 public:
  Free(State& s, When when, int tier) : s_(s), accelerators_(s.pools.size()), watts_(s.plan.sites.size()) {
    for (std::size_t p = 0; p < s.pools.size(); ++p) {
      accelerators_[p] = s.pools[p].closed ? 0 : standing_now(s, s.pools[p]) - s.pools[p].unpowered - s.pools[p].held_by_gangs - s.pools[p].withheld;
    }
    for (std::size_t i = 0; i < watts_.size(); ++i) {
      watts_[i] = s.site(i).power.at(s.today).base() / s.pue_today[i];
      for (const Pool& pool : s.pools) {
        if (pool.site == i) watts_[i] -= static_cast<double>(pool.in_service - pool.unpowered) * pool.idle.base() + static_cast<double>(pool.held_by_gangs + pool.withheld) * extra(pool);
      }
    }
    for (const Arc& arc : s.arcs) {
      if (when == When::morning && s.services[arc.service].tier >= tier) continue;
      accelerators_[arc.pool] -= arc.accelerators;
      watts_[s.pools[arc.pool].site] -= static_cast<double>(arc.accelerators) * extra(s.pools[arc.pool]);
    }
  }

  /// The pool with most free accelerators of the first accepted chip that has enough somewhere.
  [[nodiscard]] std::vector<Gang::Part> find(const Gang& gang) const {
    const TrainingRun& run = run_of(s_, gang);
    if (run.mixed_with) return find_pair(gang, run.mixed_with->chip, run.mixed_with->accelerators);
    if (run.rollout) return find_pair(gang, run.rollout->chip, run.rollout->accelerators);
    for (const std::string& chip : run.chips) {
      std::vector<Gang::Part> best;
      std::int64_t most = run.accelerators - 1;
      for (std::size_t p = 0; p < s_.pools.size(); ++p) {
        const Pool& pool = s_.pools[p];
        if (accelerators_[p] <= most || s_.chip(pool.chip).id != chip || !may_run_at(s_, gang, pool.site)) continue;
        if (static_cast<double>(run.accelerators) * extra(pool) > watts_[pool.site] || !has_place(s_, p, run.accelerators)) continue;
        most = accelerators_[p];
        best = {{p, run.accelerators, 1, ability_on(s_, gang, chip).mfu, 1, {}}};
      }
      if (!best.empty()) return best;
    }
    return {};
  }

 private:
  /// The first site at which both chips of a run on two have room.
  [[nodiscard]] std::vector<Gang::Part> find_pair(const Gang& gang, const std::string& other, std::int64_t others) const {
    const TrainingRun& run = run_of(s_, gang);
    for (std::size_t p = 0; p < s_.pools.size(); ++p) {
      const Pool& pool = s_.pools[p];
      if (accelerators_[p] < run.accelerators || s_.chip(pool.chip).id != run.chips.front() || !may_run_at(s_, gang, pool.site)) continue;
      for (std::size_t q = 0; q < s_.pools.size(); ++q) {
        const Pool& second = s_.pools[q];
        if (second.site != pool.site || s_.chip(second.chip).id != other) continue;
        if (accelerators_[q] < others + (q == p ? run.accelerators : 0)) continue;
        const double watts = static_cast<double>(run.accelerators) * extra(pool) + static_cast<double>(others) * extra(second);
        if (watts > watts_[pool.site]) continue;
        if (!has_place(s_, p, run.accelerators + (q == p ? others : 0)) || !has_place(s_, q, others)) continue;
        return {{p, run.accelerators, 1, ability_on(s_, gang, run.chips.front()).mfu, 1, {}}, {q, others, 1, 0, 1, {}}};
      }
    }
    return {};
  }

  static double extra(const Pool& pool) { return (pool.busy - pool.idle).base(); }

  State& s_;
  std::vector<std::int64_t> accelerators_;
  std::vector<double> watts_;
};

/// The chips of a job that two share, and what each does for it.
std::vector<scheduling::ChipShare> shares_of(const State& s, const Gang& gang) {
  const TrainingRun& run = run_of(s, gang);
  const auto part = [&](const std::string& chip, std::int64_t n) {
    const double rate = ability_on(s, gang, chip).achieved.base() * s.world.rate_factor(workload_of(s, gang).id, chip);
    return scheduling::ChipShare{chip, static_cast<std::int32_t>(n), TokensPerSecond{rate}, Grade::assumed};
  };
  return {part(run.chips.front(), run.accelerators), part(run.mixed_with->chip, run.mixed_with->accelerators)};
}

/// What two chips make of a run: its speed beside that of the first alone, and how busy each is.
void couple(const State& s, Gang& gang) {
  const TrainingRun& run = run_of(s, gang);
  if (run.rollout) {
    const auto step = workloads::rollout_step_of(run);
    gang.parts[0].busy = 1 - step.update_idle;
    gang.parts[1].busy = 1 - step.rollout_idle;
    return;
  }
  if (!run.mixed_with) return;
  const auto parts = shares_of(s, gang);
  const auto whole = scheduling::mixed_rate(parts, run.mixed_with->efficiency, Grade::assumed);
  gang.speed *= whole.rate.base() / (parts[0].rate.base() * static_cast<double>(parts[0].accelerators));
  gang.parts[0].mfu *= run.mixed_with->efficiency;
  gang.parts[1].mfu = ability_on(s, gang, run.mixed_with->chip).mfu * run.mixed_with->efficiency;
}

void start(State& s, Gang& gang, std::vector<Gang::Part> parts) {
  const TrainingRun& run = run_of(s, gang);
  settle(s, gang, std::move(parts));
  gang.speed *= speed_in_place(s, gang);
  note_mixed_job(s, gang);
  const Pool& first = s.pools[gang.parts.front().pool];
  const std::string& chip = s.chip(first.chip).id;
  gang.state = Gang::State::running;
  gang.started_on = s.today;
  for (const auto& part : gang.parts) s.pools[part.pool].held_by_gangs += part.accelerators;
  gang.clock = failures::CheckpointClock(Seconds{gang.remaining / gang.speed}, gang.interval, run.checkpoint_write);
  gang.slow_until = gang.stands = gang.since_stop = gang.loading = 0;
  failures::ClockFates none;
  const double under_way = send_state(s, gang, gang.parts.front().pool);
  if (gang.starts++ > 0) {  // the state is loaded again
    gang.clock.interrupt(run.restart + hours(under_way), none);
    gang.loading = bytes_to_load(s, gang);
    if (s.world.central()) gang.stands = under_way + stands_for(s, gang);
  } else if (under_way > 0) {
    gang.clock.interrupt(hours(under_way), none);
    if (s.world.central()) gang.stands = under_way;
  }
  gang.hits.clear();
  const double waited = hours_now(s) - gang.queued_at;
  s.waits.push_back({gang.workload, gang.queued_at, hours_now(s)});
  s.happenings.push_back({s.today, "run_started", s.site(first.site).id, chip, workload_of(s, gang).id, run.id,
                          static_cast<double>(gang.accelerators()), "accelerators", fmt::format("waited {} days{}", static_cast<int>(waited / 24), place_in_words(s, gang))});
}

/// Unless it is announced, work since the last checkpoint is lost: in the central run half an interval. The run asks again
/// from `again` on.
void evict(State& s, Gang& gang, Date again, bool announced) {
  const Pool& first = s.pools[gang.parts.front().pool];
  failures::ClockFates lost;
  if (announced) {
    gang.clock.save();
  } else if (s.world.central()) {
    const double held = static_cast<double>((s.today - gang.started_on).count()) * 86400;
    gang.remaining += std::min(gang.interval.base() / 2, held) * gang.speed;
  } else {
    gang.clock.interrupt(Seconds{0}, lost);
  }
  if (!s.world.central()) gang.remaining = gang.clock.left().base() * gang.speed;
  auto& sum = s.meters.gangs[gang.workload];
  release(s, gang);
  for (const auto& part : gang.parts) {
    const auto n = static_cast<double>(part.accelerators);
    const double taken_back = n * lost.useful / 3600 * part.busy;
    s.meters.pools[part.pool].gang_useful_hours += taken_back;
    sum.useful_hours += taken_back;
    sum.mfu_hours += taken_back * part.mfu;
    sum.idle_hours -= n * lost.useful / 3600 * (part.busy - 1);
    sum.lost_hours += n * lost.lost / 3600;
    sum.writing_hours += n * lost.writing / 3600;
  }
  gang.state = Gang::State::planned;
  s.happenings.push_back({s.today, "run_evicted", s.site(first.site).id, s.chip(first.chip).id, workload_of(s, gang).id, run_of(s, gang).id,
                          static_cast<double>(gang.accelerators()), "accelerators", announced ? "announced" : ""});
  s.at(again, engine::Phase::arrival, {Kind::queue_gang, static_cast<std::uint32_t>(&gang - s.gangs.data())});
  s.gangs_may_start = true;
}

}  // namespace

void settle(const State& s, Gang& gang, std::vector<Gang::Part> parts) {
  gang.parts = std::move(parts);
  gang.speed = relative_speed(s, gang, s.chip(s.pools[gang.parts.front().pool].chip).id);
  couple(s, gang);
  expect_interruptions(s, gang);
  if (!(gang.expected.useful > 1e-3)) {
    throw Infeasible(fmt::format("run {}: interruptions leave it no time to work; lower the checkpoint interval or the restart time", run_of(s, gang).id));
  }
}

std::optional<Gang> settled_on(const State& s, const Gang& gang, std::size_t pool, std::optional<std::size_t> second) {
  const TrainingRun& run = run_of(s, gang);
  const std::string& chip = s.chip(s.pools[pool].chip).id;
  if (std::find(run.chips.begin(), run.chips.end(), chip) == run.chips.end() || !may_run_at(s, gang, s.pools[pool].site)) return std::nullopt;
  if (second.has_value() != (run.mixed_with || run.rollout)) return std::nullopt;
  std::vector<Gang::Part> parts{{pool, run.accelerators, 1, ability_on(s, gang, chip).mfu, 1, {}}};
  if (second) {
    const std::string& other = run.mixed_with ? run.mixed_with->chip : run.rollout->chip;
    if (s.pools[*second].site != s.pools[pool].site || s.chip(s.pools[*second].chip).id != other) return std::nullopt;
    parts.push_back({*second, run.mixed_with ? run.mixed_with->accelerators : run.rollout->accelerators, 1, 0, 1, {}});
  }
  Gang there = gang;
  settle(s, there, std::move(parts));
  return there;
}

void note_mixed_job(State& s, const Gang& gang) {
  const TrainingRun& run = run_of(s, gang);
  if (!run.mixed_with) return;
  const auto compared = scheduling::compare_mixed(shares_of(s, gang), run.mixed_with->efficiency, Grade::assumed);
  s.happenings.push_back({s.today, "mixed_job", "", run.mixed_with->chip, workload_of(s, gang).id, run.id, compared.gain(), "of the speed of " + compared.faster + " alone",
                          fmt::format("efficiency {} ({}); break-even {:.3f}", run.mixed_with->efficiency, run.mixed_with->grade, compared.break_even_efficiency)});
}

bool may_run_at(const State& s, const Gang& gang, std::size_t site) {
  const auto& regions = workload_of(s, gang).regions;
  if (regions.empty()) return true;
  const auto& place = s.site(site);
  return std::any_of(regions.begin(), regions.end(), [&](const auto& r) {
    return r.region == place.region || std::find(place.serves.begin(), place.serves.end(), r.region) != place.serves.end();
  });
}

void open_gangs(State& s) {
  for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
    const Workload& workload = s.plan.workloads[w];
    if (workload.kind != Workload::Kind::training) continue;
    for (std::size_t r = 0; r < workload.runs.size(); ++r) {
      const TrainingRun& run = workload.runs[r];
      Gang gang;
      gang.workload = w;
      gang.run = r;
      gang.remaining = ability_on(s, gang, run.chips.front()).ideal_duration.base();
      gang.in_queue = !workload.queue.empty();
      s.gangs.push_back(std::move(gang));
      if (s.gangs.back().in_queue) continue;
      s.at(run.start, engine::Phase::arrival, {Kind::queue_gang, static_cast<std::uint32_t>(s.gangs.size() - 1)});
    }
  }
}

void release(State& s, Gang& gang) {
  for (auto& part : gang.parts) {
    s.pools[part.pool].held_by_gangs -= part.accelerators;
    leave_place(s, part);
  }
}

void queue_gang(State& s, std::uint32_t g) {
  s.gangs[g].state = Gang::State::queued;
  s.gangs[g].queued_at = hours_now(s);
}

void start_gangs(State& s, When when) {
  s.gangs_may_start = false;
  std::vector<std::size_t> queue;
  for (std::size_t g = 0; g < s.gangs.size(); ++g) {
    if (s.gangs[g].state == Gang::State::queued) queue.push_back(g);
  }
  std::stable_sort(queue.begin(), queue.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t g) { return std::pair{workload_of(s, s.gangs[g]).tier, s.gangs[g].queued_at}; };
    return key(a) < key(b);
  });
  for (const std::size_t g : queue) {
    auto parts = Free(s, when, workload_of(s, s.gangs[g]).tier).find(s.gangs[g]);
    if (!parts.empty() && take_place(s, parts)) start(s, s.gangs[g], std::move(parts));
  }
}

void evict_gangs(State& s) {
  const auto last_started = [&](auto&& there) {
    Gang* last = nullptr;
    for (Gang& gang : s.gangs) {
      if (gang.state != Gang::State::running) continue;
      const bool here = std::any_of(gang.parts.begin(), gang.parts.end(), [&](const auto& part) { return there(s.pools[part.pool]); });
      if (here && (last == nullptr || gang.started_on >= last->started_on)) last = &gang;
    }
    if (last == nullptr) throw std::logic_error("a pool is held by gangs that do not run");
    return last;
  };
  for (const Pool& pool : s.pools) {
    const std::int64_t have = pool.closed ? 0 : pool.up;
    // Who was told of a window of maintenance has written a checkpoint.
    const auto hour = static_cast<std::int64_t>(hours_now(s));
    const bool told = s.repairs && s.repairs->pools[static_cast<std::size_t>(&pool - s.pools.data())].drains_at == hour;
    while (pool.held_by_gangs > have) evict(s, *last_started([&](const Pool& p) { return &p == &pool; }), s.today, told);
  }
  for (std::size_t site = 0; site < s.plan.sites.size(); ++site) {
    const auto over = [&] {
      double watts = 0;
      for (const Pool& pool : s.pools) {
        if (pool.site == site) {
          watts += static_cast<double>(pool.in_service - pool.unpowered) * pool.idle.base() + static_cast<double>(pool.held_by_gangs) * (pool.busy - pool.idle).base();
        }
      }
      return watts > s.site(site).power.at(s.today).base() / s.pue_today[site];
    };
    while (std::any_of(s.pools.begin(), s.pools.end(), [&](const Pool& p) { return p.site == site && p.held_by_gangs > 0; }) && over()) {
      evict(s, *last_started([&](const Pool& p) { return p.site == site; }), s.today, false);
    }
  }
}

void pause_gangs(State& s, std::size_t workload, Date until) {
  for (Gang& gang : s.gangs) {
    if (gang.workload == workload && gang.state == Gang::State::running) evict(s, gang, until, true);
  }
  pause_queued_runs(s, workload, until);
}

}  // namespace headroom::fleet
