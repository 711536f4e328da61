#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/workloads/capability.hpp"
#include "sim/workloads/training.hpp"
#include "sim/workloads/user_routes.hpp"

namespace headroom::workloads {

/// One stream of load that is placed and dispatched on its own: a model of a workload in a region.
/// Its unit is the workload's: tokens, ranked candidates, clip-seconds, hours of the reference chip.
struct Service {
  std::string id;                    ///< "doubao/deepseek-v3@cn"
  std::size_t workload = 0;          ///< place in Scenario::workloads
  std::size_t model = 0;             ///< place in Workload::models
  std::string region;                ///< empty: traffic of no region, served anywhere
  double share = 1;                  ///< of the workload's load
  int tier = 1;
  bool interactive = true;           ///< load that is not served in its hour is shed; else it waits until its deadline
  int deadline_hours = 0;            ///< batch only
  double within_hour_variation = 0;  ///< standard deviation of minutes within the hour / mean
  double tokens_per_request = 0;     ///< where an iteration model serves it
  std::vector<Capability> capabilities;  ///< in order of chip
  std::vector<Capability> remote;    ///< the same for users at each round trip, where a model tells latencies
  std::vector<Unable> unable;        ///< eligible chips that cannot serve it
};

/// Splits every workload but training into its services. Curves that iteration models need are taken from the cache or
/// computed. Throws InputError where the scenario does not say what a model needs, Infeasible where no chip can serve a model.
[[nodiscard]] std::vector<Service> services_of(const scenario::Scenario& scenario, const std::vector<UserRoute>& routes, sim_serving::CurveCache& curves);

/// What the chip does for the service at a site so far away: nothing if it cannot serve users there, and of a disaggregated service
/// as many as there are chips that may do its prompts.
[[nodiscard]] std::vector<const Capability*> capabilities_at(const Service& service, std::size_t chip, Seconds round_trip);

/// What no world changes: services and training runs with what the chips do for them.
struct Prepared {
  std::vector<UserRoute> routes;
  std::vector<Service> services;
  std::vector<TrainingAbility> training;
};
[[nodiscard]] Prepared prepare(const scenario::Scenario& scenario, sim_serving::CurveCache& curves);

/// Factor of an hour (0-23 UTC) of a day on the day's mean, festivals included.
[[nodiscard]] double shape_factor(const scenario::Shape& shape, Date day, int hour);
/// Largest factor of the day's hours.
[[nodiscard]] double peak_factor(const scenario::Shape& shape, Date day);

/// Mean load of a day in units per second before the shape, as planned (no error of forecast or world).
[[nodiscard]] double daily_mean(const scenario::Workload& workload, Date day);

/// Expected served share when load within the hour is normal around its mean with relative deviation `variation`:
/// E[min(load, capacity)] / load. Both in units per second; capacity >= 0, load > 0.
[[nodiscard]] double expected_served_share(double load, double capacity, double variation);

}  // namespace headroom::workloads
