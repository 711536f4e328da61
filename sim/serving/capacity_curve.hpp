#pragma once

#include <string>
#include <vector>

#include "models/units/evidence.hpp"
#include "sim/engine/sketch.hpp"
#include "sim/serving/simulation.hpp"

namespace headroom::sim_serving {

/// Which part of a request the replicas do.
enum class Part : std::uint8_t {
  whole,    ///< prompts and decodes in one pool
  prefill,  ///< prompts only; the cache leaves
  decode    ///< the cache arrives; TTFT is then the fleet's business
};

/// What a capacity curve is computed from. Two equal ones (as `key` says) have equal curves.
struct CurveSpec {
  PoolSpec pool;                       ///< `replicas`: how many stand behind one router; simulated as they are up to `most_replicas`
  std::string model_key;               ///< names architecture, chip, plan, model and its constants
  Part part = Part::whole;
  Routing routing = Routing::least_loaded;
  RequestMix mix;
  double burst = 1;                    ///< standard deviation / mean of the gaps between requests
  Slo slo;
  std::optional<PowerSpec> power;
  std::uint32_t most_replicas = 4;     ///< more behave as that many: routing to the least loaded leaves little to gain beyond
  std::uint32_t requests_per_point = 4000;
  double low_factor = 1, high_factor = 1;  ///< 80 % interval of the model's rates, as factors
  Grade grade = Grade::assumed;
  std::uint64_t seed = 1;
};

/// The service at one steady load. Rates are of one replica.
struct CurvePoint {
  double load = 0;                  ///< requests offered / requests served at saturation
  double offered = 0;               ///< requests a second
  double served = 0;                ///< requests a second
  TokensPerSecond input_uncached, input_cached, output;
  double attainment = 1;            ///< share of requests that meet all their targets; never grows with load
  double ttft_met = 1, tpot_met = 1;  ///< share that meets the one target
  engine::QuantileSketch ttft, tpot, e2e;
  double kv_use = 0;
  double preemptions = 0;           ///< a request
  double busy = 0;                  ///< share of time in a pass
  Watts power;                      ///< zero if the draw is not known
};

/// A service on one kind of replica: a table over load.
struct CapacityCurve {
  double saturation = 0;            ///< requests a second and replica that it serves with an endless queue: the knee, and the drain rate of a backlog
  double saturation_low = 0, saturation_high = 0;  ///< 80 %
  double input = 0, output = 0;     ///< mean tokens of a request
  double cached_share = 0;          ///< of input, at 0.8 of the knee
  Bytes kv_bytes_per_request;       ///< what a prefill replica sends
  std::uint32_t replicas = 1;       ///< behind one router
  Grade grade = Grade::assumed;
  std::vector<CurvePoint> points;   ///< ascending load, 0.1 to 1.5

  /// Interpolated attainment at a load (held below the first point; above the last, that of the last).
  [[nodiscard]] double attainment(double load) const;
  /// The largest load at which `target` of the requests meet their targets in steady state; 0 if none does.
  [[nodiscard]] double usable_load(double target) const;
  /// The two points around a load and the weight of the second.
  struct Between {
    const CurvePoint* low;
    const CurvePoint* high;
    double weight;
  };
  [[nodiscard]] Between at(double load) const;
  /// Words for people: "stable at 0.83 of the knee", "near the knee (0.97, band 0.9 to 1.1)", "saturated".
  [[nodiscard]] std::string verdict(double requests_per_second_per_replica) const;
};

/// A replica's speed over that of its curve.
struct Speed {
  double rate = 1;            ///< requests a second at every share of the knee
  double ttft = 1, tpot = 1;  ///< times of one and the other are divided by these
};

/// The curve of replicas that are that much faster: at load L of their own knee they behave as the given ones do at L of theirs, in
/// less time. Requests meet the same targets more or less often; what the targets have to do with each other stays.
[[nodiscard]] CapacityCurve at_speed(const CapacityCurve& curve, const Slo& slo, const Speed& speed);

/// The loads at which a curve is computed, shares of the knee.
[[nodiscard]] const std::vector<double>& curve_loads();

/// Runs the service at saturation and at each load. Deterministic. Throws std::invalid_argument for a mix that cannot run.
[[nodiscard]] CapacityCurve capacity_curve(const CurveSpec& spec);


}  // namespace headroom::sim_serving
