#include "sim/placement/rounding.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

// Each tier in turn, with the room that the tiers before it have left: whole parts of the divisible answer first, for
// every service of the tier; then single replicas where they cover what is missing most cheaply; then what has become
// superfluous goes, and a replica moves where that is cheaper. Services and arcs in the problem's order, so that
// nothing depends on how the divisible answer was found.

namespace headroom::placement {
namespace {

constexpr double tolerance = 1e-9;

class Rounding {
 public:
  explicit Rounding(const Problem& problem)
      : problem_(problem),
        replicas_(problem.arcs.size(), 0),
        arcs_of_(problem.services.size()),
        uses_(problem.arcs.size()) {
    for (const Pool& pool : problem.pools) accelerators_.push_back(pool.accelerators);
    for (const Site& site : problem.sites) power_.push_back(site.power_limit.base() * (1 + tolerance));
    for (const Link& link : problem.links) capacity_.push_back(link.capacity * (1 + tolerance));
    for (std::size_t a = 0; a < problem.arcs.size(); ++a) {
      takes_.emplace_back(problem, problem.arcs[a]);
      rates_.push_back(problem.arcs[a].replica_rate());
      if (rate(a) > 0) arcs_of_[problem.arcs[a].service].push_back(a);
      is_paired_ = is_paired_ || problem.arcs[a].companion.has_value();
    }
    for (std::size_t s = 0; s < problem.services.size(); ++s) {
      Unit unit;
      for (const std::size_t a : arcs_of_[s]) {
        if (rate(a) > unit.rate) unit = {rate(a), size(a)};
      }
      units_.push_back(unit);
    }
    for (std::size_t l = 0; l < problem.links.size(); ++l) {
      for (const Link::Use& use : problem.links[l].uses) uses_[use.arc].push_back({l, use.per_replica});
    }
  }

  std::vector<std::int64_t> run(const std::vector<double>& divisible) {
    std::set<int> tiers;
    for (const Service& service : problem_.services) tiers.insert(service.tier);
    for (const int tier : tiers) {
      const auto each = [&](auto&& step) {
        for (std::size_t s = 0; s < problem_.services.size(); ++s) {
          if (problem_.services[s].tier == tier) step(s);
        }
      };
      each([&](std::size_t s) { place_whole_parts(s, divisible); });
      each([&](std::size_t s) { cover(s); });
      improve(tier);
      each([&](std::size_t s) { drop_superfluous(s); });
      each([&](std::size_t s) { move_to_cheaper(s, divisible); });
    }
    return replicas_;
  }

 private:
  struct LinkUse {
    std::size_t link;
    double per_replica;
  };
  /// A replica of a service's fastest arc, in which shortfall is counted.
  struct Unit {
    double rate = 0;
    double accelerators = 0;
  };

  /// What a replica of an arc takes and costs, worked out once: a rounding asks for it thousands of times.
  struct Takes {
    struct Of {
      std::size_t pool = 0;
      std::int64_t accelerators = 0;
      double watts = 0;
      std::optional<std::size_t> site{};
    };
    std::array<Of, 2> of{};
    std::size_t pools = 0;
    double size = 0;
    std::int64_t current = 0;
    double cost_kept = 0, cost_new = 0;  ///< of a replica that is there already, and of a further one

    Takes(const Problem& problem, const Arc& arc) : size(static_cast<double>(arc.accelerators_of_replica())), current(arc.current) {
      for (const Arc::Use& use : arc.uses()) of[pools++] = {use.pool, use.accelerators, use.watts, problem.pools[use.pool].site};
      const auto cost = [&](bool is_new) {
        const auto of_side = [&](const auto& side) {
          return static_cast<double>(side.replica_accelerators) * (side.cost + (is_new ? side.switching : 0));
        };
        return of_side(arc) + (arc.companion ? of_side(*arc.companion) : 0);
      };
      cost_kept = cost(false);
      cost_new = cost(true);
    }
    [[nodiscard]] std::span<const Of> uses() const { return {of.data(), pools}; }
  };

  [[nodiscard]] double size(std::size_t a) const { return takes_[a].size; }
  [[nodiscard]] double rate(std::size_t a) const { return rates_[a]; }
  /// Of the replica that would be number `n`.
  [[nodiscard]] double cost(std::size_t a, std::int64_t n) const { return n > takes_[a].current ? takes_[a].cost_new : takes_[a].cost_kept; }

