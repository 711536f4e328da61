#include "sim/serving/linear_times.hpp"

#include <limits>

namespace headroom::sim_serving {

Seconds LinearModel::time(const serving::Batch& batch) const {
  if (batch.decode_sequences == 0 && batch.prefill_tokens == 0) return Seconds{0};
  return t_.pass + t_.per_prefill_token * batch.prefill_tokens + t_.per_prefill_pair * batch.prefill_context +
         t_.per_decode_sequence * batch.decode_sequences + t_.per_context_token * batch.decode_context;
}

serving::IterationEstimate LinearModel::iteration(const serving::Batch& batch) const {
  serving::IterationEstimate estimate;
  estimate.total = estimate.low = estimate.high = estimate.linear = time(batch);
  return estimate;
}

serving::DecodeLine LinearModel::decode_line(int sequences, double) const {
  return {t_.pass + t_.per_decode_sequence * sequences, t_.per_context_token, 0, std::numeric_limits<double>::infinity()};
}

}  // namespace headroom::sim_serving
