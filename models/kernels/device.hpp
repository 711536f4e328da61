#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "models/catalog/chip.hpp"
#include "models/units/quantity.hpp"

namespace headroom::kernels {

/// Number format of the linear layers. FP16 runs at the BF16 rate on every chip of the catalogue that has both.
enum class Precision { bf16, fp8, fp4 };
[[nodiscard]] std::string_view name(Precision);

/// Line of silicon whose kernels behave alike. Chips without measurements inherit what their family showed.
enum class Family { volta, ampere, hopper, ada, blackwell, blackwell_ultra, rubin, cdna, gaudi, tpu, trainium, ascend, other };
inline constexpr int family_count = 13;
[[nodiscard]] std::string_view name(Family);
[[nodiscard]] Family family_of(const catalog::Chip&);

/// What one rank (a chip, or one core of it) can do with kernels that fit it well. Every number is an input of the kernel
/// formulas, so that a fit or a power cap changes numbers and never code.
struct Device {
  Family family = Family::other;
  std::array<FlopsPerSecond, 3> peak{};      ///< dense, by Precision; zero where the chip lacks the format
  std::array<double, 3> share{};             ///< best GEMM / peak, 0 to 1
  BytesPerSecond bandwidth{};                ///< of the memory, data sheet
  double bandwidth_share = 0.8;              ///< streaming kernel / data sheet
  Bytes memory{};
  int units = 0;                             ///< SMs or CUs that take tiles; 0: no wave quantisation is known
  int tile_rows = 128, tile_columns = 256;   ///< largest tile of the GEMM kernels
  double reduction_half = 300;               ///< K at which a GEMM reaches half of its ceiling
  double wave_weight = 0.6;                  ///< 0: tiles flow over waves freely, 1: whole waves
  double unaligned = 0.75;                   ///< share of the rate left when N or K is no multiple of 64
  double misaligned = 0.35;                  ///< the same when it is no multiple of 8
  double attention_share = 0.75;             ///< fused attention forward / best GEMM at BF16
  Seconds launch{4e-6};                      ///< ramp of one kernel on the device
};

/// Best-shape GEMM share of the dense data-sheet peak. Measured tables (MAMF, stas00/ml-engineering) where they exist, else
/// the family's; `assumed` says that no measurement of that chip stands behind it.
struct GemmCeiling {
  std::array<double, 3> share{};
  bool assumed = true;
};
[[nodiscard]] GemmCeiling gemm_ceiling(const catalog::Chip&);

/// Share of the data sheet's memory bandwidth that a streaming kernel reaches, by family. Assumed: from memory of published
/// runs of BabelStream and the like on A100 (1.75 of 2.04 TB/s), H100 (3.05 of 3.35), B200 (7.2 of 8) and MI300X (4.2 of 5.3);
/// stacks without such a run are put lower.
[[nodiscard]] double memory_ceiling(const catalog::Chip&);

/// Device of `ranks` equal parts of a chip (Trainium: 2 cores, MI250X: 2 dies). A chip with an unknown BF16 rate takes its
/// FP16 rate, then half its FP8 rate. Throws catalog::UnknownFact if no rate or no memory size is known.
[[nodiscard]] Device device_of(const catalog::Chip&, int ranks = 1);

/// Share of the TDP that does not depend on the clock; assumed.
inline constexpr double power_floor = 0.2;
/// The least cap, as a share of the TDP, that power_cap_share follows: its speed is a tenth.
inline constexpr double least_power_cap = power_floor + 0.01 * (1 - power_floor);

/// Sustained clock under a power cap as a share of the uncapped one: dynamic power goes with about the cube of frequency
/// above a floor that does not scale, so rate ~ ((cap - idle) / (tdp - idle))^0.5 in the range that vendors allow
/// (H100 capped at 500 of 700 W loses 20-40 % of a GEMM; facts/training.md 5.6). 1 when the cap is at or above the TDP.
[[nodiscard]] double power_cap_share(Watts cap, Watts tdp);

/// Time to move `bytes` through memory with one kernel.
[[nodiscard]] Seconds stream_time(const Device&, Bytes bytes);

}  // namespace headroom::kernels
