#include "models/serving/encoding.hpp"

#include <algorithm>

namespace headroom::serving {

EncodingEstimate encoding_time(const IterationModel& model, int batch, int tokens) {
  Batch b;
  b.prefill_sequences = batch;
  b.prefill_tokens = batch * tokens;
  b.prefill_context = batch * Batch::prefill_pairs(0, tokens);
  EncodingEstimate e;
  e.latency = model.time(b);
  e.requests_per_second = batch / e.latency;
  e.tokens = Tokens{static_cast<double>(b.prefill_tokens)} / e.latency;
  return e;
}

EncodingChoice best_encoding(const IterationModel& model, int tokens, Seconds limit, int most) {
  EncodingChoice best{1, encoding_time(model, 1, tokens)};
  for (int batch = 2; batch <= most; batch *= 2) {
    const EncodingEstimate e = encoding_time(model, batch, tokens);
    if (e.latency > limit) break;
    if (e.requests_per_second > best.estimate.requests_per_second) best = {batch, e};
  }
  return best;
}

}  // namespace headroom::serving
