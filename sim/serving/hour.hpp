#pragma once

#include <limits>
#include <span>
#include <vector>

#include "sim/serving/capacity_curve.hpp"
#include "sim/serving/request_trace.hpp"

namespace headroom::sim_serving {

/// How the load moves within an hour: minutes as factors on the hour's mean, in order, because a surge that lasts fills a
/// queue and the same minutes scattered do not. The luck of single arrivals (Poisson) is part of the capacity curve and not
/// of this. Several paths stand for the hours that could be; their mean is 1.
class LoadVariation {
 public:
  /// No variation: what reading a curve with hourly means assumes.
  static LoadVariation steady();
  /// Lognormal minutes with the standard deviation `variation` (share of the mean) and the correlation `persistence` of one
  /// minute with the next, on `paths` fixed paths; the pooled minutes have exactly that distribution.
  static LoadVariation lognormal(double variation, double persistence, std::uint32_t paths = 16);
  /// Minutes as measured (any positive scale), in their order and again from the first after the last; each path begins at
  /// another minute.
  static LoadVariation of_minutes(std::span<const double> minutes, std::uint32_t paths = 8);

  [[nodiscard]] const std::vector<std::vector<double>>& paths() const { return paths_; }

 private:
  explicit LoadVariation(std::vector<std::vector<double>> paths) : paths_(std::move(paths)) {}
  std::vector<std::vector<double>> paths_;
};

/// Variation and persistence of a trace's whole minutes, the Poisson part of the variance taken out. Persistence is the fifth
/// root of the correlation of minutes five apart: how long surges last matters, not how minutes jitter. Throws
/// std::invalid_argument for a trace shorter than ten minutes.
struct MeasuredVariation {
  double variation = 0;
  double persistence = 0;
  std::vector<double> minutes;  ///< factors on the mean
};
[[nodiscard]] MeasuredVariation measure_variation(const RequestTrace& trace);

inline constexpr Seconds for_ever{std::numeric_limits<double>::infinity()};

/// An hour of a service on equal replicas. Requests; tokens follow by the curve's means per request.
struct HourResult {
  double backlog_open = 0, arrived = 0, served = 0, gave_up = 0, backlog_close = 0;  ///< open + arrived = served + gave up + close
  double met = 0;              ///< of those that arrived, will meet all their targets
  double busy = 0;             ///< mean share of the replicas' time in passes
  double kv_use = 0;
  double preemptions = 0;      ///< requests put back
  Watts power;                 ///< of one replica, mean
  double longest_wait_s = 0;   ///< in the backlog
  double overloaded = 0;       ///< share of the minutes with a backlog
  std::vector<double> point_requests;  ///< arrived, by the point of the curve that stood for their minute
  struct Wait { double seconds; double requests; };
  std::vector<Wait> waits;     ///< arrived behind a backlog and how long they wait in it

  [[nodiscard]] double attainment() const { return arrived > 0 ? met / arrived : 1; }
};

/// Reads the curve over the minutes of the hour and carries the backlog (a fluid queue, first come first served) over its edge.
/// `replicas` ready (a share counts), `requests_per_second` offered to all of them on the hour's mean, `backlog` requests at
/// its begin. With a backlog a request waits for all before it; its TTFT is that wait and the TTFT of a busy but
/// unsaturated replica, its TPOT that of a saturated one. Who would wait longer than `patience` gives up at once. Pure.
/// Without replicas all becomes backlog.
[[nodiscard]] HourResult hour(const CapacityCurve& curve, const Slo& slo, double replicas, double requests_per_second,
                              const LoadVariation& variation, double backlog, Seconds patience = for_ever);

/// Waits of like length made one, at most 6 % apart, shortest first. Requests and their mean wait are kept.
[[nodiscard]] std::vector<HourResult::Wait> merged(std::vector<HourResult::Wait> waits);

/// Mixture of the points' sketches by requests, the waits in the backlog added; in units of a thousandth of a request.
struct HourLatencies {
  engine::QuantileSketch ttft, tpot, e2e;
};
[[nodiscard]] HourLatencies latencies(const CapacityCurve& curve, const HourResult& hour);

}  // namespace headroom::sim_serving
