#pragma once

#include "models/units/quantity.hpp"

namespace headroom::failures {

/// Where the wall time of a job with blocking checkpoints went, in seconds.
struct ClockFates {
  double useful = 0;      ///< work that was kept; what is not saved yet counts until it is lost
  double writing = 0;     ///< checkpoints that were completed
  double lost = 0;        ///< work and broken-off writes since the last checkpoint at an interruption
  double restarting = 0;
  [[nodiscard]] double sum() const { return useful + writing + lost + restarting; }
  ClockFates& operator+=(const ClockFates& o) {
    useful += o.useful; writing += o.writing; lost += o.lost; restarting += o.restarting;
    return *this;
  }
};

/// The clock of a job that works, stops to write a checkpoint after every interval of work, and after an interruption
/// restarts from the last one. It lets any time pass at the cost of a few operations: whole cycles are skipped.
class CheckpointClock {
 public:
  /// `every` 0: nothing is written and nothing is ever lost. Throws std::invalid_argument for negative times.
  CheckpointClock(Seconds work, Seconds every, Seconds write);

  /// Lets up to `time` pass and adds where it went to `fates`. Returns what passed: less only where the work ended.
  Seconds pass(Seconds time, ClockFates& fates);
  /// Takes back what was done since the last checkpoint; work goes on after `restart`. One that comes during a restart only
  /// begins it anew.
  void interrupt(Seconds restart, ClockFates& fates);
  /// The job writes its last checkpoint at once and leaves; nothing is lost. Only for one that goes by announcement.
  void save() { unsaved_ = writing_ = spent_ = 0; }
  [[nodiscard]] bool done() const { return left_ <= 0; }
  [[nodiscard]] Seconds left() const { return Seconds{left_}; }  ///< of work

 private:
  double every_, write_, left_;
  double unsaved_ = 0;
  double writing_ = 0;     ///< that the present write still takes
  double spent_ = 0;       ///< on the present write
  double restarting_ = 0;
};

}  // namespace headroom::failures
