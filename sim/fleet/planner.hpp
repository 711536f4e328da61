#pragma once

#include <string>
#include <vector>

#include "sim/fleet/state.hpp"
#include "sim/placement/placement.hpp"

namespace headroom::fleet {

/// Rate per accelerator of an arc's row in the problem: nothing before the day of its port. Where both sides of a replica stand in one
/// pool, the row has the accelerators of both.
[[nodiscard]] double rate_of_row(const State& state, const placement::Problem& problem, std::size_t arc, Date day);

/// The placement problem, whose shape never changes, and the solver that keeps its basis from day to day.
struct Planner {
  explicit Planner(const State& state);
  placement::Problem problem;
  placement::Solver solver;
  std::vector<bool> is_short;       ///< by service: today's placement does not serve it in full
  std::vector<double> kept;         ///< by service: what it asks for today over what it is forecast to need
  placement::Solver ahead{placement::Start::empty};  ///< of the weeks to come
  /// By week of the horizon and service: highest load that the plan has on a day of it, at the peak hour for interactive ones.
  std::vector<std::vector<double>> planned_load;
  /// Weeks of the horizon, ascending, at which the spans that held as a whole began when the weeks to come were last looked at:
  /// they mostly hold again.
  std::vector<std::size_t> span_begins;
};

}  // namespace headroom::fleet
