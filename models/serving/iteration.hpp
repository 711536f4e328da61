#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/serving/plan.hpp"
#include "models/units/evidence.hpp"
#include "models/units/quantity.hpp"

namespace headroom::serving {

/// The work of one pass of a replica. Sums over the whole replica, not per device.
struct Batch {
  int decode_sequences = 0;   ///< sequences that produce a token in this pass
  double decode_context = 0;  ///< tokens in their caches, summed over those sequences
  int prefill_sequences = 0;  ///< prompts that have a chunk in this pass
  int prefill_tokens = 0;     ///< new prompt tokens of this pass, summed over the chunks
  /// Keys that the new prompt tokens attend to, summed over those tokens: a chunk of n tokens after p cached or earlier
  /// ones adds n p + n (n + 1) / 2 (see `prefill_pairs`).
  double prefill_context = 0;

  /// Adds the chunk [past, past + tokens) of one prompt.
  void add_prefill(int past, int tokens) {
    ++prefill_sequences;
    prefill_tokens += tokens;
    prefill_context += prefill_pairs(past, tokens);
  }
  [[nodiscard]] static double prefill_pairs(double past, double tokens) { return tokens * past + 0.5 * tokens * (tokens + 1); }
};

/// Time of one pass and its parts; the parts sum to `total`.
struct IterationEstimate {
  Seconds total;
  Seconds linear;         ///< dense matrix products: projections, FFN, shared experts, output head
  Seconds experts;        ///< grouped matrix products of routed experts
  Seconds attention;      ///< scores and values, prefill and decode, cache reads
  Seconds communication;  ///< all-reduce, expert dispatch and combine, pipeline hops
  Seconds overhead;       ///< launches, elementwise kernels, sampling, scheduler
  Seconds low, high;      ///< 80 % interval of `total`, from the residuals of the fit
  Grade grade = Grade::assumed;
};

/// A pass with only decodes of a fixed number of sequences takes `fixed + per_context_token * decode_context`
/// while decode_context is inside [from, until).
struct DecodeLine {
  Seconds fixed;
  Seconds per_context_token;
  double from = 0;
  double until = 0;  ///< infinity when the line holds for ever
  [[nodiscard]] Seconds at(double decode_context) const { return fixed + decode_context * per_context_token; }
};

/// Time of `steps` passes of one batch in which every sequence gains `gain` tokens a pass; closed form of the sum over the line.
/// Requires that the whole run stays inside the line's range.
[[nodiscard]] Seconds decode_run(const DecodeLine& line, int sequences, double decode_context, long long steps, double gain = 1);

/// Thrown when the weights leave no room for a single sequence.
struct OutOfMemory : std::runtime_error {
  OutOfMemory(Bytes needed_per_device, Bytes present_per_device);
  Bytes needed;
  Bytes present;
};
/// Thrown for a plan that the chip or the architecture cannot run (names which and why).
struct UnsupportedPlan : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Times of the passes of one architecture on one plan of one chip.
/// Built once; all calls are pure, safe from many threads, and cost well below a microsecond.
/// Law: more work of any kind never takes less time; times are finite and > 0 for any non-empty batch.
class IterationModel {
 public:
  virtual ~IterationModel() = default;

  /// Time of one pass. An empty batch takes zero.
  [[nodiscard]] virtual Seconds time(const Batch& batch) const = 0;
  /// The same time with its parts, interval and grade.
  [[nodiscard]] virtual IterationEstimate iteration(const Batch& batch) const = 0;
  /// The line of decode-only passes of `sequences` at `decode_context`. Agrees with `time` within rounding.
  [[nodiscard]] virtual DecodeLine decode_line(int sequences, double decode_context) const = 0;

  /// Weights resident on the fullest device.
  [[nodiscard]] virtual Bytes weight_bytes_per_device() const = 0;
  /// Weights of the whole replica, as loaded from storage (each parameter once).
  [[nodiscard]] virtual Bytes weight_bytes() const = 0;
  /// Cache of one token, each value once: what a prefill worker sends to a decode worker.
  [[nodiscard]] virtual Bytes kv_bytes_per_token() const = 0;
  /// Cache that does not grow with context: states of linear-attention layers and full windows, per sequence.
  [[nodiscard]] virtual Bytes kv_bytes_per_sequence() const = 0;
  /// Accelerators among which the cache of a sequence is divided, each value counted once.
  [[nodiscard]] virtual double kv_shards() const { return static_cast<double>(plan().tp) * plan().pp; }
  /// Tokens of context that the replica can hold at once (all attention-DP groups together).
  [[nodiscard]] virtual Tokens kv_capacity() const = 0;
  [[nodiscard]] virtual const ReplicaPlan& plan() const = 0;
};

/// A way to make iteration models. `options` is the model's own block of the scenario; unknown keys are rejected.
struct IterationModelEntry {
  std::string_view name;
  std::string_view summary;  ///< what it does and what it cannot do
  std::unique_ptr<IterationModel> (*make)(const catalog::Architecture&, const catalog::Chip&, const ReplicaPlan&,
                                          const nlohmann::json& options);
};

/// All iteration models, in the order shown by `headroom catalog models`.
[[nodiscard]] std::span<const IterationModelEntry> iteration_models();
/// Throws std::invalid_argument with the valid names if there is none of that name.
[[nodiscard]] const IterationModelEntry& find_iteration_model(std::string_view name);

}  // namespace headroom::serving
