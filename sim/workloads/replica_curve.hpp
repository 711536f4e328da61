#pragma once

#include <memory>
#include <string>

#include "models/catalog/architecture.hpp"
#include "models/serving/iteration.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/serving/curve_cache.hpp"
#include "sim/serving/hour_table.hpp"

namespace headroom::workloads {

/// A service, or one part of its requests, on one kind of replica as an iteration model tells it.
struct ReplicaCurve {
  std::shared_ptr<const sim_serving::HourTable> hours;
  serving::ReplicaPlan plan;
  double usable = 0;                 ///< hourly mean load / knee at which the target share of requests meets its targets
  double input_time_share = 0;       ///< of a replica's time, the part that uncached input takes
  double low_factor = 1, high_factor = 1;  ///< 80 % interval of the rate, as factors
  Grade grade = Grade::assumed;
  FlopsPerSecond peak;               ///< of one accelerator, dense, at the layout's precision
  std::string unable;                ///< why the chip cannot serve it; empty: it can

  /// Requests a second at the usable load.
  [[nodiscard]] double usable_rate() const { return usable * hours->curve().saturation; }
  [[nodiscard]] double usable_per_device() const { return usable_rate() / plan.devices(); }
};

/// How minutes vary within the hour: as the workload says, else as those of the Azure conversation trace of 2023 do.
struct MinuteVariation {
  double variation = 0, persistence = 0;
};
[[nodiscard]] MinuteVariation minutes_of(const scenario::Workload& workload);

/// The curve of `model` on the chip. A layout whose widths are open becomes the one that serves most at the targets per
/// accelerator: those of lowest cost per token by means are simulated and compared. Minutes vary within the hour as `minutes_of` says.
/// Replicas that do prompts alone are judged by TTFT (their part of it: the transfer comes after), those that decode alone by TPOT,
/// and both by the square root of the target share, since a request meets both targets. Requires `workload.lengths`.
[[nodiscard]] ReplicaCurve replica_curve(const scenario::Workload& workload, const scenario::ReplicaLayout& layout,
                                         const std::string& model, const catalog::Architecture& architecture,
                                         const catalog::Chip& chip, sim_serving::CurveCache& curves,
                                         sim_serving::Part part = sim_serving::Part::whole);

}  // namespace headroom::workloads
