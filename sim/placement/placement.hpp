#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/placement/problem.hpp"

namespace headroom::placement {

/// What can run out.
struct Resource {
  enum class Kind : std::uint8_t { pool, site_power, link };
  Kind kind = Kind::pool;
  std::size_t index = 0;
  friend bool operator==(const Resource&, const Resource&) = default;
};

/// Why a service is not served in full.
struct Binding {
  enum class Kind : std::uint8_t {
    none,         ///< served in full
    eligibility,  ///< no arc, or only arcs without a rate or into empty pools
    resource,     ///< `resource` is used up; its price is the highest among those that this service could use
    rounding,     ///< the divisible programme serves it; whole replicas do not fit
  };
  Kind kind = Kind::none;
  std::optional<Resource> resource{};
};

struct ServiceResult {
  double served = 0;  ///< at most the demand
  double shed = 0;    ///< demand - served
  std::int64_t replicas = 0;
  std::int64_t missing_replicas = 0;  ///< below the minimum
  Binding binding{};
};

struct Placement {
  std::vector<std::int64_t> replicas;      ///< by arc
  std::vector<std::int64_t> accelerators;  ///< by arc, of its own pool
  std::vector<double> divisible;           ///< by arc: replicas before rounding
  std::vector<ServiceResult> services;
  std::vector<std::int64_t> used;      ///< by pool, accelerators
  std::vector<std::int64_t> stranded;  ///< by pool: used before rounding, idle after it
  double cost = 0;                     ///< avoidable, per hour
  double switching = 0;                ///< of the replicas that are new, per hour of their stay
  int solves = 0;                      ///< programmes solved for this answer; 0: the last answer still holds
  int iterations = 0;
};

/// Whether problems have current replicas, or nothing stands anywhere yet in all of them.
enum class Start : std::uint8_t { present, empty };
enum class Replicas : std::uint8_t { whole, divisible };
enum class Reasons : std::uint8_t { told, untold };

/// How far one service's load can grow while every other service keeps what it has: all of its load, or what it is now served.
struct Headroom {
  double multiplier =
      0;  ///< largest multiple of its demand that whole replicas serve, to 0.2 %; infinite without demand
  double divisible = 0;               ///< the same if replicas could be divided: an upper bound
  std::optional<Resource> binding{};  ///< what runs out first, as the difference confirms; absent: only eligibility
  /// Further load of the service for one more accelerator, watt or unit of a link of `binding`: by the dual price, and by
  /// solving again with `step` more, 0.1 % of it (less than the price says where another resource takes over within the step).
  double price = 0;
  double confirmed_price = 0;
  double step = 0;
  double elasticity = 0;  ///< the same relative to load and resource: growth in per cent for 1 % more
  double confirmed_elasticity = 0;
};

/// Price of a resource: what one more unit (accelerator, watt, unit of a link) saves: cost per hour if everything is
/// served, else shortfall of the first tier that is short, in accelerators of the services' best arcs.
struct ResourcePrice {
  bool of_shortfall = false;
  double dual = 0;
  double finite_difference = 0;  ///< by solving again with `step` more
  double step = 0;
};

/// The answer is a function of the problem alone: it does not depend on what was solved before. Keeps the last basis,
/// so that a problem that differs in demand, capacities, costs or current replicas only is solved in few steps, or
/// none.
///
/// Tiers are served in order: a tier's shortfall, in accelerators of each service's best arc, is made as small as the
/// tiers before it allow, then the next; then avoidable and switching cost. Equal placements are told apart by a
/// preference for fewer accelerators, for what is there already, and for earlier arcs: 1e-5 of the highest cost. Then
/// whole replicas, tier by tier, service by service in the problem's order. One object per thread.
class Solver {
 public:
  /// `Start::empty` makes smaller programmes, and throws std::logic_error where a problem has current replicas.
  explicit Solver(Start start = Start::present);
  ~Solver();
  Solver(Solver&&) noexcept;
  Solver& operator=(Solver&&) noexcept;

  /// Throws std::logic_error if check() refuses the problem. `untold` leaves ServiceResult::binding as none, which saves a
  /// programme solved from a fresh start where something is short.
  Placement place(const Problem& problem, Reasons reasons = Reasons::told);
  /// What binds each service that the present answer does not serve in full.
  [[nodiscard]] std::vector<Binding> bindings(const Problem& problem);
  /// Whether divisible replicas serve everything.
  [[nodiscard]] bool servable(const Problem& problem);
  /// By service: rate that divisible replicas cannot serve, tiers in order.
  [[nodiscard]] std::vector<double> unserved(const Problem& problem);
  /// `divisible` leaves the search in whole replicas out, most of the time, and sets multiplier = divisible.
  Headroom max_multiplier(const Problem& problem, std::size_t service, Replicas replicas = Replicas::whole);
  ResourcePrice price(const Problem& problem, Resource resource);
  /// Linear programmes solved so far by all of these.
  [[nodiscard]] std::int64_t solves() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headroom::placement
