#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "models/units/quantity.hpp"

namespace headroom::reliability {

/// Failure intensity of one thing by age a (the bathtub curve):
///   h(a) = base * (1 + infant_excess * exp(-a / infant_decay) + wear_slope * max(0, a - wear_onset) / year).
/// A memoryless thing has infant_excess = wear_slope = 0.
struct Hazard {
  PerSecond base;
  double infant_excess = 0;                ///< at age 0, as a multiple of base
  Seconds infant_decay = days(60);
  double wear_slope = 0;                   ///< growth after the onset, in multiples of base a year
  Seconds wear_onset = days(4 * 365.25);

  [[nodiscard]] PerSecond at(Seconds age) const;
  /// Expected number of failures from birth to `age`, if each is mended at once.
  [[nodiscard]] double cumulative(Seconds age) const;
  /// Age at the next failure of a thing of `age` that works, for a uniform draw u in (0, 1): the solution x of
  /// cumulative(x) - cumulative(age) = -log(1 - u), found to 1e-12 of x. Throws std::domain_error unless base > 0.
  [[nodiscard]] Seconds next_failure(Seconds age, double u) const;
  [[nodiscard]] Hazard scaled(double factor) const;
};

/// A share of things that fail more often than the rest ("lemons"), with the mean over all unchanged.
struct Mixture {
  double share = 0;       ///< of lemons, 0 to 1
  double multiplier = 1;  ///< their hazard over the mean hazard; share * multiplier <= 1
  /// Factor on the mean hazard of a thing with the uniform draw u: the least draws are the lemons.
  [[nodiscard]] double factor(double u) const;
};

/// What a failure takes down with it.
enum class Blast : std::uint8_t { accelerator, node, domain, gang, site };

/// One cause of interruptions of running jobs.
struct Component {
  std::string_view name;
  double per_million_gpu_hours;  ///< interruptions
  Blast blast;
  std::string_view source;
};

/// Causes of the 419 unexpected interruptions of Llama 3 405B (16,384 H100, 54 days; arXiv 2407.21783 table 5), grouped:
/// accelerator (faulty GPU, processor, SRAM, silent corruption, thermal), memory (HBM3), host, NIC, switch or cable, software.
/// They sum to 19.73 per million GPU-hours.
[[nodiscard]] std::span<const Component> llama3_components();

/// Parts that must be replaced, a separate and much slower process than interruptions: share of H100s a year, low, central
/// and high (economics facts 1.8: derived from papers; status `derived`).
struct ReplacementRate {
  double low = 0.025, central = 0.04, high = 0.06;
};

/// Hazard of a whole job: each accelerator's, plus one that does not depend on its size. Meta's RSC (arXiv 2410.21680) saw
/// jobs of 1,024 GPUs fail 3.7 times as often as scaling from the largest ones gives: small jobs die of other causes.
[[nodiscard]] constexpr PerSecond job_hazard(PerSecond per_accelerator, double accelerators, PerSecond size_independent) {
  return per_accelerator * accelerators + size_independent;
}

constexpr PerSecond per_million_gpu_hours(double n) { return PerSecond{n / 3.6e9}; }
constexpr PerSecond per_year(double share) { return PerSecond{share / (365.25 * 86400)}; }
constexpr PerSecond per_thousand_node_days(double n) { return PerSecond{n / (1000.0 * 86400)}; }

/// Failures that hit many at once (a driver release, a row's power, cooling, a switch): the share of each member's hazard
/// that comes from shocks of its group, and the probability that a shock hits a given member (Marshall and Olkin, JASA 62
/// (1967), with the beta factor of reliability practice). The hazard of a member stays what it was.
struct CommonCause {
  double share = 0;          ///< of the member's hazard, 0 to 1
  double hit = 1;            ///< probability that a member is hit by its group's shock, above 0 to 1
  std::int32_t group = 1;    ///< members
  /// Rate of the group's shocks: share * base / hit.
  [[nodiscard]] constexpr PerSecond shock_rate(PerSecond base) const { return base * (share / hit); }
  [[nodiscard]] constexpr PerSecond own_rate(PerSecond base) const { return base * (1 - share); }
};

}  // namespace headroom::reliability
