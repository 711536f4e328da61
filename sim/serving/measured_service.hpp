#pragma once

#include "sim/serving/capacity_curve.hpp"

namespace headroom::sim_serving {

/// A service of which only mean rates were measured in production: the table model. What the rates include (idle time,
/// failures, headroom, the cache) is in them; nothing is derated again.
struct MeasuredRates {
  TokensPerSecond input;    ///< of one prefill node, cached tokens included
  TokensPerSecond output;   ///< of one decode node
  double cached_share = 0;  ///< of input, as it was when the rates were measured
};

/// Nodes for a load, on average.
struct NodesNeeded {
  double prefill = 0, decode = 0;
  [[nodiscard]] double total() const { return prefill + decode; }
};

/// Nodes that carry `input` (cached included) and `output`. With another `cached_share` than was measured the prefill nodes
/// follow the tokens that have to be computed (assumed: a cached token costs nothing).
[[nodiscard]] NodesNeeded nodes_for(const MeasuredRates& rates, TokensPerSecond input, TokensPerSecond output, double cached_share);

/// Such rates as a capacity curve: up to the knee all is served in time, beyond it the rest waits. `input` and `output`:
/// mean tokens of a request; part whole is not measured by these rates and refused (std::invalid_argument).
[[nodiscard]] CapacityCurve measured_curve(const MeasuredRates& rates, Part part, double input, double output, Grade grade);

}  // namespace headroom::sim_serving
