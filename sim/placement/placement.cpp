#include "sim/placement/placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/placement/formulation.hpp"
#include "sim/placement/rounding.hpp"
#include "sim/placement/whole_search.hpp"

namespace headroom::placement {
namespace {

/// Everything that the answer depends on; names do not count.
bool same(const Problem& a, const Problem& b) {
  const auto equal = [](const auto& x, const auto& y, auto&& test) {
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), test);
  };
  return equal(a.pools, b.pools, [](const Pool& x, const Pool& y) { return x.accelerators == y.accelerators; }) &&
         equal(a.sites, b.sites, [](const Site& x, const Site& y) { return x.power_limit == y.power_limit; }) &&
         equal(a.services, b.services,
               [](const Service& x, const Service& y) {
                 return x.demand == y.demand && x.minimum_replicas == y.minimum_replicas;
               }) &&
         equal(a.arcs, b.arcs,
               [](const Arc& x, const Arc& y) {
                 return x.cost == y.cost && x.switching == y.switching && x.current == y.current;
               }) &&
         equal(a.links, b.links, [](const Link& x, const Link& y) { return x.capacity == y.capacity; });
}

double capacity_of(const Problem& problem, Resource resource) {
  switch (resource.kind) {
    case Resource::Kind::pool:
      return static_cast<double>(problem.pools[resource.index].accelerators);
    case Resource::Kind::site_power:
      return problem.sites[resource.index].power_limit.base();
    case Resource::Kind::link:
      return problem.links[resource.index].capacity;
  }
  return 0;
}

std::vector<Resource> resources_of(const Problem& problem) {
  std::vector<Resource> all;
  for (std::size_t i = 0; i < problem.pools.size(); ++i) all.push_back({Resource::Kind::pool, i});
  for (std::size_t i = 0; i < problem.sites.size(); ++i) all.push_back({Resource::Kind::site_power, i});
  for (std::size_t i = 0; i < problem.links.size(); ++i) all.push_back({Resource::Kind::link, i});
  return all;
}

double divisible_cost(const Problem& problem, const std::vector<double>& replicas) {
  double sum = 0;
  for (std::size_t a = 0; a < replicas.size(); ++a) {
    const Arc& arc = problem.arcs[a];
    const double added = std::max(0.0, replicas[a] - static_cast<double>(arc.current));
    sum += static_cast<double>(arc.replica_accelerators) * (arc.cost * replicas[a] + arc.switching * added);
  }
  return sum;
}

/// The divisible programme, solved from a fresh start.
Formulation solved(const Problem& problem) {
  Formulation formulation{problem};
  if (!formulation.solve_served(problem)) {
    formulation = Formulation{problem};
    formulation.solve_short(problem);
  }
  return formulation;
}

Placement describe(const Problem& problem, std::vector<double> divisible, const std::vector<Binding>& bindings) {
  Placement result;
  result.replicas = rounded(problem, divisible);
  const std::vector<double> missing = shortfalls(problem, result.replicas);
  if (std::any_of(missing.begin(), missing.end(), [](double x) { return x > 1e-9; })) {
    if (auto better = better_whole(problem, result.replicas)) result.replicas = std::move(*better);
  }
  result.divisible = std::move(divisible);
  result.services.resize(problem.services.size());
  result.used.assign(problem.pools.size(), 0);
  std::vector<double> capacity(problem.services.size(), 0);
  std::vector<double> divisible_use(problem.pools.size(), 0);
  for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
    const Arc& arc = problem.arcs[a];
    const std::int64_t accelerators = result.replicas[a] * arc.replica_accelerators;
    const std::int64_t added = std::max<std::int64_t>(0, result.replicas[a] - arc.current) * arc.replica_accelerators;
    result.accelerators.push_back(accelerators);
    result.used[arc.pool] += accelerators;
    result.services[arc.service].replicas += result.replicas[a];
    result.cost += static_cast<double>(accelerators) * arc.cost;
    result.switching += static_cast<double>(added) * arc.switching;
    capacity[arc.service] += static_cast<double>(accelerators) * arc.rate_per_accelerator;
    divisible_use[arc.pool] += result.divisible[a] * static_cast<double>(arc.replica_accelerators);
  }
  for (std::size_t p = 0; p < problem.pools.size(); ++p) {
    const auto wanted = static_cast<std::int64_t>(std::floor(divisible_use[p] + 1e-6));
    result.stranded.push_back(std::max<std::int64_t>(0, wanted - result.used[p]));
  }
  for (std::size_t s = 0; s < problem.services.size(); ++s) {
    const Service& service = problem.services[s];
    ServiceResult& out = result.services[s];
    out.served = capacity[s] >= service.demand * (1 - 1e-9) ? service.demand : capacity[s];
    out.shed = service.demand - out.served;
    out.missing_replicas = std::max<std::int64_t>(0, service.minimum_replicas - out.replicas);
    const bool is_short = out.shed > 0 || out.missing_replicas > 0;
    if (is_short) {
      out.binding =
          bindings[s].kind == Binding::Kind::none ? Binding{Binding::Kind::rounding, std::nullopt} : bindings[s];
    }
  }
  return result;
}

}  // namespace

struct Solver::State {
  std::optional<Formulation> warm;
  Problem problem;  ///< of the last answer
  std::optional<Placement> answer;
  bool divisibly_served = false;  ///< the last answer before rounding

