#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/serving/iteration.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/serving/arrivals.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/simulation.hpp"

namespace headroom::tools {

/// Replicas of one kind: chip, plan, how many.
struct ReplicaSpec {
  std::string chip;
  serving::ReplicaPlan plan;
  bool widths_told = false;  ///< else 1, or the smallest tensor-parallel width that holds the model
  std::int64_t replicas = 1;
};

/// One serving workload with its replicas: what `headroom serve` reads.
struct ServeSpec {
  std::string id = "service";
  std::string note;
  std::string architecture;
  std::string performance_model = "analytic";
  std::optional<sim_serving::LinearTimes> times;   ///< instead of architecture, chip and performance model
  ReplicaSpec replica;
  std::optional<ReplicaSpec> prefill;              ///< a pool of its own for prompts
  sim_serving::EnginePolicy engine;
  std::optional<std::string> engine_name;
  std::optional<Date> engine_released;
  serving::Setup engine_setup = serving::Setup::maintained;
  std::optional<Tokens> kv_capacity;
  std::optional<std::int64_t> context_limit;
  sim_serving::Routing routing = sim_serving::Routing::least_loaded;
  BytesPerSecond transfer_bandwidth{50e9};
  Seconds transfer_latency{0.001};
  sim_serving::Slo slo;

  // load
  enum class Arrivals { open, closed, agents };
  Arrivals arrivals = Arrivals::open;
  std::optional<double> requests_per_second;
  std::optional<TokensPerSecond> tokens;           ///< tokens_per_day
  std::optional<double> output_share;
  double cached_share = 0;
  bool lengths_assumed = false;                    ///< the SPEC has none
  std::vector<double> hourly;                      ///< factors of the hours of a day, mean 1
  double burst = 1;
  std::int64_t clients = 1;
  Seconds think;
  scenario::Lengths lengths;
  double urgent_share = 0;
  sim_serving::AgentMix agents;
  scenario::LengthLaw turns, first_input, added_input;
  Seconds pause{5};
  std::optional<std::int64_t> requests;            ///< stop after so many
  Seconds duration{3600};
  Seconds warm_up;
  std::uint64_t seed = 1;
  std::int64_t prefix_block_tokens = 0;            ///< of a trace; 0: 512

  std::optional<sim_serving::AutoscaleSpec> autoscale;
  std::optional<sim_serving::FailureSpec> failures;
  std::optional<sim_serving::PowerSpec> power;

  /// Numbers of somebody else for the same case, to be printed beside ours.
  struct Published {
    std::string source;
    std::optional<Seconds> ttft_mean, itl_mean, e2e_mean;
    std::optional<TokensPerSecond> output_rate;
    double ttft_factor = 2, tolerance = 0.3;
    /// Why ours differ: with these times of passes in place of the model's, the same service meets the numbers.
    struct Explanation {
      std::string reason;
      sim_serving::LinearTimes times;
    };
    std::optional<Explanation> explained_by;
  };
  std::optional<Published> published;
};

/// Reads and checks a SPEC. Throws scenario::ScenarioError with every fault (file, line, column, nearest name).
[[nodiscard]] ServeSpec load_serve_spec(const std::string& path, const std::vector<std::string>& sets);

}  // namespace headroom::tools
