#pragma once

#include <cstdint>
#include <string_view>

#include "models/serving/plan.hpp"
#include "models/units/quantity.hpp"

namespace headroom::sim_serving {

/// What memory a waiting request must find free before it may start.
enum class Admission {
  chunk,    ///< the chunk of this pass (vLLM): starts early, preempts when memory runs out
  reserve,  ///< the whole prompt and a share of all output to come (SGLang)
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
  double output_reserve = 0.1;  ///< `reserve`: share of the output to come that must find room, 0 to 1
  Preemption preemption = Preemption::recompute;
  BytesPerSecond swap_bandwidth{25e9};  ///< one direction; 25 GB/s of a PCIe 4 x16 link is assumed
  int page_tokens = 16;         ///< tokens of one page of cache memory
  bool prefix_cache = true;
  int prefix_block_tokens = 16; ///< tokens of one block with a key; a multiple of page_tokens
};

/// The orders that engines have by default: vLLM (decodes first, chunks of prompts in the rest of the budget), SGLang
/// (prompts first, alone; memory by a reserve of 0.1 of the output, its steady new_token_ratio: 0.7 x 0.14, ServerArgs
/// and SchedulePolicy of 0.4), TensorRT-LLM (whole prompts with the decodes, no eviction; batch scheduler's default).
/// Budgets and sequence limits are those of `serving::scheduler_defaults`.
[[nodiscard]] EnginePolicy engine_policy(serving::Engine engine, Date released);

/// Throws std::invalid_argument that names the field out of range.
void check(const EnginePolicy& policy);

}  // namespace headroom::sim_serving
