#pragma once

#include <vector>

#include "models/serving/iteration.hpp"

namespace headroom::serving {

/// Measured passes of one replica: decode passes by (sequences, mean context), prompt passes by tokens. Bilinear between
/// points, and a mixed pass is the prompt pass plus what the decodes add to an empty one (they share the weights' read).
/// Refuses to extrapolate: a batch outside the grid throws std::out_of_range with the grid's bounds.
///
/// Options (seconds are in ms, as benchmarks print them):
/// {"decode": {"sequences": [1, 8, 64], "mean_context": [512, 4096], "time_ms": [[..], [..], [..]]},
///  "prefill": {"tokens": [128, 2048, 8192], "time_ms": [..]},
///  "kv_capacity_tokens": 500000, "source": "address or file of the measurement"}
class TableModel final : public IterationModel {
 public:
  struct Points {
    std::vector<double> sequences, mean_context;
    std::vector<std::vector<double>> decode;  ///< seconds, [sequences][context]
    std::vector<double> tokens, prefill;      ///< prefill in seconds
    double kv_capacity = 0;
  };
  /// Throws std::invalid_argument unless the axes rise strictly and the times are positive and fit the axes.
  TableModel(Points points, const catalog::Architecture&, const ReplicaPlan&);

  [[nodiscard]] Seconds time(const Batch& batch) const override;
  [[nodiscard]] IterationEstimate iteration(const Batch& batch) const override;
  [[nodiscard]] DecodeLine decode_line(int sequences, double decode_context) const override;
  [[nodiscard]] Bytes weight_bytes_per_device() const override { return Bytes{weights_ / plan_.devices()}; }
  [[nodiscard]] Bytes weight_bytes() const override { return Bytes{weights_}; }
  [[nodiscard]] Bytes kv_bytes_per_token() const override { return Bytes{kv_per_token_}; }
  [[nodiscard]] Bytes kv_bytes_per_sequence() const override { return Bytes{0}; }
  [[nodiscard]] Tokens kv_capacity() const override { return Tokens{points_.kv_capacity}; }
  [[nodiscard]] const ReplicaPlan& plan() const override { return plan_; }

 private:
  [[nodiscard]] double prefill_time(double tokens) const;

  Points points_;
  ReplicaPlan plan_;
  double weights_ = 0, kv_per_token_ = 0;
};

[[nodiscard]] std::unique_ptr<IterationModel> make_table(const catalog::Architecture&, const catalog::Chip&, const ReplicaPlan&,
                                                         const nlohmann::json& options);

}  // namespace headroom::serving
