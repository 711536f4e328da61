#pragma once

#include <cstdint>

#include "models/serving/iteration.hpp"

namespace headroom::serving {

/// How request lengths vary around their means.
enum class LengthSpread {
  fixed,   ///< all alike
  near,    ///< uniform on [0.8, 1] of the nominal length (the InferenceX client)
  chat     ///< exponential-like, as conversations are (ShareGPT)
};

/// A steady or one-off load on one replica.
struct Load {
  enum class Kind {
    batch,        ///< `requests` arrive together
    closed_loop,  ///< `concurrency` clients, each sends again when answered; `requests` in all
    open_loop     ///< Poisson arrivals at `rate`; `requests` in all
  };
  Kind kind = Kind::batch;
  double input = 0;   ///< mean prompt length in tokens
  double output = 1;  ///< mean answer length in tokens
  LengthSpread spread = LengthSpread::fixed;
  int concurrency = 1;
  double rate = 0;  ///< requests per second
  int requests = 1;
  /// A closed loop longer than this many requests is simulated in part and extended at its steady rate. 0: never.
  int simulate_at_most = 0;
};

/// Mean and nearest-rank percentiles in seconds.
struct Summary {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0;
};

/// What the clients of a load see; rates over the whole run, ramp and drain included.
struct LoadResult {
  double requests_per_second = 0;
  double output_per_second = 0;
  double input_per_second = 0;
  Summary ttft, tpot, latency;
  double mean_decodes = 0;  ///< decodes per pass, mean over passes
  double duration = 0;      ///< seconds
};

/// Time that requests spend outside the replica before their first pass (front end, tokeniser), per request and per token.
struct FrontEnd {
  double per_request = 0;  ///< seconds
  double per_token = 0;
  double spacing = 0;      ///< least time between two requests that enter the replica
  double handover = 0;     ///< between a prefill and a decode worker, beside the transfer
};

/// Runs the scheduler of one replica over the load, pass by pass, with whole runs of equal decode passes in one step.
/// A small, deterministic stand-in for the request-level simulation: no prefix cache, no preemption (admission reserves
/// cache ahead), no routing. Lengths and arrivals are low-discrepancy or hashed sequences, not random streams.
[[nodiscard]] LoadResult run_load(const IterationModel& model, const SchedulerDefaults& scheduler, const FrontEnd& front,
                                  const Load& load);

/// Throughput with the replica always full (offline): output tokens per second in the steady state.
/// `reserve` is the share of the answer that admission reserves (1 for engines that never evict).
struct SteadyState {
  double output_per_second = 0;
  double sequences = 0;
  Seconds pass;
};
[[nodiscard]] SteadyState saturated(const IterationModel& model, const SchedulerDefaults& scheduler, double input, double output,
                                    double reserve);

/// Share of the answer's cache that admission sets aside: TensorRT-LLM never evicts (all), others admit on half-used answers.
[[nodiscard]] double reserve_share(Engine engine);

/// Prefill and decode pools in balance (closed loop of `concurrency` requests over both).
struct PoolResult {
  double ttft = 0, tpot = 0, requests_per_second = 0;
};
[[nodiscard]] PoolResult disaggregated(const IterationModel& prefill, int prefill_workers, const IterationModel& decode, int decode_workers,
                                       const FrontEnd& front, double transfer_bytes_per_second, double input, double output,
                                       double concurrency);

}  // namespace headroom::serving
