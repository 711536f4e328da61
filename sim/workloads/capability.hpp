#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/serving/curve_cache.hpp"
#include "sim/serving/hour_table.hpp"

namespace headroom::workloads {

/// What one accelerator of a chip does for a service. Of a disaggregated service it is the decode side that is told of, which all
/// load is counted on; `prefill` is the other.
struct Capability {
  std::size_t chip = 0;              ///< place in Scenario::chips
  double units_per_second = 0;       ///< of load, per accelerator, at the service's mix and SLO
  std::int64_t replica = 1;          ///< accelerators that stand and fall together
  std::optional<Date> ported;        ///< usable from this day
  double low_factor = 1, high_factor = 1;  ///< 80 % interval of the rate, as factors
  double input_time_share = 0;       ///< serving: of the time per token, the part that uncached input takes
  bool includes_failures = false;    ///< the rate is a mean over accelerators of which some were down
  std::string grade;
  /// What an iteration model tells of a replica over its load; null for a rate, which knows no latency.
  std::shared_ptr<const sim_serving::HourTable> hours;
  Seconds round_trip;                ///< to the users; taken off the target of the first token
  std::string layout;                ///< of a replica, for people; empty for a rate
  double knee_units_per_second = 0;  ///< where `hours` tells: per accelerator of a saturated replica
  double peak_units_per_second = 0;  ///< and by the datasheet's arithmetic alone
  double load_at_knee = 1;           ///< of these accelerators when the replica is saturated; below 1 where its other side is the slower one

  /// The prompts' side of a replica: its chip, the accelerators of one replica, `load_at_knee`, its layout and grade. It has no units
  /// of its own. Null: the replica does prompts and decodes.
  std::shared_ptr<const Capability> prefill;
  double transfer_load_at_knee = 0;  ///< of the link for caches
  /// Speed of the replica, relative to the model's, where the sides' chips have these speeds: the slowest stage sets its rate, and the
  /// link's is what it was; first tokens come at the prompts' speed, the others at the decodes'.
  [[nodiscard]] sim_serving::Speed speed(double own, double of_prefill) const;
  [[nodiscard]] std::int64_t accelerators_of_replica() const { return replica + (prefill ? prefill->replica : 0); }
};

/// An eligible chip that cannot serve it.
struct Unable { std::size_t chip; std::string why; };

/// What the chips do for one model of a workload, by the performance model that the scenario picks for each.
struct Capabilities {
  std::vector<Capability> able;      ///< in order of chip
  std::vector<Unable> unable;
  double tokens_per_request = 0;     ///< where an iteration model serves it
};
/// Throws InputError where the scenario does not say what a model needs, Infeasible where no chip can serve it.
[[nodiscard]] Capabilities capabilities_of(const scenario::Scenario& scenario, const scenario::Workload& workload,
                                           const scenario::ModelShare& model, sim_serving::CurveCache& curves);

/// Rate of serving on one accelerator at a mix of tokens: the accelerator's time per token is the sum of its time for
/// uncached input at `prefill` and for output at `decode`; cached input costs nothing beyond what the rates include.
[[nodiscard]] TokensPerSecond mixed_rate(TokensPerSecond prefill, TokensPerSecond decode, double output_share, double cached_share);

}  // namespace headroom::workloads