  /// Whether one more replica fits, into what is left and what a replica of another arc would give back.
  [[nodiscard]] bool fits(std::size_t a, const Takes* back = nullptr, const std::vector<LinkUse>* links_back = nullptr) const {
    double watts = 0;  // of the first pool, and then of both if they stand at one site
    std::optional<std::size_t> counted;
    for (const Takes::Of& use : takes_[a].uses()) {
      std::int64_t accelerators = accelerators_[use.pool];
      double power = use.site ? power_[*use.site] : 0;
      if (back != nullptr) {
        for (const Takes::Of& other : back->uses()) {
          if (other.pool == use.pool) accelerators += other.accelerators;
          if (use.site && other.site == use.site) power += other.watts;
        }
      }
      if (accelerators < use.accelerators) return false;
      if (!use.site) continue;
      watts = counted == use.site ? watts + use.watts : use.watts;
      counted = use.site;
      if (power < watts) return false;
    }
    return std::all_of(uses_[a].begin(), uses_[a].end(), [&](const LinkUse& use) {
      double capacity = capacity_[use.link];
      for (std::size_t i = 0; links_back != nullptr && i < links_back->size(); ++i) {
        if ((*links_back)[i].link == use.link) capacity += (*links_back)[i].per_replica;
      }
      return capacity >= use.per_replica;
    });
  }

  void change(std::size_t a, std::int64_t by) {
    const auto n = static_cast<double>(by);
    if (is_trial_) changes_.push_back({a, by});
    replicas_[a] += by;
    for (const Takes::Of& use : takes_[a].uses()) {
      accelerators_[use.pool] -= by * use.accelerators;
      if (use.site) power_[*use.site] -= n * use.watts;
    }
    for (const LinkUse& use : uses_[a]) capacity_[use.link] -= n * use.per_replica;
  }

  [[nodiscard]] double capacity(std::size_t s) const {
    double sum = 0;
    for (const std::size_t a : arcs_of_[s]) sum += static_cast<double>(replicas_[a]) * rate(a);
    return sum;
  }
  [[nodiscard]] std::int64_t count(std::size_t s) const {
    std::int64_t sum = 0;
    for (const std::size_t a : arcs_of_[s]) sum += replicas_[a];
    return sum;
  }
  [[nodiscard]] double needed(std::size_t s) const { return problem_.services[s].demand * (1 - tolerance); }

  void place_whole_parts(std::size_t s, const std::vector<double>& divisible) {
    for (const std::size_t a : arcs_of_[s]) {
      auto whole = static_cast<std::int64_t>(std::floor(divisible[a] + 1e-6));
      // All at once unless a tier before has taken some of the room.
      change(a, whole);
      while (whole > 0 && overdrawn(a)) {
        change(a, -1);
        --whole;
      }
    }
  }
  [[nodiscard]] bool overdrawn(std::size_t a) const {
    for (const Takes::Of& use : takes_[a].uses()) {
      if (accelerators_[use.pool] < 0 || (use.site && power_[*use.site] < 0)) return true;
    }
    return std::any_of(uses_[a].begin(), uses_[a].end(), [&](const LinkUse& use) { return capacity_[use.link] < 0; });
  }

  void cover(std::size_t s) {
    const std::int64_t minimum = problem_.services[s].minimum_replicas;
    for (;;) {
      const double missing = needed(s) - capacity(s);
      if (missing <= 0 && count(s) >= minimum) return;
      double best = std::numeric_limits<double>::infinity();
      std::optional<std::size_t> chosen;
      for (const std::size_t a : arcs_of_[s]) {
        if (!fits(a)) continue;
        const double useful = missing > 0 ? std::min(rate(a), missing) : 1;
        const double price = cost(a, replicas_[a] + 1) / useful + 1e-9 * size(a) / useful;  // free: by accelerators
        if (price < best) {
          best = price;
          chosen = a;
        }
      }
      if (!chosen) return;
      change(*chosen, 1);
    }
  }

  /// Of a service, in accelerators, as the divisible programme counts it.
  [[nodiscard]] double shortfall_of(std::size_t s) const {
    const Service& service = problem_.services[s];
    if (units_[s].rate == 0) return 0;
    const double rate = std::max(0.0, needed(s) - capacity(s)) / units_[s].rate;
    const auto replicas = static_cast<double>(std::max<std::int64_t>(0, service.minimum_replicas - count(s)));
    return service.weight * units_[s].accelerators * (rate + replicas);
  }