  void load(const Problem& next) {
    if (warm && warm->fits(next)) {
      warm->set_bounds(next);
    } else {
      warm.emplace(next);
    }
    warm->reset_counts();
  }

  Placement solve(const Problem& next) {
    load(next);
    // Replicas are unique whatever the path, prices are not: what is read from prices comes from a fresh start.
    Placement result;
    divisibly_served = warm->solve_served(next);
    if (divisibly_served) {
      result = describe(next, warm->replicas(), warm->bindings());
    } else {
      Formulation fresh{next};
      fresh.solve_short(next);
      result = describe(next, fresh.replicas(), fresh.bindings());
      result.solves = fresh.solves();
      result.iterations = fresh.iterations();
    }
    result.solves += warm->solves();
    result.iterations += warm->iterations();
    return result;
  }

  /// Does `grown`, which asks more of `service` than the problem of `base`, leave everybody else what they have?
  bool holds(const Problem& grown, const Placement& base, std::size_t service) {
    const auto worse = [&](const Placement& now) {
      for (std::size_t s = 0; s < base.services.size(); ++s) {
        const double shed = s == service ? 0 : base.services[s].shed * (1 + 1e-9);
        if (now.services[s].shed > shed) return true;
        if (now.services[s].missing_replicas > base.services[s].missing_replicas) return true;
      }
      return false;
    };
    if (!divisibly_served) return !worse(Solver{}.place(grown));
    load(grown);
    return warm->solve_served(grown) && !worse(describe(grown, warm->replicas(), warm->bindings()));
  }
};

Solver::Solver() : state_(std::make_unique<State>()) {}
Solver::~Solver() = default;
Solver::Solver(Solver&&) noexcept = default;
Solver& Solver::operator=(Solver&&) noexcept = default;

Placement Solver::place(const Problem& problem) {
  check(problem);
  State& state = *state_;
  if (state.answer && state.warm->fits(problem) && same(state.problem, problem)) {
    Placement again = *state.answer;
    again.solves = again.iterations = 0;
    return again;
  }
  Placement result = state.solve(problem);
  state.problem = problem;
  state.answer = result;
  return result;
}

Headroom Solver::max_multiplier(const Problem& problem, std::size_t service, Replicas replicas) {
  if (service >= problem.services.size()) throw std::logic_error("headroom of a service that is not there");
  const Placement base = place(problem);
  Headroom result;
  const double demand = problem.services[service].demand;
  if (demand == 0) {
    result.multiplier = result.divisible = std::numeric_limits<double>::infinity();
    return result;
  }
  // From a fresh start, since prices are read.
  Formulation formulation{problem};
  if (!state_->divisibly_served) formulation.solve_short(problem);
  result.divisible = std::max(0.0, 1 + formulation.solve_growth(problem, service));
  if (result.divisible == 0) return result;
  double highest = 1e-9;
  for (const Resource resource : resources_of(problem)) {
    const double elasticity =
        formulation.growth_price(problem, service, resource) * capacity_of(problem, resource) / result.divisible;
    if (elasticity > highest * (1 + 1e-9)) {
      highest = elasticity;
      result.binding = resource;
      result.elasticity = elasticity;
    }
  }
  if (result.binding) {
    formulation.set_capacity(*result.binding, 1.01 * capacity_of(problem, *result.binding));
    result.confirmed_elasticity = (formulation.grow_again(problem, service) + 1) / result.divisible - 1;
    result.confirmed_elasticity /= 0.01;
  }
  if (replicas == Replicas::divisible) {
    result.multiplier = result.divisible;
    return result;
  }
  // Whole replicas carry less than the divisible bound, mostly little less: steps down from it that double, then
  // halves.
  Problem grown = problem;
  const auto holds = [&](double multiplier) {
    grown.services[service].demand = multiplier * demand;
    return state_->holds(grown, base, service);
  };
  const double bound = result.divisible * (1 - 1e-9);
  constexpr double precision = 2e-3;
  double high = bound;
  double low = bound;
  for (double step = precision; !holds(low); step *= 2) {
    high = low;
    low = bound * (1 - step);
    if (step >= 1) return result;
  }
  while (high - low > precision * high) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  result.multiplier = low;
  return result;
}

ResourcePrice Solver::price(const Problem& problem, Resource resource) {
  check(problem);
  const Formulation before = solved(problem);
  const double capacity = capacity_of(problem, resource);
  ResourcePrice result;
  result.of_shortfall = before.first_shortfall() > 0;
  result.dual = before.price(resource);
  Problem more = problem;
  switch (resource.kind) {
    case Resource::Kind::pool:
      result.step = std::max(1.0, std::floor(0.01 * capacity));
      more.pools[resource.index].accelerators += static_cast<std::int64_t>(result.step);
      break;
    case Resource::Kind::site_power:
      result.step = std::max(1.0, 0.01 * capacity);
      more.sites[resource.index].power_limit += Watts{result.step};
      break;
    case Resource::Kind::link:
      result.step = std::max(1e-3, 0.01 * capacity);
      more.links[resource.index].capacity += result.step;
      break;
  }
  const Formulation after = solved(more);
  const double saved = result.of_shortfall
                           ? before.first_shortfall() - after.first_shortfall()
                           : divisible_cost(problem, before.replicas()) - divisible_cost(more, after.replicas());
  result.finite_difference = saved / result.step;
  return result;
}

}  // namespace headroom::placement
