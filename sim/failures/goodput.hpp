#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/reliability/hazard.hpp"
#include "models/units/quantity.hpp"
#include "sim/engine/time.hpp"
#include "sim/failures/world.hpp"

namespace headroom::failures {

using engine::SimTime;

/// A time with spread: lognormal with this mean and coefficient of variation; 0 = always the mean.
struct Spread {
  Seconds mean;
  double variation = 0;
  [[nodiscard]] Seconds quantile(double u) const;
};

/// Nodes that go on working, but slowly, and hold the whole gang back until they are found.
struct FailSlow {
  PerSecond onset;         ///< of each node
  double speed = 0.7;      ///< of the gang meanwhile, above 0 to 1
  Spread detection{hours(1)};
};

/// One gang job that runs for a span on nodes that fail, with blocking checkpoints.
struct GoodputSpec {
  std::int32_t nodes = 1;
  reliability::Hazard node_hazard;         ///< unexpected interruptions of each node
  reliability::Mixture lemons;             ///< among the nodes
  PerSecond job_hazard;                    ///< unexpected interruptions that do not depend on the size
  PerSecond planned;                       ///< interruptions announced in time: a checkpoint is written before, nothing is lost
  FailSlow slow;
  Seconds checkpoint_every = Seconds{1800}; ///< of work
  Seconds checkpoint_write;                ///< during which the job stands still
  Spread detection;                        ///< from an unexpected interruption to its recognition
  Spread restart;                          ///< from there to work: replacement of nodes, scheduling, loading
  Seconds span = days(54);                 ///< at most, if there is `work`
  std::optional<Seconds> work;             ///< the run ends when so much work at full speed is done
};

/// Where the job's wall time went. The parts sum to the span exactly.
struct GoodputFates {
  SimTime useful{0};      ///< work that was kept, at full speed
  SimTime writing{0};     ///< checkpoints, broken-off ones included
  SimTime lost{0};        ///< work done since the last checkpoint at an unexpected interruption
  SimTime slowed{0};      ///< lost to slow nodes
  SimTime detecting{0};
  SimTime restarting{0};
  [[nodiscard]] SimTime sum() const { return useful + writing + lost + slowed + detecting + restarting; }
};

struct Goodput {
  std::int64_t unexpected = 0;  ///< interruptions, those during a restart included
  std::int64_t planned = 0;
  std::int64_t slow = 0;        ///< slow nodes found and replaced
  GoodputFates fates;
  SimTime span{0};              ///< up to the finish, if there was one
  std::optional<SimTime> finished;
  /// Effective training time ratio.
  [[nodiscard]] double effective() const {
    return static_cast<double>(fates.useful.count()) / static_cast<double>(span.count());
  }
};

/// Simulates one replication; `site` tells jobs at unlike places apart in the world.
[[nodiscard]] Goodput simulate_goodput(const GoodputSpec& spec, const FailureWorld& world, std::uint64_t site = 0);

/// Finish times of `replications` worlds in ascending order: quantile q of the finish date is the one at q of the list.
/// A replication that does not finish within the span is absent. Throws std::invalid_argument without `work`.
[[nodiscard]] std::vector<SimTime> finish_times(const GoodputSpec& spec, std::uint64_t seed, int replications);

}  // namespace headroom::failures
