#include "sim/placement/placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

#include "sim/placement/formulation.hpp"
#include "sim/placement/rounding.hpp"
#include "sim/placement/tiered.hpp"
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
                 return x.cost == y.cost && x.switching == y.switching && x.current == y.current &&
                        x.companion == y.companion;
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
    const auto add_side = [&](const auto& side) {
      sum += static_cast<double>(side.replica_accelerators) * (side.cost * replicas[a] + side.switching * added);
    };
    add_side(arc);
    if (arc.companion) add_side(*arc.companion);
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

Placement describe(const Problem& problem, std::vector<double> divisible) {
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
    const std::int64_t added = std::max<std::int64_t>(0, result.replicas[a] - arc.current);
    const auto add_side = [&](const auto& side) {
      const std::int64_t accelerators = result.replicas[a] * side.replica_accelerators;
      result.used[side.pool] += accelerators;
      result.cost += static_cast<double>(accelerators) * side.cost;
      result.switching += static_cast<double>(added * side.replica_accelerators) * side.switching;
      divisible_use[side.pool] += result.divisible[a] * static_cast<double>(side.replica_accelerators);
    };
    add_side(arc);
    if (arc.companion) add_side(*arc.companion);
    result.accelerators.push_back(result.replicas[a] * arc.replica_accelerators);
    result.services[arc.service].replicas += result.replicas[a];
    capacity[arc.service] += static_cast<double>(result.accelerators[a]) * arc.rate_per_accelerator;
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
  }
  return result;
}

}  // namespace

/// Programmes of one kind for the last few matrices: where a question alternates between some (before and after the port of a
/// chip), each is found with its basis instead of being built and solved from nothing again.
template <class Programme>
class Recent {
 public:
  /// The one that fits, which becomes the latest; built if there is none.
  Programme& of(const Problem& problem, Start start) {
    const auto found = std::find_if(programmes_.begin(), programmes_.end(), [&](const auto& p) { return p->fits(problem); });
    if (found != programmes_.end()) {
      std::rotate(programmes_.begin(), found, found + 1);
      return *programmes_.front();
    }
    if (programmes_.size() == most) {
      gone_ += programmes_.back()->solves();
      programmes_.pop_back();
    }
    programmes_.insert(programmes_.begin(), std::make_unique<Programme>(problem, start));
    return *programmes_.front();
  }
  [[nodiscard]] const Programme* latest() const { return programmes_.empty() ? nullptr : programmes_.front().get(); }
  [[nodiscard]] std::int64_t solves() const {
    return std::accumulate(programmes_.begin(), programmes_.end(), gone_, [](std::int64_t sum, const auto& p) { return sum + p->solves(); });
  }
  [[nodiscard]] int iterations() const {
    return std::accumulate(programmes_.begin(), programmes_.end(), 0, [](int sum, const auto& p) { return sum + p->iterations(); });
  }
  void reset_counts() {
    gone_ = 0;
    for (const auto& p : programmes_) p->reset_counts();
  }

 private:
  static constexpr std::size_t most = 6;
  std::vector<std::unique_ptr<Programme>> programmes_;  ///< the latest first
  std::int64_t gone_ = 0;  ///< solved by programmes that are gone
};

struct Solver::State {
  Start start = Start::present;
  Recent<Formulation> served;  ///< everything served at least cost
  Recent<Tiered> tiered;       ///< where that cannot be
  Problem problem;                    ///< of the last answer
  std::optional<Placement> answer;
  bool divisibly_served = true;       ///< the last answer before rounding
  std::int64_t other_solves = 0;      ///< by programmes that are gone
  std::optional<Formulation> growth;  ///< of the last answer, for questions of headroom
  Problem as_served;                  ///< in which every service asks for what the last answer gives it

  bool solve_served(const Problem& next) {
    Formulation& programme = served.of(next, start);
    programme.set_bounds(next);
    return programme.solve_served(next);
  }
  bool solve_tiered(const Problem& next) { return tiered.of(next, start).solve(next); }

  /// Divisible replicas. What was short at the last question is most likely short again, so that is tried first; which of
  /// the two ways gives the answer depends on the problem alone.
  std::vector<double> divisible(const Problem& next) {
    bool is_short = !divisibly_served && solve_tiered(next);
    if (!is_short) {
      divisibly_served = solve_served(next);
      if (divisibly_served) return served.latest()->replicas();
      is_short = solve_tiered(next);
    }
    // A shortfall too small to count and yet too large for the programme that serves everything: the last step serves all but that.
    divisibly_served = false;
    return tiered.latest()->replicas();
  }

  std::int64_t solves() const { return served.solves() + tiered.solves() + (growth ? growth->solves() : 0); }

  Placement solve(const Problem& next) {
    other_solves += solves();
    served.reset_counts();
    tiered.reset_counts();
    growth.reset();
    Placement result = describe(next, divisible(next));
    result.solves = static_cast<int>(served.solves() + tiered.solves());
    result.iterations = served.iterations() + tiered.iterations();
    return result;
  }

