#include "sim/placement/formulation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

namespace headroom::placement {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A number between 0 and 1 that looks like chance and belongs to an index for ever: the golden ratio's multiples.
double spread(std::size_t index) {
  const double x = static_cast<double>(index + 1) * 0.6180339887498949;
  return x - std::floor(x);
}

int rows_of(const Problem& problem, std::size_t tiers) {
  return static_cast<int>(2 * problem.services.size() + problem.pools.size() + problem.sites.size() +
                          problem.links.size() + tiers);
}

}  // namespace

std::vector<int> tiers_of(const Problem& problem) {
  std::vector<int> tiers;
  for (const Service& service : problem.services) tiers.push_back(service.tier);
  std::sort(tiers.begin(), tiers.end());
  tiers.erase(std::unique(tiers.begin(), tiers.end()), tiers.end());
  return tiers;
}

Formulation::Formulation(const Problem& problem, Start start)
    : built_for_(problem),
      start_(start),
      arcs_(problem.arcs.size()),
      tiers_(tiers_of(problem)),
      programme_(rows_of(problem, tiers_.size())),
      costs_(columns_of_arc() * problem.arcs.size() + 3 * problem.services.size(), 0) {
  scale(problem);
  add_columns(problem);
  set_bounds(problem);
}

void Formulation::scale(const Problem& problem) {
  rate_scale_.assign(problem.services.size(), 0);
  accelerators_of_unit_.assign(problem.services.size(), 1);
  for (const Arc& arc : problem.arcs) {
    if (arc.replica_rate() > rate_scale_[arc.service]) {
      rate_scale_[arc.service] = arc.replica_rate();
      accelerators_of_unit_[arc.service] = static_cast<double>(arc.accelerators_of_replica());
    }
  }
  for (double& rate : rate_scale_) rate = rate > 0 ? rate : 1;
  power_scale_.assign(problem.sites.size(), 0);
  for (const Arc& arc : problem.arcs) {
    const auto scale_site = [&](std::size_t pool, Watts power) {
      if (const auto& site = problem.pools[pool].site) power_scale_[*site] = std::max(power_scale_[*site], power.base());
    };
    scale_site(arc.pool, arc.power_per_accelerator);
    if (arc.companion) scale_site(arc.companion->pool, arc.companion->power_per_accelerator);
  }
  for (double& power : power_scale_) power = power > 0 ? power : 1;
  link_scale_.assign(problem.links.size(), 0);
  for (std::size_t l = 0; l < problem.links.size(); ++l) {
    for (const Link::Use& use : problem.links[l].uses) link_scale_[l] = std::max(link_scale_[l], use.per_replica);
    if (!(link_scale_[l] > 0)) link_scale_[l] = 1;
  }
}

int Formulation::row_of(Resource resource) const {
  std::size_t row = 2 * built_for_.services.size() + resource.index;
  if (resource.kind != Resource::Kind::pool) row += built_for_.pools.size();
  if (resource.kind == Resource::Kind::link) row += built_for_.sites.size();
  return static_cast<int>(row);
}
int Formulation::tier_row(std::size_t tier) const { return rows_of(built_for_, tier); }
double Formulation::row_scale(Resource resource) const {
  switch (resource.kind) {
    case Resource::Kind::pool:
      return 1;
    case Resource::Kind::site_power:
      return power_scale_[resource.index];
    case Resource::Kind::link:
      return link_scale_[resource.index];
  }
  return 1;
}
double Formulation::shortfall_cost(std::size_t service) const {
  return built_for_.services[service].weight * accelerators_of_unit_[service];
}

