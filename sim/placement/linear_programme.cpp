#include "sim/placement/linear_programme.hpp"

#include <fmt/format.h>

#include <ClpSimplex.hpp>
#include <stdexcept>

namespace headroom::placement {

struct LinearProgramme::Solver {
  explicit Solver(int row_count) : rows(row_count) {
    model.setLogLevel(0);
    model.setPrimalTolerance(1e-9);
    model.setDualTolerance(1e-9);
    model.setPerturbation(100);  // none: the costs of the caller are already told apart, and the answer must be exact
    model.scaling(0);            // rows and columns come scaled, and unscaled numbers have one rounding less
  }

  /// The model, loaded with the columns added so far by its first use.
  ClpSimplex& loaded() {
    if (!is_loaded) load();
    return model;
  }
  void load() {
    const std::vector<double> above(static_cast<std::size_t>(rows), COIN_DBL_MAX);
    const std::vector<double> below(static_cast<std::size_t>(rows), -COIN_DBL_MAX);
    model.loadProblem(static_cast<int>(low.size()), rows, start.data(), row.data(), value.data(), low.data(),
                      high.data(), nullptr, below.data(), above.data());
    // 128: no look at each element of the matrix before each solve, which never changes; and work areas that stay: 3 % of a
    // year's plan.
    model.setSpecialOptions(model.specialOptions() | 128);
    model.startPermanentArrays();
    row_low = below;
    row_high = above;
    is_loaded = true;
  }

  ClpSimplex model;
  int rows;
  bool is_loaded = false;
  bool is_restored = false;           ///< the factorisation belongs to another basis
  std::vector<unsigned char> basis;   ///< that is kept
  std::vector<CoinBigIndex> start{0};
  std::vector<int> row;
  std::vector<double> value;
  std::vector<double> low;       ///< of the columns, as the model has them
  std::vector<double> high;
  std::vector<double> row_low;   ///< likewise
  std::vector<double> row_high;
};

LinearProgramme::LinearProgramme(int rows) : solver_(std::make_unique<Solver>(rows)) {}
LinearProgramme::~LinearProgramme() = default;
LinearProgramme::LinearProgramme(LinearProgramme&&) noexcept = default;
LinearProgramme& LinearProgramme::operator=(LinearProgramme&&) noexcept = default;

int LinearProgramme::add_column(double low, double high, const std::vector<Entry>& entries) {
  if (solver_->is_loaded) throw std::logic_error("a column comes after the linear programme was loaded");
  for (const Entry& entry : entries) {
    solver_->row.push_back(entry.row);
    solver_->value.push_back(entry.value);
  }
  solver_->start.push_back(static_cast<CoinBigIndex>(solver_->row.size()));
  solver_->low.push_back(low);
  solver_->high.push_back(high);
  return static_cast<int>(solver_->low.size()) - 1;
}

// Most bounds are set to what they are: they need not be told to the solver.
void LinearProgramme::set_bounds(int column, double low, double high) {
  double& present_low = solver_->low[static_cast<std::size_t>(column)];
  double& present_high = solver_->high[static_cast<std::size_t>(column)];
  if (present_low == low && present_high == high) return;
  solver_->loaded().setColumnBounds(column, present_low = low, present_high = high);
}
void LinearProgramme::set_cost(int column, double cost) { solver_->loaded().setObjectiveCoefficient(column, cost); }
void LinearProgramme::set_row(int row, double low, double high) {
  ClpSimplex& model = solver_->loaded();
  double& present_low = solver_->row_low[static_cast<std::size_t>(row)];
  double& present_high = solver_->row_high[static_cast<std::size_t>(row)];
  if (present_low == low && present_high == high) return;
  model.setRowBounds(row, present_low = low, present_high = high);
}

void LinearProgramme::keep_basis() {
  ClpSimplex& model = solver_->loaded();
  solver_->basis.assign(model.statusArray(), model.statusArray() + model.numberRows() + model.numberColumns());
}
void LinearProgramme::restore_basis() {
  solver_->loaded().copyinStatus(solver_->basis.data());
  solver_->is_restored = true;
}

namespace {

/// The primal method may leave variables outside the basis between their bounds; the dual method asserts that there are none.
/// Puts them at a bound; true if there were any.
bool settle(ClpSimplex& model) {
  constexpr double endless = 1e30;
  bool any = false;
  const int columns = model.numberColumns();
  for (int i = 0; i < columns + model.numberRows(); ++i) {
    if (model.getStatus(i) != ClpSimplex::superBasic && model.getStatus(i) != ClpSimplex::isFree) continue;
    const double low = i < columns ? model.columnLower()[i] : model.rowLower()[i - columns];
    const double high = i < columns ? model.columnUpper()[i] : model.rowUpper()[i - columns];
    if (low <= -endless && high >= endless) continue;  // free indeed
    model.setStatus(i, low > -endless ? ClpSimplex::atLowerBound : ClpSimplex::atUpperBound);
    any = true;
  }
  return any;
}

}  // namespace

LinearProgramme::Status LinearProgramme::solve(Method method) {
  ClpSimplex& model = solver_->loaded();
  // 1: keep work areas and factorisation at the end; 2: start from the factorisation that is there; 4: set up no more
  // than has changed. Together they take a solve without iterations from 47 to 14 microseconds at 12 services x 24
  // pools.
  const bool settled = method == Method::dual && settle(model);
  const int keep = solver_->is_restored || settled ? 1 : 1 | 2 | 4;
  solver_->is_restored = false;
  if (method == Method::dual) {
    model.dual(0, keep);
  } else {
    model.primal(0, keep);
  }
  switch (model.status()) {
    case 0:
      return Status::optimal;
    case 1:
      return Status::infeasible;
    case 2:
      return Status::unbounded;
    default:
      throw std::logic_error(fmt::format("the linear programme's solver stopped with status {}", model.status()));
  }
}

double LinearProgramme::value(int column) const { return solver_->model.primalColumnSolution()[column]; }
double LinearProgramme::dual(int row) const { return solver_->model.dualRowSolution()[row]; }
double LinearProgramme::objective() const { return solver_->model.objectiveValue(); }
int LinearProgramme::iterations() const { return solver_->model.numberIterations(); }

}  // namespace headroom::placement
