#include "sim/scheduling/job.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::scheduling {

namespace {

constexpr std::int64_t unit_ppm = full_speed_ppm;

/// Work done in `time` at a speed, rounded down.
SimTime work_in(SimTime time, std::int64_t ppm) {
  if (ppm == unit_ppm) return time;
  return SimTime{static_cast<std::int64_t>(Int128{time.count()} * ppm / unit_ppm)};
}

/// Where speeds are almost nothing a time outgrows 64 bits; beyond the clock's end all are alike.
SimTime at_most_never(Int128 time) { return SimTime{static_cast<std::int64_t>(std::min(time, Int128{never.count()}))}; }

/// Time that `work` takes at a speed, rounded up.
SimTime time_for(SimTime work, std::int64_t ppm) {
  if (ppm == unit_ppm) return work;
  return at_most_never((Int128{work.count()} * unit_ppm + ppm - 1) / ppm);
}

/// What a run has done with its time: waited for what it needs, then restarted, then worked.
struct Spent { SimTime wait, restart, busy; };
Spent spent(const JobState& state, SimTime elapsed) {
  const SimTime wait = std::min(elapsed, state.wait_left);
  const SimTime restart = std::min(elapsed - wait, state.restart_left);
  return {wait, restart, elapsed - wait - restart};
}

/// Work that is done after so much time of a run at that speed.
SimTime done_after(const Job& job, const JobState& state, SimTime busy, std::int64_t ppm) { return std::min(job.duration - state.left + work_in(busy, ppm), job.duration); }

}  // namespace

bool take_whole_nodes(std::span<const Job> jobs, const std::vector<std::vector<Way>>& ways, std::int32_t part, std::int32_t gpus_per_node) {
  const auto whole = [&](std::int32_t gpus) { return gpus % gpus_per_node == 0; };
  return std::all_of(jobs.begin(), jobs.end(), [&](const Job& job) {
    const auto& its = ways[static_cast<std::size_t>(job.ways)];
    return std::all_of(its.begin(), its.end(), [&](const Way& way) {
      const bool first = way.part != part || (whole(job.gpus) && whole(job.min_gpus) && whole(job.max_gpus));
      return first && (way.second_part != part || whole(way.second_gpus));
    });
  });
}

std::int64_t speed_ppm(const Job& job, std::int32_t gpus, const Way& way, std::int64_t place_ppm) {
  if (gpus == job.gpus && way.speed_ppm == unit_ppm) return std::max<std::int64_t>(1, place_ppm);
  std::int64_t ppm = unit_ppm;
  if (gpus <= job.gpus) {
    ppm = std::max<std::int64_t>(1, unit_ppm * gpus / job.gpus);
  } else {
    const double extra = job.growth_efficiency * static_cast<double>(gpus - job.gpus) / static_cast<double>(job.gpus);
    ppm += static_cast<std::int64_t>(std::floor(extra * unit_ppm));
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(Int128{ppm} * way.speed_ppm / unit_ppm * place_ppm / unit_ppm));
}

SimTime estimated_work(const Job& job, const JobState& state) {
  return job.estimate > SimTime{0} ? std::max(SimTime{1}, job.estimate - (job.duration - state.left)) : state.left;
}

SimTime end_of_run(SimTime now, const JobState& state, std::int64_t speed_ppm, SimTime work) {
  return at_most_never(Int128{now.count()} + state.wait_left.count() + state.restart_left.count() + time_for(work, speed_ppm).count());
}

void add_restart(const Job& job, JobState& state) { state.restart_left = at_most_never(Int128{state.restart_left.count()} + job.restart.count()); }

SimTime remaining(const Job& job, const Way& way, const JobState& state, SimTime elapsed) {
  const auto [wait, restart, busy] = spent(state, elapsed);
  const SimTime left = job.duration - done_after(job, state, busy, speed_ppm(job, state.gpus, way, state.place_ppm));
  return left + (state.wait_left - wait) + (state.restart_left - restart);
}

void break_off(const Job& job, const Way& way, JobState& state, SimTime elapsed, bool saved) {
  const std::int64_t ppm = speed_ppm(job, state.gpus, way, state.place_ppm);
  // A way's checkpoints come at distances of time: a slower place does less work between two.
  const SimTime every = way.checkpoint_every > SimTime{0} ? std::max(SimTime{1}, work_in(way.checkpoint_every, state.place_ppm)) : job.checkpoint_every;
  const auto [wait, restart, busy] = spent(state, elapsed);
  const SimTime done_before = job.duration - state.left;
  SimTime done = done_after(job, state, busy, ppm);
  SimTime lost{0};
  if (!saved && every > SimTime{0}) {
    const SimTime kept = std::max(done_before, done - done % every);
    lost = std::min(busy, time_for(done - kept, ppm));
    done = kept;
  }
  state.left = job.duration - done;
  state.wait_left -= wait;
  state.restart_left -= restart;
  const AcceleratorTime width = state.width;
  state.fates += {width * elapsed.count(), width * (busy - lost).count(), width * lost.count(), width * (wait + restart).count()};
}

void finish(JobState& state, SimTime elapsed) {
  const AcceleratorTime width = state.width;
  const SimTime restart = state.wait_left + state.restart_left;
  state.left = SimTime{0};
  state.restart_left = state.wait_left = SimTime{0};
  state.fates += {width * elapsed.count(), width * (elapsed - restart).count(), 0, width * restart.count()};
}

}  // namespace headroom::scheduling
