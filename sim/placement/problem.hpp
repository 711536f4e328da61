#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/units/quantity.hpp"

namespace headroom::placement {

// One instant's question: how many replicas of which service on which pool? Indices refer to the vectors of Problem.
// Rates are in each service's own unit (tokens per second, requests per second), the same for its demand and its arcs.
// Costs are in one currency for all, per accelerator and hour.

/// Merged accelerators: same site, chip, eligibility and power state.
struct Pool {
  std::string id;
  std::int64_t accelerators = 0;      ///< available to services: in service, working, not held by gang jobs
  std::optional<std::size_t> site{};  ///< absent: no power limit applies
};

struct Site {
  std::string id;
  Watts power_limit{};  ///< for the placed replicas, at the accelerators' border (the caller has taken off PUE and the
                        ///< rest)
};

struct Service {
  std::string id;
  int tier = 1;  ///< the lower the number, the earlier served
  double demand = 0;
  std::int64_t minimum_replicas = 0;  ///< wanted whatever the demand
  double weight = 1;                  ///< of an accelerator's worth of shortfall against those of the same tier
};

/// Accelerators of another pool that each replica of an arc takes beside its own: the prefill side of a disaggregated service.
struct Companion {
  std::size_t pool = 0;  ///< not the arc's own
  std::int64_t replica_accelerators = 1;
  Watts power_per_accelerator{};
  double cost = 0, switching = 0;  ///< per accelerator-hour, as those of an arc
  friend bool operator==(const Companion&, const Companion&) = default;
};

/// A service may run on a pool, or on one with a companion. What has no arc is not eligible.
struct Arc {
  std::size_t service = 0;
  std::size_t pool = 0;
  std::int64_t replica_accelerators = 1;
  double rate_per_accelerator = 0;
  Watts power_per_accelerator{};
  double cost = 0;       ///< avoidable, per accelerator-hour: energy, rent, what else the chip could earn
  double switching = 0;  ///< per accelerator-hour of a replica that is not there yet: its one-off cost over its stay
  std::int64_t current = 0;  ///< replicas there now
  std::optional<Companion> companion{};

  [[nodiscard]] double replica_rate() const { return static_cast<double>(replica_accelerators) * rate_per_accelerator; }
  /// Of both pools.
  [[nodiscard]] std::int64_t accelerators_of_replica() const {
    return replica_accelerators + (companion ? companion->replica_accelerators : 0);
  }
  /// What a replica takes of each of its pools.
  struct Use {
    std::size_t pool = 0;
    std::int64_t accelerators = 0;
    double watts = 0;
  };
  class Uses {
   public:
    explicit Uses(const Arc& arc)
        : uses_{Use{arc.pool, arc.replica_accelerators, watts(arc)}, {}}, count_(arc.companion ? 2 : 1) {
      if (arc.companion) uses_[1] = {arc.companion->pool, arc.companion->replica_accelerators, watts(*arc.companion)};
    }
    [[nodiscard]] const Use* begin() const { return uses_.data(); }
    [[nodiscard]] const Use* end() const { return uses_.data() + count_; }

   private:
    template <class Side>
    [[nodiscard]] static double watts(const Side& side) {
      return static_cast<double>(side.replica_accelerators) * side.power_per_accelerator.base();
    }
    std::array<Use, 2> uses_;
    std::size_t count_;
  };
  [[nodiscard]] Uses uses() const { return Uses{*this}; }
};

/// Anything else that several arcs share: a KV-bandwidth domain, egress, ports.
struct Link {
  struct Use {
    std::size_t arc = 0;
    double per_replica = 0;
  };
  std::string id;
  double capacity = 0;
  std::vector<Use> uses;
};

struct Problem {
  std::vector<Pool> pools;
  std::vector<Site> sites;
  std::vector<Service> services;
  std::vector<Arc> arcs;
  std::vector<Link> links;
};

/// Throws std::logic_error with the place and the value: an index out of range, a negative or not finite number, two
/// arcs between one service and the same pools, a replica without accelerators.
void check(const Problem& problem);

}  // namespace headroom::placement
