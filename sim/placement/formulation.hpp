#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/placement/linear_programme.hpp"
#include "sim/placement/placement.hpp"
#include "sim/placement/problem.hpp"

namespace headroom::placement {

/// The tiers that occur, ascending.
[[nodiscard]] std::vector<int> tiers_of(const Problem& problem);

/// The problem as a linear programme in divisible replicas.
///
/// Columns: by arc the replicas kept (up to the current ones) and those new; by service the shortfall of rate, the
/// shortfall of replicas below the minimum, and extra load (fixed at 0 but for the question of headroom). Rows: by
/// service load and minimum; by pool accelerators; by site power; by link capacity; by tier its shortfall. A service's
/// rates are counted in replicas of its fastest arc and power in replicas' worth, so that all numbers are near the size
/// of a replica count. Demand, capacities and current replicas are bounds only, so that the matrix, and with it the
/// basis, stays when they change.
class Formulation {
 public:
  /// `Start::empty` leaves the columns of kept replicas out: a solver works on columns even if they are fixed at nothing. Throws
  /// std::logic_error then if an arc has current replicas.
  explicit Formulation(const Problem& problem, Start start = Start::present);

  /// True if `problem` differs from the one built for in bounds and costs only.
  [[nodiscard]] bool fits(const Problem& problem) const;
  void set_bounds(const Problem& problem);

  /// Everything served at least cost, or false if that cannot be.
  bool solve_served(const Problem& problem);
  /// Tier by tier the least shortfall, then least cost. Records what binds for each service that is short. Prices need
  /// not be unique: ask a new object, so that they do not depend on what was solved before.
  void solve_short(const Problem& problem);
  /// Allows every shortfall; then one objective after the other.
  void allow_shortfalls();
  /// Least objective after bounds have changed; false if there is none.
  bool solve_again() { return solve(LinearProgramme::Method::dual) == LinearProgramme::Status::optimal; }
  [[nodiscard]] double objective() const { return programme_.objective(); }
  void minimise_shortfall(std::size_t tier);  ///< of tiers_of()
  void minimise_cost(const Problem& problem);
  void limit_shortfall(std::size_t tier, double limit);
  /// Least objective with each arc's replicas between two whole numbers; absent if there is none.
  std::optional<double> least_within(const std::vector<std::int64_t>& low, const std::vector<std::int64_t>& high);

  /// Before questions of growth: serves everything at least cost and keeps that basis, from which each question starts.
  void start_growth(const Problem& problem);
  /// Largest extra load of one service beyond its demand while every service is served, in the service's unit; nothing if
  /// not even the demand can be served.
  std::optional<double> solve_growth(const Problem& problem, std::size_t service);
  /// The same question again after set_capacity().
  std::optional<double> grow_again(std::size_t service);

  /// By arc, to 2^-20 of a replica: what is finer depends on the solver's path.
  [[nodiscard]] std::vector<double> replicas() const;
  /// By service: rate that the present answer does not serve.
  [[nodiscard]] std::vector<double> unserved() const;
  [[nodiscard]] const std::vector<Binding>& bindings() const { return bindings_; }
  /// Shortfall of the first tier that is short in the present answer, in accelerators; 0: all is served.
  [[nodiscard]] double first_shortfall() const { return first_shortfall_; }
  /// Price of one more unit of a resource in the present answer: of shortfall in accelerators where a tier is short,
  /// else of cost per hour.
  [[nodiscard]] double price(Resource resource) const;
  /// Change of the extra load of `service` for one more unit, after solve_growth().
  [[nodiscard]] double growth_price(std::size_t service, Resource resource) const;
  void set_capacity(Resource resource, double capacity);

  [[nodiscard]] int solves() const { return solves_; }
  [[nodiscard]] int iterations() const { return iterations_; }
  void reset_counts() { solves_ = iterations_ = 0; }

 private:
  enum class Objective { none, cost, shortfall, growth };

  /// Columns by arc: those of replicas kept, unless left out, and new.
  [[nodiscard]] std::size_t columns_of_arc() const { return start_ == Start::empty ? 1 : 2; }
  [[nodiscard]] int kept(std::size_t arc) const { return static_cast<int>(2 * arc); }
  [[nodiscard]] int added(std::size_t arc) const { return static_cast<int>(columns_of_arc() * (arc + 1) - 1); }
  [[nodiscard]] int short_rate(std::size_t service) const { return static_cast<int>(columns_of_arc() * arcs_ + 3 * service); }
  [[nodiscard]] int short_replicas(std::size_t service) const { return short_rate(service) + 1; }
  [[nodiscard]] int extra(std::size_t service) const { return short_rate(service) + 2; }
  [[nodiscard]] int row_of(Resource resource) const;
  [[nodiscard]] int tier_row(std::size_t tier) const;
  [[nodiscard]] double row_scale(Resource resource) const;
  [[nodiscard]] double shortfall_cost(std::size_t service) const;

  void scale(const Problem& problem);
  void add_columns(const Problem& problem);
  void clear_costs();
  void bound_shortfalls(double limit);
  std::optional<double> growth(LinearProgramme::Method method, std::size_t service);
  LinearProgramme::Status solve(LinearProgramme::Method method);
  void record_binding(const Problem& problem, std::size_t service, const std::vector<double>& duals);

  Problem built_for_;
  Start start_;
  std::size_t arcs_;
  std::vector<int> tiers_;
  std::vector<double> rate_scale_;  ///< by service: rate of a replica of the fastest arc (1 if none has a rate)
  std::vector<double> accelerators_of_unit_;  ///< by service: accelerators of that replica
  std::vector<double> power_scale_;           ///< by site
  std::vector<double> link_scale_;            ///< by link
  LinearProgramme programme_;
  Objective objective_ = Objective::none;
  std::vector<double> costs_;  ///< as set in the programme, by column
  double cost_scale_ = 1;
  std::vector<Binding> bindings_;
  std::vector<double> first_short_duals_;  ///< by row, of the first tier that is short
  double first_shortfall_ = 0;
  int solves_ = 0;
  int iterations_ = 0;
};

}  // namespace headroom::placement
