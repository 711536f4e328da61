#include "models/kernels/gemm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::kernels {
namespace {

bool multiple(double x, double of) { return x == of * std::floor(x / of); }

/// Rate left by the memory alignment of the contiguous widths.
double alignment(const Device& d, double n, double k) {
  if (d.units == 0) return 1;  // systolic arrays pad, which the tile count below covers
  if (multiple(n, 64) && multiple(k, 64)) return 1;
  if (multiple(n, 8) && multiple(k, 8)) return d.unaligned;
  return d.misaligned;
}

double waves_share(const Device& d, double tiles) {
  if (d.units == 0) return 1;
  const double waves = tiles / d.units;
  const double share = waves / std::ceil(waves);
  // share^weight by linear interpolation in the weight keeps a power function out of the hot path.
  return 1 - d.wave_weight * (1 - share);
}

}  // namespace

Flops gemm_flops(const GemmShape& s) { return Flops{2 * s.m * s.n * s.k * s.groups}; }

double gemm_shape_share(const Device& d, const GemmShape& s) {
  struct Tile { double rows, columns, reuse; };
  const double r = d.tile_rows;
  const double c = d.tile_columns;
  const std::array<Tile, 4> tiles{Tile{r, c, 1.0}, Tile{r, c / 2, 0.93}, Tile{r / 2, c / 2, 0.78}, Tile{r / 2, c / 4, 0.6}};
  double best = 0;
  for (const Tile& t : tiles) {
    const double down = std::ceil(s.m / t.rows);
    const double across = std::ceil(s.n / t.columns);
    const double padding = (s.m * s.n) / (down * t.rows * across * t.columns);
    best = std::max(best, t.reuse * padding * waves_share(d, down * across * s.groups));
  }
  return best * alignment(d, s.n, s.k) * s.k / (s.k + d.reduction_half);
}

Seconds gemm_time(const Device& d, Precision p, const GemmShape& s) {
  const auto i = static_cast<std::size_t>(p);
  if (d.peak[i].base() <= 0) throw std::invalid_argument("the device has no " + std::string(name(p)) + " rate");
  if (s.m <= 0 || s.n <= 0 || s.k <= 0) return Seconds{0};
  const double arithmetic = gemm_flops(s).base() / (d.peak[i].base() * d.share[i] * gemm_shape_share(d, s));
  const double in = p == Precision::bf16 ? 2.0 : p == Precision::fp8 ? 1.0 : 0.55;
  const double bytes = s.groups * (in * (s.m * s.k + s.k * s.n) + 2 * s.m * s.n);
  const double traffic = stream_time(d, Bytes{bytes}).base();
  return Seconds{std::max(arithmetic, traffic)};
}

LinearTimes linear_times(const Device& d, Precision p, double rows, double in, double out, double groups) {
  // Tokens are the reduction of the weight gradient; dispatchers pad them, so their number never breaks the alignment.
  const double padded = 64 * std::ceil(rows / 64);
  return {gemm_time(d, p, {rows, out, in, groups}), gemm_time(d, p, {rows, in, out, groups}),
          gemm_time(d, p, {in, out, padded, groups})};
}

}  // namespace headroom::kernels
