#include "sim/fleet/gangs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/units/error.hpp"
#include "sim/fleet/failures.hpp"

namespace headroom::fleet {

using scenario::TrainingRun;
using scenario::Workload;

namespace {

const Workload& workload_of(const State& s, const Gang& gang) { return s.plan.workloads[gang.workload]; }
const TrainingRun& run_of(const State& s, const Gang& gang) { return workload_of(s, gang).runs[gang.run]; }

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

/// Share of held time that advances the run: Meta's small-loss form, E = (1 - N r (u + t/2)) / (1 + w/t) with r the
/// interruptions per accelerator and second, u restart, t checkpoint interval, w blocking write (arXiv 2410.21680).
double productive_share(const TrainingRun& run) {
  const double t = run.checkpoint_interval.base();
  const double rate = run.interruptions_per_million_accelerator_hours * 1e-6 / 3600 * static_cast<double>(run.accelerators);
  const double write = t > 0 ? run.checkpoint_write.base() / t : 0;
  const double share = (1 - rate * (run.restart.base() + t / 2)) / (1 + write);
  if (share <= 0) throw Infeasible(fmt::format("run {}: interruptions cost more time than there is; lower the checkpoint interval or the restart time", run.id));
  return share;
}

std::int64_t placed(const State& s, std::size_t pool, int above_tier) {
  std::int64_t n = 0;
  for (const Arc& arc : s.arcs) {
    if (arc.pool == pool && s.services[arc.service].tier < above_tier) n += arc.accelerators;
  }
  return n;
}

bool may_run_at(const State& s, const Gang& gang, std::size_t site) {
  const auto& regions = workload_of(s, gang).regions;
  if (regions.empty()) return true;
  const auto& place = s.site(site);
  return std::any_of(regions.begin(), regions.end(), [&](const auto& r) {
    return r.region == place.region || std::find(place.serves.begin(), place.serves.end(), r.region) != place.serves.end();
  });
}

/// Pool with most free accelerators of the first accepted chip that has enough somewhere.
std::optional<std::size_t> find_pool(const State& s, const Gang& gang) {
  for (const std::string& chip : run_of(s, gang).chips) {
    std::optional<std::size_t> best;
    std::int64_t most = run_of(s, gang).accelerators - 1;
    for (std::size_t p = 0; p < s.pools.size(); ++p) {
      const Pool& pool = s.pools[p];
      if (pool.closed || s.chip(pool.chip).id != chip || !may_run_at(s, gang, pool.site)) continue;
      const std::int64_t free = standing_now(s, pool) - pool.held_by_gangs - placed(s, p, workload_of(s, gang).tier);
      if (free > most) {
        most = free;
        best = p;
      }
    }
    if (best) return best;
  }
  return std::nullopt;
}

double seconds_between(Date a, Date b) { return static_cast<double>((b - a).count()) * 86400; }

void start(State& s, std::size_t g, std::size_t pool) {
  Gang& gang = s.gangs[g];
  const TrainingRun& run = run_of(s, gang);
  const std::string& chip = s.chip(s.pools[pool].chip).id;
  gang.state = Gang::State::running;
  gang.pool = pool;
  gang.started_on = s.today;
  gang.speed = relative_speed(s, gang, chip);
  gang.mfu = ability_on(s, gang, chip).mfu;
  gang.ettr = productive_share(run);
  ++gang.start;
  s.pools[pool].held_by_gangs += run.accelerators;
  const double days = gang.remaining / (gang.speed * gang.ettr) / 86400;
  s.at(s.today + std::chrono::days{static_cast<int>(days) + 1}, engine::Phase::release,
       {Kind::end_gang, static_cast<std::uint32_t>(g), gang.start});
  s.happenings.push_back({s.today, "run_started", s.site(s.pools[pool].site).id, chip, workload_of(s, gang).id, run.id,
                          static_cast<double>(run.accelerators), "accelerators", fmt::format("waited {} days", (s.today - gang.queued_on).count())});
}

/// Work since the last checkpoint is lost: half an interval on average. The run asks again from `again` on.
void evict(State& s, Gang& gang, Date again) {
  const TrainingRun& run = run_of(s, gang);
  Pool& pool = s.pools[gang.pool];
  const double done = seconds_between(gang.started_on, s.today) * gang.speed * gang.ettr;
  gang.remaining -= std::max(0.0, done - run.checkpoint_interval.base() / 2 * gang.speed);
  gang.state = Gang::State::planned;
  pool.held_by_gangs -= run.accelerators;
  s.happenings.push_back({s.today, "run_evicted", s.site(pool.site).id, s.chip(pool.chip).id, workload_of(s, gang).id, run.id,
                          static_cast<double>(run.accelerators), "accelerators", ""});
  s.at(again, engine::Phase::arrival, {Kind::queue_gang, static_cast<std::uint32_t>(&gang - s.gangs.data())});
}

}  // namespace

void open_gangs(State& s) {
  for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
    const Workload& workload = s.plan.workloads[w];
    if (workload.kind != Workload::Kind::training) continue;
    for (std::size_t r = 0; r < workload.runs.size(); ++r) {
      const TrainingRun& run = workload.runs[r];
      Gang gang;
      gang.workload = w;
      gang.run = r;
      gang.queued_on = run.start;
      s.gangs.push_back(gang);
      Gang& made = s.gangs.back();
      made.remaining = ability_on(s, made, run.chips.front()).ideal_duration.base();
      s.at(run.start, engine::Phase::arrival, {Kind::queue_gang, static_cast<std::uint32_t>(s.gangs.size() - 1)});
    }
  }
}

