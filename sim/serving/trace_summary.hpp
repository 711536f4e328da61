#pragma once

#include <cstdint>
#include <optional>

#include "models/units/quantity.hpp"
#include "sim/serving/request_trace.hpp"

namespace headroom::sim_serving {

/// Smallest value that at least `percent` % of the values do not exceed.
struct NearestRanks {
  std::uint32_t p50 = 0, p90 = 0, p99 = 0;
};

/// What a trace holds, counted exactly.
struct TraceSummary {
  std::uint64_t requests = 0;
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  Seconds last_arrival;
  NearestRanks input, output;
  std::uint64_t busiest_minute = 0;  ///< requests in the fullest of the minutes [60 k, 60 k + 60) s
  double mean_concurrency = 0;       ///< time average from 0 to the last end; Little's law makes it rate x mean time
  std::uint64_t peak_concurrency = 0;
};

/// Counts with unlimited servers, no prefill time and `per_output_token` for each output token; at one instant ends come
/// before arrivals. Requires a trace with requests and per_output_token >= 0.
[[nodiscard]] TraceSummary summarise(const RequestTrace& trace, Seconds per_output_token);

/// Hits of a prefix cache on a trace.
struct PrefixHits {
  std::uint64_t blocks = 0, hit_blocks = 0;
  std::uint64_t tokens = 0, hit_tokens = 0;  ///< of input
  [[nodiscard]] double block_ratio() const { return blocks == 0 ? 0 : static_cast<double>(hit_blocks) / static_cast<double>(blocks); }
  [[nodiscard]] double token_ratio() const { return tokens == 0 ? 0 : static_cast<double>(hit_tokens) / static_cast<double>(tokens); }
};

/// One pool of `capacity` blocks (nothing: unlimited), requests in order: a hit is the longest cached prefix; then all blocks
/// of the request become the most recent, in order, and the least recent are dropped. `block_tokens` tokens a block; the last
/// block of a prompt may be partly filled. The rule is that of the published Mooncake trace study (FAST'25).
[[nodiscard]] PrefixHits replay_prefixes(const RequestTrace& trace, std::optional<std::uint64_t> capacity, std::uint32_t block_tokens = 512);

}  // namespace headroom::sim_serving
