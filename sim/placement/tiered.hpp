#pragma once

#include <vector>

#include "sim/placement/formulation.hpp"

namespace headroom::placement {

/// The answer where not everything can be served: the least shortfall of each tier that the tiers before it allow, then the
/// least cost. Each of these steps is a programme of its own that keeps its basis, so that from one day to the next only
/// bounds change and the dual simplex needs few steps, or none.
class Tiered {
 public:
  Tiered(const Problem& problem, Start start);

  [[nodiscard]] bool fits(const Problem& problem) const { return steps_.back().fits(problem); }
  /// Whether something is short by more than rounding of numbers.
  bool solve(const Problem& problem);
  [[nodiscard]] std::vector<double> replicas() const { return steps_.back().replicas(); }
  [[nodiscard]] std::vector<double> unserved() const { return steps_.back().unserved(); }
  [[nodiscard]] int solves() const;
  [[nodiscard]] int iterations() const;
  void reset_counts();

 private:
  std::vector<Formulation> steps_;  ///< one a tier, then that of cost
};

}  // namespace headroom::placement
