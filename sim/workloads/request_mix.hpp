#pragma once

#include "sim/scenario/scenario.hpp"
#include "sim/serving/arrivals.hpp"

namespace headroom::workloads {

[[nodiscard]] engine::Distribution law_of(const scenario::LengthLaw& law);

/// Requests of these lengths, found again in a cache of blocks of `block_tokens`.
[[nodiscard]] sim_serving::RequestMix mix_of(const scenario::Lengths& lengths, std::uint32_t block_tokens);

/// Mean tokens of a request as drawn: cutting a law to its bounds moves its mean.
struct MeanTokens { double input = 0, output = 0; };
[[nodiscard]] MeanTokens mean_tokens(const sim_serving::RequestMix& mix);

}  // namespace headroom::workloads
