#include "sim/serving/measured_service.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom::sim_serving {

NodesNeeded nodes_for(const MeasuredRates& rates, TokensPerSecond input, TokensPerSecond output, double cached_share) {
  if (!(rates.input.base() > 0 && rates.output.base() > 0) || !(cached_share >= 0 && cached_share <= 1) || !(rates.cached_share < 1)) {
    throw std::invalid_argument("measured rates must be above 0 and cached shares from 0 to below 1");
  }
  return {input / rates.input * (1 - cached_share) / (1 - rates.cached_share), output / rates.output};
}

CapacityCurve measured_curve(const MeasuredRates& rates, Part part, double input, double output, Grade grade) {
  if (part == Part::whole) throw std::invalid_argument("rates of prefill and decode nodes do not say what a node doing both serves");
  CapacityCurve curve;
  curve.input = input;
  curve.output = output;
  curve.cached_share = rates.cached_share;
  curve.grade = grade;
  curve.saturation = part == Part::prefill ? rates.input.base() / input : rates.output.base() / output;
  curve.saturation_low = curve.saturation_high = curve.saturation;
  for (const double load : curve_loads()) {
    CurvePoint p;
    p.load = load;
    p.offered = load * curve.saturation;
    p.served = std::min(load, 1.0) * curve.saturation;
    p.attainment = p.ttft_met = p.tpot_met = load <= 1 ? 1 : 0;
    p.busy = std::min(load, 1.0);
    if (part == Part::prefill) {
      p.input_cached = TokensPerSecond{p.served * input * rates.cached_share};
      p.input_uncached = TokensPerSecond{p.served * input * (1 - rates.cached_share)};
    } else {
      p.output = TokensPerSecond{p.served * output};
    }
    curve.points.push_back(p);
  }
  return curve;
}

}  // namespace headroom::sim_serving
