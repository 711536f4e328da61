#pragma once

#include <string>

#include "sim/serving/simulation.hpp"

namespace headroom::sim_serving {

/// A load against the most that a service can carry.
struct SaturationVerdict {
  std::string word;  ///< "stable", "near the knee", "saturated"
  double load = 0;   ///< offered / knee
  double knee = 0;   ///< requests a second with an endless queue
  double low = 0, high = 0;  ///< 80 % band: of the model's pass times (at least 10 %)
};

/// Runs the service with all requests at once (of the trace if there is one, else of the mix) and takes the rate at which it
/// works them off, the beginning and the end left out. The band is that of the model's passes; near the knee a fifth of
/// capacity turns milliseconds of TTFT into minutes, so one number would say too much.
[[nodiscard]] SaturationVerdict saturation_verdict(const ServiceSpec& service, const RequestTrace* trace, const RequestMix& mix,
                                                   double requests_per_second);

}  // namespace headroom::sim_serving
