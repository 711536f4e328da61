#pragma once

#include "models/units/quantity.hpp"

namespace headroom::reliability {

/// How a long job saves its state. `write` is the time that a checkpoint stops the work: the whole write if it blocks, only the
/// copy to the host if it does not.
struct Checkpointing {
  Seconds interval;  ///< of work between two checkpoints, > 0
  Seconds write;
  Seconds restart;   ///< from the failure to the first step that makes progress: detection, replacement, load, catch-up of the pipeline
};

/// Interval of least overhead for a mean time between failures M and a blocking write w: sqrt(2 w M) - w (Young 1974, Daly
/// 2006), at least w. Throws std::domain_error unless both are positive.
[[nodiscard]] Seconds young_daly_interval(Seconds write, Seconds mean_time_between_failures);

/// Expected effective training time ratio, productive over held time, of a job with failure rate `lambda`:
/// (1 - lambda (u + t/2)) / (1 + w/t) with restart u, interval t, write w (Meta, arXiv 2410.21680, eq. 1). A first-order
/// form, never below 0: good while lambda (u + t/2) < 0.15; use `renewal_ettr` beyond.
[[nodiscard]] double expected_ettr(PerSecond lambda, const Checkpointing&);

/// The same without approximation for memoryless failures, also during restarts and writes: a segment of t + w is repeated
/// until it passes without a failure, E = e^(lambda u) (e^(lambda (t + w)) - 1) / lambda, ETTR = t / E (Daly 2006, eq. 9).
[[nodiscard]] double renewal_ettr(PerSecond lambda, const Checkpointing&);

/// Expected shares of held time of the same renewal; they sum to 1, and `useful` is renewal_ettr.
struct ExpectedFates {
  double useful = 1;
  double writing = 0;     ///< checkpoints that were completed
  double lost = 0;        ///< work and broken-off writes since the last checkpoint
  double restarting = 0;
};
/// With an interval of 0 nothing is written and nothing lost: what is left is restarting.
[[nodiscard]] ExpectedFates expected_fates(PerSecond lambda, const Checkpointing&);

/// Share of a synchronous job's speed that is left when a share of hosts runs slower by `slowdown` (0.1: 10 % slower) and
/// `hosts` of them must wait for each other: the chance that the job holds at least one slow host times the slowdown.
[[nodiscard]] double straggler_factor(double share, double slowdown, double hosts);

/// Share of its working time that a gang spends at the speed of a slow node, where nodes turn slow at `onset` (of the whole gang) and
/// are found and replaced `detection` later, together with all that turned slow meanwhile: a renewal of waiting 1/onset and slow
/// detection.
[[nodiscard]] double slow_share(PerSecond onset, Seconds detection);

/// Bytes of a checkpoint: 32 bit master weights, two moments and 16 bit weights for every parameter (facts/training.md 5.7).
[[nodiscard]] constexpr Bytes checkpoint_bytes(double parameters) { return Bytes{14 * parameters}; }

}  // namespace headroom::reliability
