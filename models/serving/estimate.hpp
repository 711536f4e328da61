#pragma once

#include <optional>
#include <string_view>

#include "models/serving/analytic.hpp"
#include "models/serving/configuration.hpp"
#include "models/serving/constants.hpp"

namespace headroom::serving {

/// A configuration with all that does not depend on the constants' values worked out.
struct Prepared {
  Configuration configuration;
  ModelShape shape;
  DeviceRatings ratings;
  Binding binding;
  /// Layouts to choose from when the row leaves the layout open; at least one.
  std::vector<ReplicaPlan> plans;
  double overcommit = 1.15;  ///< measured systems fit a little more than the memory model grants
};
/// Throws UnsupportedPlan.
[[nodiscard]] Prepared prepare(Configuration configuration, const ConstantSet& constants);

/// Everything that clients of a configuration see, over all its accelerators; seconds and tokens per second.
struct Outcome {
  double output_per_second = 0, input_per_second = 0, requests_per_second = 0;
  Summary ttft, tpot, latency;
  ReplicaPlan plan;  ///< the layout that was used
  bool widened = false;  ///< the row's accelerators do not hold the model and it names no width: the smallest layout of the node that does
  int replicas = 1;
  std::string limit;  ///< what binds: "memory" (cache), "sequences", "load" or "latency"
};

/// Work limits of an estimate: the fit simulates fewer requests of long closed loops.
struct Effort {
  int closed_loop_requests = 600;
  int burst_requests = 1200;
  int open_loop_requests = 500;
};

/// Throws OutOfMemory when no layout fits.
[[nodiscard]] Outcome estimate(const Prepared& prepared, const ConstantSet& constants, const Effort& effort);

/// The value of a metric of inference_calibration.csv in its own unit; nothing for a metric that the model does not have.
[[nodiscard]] std::optional<double> value_of(const Outcome& outcome, const Configuration& configuration, std::string_view metric);

/// "throughput", "tpot", "ttft", "latency", "tail", "requests" or empty: families of metrics with errors of their own.
[[nodiscard]] std::string_view metric_family(std::string_view metric);

}  // namespace headroom::serving
