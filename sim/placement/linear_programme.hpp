#pragma once

#include <memory>
#include <vector>

namespace headroom::placement {

/// A linear programme to be minimised, solved by COIN-OR CLP, that keeps its basis from one solve to the next.
/// The only place that knows the solver.
class LinearProgramme {
 public:
  struct Entry {
    int row;
    double value;
  };
  enum class Status { optimal, infeasible, unbounded };
  /// Which simplex method may start from the present basis: `dual` after bounds have changed, `primal` after costs.
  enum class Method { dual, primal };

  explicit LinearProgramme(int rows);
  ~LinearProgramme();
  LinearProgramme(LinearProgramme&&) noexcept;
  LinearProgramme& operator=(LinearProgramme&&) noexcept;

  /// Adds a column with bounds [low, high]; returns its index. All columns come before anything else is set.
  int add_column(double low, double high, const std::vector<Entry>& entries);
  void set_bounds(int column, double low, double high);
  void set_cost(int column, double cost);
  void set_row(int row, double low, double high);

  /// Remembers the present basis, and starts the next solve from the one remembered, whatever was solved in between.
  void keep_basis();
  void restore_basis();

  /// Throws std::logic_error if the solver gives up (with its status).
  Status solve(Method method);
  [[nodiscard]] double value(int column) const;
  /// Change of the minimum for one more unit of the row's bound.
  [[nodiscard]] double dual(int row) const;
  [[nodiscard]] double objective() const;
  /// Simplex iterations of the last solve; 0: the old basis was still optimal.
  [[nodiscard]] int iterations() const;

 private:
  struct Solver;
  std::unique_ptr<Solver> solver_;
};

}  // namespace headroom::placement
