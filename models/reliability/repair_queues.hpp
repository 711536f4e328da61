#pragma once

#include <cstdint>

#include "models/units/quantity.hpp"

namespace headroom::reliability {

/// Replacements on order when parts fail at a constant rate and each is replenished after a time with mean T, whatever its
/// shape: Poisson with mean n * rate * T (C. Palm 1938; Feeney and Sherbrooke, Management Science 12 (1966)).
/// Expected parts that are missing (backorders) with `spares` on the shelf: sum over k > spares of (k - spares) p(k).
[[nodiscard]] double expected_backorders(double outstanding_mean, std::int64_t spares);
/// P(X <= k) of a Poisson count.
[[nodiscard]] double poisson_cdf(double mean, std::int64_t k);
/// The least spares with P(no backorder) = P(X <= spares) >= probability.
[[nodiscard]] std::int64_t spares_for(double outstanding_mean, double probability);

/// P(at least k of n work) if each works with probability p: a scale-up domain that needs 64 of its 72.
[[nodiscard]] double at_least(std::int32_t k, std::int32_t n, double p);

/// Expected number of the n that work though fewer than k of them do: what a domain below its need leaves standing still.
[[nodiscard]] double expected_stranded(std::int32_t k, std::int32_t n, double p);

/// Machine interference M/M/c//N: n machines fail at `failure` each while they work and are mended at `repair` each by a
/// crew of c. Means over the stationary distribution (D. G. Kendall's notation; Gross and Harris, Fundamentals of Queueing
/// Theory, "finite-source queues").
struct Interference {
  double down = 0;      ///< machines that are down
  double mending = 0;   ///< of these, in repair
  double all_up = 0;    ///< probability
};
[[nodiscard]] Interference machine_interference(std::int32_t n, std::int32_t crew, PerSecond failure, PerSecond repair);

}  // namespace headroom::reliability
