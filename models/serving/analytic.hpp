#pragma once

#include "models/serving/constants.hpp"
#include "models/serving/iteration.hpp"
#include "models/serving/shape.hpp"

namespace headroom::serving {

/// What a chip can do in the units of the formulas, with unknown facts filled from related ones.
struct DeviceRatings {
  double memory = 0;            ///< bytes
  double memory_bandwidth = 0;  ///< bytes per second
  double flops_16 = 0, flops_8 = 0, flops_4 = 0;  ///< dense floating point; 0: not supported in hardware
  double flops_int8 = 0;
  double scaleup = 0;           ///< bytes per second, one direction
  double scaleout = 0;
  int domain = 8;
  bool bus_only = false;        ///< the scale-up link is PCIe
  bool assumed = false;         ///< a number was filled in
};
/// Throws UnsupportedPlan when neither arithmetic nor memory is public.
[[nodiscard]] DeviceRatings ratings_of(const catalog::Chip& chip);

/// Times from the datasheet and fitted rates: dense and grouped products, attention, links and fixed costs are timed
/// apart and added; within a product, time is a smooth maximum of bytes and arithmetic. No contention between replicas.
/// Formulas: shared/facts sections on serving (roofline per operator, touched experts E (1 - (1 - K/E)^B), absorbed MLA).
class AnalyticModel final : public IterationModel {
 public:
  /// Throws OutOfMemory if the weights do not fit and `overcommit` (share of memory, 1 = none) does not cover it.
  AnalyticModel(const ModelShape& shape, const DeviceRatings& chip, const ReplicaPlan& plan, const Rates& rates,
                double overcommit = 1.0);

  [[nodiscard]] Seconds time(const Batch& batch) const override;
  [[nodiscard]] IterationEstimate iteration(const Batch& batch) const override;
  [[nodiscard]] DecodeLine decode_line(int sequences, double decode_context) const override;
  [[nodiscard]] Bytes weight_bytes_per_device() const override { return Bytes{weights_per_device_}; }
  [[nodiscard]] Bytes weight_bytes() const override { return Bytes{weights_}; }
  [[nodiscard]] Bytes kv_bytes_per_token() const override { return Bytes{kv_per_token_}; }
  [[nodiscard]] Bytes kv_bytes_per_sequence() const override { return Bytes{kv_per_sequence_}; }
  [[nodiscard]] double kv_shards() const override { return kv_shards_; }
  [[nodiscard]] Tokens kv_capacity() const override { return Tokens{capacity_}; }
  [[nodiscard]] const ReplicaPlan& plan() const override { return plan_; }

  /// Grade and interval of every answer (they depend on what was measured, not on the batch).
  void set_evidence(Grade grade, double low_factor, double high_factor);

 private:
  struct Parts {
    double linear = 0, experts = 0, attention = 0, communication = 0, overhead = 0;
    [[nodiscard]] double total() const { return linear + experts + attention + communication + overhead; }
  };
  /// One smooth roofline: bytes and operations per row, with a row count at which half the best rate is reached.
  struct Product {
    double read_time = 0;     ///< seconds to read the weights
    double row_time = 0;      ///< seconds of arithmetic per row at the best rate
    double half_rows = 0;
    [[nodiscard]] double at(double rows) const;
  };
  struct DecodeAttention {
    double per_token = 0;     ///< seconds per token of context of the whole replica
    double per_window_token = 0;
    double per_sequence = 0;  ///< states of linear layers
  };

  void set_products(const ModelShape&, const DeviceRatings&, const Rates&);
  void set_attention(const ModelShape&, const DeviceRatings&, const Rates&);
  void set_links(const ModelShape&, const DeviceRatings&, const Rates&);
  void set_fixed(const ModelShape&, const Rates&);
  void set_memory(const ModelShape&, const DeviceRatings&, double overcommit);
  [[nodiscard]] Parts parts(const Batch& batch) const;
  [[nodiscard]] double experts_time(double rows) const;
  [[nodiscard]] double communication_time(double rows_per_group, double rows) const;

  ReplicaPlan plan_;
  Product attention_linear_, head_;
  double elementwise_ = 0;  ///< seconds per row of a group
  // experts
  double moe_layers_ = 0, experts_per_rank_ = 0, log_miss_ = 0, expert_read_ = 0, expert_row_ = 0, expert_half_ = 0, expert_copy_ = 0, top_k_ = 0, experts_ = 0;
  DecodeAttention decode_;
  double window_ = 0;
  double prefill_pair_ = 0, prefill_window_pair_ = 0, prefill_linear_ = 0;
  double sparse_top_ = 0, index_pair_ = 0;
  // links
  double reduce_fixed_ = 0, reduce_row_ = 0, exchange_fixed_ = 0, exchange_row_ = 0, hop_ = 0;
  bool overlapped_ = false;  ///< expert exchange hides behind the other micro-batch's computation
  // fixed
  double graph_ = 0, eager_ = 0, step_ = 0, per_sequence_ = 0;
  double draft_ = 0;  ///< share of a pass that drafting costs
  // memory
  double weights_ = 0, weights_per_device_ = 0, kv_per_token_ = 0, kv_per_sequence_ = 0, kv_shards_ = 1, capacity_ = 0;
  Grade grade_ = Grade::assumed;
  double low_factor_ = 0.5, high_factor_ = 2.0;
};

/// Grade of the answers about a chip and a shape: `extrapolated` where the chip was measured (along the fitted law),
/// `datasheet` where it was not, `assumed` where a dimension or a rating was filled in.
[[nodiscard]] Grade grade_of(const ConstantSet& constants, const catalog::Chip& chip, const DeviceRatings& ratings,
                             const ModelShape& shape);

[[nodiscard]] std::unique_ptr<IterationModel> make_analytic(const catalog::Architecture&, const catalog::Chip&, const ReplicaPlan&,
                                                            const nlohmann::json& options);

}  // namespace headroom::serving
