#include "sim/serving/policy.hpp"

#include <stdexcept>

namespace headroom::sim_serving {

void check(const EnginePolicy& policy) {
  const auto require = [](bool holds, const char* text) {
    if (!holds) throw std::invalid_argument(text);
  };
  require(policy.token_budget > 0, "token_budget must be above 0");
  require(policy.max_sequences > 0, "max_sequences must be above 0");
  require(policy.watermark >= 0 && policy.watermark < 1, "watermark must be from 0 to below 1");
  require(policy.output_reserve >= 0 && policy.output_reserve <= 1, "output_reserve must be from 0 to 1");
  require(policy.swap_bandwidth.base() > 0, "swap_bandwidth must be above 0");
  require(policy.page_tokens > 0 && policy.page_tokens <= 1024, "page_tokens must be from 1 to 1024");
  require(policy.prefix_block_tokens > 0 && policy.prefix_block_tokens % policy.page_tokens == 0,
          "prefix_block_tokens must be a multiple of page_tokens");
}

}  // namespace headroom::sim_serving
