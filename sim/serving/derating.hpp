#pragma once

#include <string>
#include <vector>

#include "models/units/evidence.hpp"

namespace headroom::sim_serving {

/// One step from what a chip could do to what it usefully does.
struct DeratingStep {
  std::string name;    ///< "achievable", "SLO", "burst", "rounding", "failures", "idle"
  double factor = 1;   ///< of the step before; above 1 where a step gives something back
  Grade grade = Grade::assumed;
  std::string source;  ///< where the factor comes from
};

/// The waterfall of one chip and service: peak x all factors = useful, within rounding.
struct DeratingWaterfall {
  double peak = 0;     ///< output tokens a second and chip at the datasheet's peak
  std::vector<DeratingStep> steps;
  [[nodiscard]] double useful() const;
};

/// A rate after a step.
struct DeratedRate {
  std::string name;
  double rate = 0;
  Grade grade = Grade::assumed;
  std::string source;
};

/// The waterfall through given rates: each factor is a rate over the one before it, so the product is the last rate over
/// the peak. Throws std::invalid_argument for a rate before the last that is not above 0.
[[nodiscard]] DeratingWaterfall waterfall(double peak, const std::vector<DeratedRate>& rates);

}  // namespace headroom::sim_serving
