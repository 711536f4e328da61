#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace headroom::world {

/// What the plan does not decide: gates, prices, the error of forecasts and of models, how long a stage takes. A pure function
/// of (seed, replication, name, time): two plans compared see the same world, and splitting or renaming an order changes no
/// draw. Without a replication everything stands at its central value.
class World {
 public:
  /// `scenario` must outlive the world.
  World(const scenario::Scenario& scenario, std::optional<int> replication);

  [[nodiscard]] bool central() const { return !replication_; }
  [[nodiscard]] std::optional<std::uint64_t> replication() const {
    return replication_ ? std::optional{static_cast<std::uint64_t>(*replication_)} : std::nullopt;
  }

  /// Whether every gate of that regime on the lane is open; a lane without gates is open.
  [[nodiscard]] bool gate_open(std::string_view lane, scenario::Process::Regime regime, Date day) const;
  /// First day from `day` on which they are all open; nothing if that never comes before the end of the horizon.
  [[nodiscard]] std::optional<Date> gate_opens(std::string_view lane, scenario::Process::Regime regime, Date day) const;

  /// Days that a stage takes for what was planned to dock on `planned`: one draw for (lane or chip, stage, day).
  [[nodiscard]] int stage_days(const scenario::Order& order, std::string_view stage, const scenario::Distribution& days, Date planned) const;
  /// Days by which processes of kind delay shift a delivery.
  [[nodiscard]] CalendarSpan delay(const scenario::Order& order, Date planned) const;

  /// Factor on a workload's planned load that day (1 in the central world). Plans and forecasts do not see it.
  [[nodiscard]] double demand_factor(std::string_view workload, Date day) const;
  /// Factor on the rate of a chip for a workload: the models' error, drawn once a replication and shared by all hours.
  [[nodiscard]] double rate_factor(std::string_view workload, std::string_view chip) const;
  /// A price on a day: that of its series, or of the world's process. A process starts at its mean, its logarithm reverts and
  /// is drawn anew every 30 days; whatever the volatility, the mean over worlds is the mean that the scenario gives.
  template <class Per>
  [[nodiscard]] Price<Per> price(const scenario::MarketPrice<Per>& price, Date day) const {
    if (price.process.empty()) return price.series.at(day);
    const scenario::Process& process = price_process(price.process);
    return {process.mean.at(day) * price_factor(process, day), process.currency};
  }
  /// Requires that the scenario has it.
  [[nodiscard]] const scenario::Process& price_process(std::string_view id) const;

 private:
  struct Gate { const scenario::Process* process; std::optional<Date> opens; };
  [[nodiscard]] bool open(const Gate& gate, Date day) const;
  /// Factor of a price process on its mean; 1 in the central world.
  [[nodiscard]] double price_factor(const scenario::Process& process, Date day) const;
  /// A path that starts at 0, keeps the share `keep` of itself from knot to knot and takes `fresh` standard deviations of new chance
  /// at each; knots are 30 days apart from the start of the horizon on and joined linearly. With its variance on that day.
  struct Point { double value = 0, variance = 0; };
  [[nodiscard]] Point path(std::string_view name, double keep, double fresh, Date day) const;

  const scenario::Scenario* scenario_;
  std::optional<int> replication_;
  std::vector<Gate> gates_;
};

}  // namespace headroom::world