void Formulation::add_columns(const Problem& problem) {
  using Entry = LinearProgramme::Entry;
  std::vector<std::vector<Entry>> links(arcs_);
  for (std::size_t l = 0; l < problem.links.size(); ++l) {
    for (const Link::Use& use : problem.links[l].uses) {
      if (use.per_replica == 0) continue;
      const Entry entry{row_of({Resource::Kind::link, l}), use.per_replica / link_scale_[l]};
      links[use.arc].push_back(entry);
    }
  }
  for (std::size_t a = 0; a < arcs_; ++a) {
    const Arc& arc = problem.arcs[a];
    std::vector<Entry> entries = links[a];
    const auto service_row = static_cast<int>(2 * arc.service);
    if (arc.replica_rate() > 0) {
      entries.push_back({service_row, arc.replica_rate() / rate_scale_[arc.service]});
      entries.push_back({service_row + 1, 1});
    }
    std::map<int, double> power;  // both pools may stand at one site
    for (const Arc::Use& use : arc.uses()) {
      entries.push_back({row_of({Resource::Kind::pool, use.pool}), static_cast<double>(use.accelerators)});
      const auto& site = problem.pools[use.pool].site;
      if (site && use.watts > 0) power[row_of({Resource::Kind::site_power, *site})] += use.watts / power_scale_[*site];
    }
    for (const auto& [row, watts] : power) entries.push_back({row, watts});
    if (start_ == Start::present) programme_.add_column(0, 0, entries);  // kept
    programme_.add_column(0, infinity, entries);                         // added
  }
  for (std::size_t s = 0; s < problem.services.size(); ++s) {
    const auto row = static_cast<int>(2 * s);
    const auto at = std::lower_bound(tiers_.begin(), tiers_.end(), problem.services[s].tier) - tiers_.begin();
    const int tier = tier_row(static_cast<std::size_t>(at));
    programme_.add_column(0, 0, {{row, 1}, {tier, shortfall_cost(s)}});      // short of rate
    programme_.add_column(0, 0, {{row + 1, 1}, {tier, shortfall_cost(s)}});  // short of replicas
    programme_.add_column(0, 0, {{row, -1}});                                // extra load
  }
}

bool Formulation::fits(const Problem& problem) const {
  const auto same = [](const auto& a, const auto& b, auto&& equal) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal);
  };
  const auto same_sides = [](const std::optional<Companion>& a, const std::optional<Companion>& b) {
    return a.has_value() == b.has_value() &&
           (!a || (a->pool == b->pool && a->replica_accelerators == b->replica_accelerators &&
                   a->power_per_accelerator == b->power_per_accelerator));
  };
  return same(built_for_.pools, problem.pools, [](const Pool& a, const Pool& b) { return a.site == b.site; }) &&
         built_for_.sites.size() == problem.sites.size() &&
         same(built_for_.services, problem.services,
              [](const Service& a, const Service& b) { return a.tier == b.tier && a.weight == b.weight; }) &&
         same(built_for_.arcs, problem.arcs,
              [&](const Arc& a, const Arc& b) {
                return a.service == b.service && a.pool == b.pool && a.replica_accelerators == b.replica_accelerators &&
                       a.rate_per_accelerator == b.rate_per_accelerator &&
                       a.power_per_accelerator == b.power_per_accelerator && same_sides(a.companion, b.companion);
              }) &&
         same(built_for_.links, problem.links, [&](const Link& a, const Link& b) {
           return same(a.uses, b.uses, [](const Link::Use& x, const Link::Use& y) {
             return x.arc == y.arc && x.per_replica == y.per_replica;
           });
         });
}

void Formulation::set_capacity(Resource resource, double capacity) {
  programme_.set_row(row_of(resource), -infinity, capacity / row_scale(resource));
}

void Formulation::set_bounds(const Problem& problem) {
  for (std::size_t a = 0; a < arcs_; ++a) {
    const bool useful = problem.arcs[a].replica_rate() > 0;
    if (start_ == Start::present) {
      programme_.set_bounds(kept(a), 0, useful ? static_cast<double>(problem.arcs[a].current) : 0);
    } else if (problem.arcs[a].current != 0) {
      throw std::logic_error("a placement from an empty start has current replicas");
    }
    programme_.set_bounds(added(a), 0, useful ? infinity : 0);
  }
  for (std::size_t s = 0; s < problem.services.size(); ++s) {
    const Service& service = problem.services[s];
    programme_.set_row(static_cast<int>(2 * s), service.demand / rate_scale_[s], infinity);
    programme_.set_row(static_cast<int>(2 * s + 1), static_cast<double>(service.minimum_replicas), infinity);
    programme_.set_bounds(extra(s), 0, 0);
  }
  for (std::size_t p = 0; p < problem.pools.size(); ++p) {
    set_capacity({Resource::Kind::pool, p}, static_cast<double>(problem.pools[p].accelerators));
  }
  for (std::size_t i = 0; i < problem.sites.size(); ++i) {
    set_capacity({Resource::Kind::site_power, i}, problem.sites[i].power_limit.base());
  }
  for (std::size_t l = 0; l < problem.links.size(); ++l)
    set_capacity({Resource::Kind::link, l}, problem.links[l].capacity);
  for (std::size_t t = 0; t < tiers_.size(); ++t) programme_.set_row(tier_row(t), -infinity, infinity);
  bound_shortfalls(0);
}