void queue_gang(State& s, std::uint32_t g) {
  s.gangs[g].state = Gang::State::queued;
  s.gangs[g].queued_on = s.today;
}

void start_gangs(State& s) {
  std::vector<std::size_t> queue;
  for (std::size_t g = 0; g < s.gangs.size(); ++g) {
    if (s.gangs[g].state == Gang::State::queued) queue.push_back(g);
  }
  std::stable_sort(queue.begin(), queue.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t g) { return std::pair{workload_of(s, s.gangs[g]).tier, s.gangs[g].queued_on}; };
    return key(a) < key(b);
  });
  for (const std::size_t g : queue) {
    if (const auto pool = find_pool(s, s.gangs[g])) start(s, g, *pool);
  }
}

void evict_gangs(State& s) {
  const auto last_started = [&](auto&& there) {
    Gang* last = nullptr;
    for (Gang& gang : s.gangs) {
      if (gang.state == Gang::State::running && there(s.pools[gang.pool]) && (last == nullptr || gang.started_on >= last->started_on)) last = &gang;
    }
    if (last == nullptr) throw std::logic_error("a pool is held by gangs that do not run");
    return last;
  };
  for (const Pool& pool : s.pools) {
    const std::int64_t have = pool.closed ? 0 : pool.up;
    while (pool.held_by_gangs > have) evict(s, *last_started([&](const Pool& p) { return &p == &pool; }), s.today);
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
      evict(s, *last_started([&](const Pool& p) { return p.site == site; }), s.today);
    }
  }
}

void pause_gangs(State& s, std::size_t workload, Date until) {
  for (Gang& gang : s.gangs) {
    if (gang.workload == workload && gang.state == Gang::State::running) evict(s, gang, until);
  }
}

void end_gang(State& s, const Event& event) {
  Gang& gang = s.gangs[event.index];
  if (gang.state != Gang::State::running || gang.start != event.detail) return;
  gang.state = Gang::State::done;
  gang.done_on = s.today;
  Pool& pool = s.pools[gang.pool];
  pool.held_by_gangs -= run_of(s, gang).accelerators;
  s.happenings.push_back({s.today, "run_completed", s.site(pool.site).id, s.chip(pool.chip).id, workload_of(s, gang).id, run_of(s, gang).id,
                          1, "runs", ""});
}

}  // namespace headroom::fleet
