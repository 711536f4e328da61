#include "sim/scheduling/job.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::scheduling {

namespace {

constexpr std::int64_t unit_ppm = 1'000'000;

/// Work done in `time` at a speed, rounded down.
SimTime work_in(SimTime time, std::int64_t ppm) {
  return SimTime{static_cast<std::int64_t>(Int128{time.count()} * ppm / unit_ppm)};
}

/// Time that `work` takes at a speed, rounded up.
SimTime time_for(SimTime work, std::int64_t ppm) {
  return SimTime{static_cast<std::int64_t>((Int128{work.count()} * unit_ppm + ppm - 1) / ppm)};
}

}  // namespace

std::int64_t speed_ppm(const Job& job, std::int32_t gpus) {
  if (gpus <= job.gpus) return std::max<std::int64_t>(1, unit_ppm * gpus / job.gpus);
  const double extra = job.growth_efficiency * static_cast<double>(gpus - job.gpus) / static_cast<double>(job.gpus);
  return unit_ppm + static_cast<std::int64_t>(std::floor(extra * unit_ppm));
}

SimTime run_length(const Job& job, const JobState& state, std::int32_t gpus, SimTime work) {
  return state.restart_left + time_for(work, speed_ppm(job, gpus));
}

void break_off(const Job& job, JobState& state, SimTime elapsed, bool saved) {
  const std::int64_t ppm = speed_ppm(job, state.gpus);
  const SimTime restart = std::min(elapsed, state.restart_left);
  const SimTime busy = elapsed - restart;
  const SimTime done_before = job.duration - state.left;
  SimTime done = std::min(done_before + work_in(busy, ppm), job.duration);
  SimTime lost{0};
  if (!saved && job.checkpoint_every > SimTime{0}) {
    const SimTime kept = std::max(done_before, done - done % job.checkpoint_every);
    lost = std::min(busy, time_for(done - kept, ppm));
    done = kept;
  }
  state.left = job.duration - done;
  state.restart_left -= restart;
  const AcceleratorTime width = state.gpus;
  state.fates += {width * elapsed.count(), width * (busy - lost).count(), width * lost.count(), width * restart.count()};
}

void finish(const Job&, JobState& state, SimTime elapsed) {
  const AcceleratorTime width = state.gpus;
  const SimTime restart = state.restart_left;
  state.left = SimTime{0};
  state.restart_left = SimTime{0};
  state.fates += {width * elapsed.count(), width * (elapsed - restart).count(), 0, width * restart.count()};
}

}  // namespace headroom::scheduling