  /// While a tier is short: gives up one replica where single replicas put into the room served more. Looks at each arc
  /// in turn until a whole round brings nothing. A trial changes only the services that are short and the one that gives.
  void improve(int tier) {
    const auto sum = [](const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); };
    std::vector<double> missing(problem_.services.size(), 0);  // by service, nothing in other tiers
    for (std::size_t s = 0; s < missing.size(); ++s) missing[s] = problem_.services[s].tier == tier ? shortfall_of(s) : 0;
    double present = sum(missing);
    std::vector<double> tried;
    for (int round = 0; round < 4 && present > tolerance; ++round) {
      bool better = false;
      std::vector<std::size_t> short_services = services_short_in(tier);
      for (std::size_t a = 0; a < problem_.arcs.size() && present > tolerance; ++a) {
        const std::size_t owner = problem_.arcs[a].service;
        if (replicas_[a] == 0 || problem_.services[owner].tier != tier) continue;
        changes_.clear();
        is_trial_ = true;
        change(a, -1);
        bool owner_is_short = false;
        for (const std::size_t s : short_services) {
          owner_is_short = owner_is_short || s == owner;
          if (s != owner) cover(s);
        }
        const bool helps = owner_is_short || changes_.size() > 1;  // else the owner alone can only lose
        if (helps) cover(owner);
        is_trial_ = false;
        if (!helps) {
          take_back();
          continue;
        }
        tried = missing;
        for (const std::size_t s : short_services) tried[s] = shortfall_of(s);
        tried[owner] = shortfall_of(owner);
        const double now = sum(tried);
        if (now < present - tolerance) {
          present = now;
          missing.swap(tried);
          better = true;
          short_services = services_short_in(tier);
        } else {
          take_back();
        }
      }
      if (!better) return;
    }
  }
  /// Undoes the changes of a trial, arc by arc.
  void take_back() {
    std::sort(changes_.begin(), changes_.end());
    for (std::size_t i = 0; i < changes_.size();) {
      const std::size_t a = changes_[i].first;
      std::int64_t by = 0;
      for (; i < changes_.size() && changes_[i].first == a; ++i) by += changes_[i].second;
      if (by != 0) change(a, -by);
    }
  }
  [[nodiscard]] std::vector<std::size_t> services_short_in(int tier) const {
    std::vector<std::size_t> result;
    for (std::size_t s = 0; s < problem_.services.size(); ++s) {
      const Service& service = problem_.services[s];
      const bool is_short = capacity(s) < needed(s) || count(s) < service.minimum_replicas;
      if (service.tier == tier && is_short) result.push_back(s);
    }
    return result;
  }

  void drop_superfluous(std::size_t s) {
    for (;;) {
      const double spare_rate = capacity(s) - needed(s);
      if (spare_rate <= 0 || count(s) <= problem_.services[s].minimum_replicas) return;
      double dearest = -1;
      std::optional<std::size_t> chosen;
      for (const std::size_t a : arcs_of_[s]) {
        if (replicas_[a] == 0 || rate(a) > spare_rate) continue;
        if (cost(a, replicas_[a]) >= dearest) {
          dearest = cost(a, replicas_[a]);
          chosen = a;
        }
      }
      if (!chosen) return;
      change(*chosen, -1);
    }
  }

  /// Where replicas take two pools, not beyond the divisible answer's next whole number: what that leaves alone may be the half that
  /// a later tier's replicas cannot do without.
  void move_to_cheaper(std::size_t s, const std::vector<double>& divisible) {
    for (int moves = 0; moves < 64; ++moves) {
      const double spare_rate = capacity(s) - needed(s);
      double most = tolerance;
      std::optional<std::size_t> from;
      std::optional<std::size_t> to;
      double least = std::numeric_limits<double>::infinity();
      next_cost_.clear();
      for (const std::size_t b : arcs_of_[s]) {
        next_cost_.push_back(cost(b, replicas_[b] + 1));
        least = std::min(least, next_cost_.back());
      }
      for (const std::size_t a : arcs_of_[s]) {
        if (replicas_[a] == 0) continue;
        const double saved = cost(a, replicas_[a]);
        if (!(saved - least > most * (1 + tolerance))) continue;
        for (std::size_t i = 0; i < arcs_of_[s].size(); ++i) {
          const std::size_t b = arcs_of_[s][i];
          if (is_paired_ && static_cast<double>(replicas_[b]) >= divisible[b] + 1 - 1e-6) continue;
          const double gain = saved - next_cost_[i];
          if (gain > most * (1 + tolerance) && spare_rate + rate(b) >= rate(a) && fits_instead(b, a)) {
            most = gain;
            from = a;
            to = b;
          }
        }
      }
      if (!from) return;
      change(*from, -1);
      change(*to, 1);
    }
  }
  /// Whether a replica of `b` fits once one of `a` has gone.
  [[nodiscard]] bool fits_instead(std::size_t b, std::size_t a) const { return b != a && fits(b, &takes_[a], &uses_[a]); }

  const Problem& problem_;
  bool is_paired_ = false;  ///< some replica has a companion
  std::vector<std::int64_t> replicas_;
  std::vector<std::vector<std::size_t>> arcs_of_;  ///< those with a rate
  std::vector<std::vector<LinkUse>> uses_;
  bool is_trial_ = false;
  std::vector<std::pair<std::size_t, std::int64_t>> changes_;  ///< of the trial: arc and by how much
  std::vector<double> next_cost_;           ///< of one more replica, by arc of the service at hand
  std::vector<Takes> takes_;                ///< by arc
  std::vector<double> rates_;               ///< by arc, of a replica
  std::vector<Unit> units_;                 ///< by service
  std::vector<std::int64_t> accelerators_;  ///< left, by pool
  std::vector<double> power_;               ///< left, by site
  std::vector<double> capacity_;            ///< left, by link
};

}  // namespace

std::vector<std::int64_t> rounded(const Problem& problem, const std::vector<double>& divisible) {
  return Rounding{problem}.run(divisible);
}

}  // namespace headroom::placement
