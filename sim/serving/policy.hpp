#pragma once

#include <cstdint>
#include <string_view>

#include "models/serving/plan.hpp"
#include "models/units/quantity.hpp"

namespace headroom::sim_serving {

/// What memory a waiting request must find free before it may start.
enum class Admission {
  chunk,    ///< what this pass computes, beside a watermark (vLLM; without one TensorRT-LLM's MAX_UTILIZATION): starts early, puts the last back when memory runs out
  reserve,  ///< its prompt and output and a share of the output to come of the others (SGLang); see `output_reserve`
  full      ///< prompt and output of everything that runs (TensorRT-LLM GUARANTEED_NO_EVICT): never preempts
};

/// What becomes of the cache of a sequence that is put back.
enum class Preemption {
  recompute,  ///< thrown away; prompt and tokens so far are prefilled again
  swap        ///< copied to host memory and back; the pass in between waits for the copy
};

/// How an engine fills its passes and shares its memory.
struct EnginePolicy {
  serving::StepOrder order = serving::StepOrder::mixed;
  int token_budget = 8192;      ///< tokens of one pass, > 0
  int max_sequences = 256;      ///< running at once, > 0
  bool chunked = true;          ///< a prompt may be split over passes; if not, one longer than the budget runs alone
  Admission admission = Admission::chunk;
  double watermark = 0.01;      ///< `chunk`: share of all pages that stay free when a request starts beside others, 0 to 1
  /// `reserve`: share of the output to come that must find room, 0 to 1; falls to 0.14 of that over 600 decode passes, is what the
  /// rest have had of their outputs after sequences were put back, and starts again when there is nothing to do.
  double output_reserve = 0.7;
  Preemption preemption = Preemption::recompute;
  BytesPerSecond swap_bandwidth{25e9};  ///< of the link of one accelerator to its host, one direction; 25 GB/s of PCIe 4 x16 is assumed
  int page_tokens = 16;         ///< tokens of one page of cache memory
  bool prefix_cache = true;
  int prefix_block_tokens = 16; ///< tokens of one block with a key; a multiple of page_tokens
};

/// The orders that engines have by default: vLLM (decodes first, chunks of prompts in the rest of the budget; 1 % of the pages stay
/// free, the watermark of its first block manager and assumed of later ones), SGLang (prompts first, alone; memory by a reserve that
/// starts at 0.7 of the output, new_token_ratio at a schedule_conservativeness of 1; what is put back queues at the end),
/// TensorRT-LLM (whole prompts with the decodes, no eviction; batch scheduler's default).
/// Budgets and sequence limits are those of `serving::scheduler_defaults`.
[[nodiscard]] EnginePolicy engine_policy(serving::Engine engine, Date released);

/// Throws std::invalid_argument that names the field out of range.
void check(const EnginePolicy& policy);

}  // namespace headroom::sim_serving
