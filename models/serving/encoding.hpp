#pragma once

#include "models/serving/iteration.hpp"

namespace headroom::serving {

/// Models that read and do not write: embeddings, rerankers, moderation. Every request is one prompt of `tokens`.
struct EncodingEstimate {
  Seconds latency;               ///< of a pass of `batch` requests
  PerSecond requests_per_second; ///< passes back to back
  TokensPerSecond tokens;
};

/// One pass of `batch` requests on a replica (no decode, no cache kept). Grade and interval are those of the model.
[[nodiscard]] EncodingEstimate encoding_time(const IterationModel& model, int batch, int tokens);

/// The largest batch whose pass stays within `limit`, and its rate; batch 1 when even that takes longer.
struct EncodingChoice {
  int batch = 1;
  EncodingEstimate estimate;
};
[[nodiscard]] EncodingChoice best_encoding(const IterationModel& model, int tokens, Seconds limit, int most = 4096);

}  // namespace headroom::serving
