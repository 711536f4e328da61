#pragma once

#include <cstdint>
#include <optional>

#include "models/units/quantity.hpp"
#include "sim/engine/sketch.hpp"

namespace headroom::sim_serving {

/// Targets of one request; zero: no target of that kind.
struct Slo {
  Seconds ttft;
  Seconds tpot;
};

/// What a run measured. Latencies are of the requests that arrived in the window [warm_up, end); rates are of the window.
struct ServiceReport {
  // all requests of the run
  std::uint64_t arrived = 0;
  std::uint64_t completed = 0;
  std::uint64_t refused = 0;        ///< longer than the context or the memory
  std::uint64_t unfinished = 0;     ///< in the system when the run stopped
  std::uint64_t events = 0;
  std::uint64_t passes = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t failures = 0;
  std::uint64_t restarted = 0;      ///< requests that a failure sent back
  std::uint64_t dropped_pins = 0;
  std::uint64_t transfers = 0;
  std::uint64_t peak_live = 0;
  std::uint64_t live_bytes = 0;     ///< memory of the tables of requests at their largest
  Seconds last_end;                 ///< when the last request left
  Seconds last_arrival;

  // requests of the window
  std::uint64_t measured = 0;
  std::uint64_t met = 0;            ///< reached all their targets
  engine::QuantileSketch ttft;      ///< seconds from arrival to the first token
  engine::QuantileSketch tpot;      ///< seconds a token after the first, mean of a request with two or more
  engine::QuantileSketch itl;       ///< seconds between tokens, each gap counted, of the whole run
  engine::QuantileSketch e2e;       ///< seconds from arrival to the last token
  double mean_ttft = 0, mean_tpot = 0, mean_itl = 0, mean_e2e = 0;  ///< exact

  // the window
  Seconds window;
  TokensPerSecond input_uncached, input_cached, output;  ///< completed prompts by class; tokens emitted
  double requests_per_second = 0;   ///< completed in the window
  double mean_in_system = 0;        ///< requests, over the whole run
  double mean_queue = 0;            ///< requests waiting, at the ends of passes (time-weighted)
  std::uint64_t peak_queue = 0;
  double kv_use = 0;                ///< pages in use / pages, averaged over the time of passes
  double busy = 0;                  ///< time of passes / time of replicas that exist
  std::optional<Watts> power;       ///< of one replica, mean
  double replica_seconds = 0;       ///< of replicas that exist: ready, loading, draining
  double mean_replicas = 0;
  std::optional<Joules> energy;     ///< of the whole run
  std::uint64_t recomputed_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t input_tokens = 0;   ///< of completed requests
  std::uint64_t output_tokens = 0;

  [[nodiscard]] double attainment() const { return measured == 0 ? 1 : static_cast<double>(met) / static_cast<double>(measured); }
};

}  // namespace headroom::sim_serving
