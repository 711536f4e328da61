#include "sim/placement/whole_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/placement/formulation.hpp"

namespace headroom::placement {
namespace {

constexpr std::size_t most_arcs = 24;
constexpr int most_programmes = 200;
constexpr double tolerance = 1e-6;

/// Depth-first branch and bound for one objective; the arcs of tiers still to come are fixed at nothing.
class Search {
 public:
  Search(Formulation& formulation, std::vector<std::int64_t> high, double least)
      : formulation_(formulation), low_(high.size(), 0), high_(std::move(high)), least_(least) {}

  /// False if it was cut short.
  bool branch() {
    if (++programmes_ > most_programmes) return false;
    const std::optional<double> bound = formulation_.least_within(low_, high_);
    if (!bound || *bound >= least_ - tolerance) return true;
    const std::vector<double> replicas = formulation_.replicas();
    std::optional<std::size_t> chosen;
    double farthest = tolerance;
    for (std::size_t a = 0; a < replicas.size(); ++a) {
      const double distance = std::fabs(replicas[a] - std::floor(replicas[a] + 0.5));
      if (distance > farthest) {
        farthest = distance;
        chosen = a;
      }
    }
    if (!chosen) {
      least_ = *bound;
      best_.emplace();
      for (const double n : replicas) best_->push_back(static_cast<std::int64_t>(std::floor(n + 0.5)));
      return true;
    }
    const auto whole = static_cast<std::int64_t>(std::floor(replicas[*chosen]));
    const auto within = [&](std::int64_t low, std::int64_t high) {
      const std::int64_t old_low = std::exchange(low_[*chosen], low);
      const std::int64_t old_high = std::exchange(high_[*chosen], high);
      const bool ended = branch();
      low_[*chosen] = old_low;
      high_[*chosen] = old_high;
      return ended;
    };
    return within(whole + 1, high_[*chosen]) && within(low_[*chosen], whole);
  }
  [[nodiscard]] const std::optional<std::vector<std::int64_t>>& best() const { return best_; }
  [[nodiscard]] double least() const { return least_; }

 private:
  Formulation& formulation_;
  std::vector<std::int64_t> low_;
  std::vector<std::int64_t> high_;
  double least_;
  int programmes_ = 0;
  std::optional<std::vector<std::int64_t>> best_;
};

}  // namespace

std::vector<double> shortfalls(const Problem& problem, const std::vector<std::int64_t>& replicas) {
  const std::size_t services = problem.services.size();
  std::vector<double> rate(services, 0);
  std::vector<std::int64_t> count(services, 0);
  std::vector<double> unit_rate(services, 0);
  std::vector<double> unit_accelerators(services, 1);
  for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
    const Arc& arc = problem.arcs[a];
    const double per_replica = arc.replica_rate();
    rate[arc.service] += static_cast<double>(replicas[a]) * per_replica;
    count[arc.service] += replicas[a];
    if (per_replica > unit_rate[arc.service]) {
      unit_rate[arc.service] = per_replica;
      unit_accelerators[arc.service] = static_cast<double>(arc.accelerators_of_replica());
    }
  }
  const std::vector<int> tiers = tiers_of(problem);
  std::vector<double> sums(tiers.size(), 0);
  for (std::size_t s = 0; s < services; ++s) {
    const Service& service = problem.services[s];
    const double missing = std::max(0.0, service.demand * (1 - 1e-9) - rate[s]) / (unit_rate[s] > 0 ? unit_rate[s] : 1);
    const auto below = static_cast<double>(std::max<std::int64_t>(0, service.minimum_replicas - count[s]));
    const auto tier = std::lower_bound(tiers.begin(), tiers.end(), service.tier) - tiers.begin();
    sums[static_cast<std::size_t>(tier)] += service.weight * unit_accelerators[s] * (missing + below);
  }
  return sums;
}

std::optional<std::vector<std::int64_t>> better_whole(const Problem& problem,
                                                      const std::vector<std::int64_t>& present) {
  if (problem.arcs.size() > most_arcs) return std::nullopt;
  const std::vector<int> tiers = tiers_of(problem);
  Formulation formulation{problem};
  formulation.allow_shortfalls();
  std::optional<std::vector<std::int64_t>> better;
  std::vector<std::int64_t> high(problem.arcs.size(), 0);
  for (std::size_t t = 0; t < tiers.size(); ++t) {
    for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
      const Arc& arc = problem.arcs[a];
      if (problem.services[arc.service].tier != tiers[t] || arc.rate_per_accelerator == 0) continue;
      high[a] = std::numeric_limits<std::int64_t>::max();
      for (const Arc::Use& use : arc.uses()) high[a] = std::min(high[a], problem.pools[use.pool].accelerators / use.accelerators);
    }
    formulation.minimise_shortfall(t);
    Search search{formulation, high, shortfalls(problem, better ? *better : present)[t]};
    search.branch();  // cut short or not, what it has found is better
    if (search.best()) better = search.best();
    formulation.limit_shortfall(t, search.least() + tolerance);
  }
  if (!better) return std::nullopt;
  formulation.minimise_cost(problem);
  Search search{formulation, high, std::numeric_limits<double>::infinity()};
  search.branch();
  return search.best() ? search.best() : better;
}

}  // namespace headroom::placement
