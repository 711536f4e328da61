#pragma once

#include "models/serving/iteration.hpp"

namespace headroom::sim_serving {

/// Times of passes that are linear in what a pass holds: the law of the simpler simulators, and of schedules made by hand.
struct LinearTimes {
  Seconds pass;                 ///< of any pass
  Seconds per_prefill_token;
  Seconds per_prefill_pair;     ///< per key that a new token attends to
  Seconds per_decode_sequence;
  Seconds per_context_token;    ///< of decodes
  Tokens kv_capacity{1e6};
  Bytes kv_per_token{100e3};
  Bytes weights{16e9};
};

class LinearModel : public serving::IterationModel {
 public:
  explicit LinearModel(const LinearTimes& times, serving::ReplicaPlan plan = {}) : t_(times), plan_(std::move(plan)) {}

  [[nodiscard]] Seconds time(const serving::Batch& batch) const override;
  [[nodiscard]] serving::IterationEstimate iteration(const serving::Batch& batch) const override;
  [[nodiscard]] serving::DecodeLine decode_line(int sequences, double decode_context) const override;
  [[nodiscard]] Bytes weight_bytes_per_device() const override { return t_.weights / plan_.devices(); }
  [[nodiscard]] Bytes weight_bytes() const override { return t_.weights; }
  [[nodiscard]] Bytes kv_bytes_per_token() const override { return t_.kv_per_token; }
  [[nodiscard]] Bytes kv_bytes_per_sequence() const override { return Bytes{0}; }
  [[nodiscard]] Tokens kv_capacity() const override { return t_.kv_capacity; }
  [[nodiscard]] const serving::ReplicaPlan& plan() const override { return plan_; }

 private:
  LinearTimes t_;
  serving::ReplicaPlan plan_;
};

}  // namespace headroom::sim_serving