void Formulation::bound_shortfalls(double limit) {
  for (std::size_t s = 0; s < built_for_.services.size(); ++s) {
    programme_.set_bounds(short_rate(s), 0, limit);
    programme_.set_bounds(short_replicas(s), 0, limit);
  }
}

void Formulation::clear_costs() {
  for (std::size_t c = 0; c < costs_.size(); ++c) {
    if (costs_[c] != 0) programme_.set_cost(static_cast<int>(c), costs_[c] = 0);
  }
}

void Formulation::minimise_cost(const Problem& problem) {
  double highest = 0;
  for (const Arc& arc : problem.arcs) {
    highest = std::max(highest, arc.cost + arc.switching);
    if (arc.companion) highest = std::max(highest, arc.companion->cost + arc.companion->switching);
  }
  cost_scale_ = highest > 0 ? highest : 1;
  const auto set = [&](int column, double cost) {
    double& present = costs_[static_cast<std::size_t>(column)];
    if (present != cost) programme_.set_cost(column, present = cost);
  };
  for (std::size_t a = 0; a < arcs_; ++a) {
    const Arc& arc = problem.arcs[a];
    const double preference = 1e-5 * (0.5 + 0.5 * spread(a));
    double stays = 0, comes = 0;
    const auto add_side = [&](const auto& side) {
      const auto size = static_cast<double>(side.replica_accelerators);
      stays += size * (side.cost / cost_scale_ + 0.5 * preference);
      comes += size * ((side.cost + side.switching) / cost_scale_ + preference);
    };
    add_side(arc);
    if (arc.companion) add_side(*arc.companion);
    if (start_ == Start::present) set(kept(a), stays);
    set(added(a), comes);
  }
  for (std::size_t s = 0; s < problem.services.size(); ++s) {
    set(short_rate(s), 1e-6);  // no more short than need be
    set(short_replicas(s), 1e-6);
    set(extra(s), 0);
  }
  objective_ = Objective::cost;
}

LinearProgramme::Status Formulation::solve(LinearProgramme::Method method) {
  const LinearProgramme::Status status = programme_.solve(method);
  ++solves_;
  iterations_ += programme_.iterations();
  return status;
}

bool Formulation::solve_served(const Problem& problem) {
  first_shortfall_ = 0;
  bindings_.assign(problem.services.size(), Binding{});
  const bool same_objective = objective_ == Objective::cost;
  minimise_cost(problem);
  return solve(same_objective ? LinearProgramme::Method::dual : LinearProgramme::Method::primal) ==
         LinearProgramme::Status::optimal;
}

void Formulation::solve_short(const Problem& problem) {
  first_shortfall_ = 0;
  bindings_.assign(problem.services.size(), Binding{});
  bound_shortfalls(infinity);
  std::vector<std::vector<double>> duals(tiers_.size());
  for (std::size_t t = 0; t < tiers_.size(); ++t) {
    minimise_shortfall(t);
    solve(LinearProgramme::Method::primal);
    const double shortfall = programme_.objective();
    for (int row = 0; row < rows_of(problem, tiers_.size()); ++row) duals[t].push_back(programme_.dual(row));
    if (shortfall > 1e-7 && first_shortfall_ == 0) {
      first_shortfall_ = shortfall;
      first_short_duals_ = duals[t];
    }
    limit_shortfall(t, shortfall + 1e-9);
  }
  minimise_cost(problem);
  solve(LinearProgramme::Method::primal);
  for (std::size_t s = 0; s < problem.services.size(); ++s) {
    const auto tier = std::lower_bound(tiers_.begin(), tiers_.end(), problem.services[s].tier) - tiers_.begin();
    record_binding(problem, s, duals[static_cast<std::size_t>(tier)]);
  }
}

void Formulation::record_binding(const Problem& problem, std::size_t s, const std::vector<double>& duals) {
  if (programme_.value(short_rate(s)) < 1e-7 && programme_.value(short_replicas(s)) < 1e-7) return;
  bindings_[s] = {Binding::Kind::eligibility, std::nullopt};
  double highest = 1e-9;
  const auto consider = [&](Resource resource, double use_per_unit) {
    const double price = -duals[static_cast<std::size_t>(row_of(resource))] * use_per_unit / row_scale(resource);
    if (price > highest * (1 + 1e-9)) {
      highest = price;
      bindings_[s] = {Binding::Kind::resource, resource};
    }
  };
  for (std::size_t a = 0; a < arcs_; ++a) {
    const Arc& arc = problem.arcs[a];
    if (arc.service != s || arc.replica_rate() == 0) continue;
    const double per_unit = rate_scale_[s] / arc.replica_rate();
    std::map<std::size_t, double> watts;  // by site
    for (const Arc::Use& use : arc.uses()) {
      if (problem.pools[use.pool].accelerators > 0) {
        consider({Resource::Kind::pool, use.pool}, static_cast<double>(use.accelerators) * per_unit);
      }
      if (const auto& site = problem.pools[use.pool].site) watts[*site] += use.watts;
    }
    for (const auto& [site, of_replica] : watts) consider({Resource::Kind::site_power, site}, of_replica * per_unit);
    for (std::size_t l = 0; l < problem.links.size(); ++l) {
      for (const Link::Use& use : problem.links[l].uses) {
        if (use.arc == a) consider({Resource::Kind::link, l}, use.per_replica * per_unit);
      }
    }
  }
}