  /// Whether whole replicas serve all of a problem that divisible ones may serve.
  bool holds(const Problem& grown) {
    if (!solve_served(grown)) return false;
    const Placement now = describe(grown, served.latest()->replicas());
    return std::all_of(now.services.begin(), now.services.end(), [](const ServiceResult& s) { return s.shed <= 0 && s.missing_replicas == 0; });
  }
};

Solver::Solver(Start start) : state_(std::make_unique<State>()) { state_->start = start; }
Solver::~Solver() = default;
Solver::Solver(Solver&&) noexcept = default;
Solver& Solver::operator=(Solver&&) noexcept = default;

Placement Solver::place(const Problem& problem, Reasons reasons) {
  State& state = *state_;
  const auto fits = [&](const auto& programmes) { return programmes.latest() != nullptr && programmes.latest()->fits(problem); };
  if (state.answer && (fits(state.served) || fits(state.tiered)) && same(state.problem, problem)) {
    state.answer->solves = state.answer->iterations = 0;
  } else {
    check(problem);
    state.answer = state.solve(problem);
    state.problem = problem;
  }
  Placement result = *state.answer;
  if (reasons == Reasons::told) {
    const auto why = bindings(problem);
    for (std::size_t s = 0; s < why.size(); ++s) result.services[s].binding = why[s];
  }
  return result;
}

std::vector<Binding> Solver::bindings(const Problem& problem) {
  const Placement placed = place(problem, Reasons::untold);
  std::vector<Binding> result(problem.services.size());
  const auto is_short = [](const ServiceResult& s) { return s.shed > 0 || s.missing_replicas > 0; };
  if (std::none_of(placed.services.begin(), placed.services.end(), is_short)) return result;
  // Replicas are unique whatever the path, prices are not: what is read from prices comes from a fresh start.
  std::vector<Binding> divisible(problem.services.size());
  if (!state_->divisibly_served) {
    Formulation fresh{problem};
    fresh.solve_short(problem);
    state_->other_solves += fresh.solves();
    divisible = fresh.bindings();
  }
  for (std::size_t s = 0; s < result.size(); ++s) {
    if (!is_short(placed.services[s])) continue;
    result[s] = divisible[s].kind == Binding::Kind::none ? Binding{Binding::Kind::rounding, std::nullopt} : divisible[s];
  }
  return result;
}

namespace {

/// The problem in which every service asks for what it now gets, so that whole replicas serve all of it.
Problem as_served(const Problem& problem, const Placement& placed) {
  Problem kept = problem;
  for (std::size_t s = 0; s < kept.services.size(); ++s) {
    kept.services[s].demand = placed.services[s].served;
    kept.services[s].minimum_replicas = std::min(kept.services[s].minimum_replicas, placed.services[s].replicas);
  }
  return kept;
}

/// Load of a service that its replicas and further ones beside all that is placed carry: arcs by rate per watt, since a site's
/// power is shared.
double load_beside(const Problem& problem, const Placement& placed, std::size_t service) {
  std::vector<std::int64_t> free;
  for (std::size_t p = 0; p < problem.pools.size(); ++p) free.push_back(problem.pools[p].accelerators - placed.used[p]);
  std::vector<double> watts;
  for (const Site& site : problem.sites) watts.push_back(site.power_limit.base());
  std::vector<double> links;
  for (const Link& link : problem.links) links.push_back(link.capacity);
  std::vector<std::vector<std::pair<std::size_t, double>>> uses(problem.arcs.size());
  for (std::size_t l = 0; l < problem.links.size(); ++l) {
    for (const Link::Use& use : problem.links[l].uses) {
      if (use.per_replica > 0) uses[use.arc].push_back({l, use.per_replica});
      links[l] -= use.per_replica * static_cast<double>(placed.replicas[use.arc]);
    }
  }
  double load = 0;
  std::vector<std::size_t> own;
  for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
    const Arc& arc = problem.arcs[a];
    for (const Arc::Use& use : arc.uses()) {
      if (const auto& site = problem.pools[use.pool].site) watts[*site] -= static_cast<double>(placed.replicas[a]) * use.watts;
    }
    if (arc.service != service || arc.rate_per_accelerator == 0) continue;
    own.push_back(a);
    load += static_cast<double>(placed.accelerators[a]) * arc.rate_per_accelerator;
  }
  const auto replica_watts = [&](std::size_t a) {
    double sum = 0;
    for (const Arc::Use& use : problem.arcs[a].uses()) sum += use.watts;
    return sum;
  };
  const auto worth = [&](std::size_t a) { return problem.arcs[a].replica_rate() / std::max(replica_watts(a), 1e-9); };
  std::stable_sort(own.begin(), own.end(), [&](std::size_t a, std::size_t b) { return worth(a) > worth(b); });
  for (const std::size_t a : own) {
    const Arc& arc = problem.arcs[a];
    double room = std::numeric_limits<double>::infinity();
    std::map<std::size_t, double> of_site;  // both pools of a replica may stand at one site
    for (const Arc::Use& use : arc.uses()) {
      room = std::min(room, static_cast<double>(free[use.pool] / use.accelerators));
      if (const auto& site = problem.pools[use.pool].site) of_site[*site] += use.watts;
    }
    for (const auto& [site, of_replica] : of_site) {
      if (of_replica > 0) room = std::min(room, std::floor(watts[site] / of_replica));
    }
    for (const auto& [link, per_replica] : uses[a]) room = std::min(room, std::floor(links[link] / per_replica));
    room = std::max(0.0, room);
    for (const Arc::Use& use : arc.uses()) free[use.pool] -= static_cast<std::int64_t>(room) * use.accelerators;
    for (const auto& [site, of_replica] : of_site) watts[site] -= room * of_replica;
    for (const auto& [link, per_replica] : uses[a]) links[link] -= room * per_replica;
    load += room * arc.replica_rate();
  }
  return load;
}

