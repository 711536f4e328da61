#pragma once

#include <string>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/placement/placement.hpp"

namespace headroom::fleet {

/// The placement problem, whose shape never changes, and the solver that keeps its basis from day to day.
struct Planner {
  explicit Planner(const State& state);
  placement::Problem problem;
  placement::Solver solver;
  std::vector<std::string> bound_by;  ///< by service: what keeps it from being served in full today; empty: nothing
  bool short_of_something = false;    ///< today some service is not served in full
  std::int64_t days = 0, solves = 0;
};

}  // namespace headroom::fleet
