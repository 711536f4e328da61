#pragma once

#include "models/kernels/device.hpp"

namespace headroom::kernels {

/// Matrix product C[m x n] = A[m x k] B[k x n], `groups` of them in one kernel (experts, heads). Sizes are plain numbers of
/// elements; a real number of rows (mean tokens of an expert) is allowed.
struct GemmShape {
  double m = 0, n = 0, k = 0;
  double groups = 1;
};

/// FLOPs of the product, 2 m n k groups.
[[nodiscard]] Flops gemm_flops(const GemmShape&);

/// Time of the product on an idle device, without launch: the larger of
/// - arithmetic: flops / (peak x share x K/(K + K_half) x tiles/whole waves^weight x alignment), over the tile sizes that the
///   libraries choose among (full, half, quarter tile; smaller tiles reuse less), and
/// - traffic: inputs and output once through memory.
/// Own form after facts/training.md 5.6. Alignment: tensor cores load 128 bytes at a time, so widths that are no multiple of 64
/// elements fall to slower kernels, which is what BLOOM's sweep measured at hidden 14,400 against 13,824.
/// Throws std::invalid_argument for a format that the device lacks.
[[nodiscard]] Seconds gemm_time(const Device&, Precision, const GemmShape&);

/// Share of the ceiling that the shape reaches, 0 to 1 (arithmetic only).
[[nodiscard]] double gemm_shape_share(const Device&, const GemmShape&);

/// Forward and backward of a linear layer with `rows` inputs: the product itself, the input gradient and the weight gradient.
struct LinearTimes {
  Seconds forward, input_gradient, weight_gradient;
};
[[nodiscard]] LinearTimes linear_times(const Device&, Precision, double rows, double in, double out, double groups = 1);

}  // namespace headroom::kernels
