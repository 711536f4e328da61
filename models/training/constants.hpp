#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "models/kernels/device.hpp"

namespace headroom::training {

/// Every number of the step model that is fitted or assumed, and none else. The order is that of `constant_table()`.
enum class Constant : std::size_t {
  gemm_level, fp8_level, fp4_level,
  reduction_half, wave_weight, wave_weight_old, unaligned, misaligned, attention_share, attention_biased, unfused_passes, bandwidth_share, elementwise, cast_passes,
  host_launch, host_launch_deepspeed, host_serial, device_launch, step_overhead,
  tp_exposed, tp_exposed_modern, tp_bandwidth, link_half, collective_start, cp_exposed, pp_exposed, bubble,
  dp_exposed, dp_window, fsdp_exposed, fsdp_window, scaleout_bandwidth,
  ep_exposed, dispatch_passes, expert_level, expert_half, expert_launches, expert_kernels, moe_drift, expert_launch_drift,
  optimizer_bytes, partial_recompute, jitter, immature, drift, lora_level,
  stack_deepspeed, stack_fsdp, stack_jax, stack_unknown,
  family_first,  ///< level of a family at BF16, then of its low-precision formats
  family_low_first = family_first + static_cast<std::size_t>(kernels::family_count),
  count = family_low_first + static_cast<std::size_t>(kernels::family_count)
};
inline constexpr std::size_t constant_count = static_cast<std::size_t>(Constant::count);

struct ConstantInfo {
  std::string name;
  double prior;     ///< central value before any data
  double spread;    ///< standard deviation of its logarithm before any data
  std::string meaning;
};
/// One entry a constant: what it means and what is believed without data.
[[nodiscard]] const std::array<ConstantInfo, constant_count>& constant_table();

/// Family whose tensor cores and libraries a family is built upon, so that what the one shows is expected of the other: Volta and
/// Ampere (synchronous matrix instructions, one library), Rubin and Blackwell. Itself where there is none.
[[nodiscard]] constexpr kernels::Family elder_of(kernels::Family f) {
  using kernels::Family;
  return f == Family::volta ? Family::ampere : f == Family::rubin ? Family::blackwell : f;
}

/// A set of values. Plain data: a fit makes one, the program carries one (`fitted_constants`).
struct Constants {
  std::array<double, constant_count> value{};
  std::array<double, constant_count> log_error{};  ///< standard error of the logarithm
  [[nodiscard]] double operator[](Constant c) const { return value[static_cast<std::size_t>(c)]; }
  /// Level of a family: its own factor upon that of the family whose kernels it shares (`elder_of`).
  [[nodiscard]] double family(kernels::Family f) const {
    const double own = value[static_cast<std::size_t>(Constant::family_first) + static_cast<std::size_t>(f)];
    return f == elder_of(f) ? own : own * family(elder_of(f));
  }
  [[nodiscard]] double family_low(kernels::Family f) const { return value[static_cast<std::size_t>(Constant::family_low_first) + static_cast<std::size_t>(f)]; }
};
[[nodiscard]] Constants prior_constants();

/// Width of the interval: standard deviations of ln(measured / predicted) by what the answer rests on.
struct Spread {
  double base = 0.12;         ///< a source never seen, on a chip that was measured
  double family_only = 0.12;  ///< added in quadrature when only relatives of the chip were measured
  double unmeasured = 0.22;   ///< added when nothing of the family was
  double moe = 0.10;
  double small = 0.10;        ///< steps ruled by launches
  double assumed_shape = 0.15;
  double adapter = 0;         ///< LoRA: few rows, and what stands frozen, fused or merged differs by recipe
  double quantile = 1.2816;   ///< of the 80 % interval
};

/// Chips, by id, whose rows the constants were fitted on.
struct Fitted {
  Constants constants;
  Spread spread;
  std::vector<std::string> chips;
  std::vector<std::string> families;
  std::string input_sha256;     ///< of the rows
  std::string profiles_sha256;  ///< of the list "path sha256" of the kernel profiles used; empty: none
};
/// What the program ships: models/training/constants/step.json, compiled in.
[[nodiscard]] const Fitted& fitted();
/// Text of a set, as in constants/step.json, and back. Throws std::invalid_argument naming the missing or unknown key.
[[nodiscard]] std::string to_json(const Fitted&);
[[nodiscard]] Fitted fitted_from_json(std::string_view text);

}  // namespace headroom::training
