#include "sim/workloads/request_mix.hpp"

#include <algorithm>

namespace headroom::workloads {

using Law = scenario::LengthLaw::Law;

engine::Distribution law_of(const scenario::LengthLaw& l) {
  switch (l.law) {
    case Law::normal: return engine::Normal{l.mean, l.sd};
    case Law::lognormal: return engine::Lognormal::of_mean(l.mean, l.sd / l.mean);
    case Law::exponential: return engine::Exponential{l.mean};
    case Law::constant: break;
  }
  return engine::Constant{l.mean};
}

sim_serving::RequestMix mix_of(const scenario::Lengths& lengths, std::uint32_t block_tokens) {
  const auto tokens = [](std::int64_t n) { return static_cast<std::uint32_t>(std::min<std::int64_t>(n, 1'000'000'000)); };
  sim_serving::RequestMix mix;
  mix.input = law_of(lengths.input);
  mix.output = law_of(lengths.output);
  mix.shortest_input = tokens(lengths.input.least);
  mix.longest_input = tokens(lengths.input.most);
  mix.shortest_output = tokens(lengths.output.least);
  mix.longest_output = tokens(lengths.output.most);
  mix.shared_prefix = tokens(lengths.shared_prefix);
  mix.prefix_groups = tokens(lengths.prefix_groups);
  mix.block_tokens = block_tokens;
  return mix;
}

MeanTokens mean_tokens(const sim_serving::RequestMix& mix) {
  constexpr std::uint32_t draws = 4096;
  sim_serving::RequestMix exact = mix;
  exact.strata = draws;
  sim_serving::RequestDraw draw(exact, 1);
  MeanTokens mean;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const sim_serving::Arrival a = draw.next();
    mean.input += static_cast<double>(a.input) / draws;
    mean.output += static_cast<double>(a.output) / draws;
  }
  return mean;
}

}  // namespace headroom::workloads
