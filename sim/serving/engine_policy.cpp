#include "sim/serving/policy.hpp"

namespace headroom::sim_serving {

EnginePolicy engine_policy(serving::Engine engine, Date released) {
  const serving::SchedulerDefaults defaults = serving::scheduler_defaults(engine, released);
  EnginePolicy policy;
  policy.order = defaults.order;
  policy.token_budget = defaults.token_budget;
  policy.max_sequences = defaults.max_sequences;
  switch (engine) {
    case serving::Engine::sglang:
      policy.admission = Admission::reserve;
      break;
    case serving::Engine::trtllm:
      policy.admission = Admission::full;
      policy.watermark = 0;
      policy.chunked = false;
      policy.page_tokens = 32;
      policy.prefix_block_tokens = 32;
      break;
    case serving::Engine::vllm:
    case serving::Engine::other:
      break;
  }
  return policy;
}

}  // namespace headroom::sim_serving
