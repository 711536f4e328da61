#pragma once

#include <memory>
#include <optional>

#include "sim/scenario/scenario.hpp"
#include "sim/workloads/service.hpp"

/// The fleet-level simulation: years of orders, deliveries, placement, load and money, as events on the engine.
namespace headroom::fleet {

struct State;

/// A finished run. `state` holds everything that was metered and booked.
struct Run {
  std::unique_ptr<State> state;
  ~Run();
  Run(Run&&) noexcept;
  Run& operator=(Run&&) noexcept;
  explicit Run(std::unique_ptr<State>);
};

/// Simulates the scenario's horizon. `replication`: which world; absent: the central one. Pure: equal arguments, equal bytes.
/// `scenario` must outlive the run. Throws InputError for a plan that asks for what is unknown, Infeasible for one that cannot be.
/// `prepared` is that of the scenario, the same in every world.
[[nodiscard]] Run simulate(const scenario::Scenario& scenario, std::shared_ptr<const workloads::Prepared> prepared,
                           std::optional<int> replication);
/// The same with its services made for this run alone.
[[nodiscard]] Run simulate(const scenario::Scenario& scenario, std::optional<int> replication);

}  // namespace headroom::fleet
