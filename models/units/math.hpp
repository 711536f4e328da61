#pragma once

/// Elementary functions that give the same bits on every processor, compiler and C library. The C library dispatches to
/// other code on other processors, so none of its transcendental functions may stand on a path to a result.
/// Errors are below 1 ulp of the exact value where nothing else is said; special values follow IEEE 754 (C Annex F).
namespace headroom::math {

[[nodiscard]] double exp(double x);
[[nodiscard]] double exp2(double x);
[[nodiscard]] double expm1(double x);
[[nodiscard]] double log(double x);
[[nodiscard]] double log2(double x);
[[nodiscard]] double log10(double x);
[[nodiscard]] double log1p(double x);
/// x^y for x >= 0, and for x < 0 with an integer y.
[[nodiscard]] double pow(double x, double y);
/// Argument in radians, |x| <= 10^6 (phases of a day or a year), else std::domain_error. Absolute error below 2e-16.
[[nodiscard]] double sin(double x);
[[nodiscard]] double cos(double x);
/// Standard normal distribution function and its inverse; relative error below 1e-14 (of the inverse where |result| >
/// 1e-3, absolute below 1e-17 elsewhere). normal_cdf leaves the normal range of double below -37.5 and is 0 below
/// -38.6.
[[nodiscard]] double normal_cdf(double x);
[[nodiscard]] double normal_quantile(double probability);
/// Natural logarithm of the gamma function for x > 0; error below 1e-14 max(1, |result|).
[[nodiscard]] double log_gamma(double x);

}  // namespace headroom::math
