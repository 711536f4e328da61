#include "models/kernels/attention.hpp"

#include <algorithm>

#include "models/kernels/gemm.hpp"

namespace headroom::kernels {

double mean_context(double sequence, double window, bool causal) {
  if (window > 0 && window < sequence) return causal ? window * (1 - window / (2 * sequence)) : window;
  return causal ? sequence / 2 : sequence;
}

AttentionTimes attention_times(const Device& d, const AttentionShape& s) {
  if (s.fused) {
    const double flops = 2 * s.batch * s.queries * s.context * s.heads * (s.key_width + s.value_width);
    const double width = (s.key_width + s.value_width) / 2;
    // A head of 128 fills the tensor cores' tile; 64 leaves softmax a larger share of the time.
    const double narrow = std::min(1.0, width / (width + 32) * 1.25);
    const double rate = d.peak[0].base() * d.share[0] * d.attention_share * narrow;
    const double bytes = 2 * 2 * s.batch * s.queries * s.heads * (s.key_width + s.value_width);
    const double t = std::max(flops / rate, stream_time(d, Bytes{bytes}).base());
    return {Seconds{t}, Seconds{2.5 * t * 1.15}};  // backward kernels reach about 85 % of the forward rate
  }
  const double square = s.queries * s.queries;
  const GemmShape scores{s.queries, s.queries, s.key_width, s.batch * s.heads};
  const GemmShape values{s.queries, s.value_width, s.queries, s.batch * s.heads};
  const double products = (gemm_time(d, Precision::bf16, scores) + gemm_time(d, Precision::bf16, values)).base();
  const double pass = stream_time(d, Bytes{2 * s.batch * s.heads * square}).base();
  return {Seconds{products + 6 * pass}, Seconds{2 * products + 8 * pass}};
}

}  // namespace headroom::kernels