/// Names the resource with the highest price by its dual, and confirms it by solving with a little more. Where several run out
/// together a dual is one of many, and the first that a difference confirms is named.
void name_binding(const Problem& problem, Formulation& formulation, std::size_t service, double load, double growth, Headroom& result) {
  struct Candidate { Resource resource; double price, elasticity; };
  std::vector<Candidate> candidates;
  for (const Resource resource : resources_of(problem)) {
    const double price = formulation.growth_price(service, resource);
    const double elasticity = price * capacity_of(problem, resource) / std::max(load, 1e-300);
    if (elasticity > 1e-9) candidates.push_back({resource, price, elasticity});
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.elasticity > b.elasticity; });
  for (const Candidate& candidate : candidates) {
    const double capacity = capacity_of(problem, candidate.resource);
    const double step = 1e-3 * capacity;
    formulation.set_capacity(candidate.resource, capacity + step);
    const double confirmed = (formulation.grow_again(service).value_or(growth) - growth) / step;
    formulation.set_capacity(candidate.resource, capacity);
    const bool is_confirmed = confirmed > 0.01 * candidate.price;
    if (result.binding && !is_confirmed) continue;
    result.binding = candidate.resource;
    result.price = candidate.price;
    result.elasticity = candidate.elasticity;
    result.step = step;
    result.confirmed_price = confirmed;
    result.confirmed_elasticity = confirmed * capacity / load;
    if (is_confirmed) return;
  }
}

}  // namespace

Headroom Solver::max_multiplier(const Problem& problem, std::size_t service, Replicas replicas) {
  if (service >= problem.services.size()) throw std::logic_error("headroom of a service that is not there");
  const Placement base = place(problem, Reasons::untold);
  Headroom result;
  const double demand = problem.services[service].demand;
  if (demand == 0) {
    result.multiplier = result.divisible = std::numeric_limits<double>::infinity();
    return result;
  }
  State& state = *state_;
  if (!state.growth) {
    // From a fresh start, since prices are read.
    state.as_served = as_served(problem, base);
    state.growth.emplace(state.as_served);
    state.growth->start_growth(state.as_served);
  }
  Problem grown = state.as_served;
  const double served = base.services[service].served;
  Formulation& formulation = *state.growth;
  const double growth = formulation.solve_growth(grown, service).value_or(0);
  result.divisible = (served + growth) / demand;
  name_binding(problem, formulation, service, served + growth, growth, result);
  if (replicas == Replicas::divisible) {
    result.multiplier = result.divisible;
    return result;
  }
  // Whole replicas carry less than the divisible bound, mostly little less, and no less than what fits beside the rest: steps down
  // that double, then halves.
  constexpr double precision = 2e-3;
  const double sure = load_beside(problem, base, service) / demand;
  const double bound = result.divisible * (1 - 1e-9);
  const auto holds = [&](double multiplier) {
    if (multiplier <= sure) return true;
    grown.services[service].demand = multiplier * demand;
    return state_->holds(grown);
  };
  double high = bound;
  double low = std::max(sure, bound);
  for (double step = precision; !holds(low); step *= 2) {
    high = low;
    low = std::max(sure, bound * (1 - step));
  }
  while (high - low > precision * std::max(high, 0.1)) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  result.multiplier = low;
  return result;
}

bool Solver::servable(const Problem& problem) {
  state_->answer.reset();
  return state_->solve_served(problem);
}

std::vector<double> Solver::unserved(const Problem& problem) {
  State& state = *state_;
  state.answer.reset();
  (void)state.divisible(problem);
  return state.divisibly_served ? std::vector<double>(problem.services.size(), 0) : state.tiered.latest()->unserved();
}

std::int64_t Solver::solves() const { return state_->other_solves + state_->solves(); }

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
