#pragma once

#include <cstdint>

namespace headroom::math::detail {

/// An unevaluated sum hi + lo with |lo| <= ulp(hi)/2: about 106 bits made of two doubles. Works in constant
/// expressions, so that tables are computed by the compiler from their definition and not copied as digits. Uses no
/// fused multiply-add. Source of the algorithms: T. J. Dekker, "A floating-point technique for extending the available
/// precision", Numer. Math. 18 (1971), and D. E. Knuth, TAOCP vol. 2, section 4.2.2.
struct DoubleDouble {
  double hi = 0;
  double lo = 0;
};

/// Exact a + b, where |a| >= |b| or a == 0.
constexpr DoubleDouble fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

/// Exact a + b.
constexpr DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

/// The upper 26 bits of x; x minus them has 26 bits too. |x| below 2^996.
constexpr double upper_half(double x) {
  const double scaled = 134217729.0 * x;  // 2^27 + 1
  return scaled - (scaled - x);
}

/// Exact a * b (no overflow, no underflow of the low part).
constexpr DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  const double ah = upper_half(a);
  const double bh = upper_half(b);
  const double al = a - ah;
  const double bl = b - bh;
  return {product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

constexpr DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_sum(a.hi, b.hi);
  const DoubleDouble low = two_sum(a.lo, b.lo);
  const DoubleDouble mid = fast_two_sum(high.hi, high.lo + low.hi);
  return fast_two_sum(mid.hi, mid.lo + low.lo);
}
constexpr DoubleDouble operator-(DoubleDouble a) { return {-a.hi, -a.lo}; }
constexpr DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }
constexpr DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = two_product(a.hi, b.hi);
  return fast_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}
constexpr DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
  const double first = a.hi / b.hi;
  const DoubleDouble rest = a - DoubleDouble{first, 0} * b;
  const double second = rest.hi / b.hi;
  const DoubleDouble rest2 = rest - DoubleDouble{second, 0} * b;
  return fast_two_sum(first, second) + DoubleDouble{rest2.hi / b.hi, 0};
}

}  // namespace headroom::math::detail