void Formulation::allow_shortfalls() { bound_shortfalls(infinity); }

void Formulation::minimise_shortfall(std::size_t tier) {
  clear_costs();
  for (std::size_t s = 0; s < built_for_.services.size(); ++s) {
    if (built_for_.services[s].tier != tiers_[tier]) continue;
    for (const int column : {short_rate(s), short_replicas(s)}) {
      programme_.set_cost(column, costs_[static_cast<std::size_t>(column)] = shortfall_cost(s));
    }
  }
  objective_ = Objective::shortfall;
}

void Formulation::limit_shortfall(std::size_t tier, double limit) {
  programme_.set_row(tier_row(tier), -infinity, limit);
}

std::optional<double> Formulation::least_within(const std::vector<std::int64_t>& low,
                                                const std::vector<std::int64_t>& high) {
  // Kept replicas cost no more than new ones, so bounds on their sum are bounds on each in this order.
  for (std::size_t a = 0; a < arcs_; ++a) {
    const std::int64_t current = built_for_.arcs[a].current;
    const auto as_double = [](std::int64_t n) { return static_cast<double>(n); };
    if (start_ == Start::present) programme_.set_bounds(kept(a), as_double(std::min(low[a], current)), as_double(std::min(high[a], current)));
    programme_.set_bounds(added(a), as_double(std::max<std::int64_t>(0, low[a] - current)),
                          as_double(std::max<std::int64_t>(0, high[a] - current)));
  }
  if (solve(LinearProgramme::Method::dual) != LinearProgramme::Status::optimal) return std::nullopt;
  return programme_.objective();
}

void Formulation::start_growth(const Problem& problem) {
  solve_served(problem);
  programme_.keep_basis();
}

std::optional<double> Formulation::solve_growth(const Problem& problem, std::size_t service) {
  set_bounds(problem);
  programme_.restore_basis();
  programme_.set_bounds(extra(service), 0, infinity);
  clear_costs();
  programme_.set_cost(extra(service), costs_[static_cast<std::size_t>(extra(service))] = -1);
  objective_ = Objective::growth;
  return growth(LinearProgramme::Method::primal, service);
}

std::optional<double> Formulation::grow_again(std::size_t service) { return growth(LinearProgramme::Method::dual, service); }

std::optional<double> Formulation::growth(LinearProgramme::Method method, std::size_t service) {
  if (solve(method) != LinearProgramme::Status::optimal) return std::nullopt;
  return programme_.value(extra(service)) * rate_scale_[service];
}

std::vector<double> Formulation::replicas() const {
  std::vector<double> result(arcs_);
  for (std::size_t a = 0; a < arcs_; ++a) {
    const double value = (start_ == Start::present ? programme_.value(kept(a)) : 0) + programme_.value(added(a));
    result[a] = std::max(0.0, std::floor(value * 0x1p20 + 0.5) * 0x1p-20);
  }
  return result;
}

std::vector<double> Formulation::unserved() const {
  std::vector<double> result;
  for (std::size_t s = 0; s < built_for_.services.size(); ++s) {
    const double replicas = programme_.value(short_rate(s));
    result.push_back(replicas > 1e-6 ? replicas * rate_scale_[s] : 0);
  }
  return result;
}

double Formulation::price(Resource resource) const {
  const int row = row_of(resource);
  const double scale = row_scale(resource);
  if (first_shortfall_ > 0) return -first_short_duals_[static_cast<std::size_t>(row)] / scale;
  return -programme_.dual(row) * cost_scale_ / scale;
}

double Formulation::growth_price(std::size_t service, Resource resource) const {
  return -programme_.dual(row_of(resource)) / row_scale(resource) * rate_scale_[service];
}

}  // namespace headroom::placement
