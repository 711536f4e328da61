#include "sim/placement/tiered.hpp"

#include <cmath>
#include <stdexcept>

namespace headroom::placement {

namespace {

/// A limit on a shortfall that leaves it possible, and is the same whatever the last bits of the sum are.
double with_room(double shortfall) { return (std::floor(shortfall * 0x1p26 + 0.5) + 1) * 0x1p-26; }

/// Solves under limits on the shortfalls of the tiers before. The least shortfall of a tier may rest on rows that are broken by the
/// solver's tolerance, and a row may be worth many units of shortfall, so that the limit is just out of reach: then all of them get
/// more room, a little at a time. False if that does not help either.
bool solve_within(Formulation& formulation, std::vector<double>& limits) {
  constexpr double most = 0x1p-14;
  double room = 0x1p-24;
  while (!formulation.solve_again()) {
    if (limits.empty() || room > most) return false;
    for (std::size_t tier = 0; tier < limits.size(); ++tier) formulation.limit_shortfall(tier, limits[tier] += room);
    room *= 4;
  }
  return true;
}

}  // namespace

Tiered::Tiered(const Problem& problem, Start start) {
  const std::size_t tiers = tiers_of(problem).size();
  for (std::size_t step = 0; step <= tiers; ++step) {
    steps_.emplace_back(problem, start);
    if (step < tiers) steps_.back().minimise_shortfall(step);
  }
}

bool Tiered::solve(const Problem& problem) {
  const std::size_t tiers = steps_.size() - 1;
  std::vector<double> limits;
  double missing = 0;
  for (std::size_t step = 0; step <= tiers; ++step) {
    Formulation& formulation = steps_[step];
    formulation.set_bounds(problem);
    formulation.allow_shortfalls();
    for (std::size_t tier = 0; tier < limits.size(); ++tier) formulation.limit_shortfall(tier, limits[tier]);
    if (step == tiers) formulation.minimise_cost(problem);
    if (!solve_within(formulation, limits)) throw std::logic_error("a placement that may fall short of everything has no answer");
    if (step == tiers) break;
    missing += formulation.objective();
    limits.push_back(with_room(formulation.objective()));
  }
  return missing > 1e-7;
}

int Tiered::solves() const {
  int sum = 0;
  for (const Formulation& step : steps_) sum += step.solves();
  return sum;
}
int Tiered::iterations() const {
  int sum = 0;
  for (const Formulation& step : steps_) sum += step.iterations();
  return sum;
}
void Tiered::reset_counts() {
  for (Formulation& step : steps_) step.reset_counts();
}

}  // namespace headroom::placement
