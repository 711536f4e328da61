#include "sim/failures/checkpoint_clock.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::failures {

namespace {
/// Seconds below which work counts as done and time as over: sums of hours and intervals round off far below it.
constexpr double grain = 1e-6;
}  // namespace

CheckpointClock::CheckpointClock(Seconds work, Seconds every, Seconds write) : every_(every.base()), write_(write.base()), left_(work.base()) {
  if (!(left_ >= 0) || !(every_ >= 0) || !(write_ >= 0)) throw std::invalid_argument("work, checkpoint interval and write time must not be negative");
}

Seconds CheckpointClock::pass(Seconds span, ClockFates& fates) {
  double time = span.base();
  const auto spend = [&](double& on, double part) {
    on += part;
    time -= part;
  };
  while (time > grain && !done()) {
    if (restarting_ > 0) {
      const double part = std::min(time, restarting_);
      spend(fates.restarting, part);
      restarting_ = restarting_ - part > grain ? restarting_ - part : 0;
    } else if (writing_ > 0) {
      const double part = std::min(time, writing_);
      spend(fates.writing, part);
      spent_ += part;
      writing_ = writing_ - part > grain ? writing_ - part : 0;
      if (writing_ == 0) unsaved_ = spent_ = 0;
    } else {
      // Whole cycles that end before the work does; the last interval needs no checkpoint.
      const double cycle = every_ + write_;
      const double cycles = every_ > 0 && unsaved_ == 0 ? std::floor(std::min(time / cycle, (left_ - grain) / every_)) : 0;
      if (cycles >= 1) {
        spend(fates.useful, cycles * every_);
        spend(fates.writing, cycles * write_);
        left_ -= cycles * every_;
        continue;
      }
      const double part = std::min({time, left_, every_ > 0 ? every_ - unsaved_ : left_});
      spend(fates.useful, part);
      left_ = left_ - part > grain ? left_ - part : 0;
      if (every_ <= 0) continue;
      unsaved_ += part;
      if (every_ - unsaved_ <= grain && !done()) {
        writing_ = write_;
        if (write_ <= 0) unsaved_ = 0;
      }
    }
  }
  return span - Seconds{std::max(0.0, time)};
}

void CheckpointClock::interrupt(Seconds restart, ClockFates& fates) {
  fates.lost += unsaved_ + spent_;
  fates.useful -= unsaved_;
  fates.writing -= spent_;
  left_ += unsaved_;
  unsaved_ = writing_ = spent_ = 0;
  restarting_ = restart.base();
}

}  // namespace headroom::failures
