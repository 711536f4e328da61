#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/catalog/chip.hpp"
#include "models/units/date.hpp"

namespace headroom::serving {

/// Number formats of weights, KV cache and matrix products.
enum class Precision { fp16, bf16, fp8, int8, fp4, mxfp4, int4 };

/// Bytes of one number, scale factors of block formats included (MXFP4 and NVFP4 keep one scale for 32 or 16 values).
[[nodiscard]] double bytes_per_value(Precision precision);
[[nodiscard]] std::string_view to_string(Precision precision);
/// "bf16", "fp8", "nvfp4", "mxfp4", "w4a16", "awq", ...; nothing if the word is not known.
[[nodiscard]] std::optional<Precision> parse_precision(std::string_view text);

/// Inference engines whose defaults are known; `other` has the prior of all.
enum class Engine { vllm, sglang, trtllm, other };
[[nodiscard]] std::string_view to_string(Engine engine);
/// By name ("vllm", "sglang", "trtllm", also "TensorRT-LLM"); anything else is `other`.
[[nodiscard]] Engine parse_engine(std::string_view text);

/// Drafting of several tokens that one pass verifies (MTP, EAGLE, draft models).
struct Speculation {
  int draft_tokens = 0;          ///< drafted per pass; 0 is none
  double accepted_length = 1;    ///< tokens gained per pass, the target's own included; in [1, draft_tokens + 1]
};

/// Who set a deployment up. Engines start with defaults that suit many models and chips; benchmarks that an engine's or a chip's makers
/// keep, and operators of large fleets, search for better ones (paths for attention and experts, tuned tiles, graph sizes, hosts).
enum class Setup {
  maintained,  ///< searched for the model and the chip, release known
  stock        ///< a server started with its defaults
};

/// How one replica of a model is laid out and with which software it runs. More copies of a model are more replicas:
/// plain data parallelism has no place here. Devices of a replica = tp x attention_dp x pp.
struct ReplicaPlan {
  int tp = 1;            ///< tensor parallel width of attention and dense layers
  int pp = 1;            ///< pipeline stages
  int attention_dp = 1;  ///< groups that hold attention weights and KV of their own and share the experts
  int ep = 1;            ///< expert parallel width; what is left of tp x attention_dp splits the experts' width
  Precision weights = Precision::bf16;
  Precision kv = Precision::bf16;
  Precision compute = Precision::bf16;  ///< of the matrix products; weight-only quantisation keeps 16 bit here
  Engine engine = Engine::vllm;
  Date released = date_of_record;       ///< of the engine's release; its constants drift with it
  Setup setup = Setup::maintained;
  double memory_fraction = 0.90;        ///< share of memory that the engine may use (vLLM, SGLang) or of what weights leave (TensorRT-LLM)
  Speculation speculation;
  /// Devices that share the fast link; nothing: the chip's catalogue value.
  std::optional<int> scaleup_domain;

  [[nodiscard]] int devices() const { return tp * attention_dp * pp; }

  /// The date to which constants without a dated plan refer (the middle of the measured engines).
  static constexpr Date date_of_record = std::chrono::sys_days{std::chrono::year{2025} / 7 / 1};
};

/// The order in which an engine fills a step.
enum class StepOrder {
  prefill_first,  ///< waiting prompts run before any decode, whole (or up to the token budget), without decodes in the pass
  mixed           ///< decodes first, the rest of the token budget goes to chunks of prompts in the same pass
};

/// What an engine does by default with a step; the request-level simulation and the estimators read the same record.
struct SchedulerDefaults {
  StepOrder order = StepOrder::mixed;
  int token_budget = 8192;   ///< tokens of one pass
  int max_sequences = 256;   ///< running sequences of one scheduler (per attention-DP group)
};
/// Sources: vLLM EngineArgs (V1: chunked prefill, 8192 tokens on large GPUs, 256 then 1024 sequences), SGLang ServerArgs
/// (chunked_prefill_size 8192, prefill first), TensorRT-LLM (max_num_tokens 8192, in-flight batching).
[[nodiscard]] SchedulerDefaults scheduler_defaults(Engine engine, Date released);
/// The same on a chip: vLLM's server takes 2048 tokens and 256 sequences on an A100 and on chips below 70 GB.
[[nodiscard]] SchedulerDefaults scheduler_defaults(Engine engine, Date released, const catalog::Chip& chip);

}  // namespace headroom::serving
