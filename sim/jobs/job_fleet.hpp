#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/reliability/hazard.hpp"
#include "models/units/money.hpp"
#include "models/units/quantity.hpp"
#include "sim/engine/sketch.hpp"
#include "sim/engine/time.hpp"
#include "sim/failures/goodput.hpp"

/// A mixed fleet at scale: gang jobs, services that lend their night surplus, failures and repairs, over years.
namespace headroom::jobs {

using engine::SimTime;

/// Equal nodes at one place.
struct JobSite {
  std::int32_t nodes = 1;
  std::int32_t gpus_per_node = 8;
};

/// Jobs that arrive at random and are alike. Tier 0 goes first.
struct JobClass {
  struct Size {
    std::int32_t gpus = 8;
    double weight = 1;
  };
  std::string name;
  PerSecond arrivals;
  std::vector<Size> sizes;
  Seconds mean_duration;
  double duration_variation = 1;           ///< of a lognormal
  std::int32_t tier = 0;
  std::uint64_t sites = ~std::uint64_t{0}; ///< bit i: may run at site i; a job runs at one
  Seconds checkpoint_every = hours(1);     ///< of work; a failure loses what was done since, a recall nothing
  Seconds restart{600};                    ///< detection, scheduling and loading after each interruption
};

/// A service that holds whole nodes of one site: between `low` and `high` on a cosine over the day, most at `peak_hour`. It
/// takes what it needs each hour, evicting jobs of `evicts_from_tier` and below if need be, and lends the rest to jobs.
struct Service {
  std::int32_t site = 0;
  std::int32_t low = 0;
  std::int32_t high = 0;
  std::int32_t peak_hour = 20;
  std::int32_t evicts_from_tier = 1;
};

struct JobFleetSpec {
  std::vector<JobSite> sites;
  std::vector<JobClass> classes;
  std::vector<Service> services;
  reliability::Hazard node_hazard;
  reliability::Mixture lemons;
  /// Shocks that hit neighbouring nodes together (row power, cooling, a switch), as a share of node_hazard; groups are
  /// consecutive nodes, counted over all sites in order.
  reliability::CommonCause common;
  failures::Spread repair{hours(6), 1};
  std::int32_t overtaking = 32;            ///< later jobs that may start before a waiting one; then its queue is strict
  Seconds span = days(365.25);
  std::uint64_t seed = 1;
  std::uint64_t replication = 0;
};

/// Where every accelerator-second went, exactly: the parts sum to accelerators x span.
struct FleetFates {
  Int128 useful = 0;    ///< accelerators x nanoseconds
  Int128 lost = 0;      ///< done again after a failure
  Int128 restart = 0;
  Int128 service = 0;
  Int128 idle = 0;
  Int128 down = 0;
  [[nodiscard]] Int128 sum() const { return useful + lost + restart + service + idle + down; }
};

struct ClassOutcome {
  std::int64_t submitted = 0, finished = 0;
  std::int64_t failures = 0;    ///< interruptions by a failed node
  std::int64_t recalls = 0;     ///< evictions by a service
  engine::QuantileSketch waits; ///< hours from submission to the first start, of jobs that started
};

struct JobFleetOutcome {
  std::vector<ClassOutcome> classes;
  FleetFates fates;
  Int128 capacity = 0;                 ///< accelerators x nanoseconds of the span
  std::int64_t failures = 0, repairs = 0;  ///< of nodes
  std::int64_t shocks = 0;                 ///< common causes, each of which may have failed many nodes or none
  std::int64_t service_short = 0;      ///< service node-hours asked for that could not be given
  std::int64_t running_at_end = 0, waiting_at_end = 0;
  std::uint64_t events = 0;
};

/// Simulates the fleet. Throws std::invalid_argument for a class without sizes or without a site that can ever hold its
/// largest job, and std::logic_error if the fates do not sum to the capacity.
[[nodiscard]] JobFleetOutcome simulate_job_fleet(const JobFleetSpec& spec);

}  // namespace headroom::jobs
