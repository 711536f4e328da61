#include <catch2/catch.hpp>

#include "models/kernels/attention.hpp"
#include "models/kernels/gemm.hpp"

using namespace headroom;
using namespace headroom::kernels;

namespace {
Device plain() {
  Device d;
  d.family = Family::hopper;
  d.peak = {teraflops(1000), teraflops(2000), FlopsPerSecond{}};
  d.share = {0.8, 0.7, 0};
  d.bandwidth = gigabytes_per_second(3000);
  d.memory = gigabytes(80);
  d.units = 100;
  d.tile_rows = 128;
  d.tile_columns = 128;
  d.wave_weight = 1;
  d.reduction_half = 0;
  return d;
}
}  // namespace

TEST_CASE("a product of whole waves of whole tiles runs at the ceiling", "[kernels]") {
  // 100 tiles of 128 x 128 on 100 units: 1280 x 1280 x 4096, 2 m n k = 13.42 GFLOP at 800 TFLOP/s = 16.78 us
  const GemmShape s{1280, 1280, 4096, 1};
  CHECK(gemm_shape_share(plain(), s) == Approx(1.0));
  CHECK(gemm_time(plain(), Precision::bf16, s).base() == Approx(2.0 * 1280 * 1280 * 4096 / 800e12));
}

TEST_CASE("one tile more than a wave costs a second wave", "[kernels]") {
  // 110 tiles on 100 units take two waves: 55 % of the rate, unless smaller tiles do better (they reuse 93 % and fill 1.1 waves)
  const Device d = plain();
  CHECK(gemm_shape_share(d, {1408, 1280, 4096, 1}) < 0.80);
  CHECK(gemm_shape_share(d, {2560, 1280, 4096, 1}) == Approx(1.0));
}

TEST_CASE("widths that are no multiple of 64 or 8 run slower", "[kernels]") {
  const Device d = plain();
  const double even = gemm_shape_share(d, {8192, 1728, 13824, 1});
  const double odd = gemm_shape_share(d, {8192, 1800, 14400, 1});
  CHECK(odd < 0.85 * even);
  CHECK(gemm_shape_share(d, {8192, 1801, 14400, 1}) < 0.6 * odd);
}

TEST_CASE("a product is never faster than the memory that it must pass", "[kernels]") {
  const Device d = plain();
  const GemmShape thin{1, 8192, 8192, 1};
  CHECK(gemm_time(d, Precision::bf16, thin).base() >= 2.0 * 8192 * 8192 / (3000e9 * 0.8));
}

TEST_CASE("experts with few rows each waste the tiles", "[kernels]") {
  const Device d = plain();
  const double many = gemm_time(d, Precision::bf16, {16, 2048, 4096, 64}).base();
  const double few = gemm_time(d, Precision::bf16, {1024, 2048, 4096, 1}).base();
  CHECK(many > 2 * few);
}

TEST_CASE("a format without a rate is refused", "[kernels]") {
  CHECK_THROWS_AS(gemm_time(plain(), Precision::fp4, {128, 128, 128, 1}), std::invalid_argument);
}

TEST_CASE("causal attention costs half of full, and a window less", "[kernels]") {
  CHECK(mean_context(4096, 0, true) == 2048);
  CHECK(mean_context(4096, 0, false) == 4096);
  CHECK(mean_context(8192, 1024, true) == Approx(1024 * (1 - 1024.0 / 16384)));
  AttentionShape s{1, 4096, 2048, 32, 128, 128, true};
  const AttentionTimes fused = attention_times(plain(), s);
  CHECK(fused.backward > 2.0 * fused.forward);
  s.fused = false;
  CHECK(attention_times(plain(), s).forward > fused.forward);
}

TEST_CASE("a power cap slows, the TDP does not", "[kernels]") {
  CHECK(power_cap_share(watts(700), watts(700)) == 1.0);
  const double h100 = power_cap_share(watts(500), watts(700));
  CHECK(h100 < 0.83);
  CHECK(h100 > 0.60);
}
