#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "sim/serving/hour.hpp"

namespace headroom::sim_serving {

/// The same as `hour` read from tables over the load and the backlog: a fleet reads tens of thousands of hours. Everything is
/// of one replica and scales with their number. Without a backlog the table has 201 loads up to twice the knee (error below
/// 0.2 points of attainment); with one, 61 loads up to 40 times the knee and 13 waits up to the users' patience, filled in as they are asked for
/// (error below 2 points, backlogs within 1 % of an hour's work). Beyond the tables, and with patience without end, the
/// hour itself is computed. Safe from many threads; the order of questions changes no answer.
class HourTable {
 public:
  HourTable(const CapacityCurve& curve, const Slo& slo, const LoadVariation& variation, Seconds patience = for_ever);
  [[nodiscard]] HourResult read(double replicas, double requests_per_second, double backlog) const;
  [[nodiscard]] const CapacityCurve& curve() const { return curve_; }
  /// The same hours, targets and patience of replicas of another speed.
  [[nodiscard]] std::shared_ptr<const HourTable> at_speed(const Speed& speed) const;
  /// Largest hourly mean, as a share of the knee, at which `target` of the requests meet their targets.
  [[nodiscard]] double usable_load(double target) const;

 private:
  static constexpr std::size_t steps = 200;
  static constexpr std::size_t coarse_steps = 60;
  static constexpr std::size_t wait_steps = 12;
  static constexpr double greatest = 2;
  using Weighted = std::pair<const HourResult*, double>;

  [[nodiscard]] HourResult with_backlog(double replicas, double requests_per_second, double backlog, double load, double wait) const;
  /// Hour of one replica at a load and a wait of the coarse grid.
  [[nodiscard]] const HourResult& node(std::size_t load, std::size_t wait) const;
  /// Steps of 0.05 up to twice the knee, of a sixth beyond.
  [[nodiscard]] static double load_at(std::size_t i) {
    double load = 0.05 * static_cast<double>(std::min<std::size_t>(i, 40));
    for (; i > 40; --i) load *= 7.0 / 6;
    return load;
  }
  /// Waits are denser where they are short.
  [[nodiscard]] double wait_at(std::size_t j) const {
    const double share = static_cast<double>(j) / wait_steps;
    return patience_.base() * share * share;
  }
  [[nodiscard]] static HourResult blend(std::span<const Weighted> rows, double replicas, double requests_per_second, double backlog);

  CapacityCurve curve_;
  Slo slo_;
  LoadVariation variation_;
  Seconds patience_;
  std::vector<HourResult> rows_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::size_t, std::size_t>, HourResult> nodes_;
};

}  // namespace headroom::sim_serving
