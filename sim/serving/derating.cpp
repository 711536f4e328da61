#include "sim/serving/derating.hpp"

#include <stdexcept>

namespace headroom::sim_serving {

double DeratingWaterfall::useful() const {
  double rate = peak;
  for (const DeratingStep& step : steps) rate *= step.factor;
  return rate;
}

DeratingWaterfall waterfall(double peak, const std::vector<DeratedRate>& rates) {
  DeratingWaterfall out;
  out.peak = peak;
  double before = peak;
  for (const DeratedRate& r : rates) {
    if (!(before > 0) || !(r.rate >= 0)) throw std::invalid_argument("derating waterfall: the step \"" + r.name + "\" starts from a rate that is not above 0");
    out.steps.push_back({r.name, r.rate / before, r.grade, r.source});
    before = r.rate;
  }
  return out;
}

}  // namespace headroom::sim_serving
