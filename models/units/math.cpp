#include "models/units/math.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "models/units/double_double.hpp"

// exp and log in three steps: reduce the argument by a table entry so that the rest is below 1/128, a short Taylor
// polynomial of the rest, put the entry back. The tables are computed by the compiler in 106-bit arithmetic, so their
// own error never shows. Products that must be exact are made exact by splitting, never by a fused multiply-add,
// because a processor without one would give other bits.

namespace headroom::math {
namespace {

using detail::DoubleDouble;
using detail::fast_two_sum;
using detail::two_product;
using detail::two_sum;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr DoubleDouble ln2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
constexpr DoubleDouble per_ln2{0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
constexpr DoubleDouble per_ln10{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
constexpr DoubleDouble log10_of_2{0x1.34413509f79ffp-2, -0x1.9dc1da994fd21p-59};

/// Adding and subtracting it rounds to the nearest integer; the integer is in the low bits of the sum.
constexpr double rounder = 0x1.8p52;
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }
double from_bits(std::uint64_t x) { return std::bit_cast<double>(x); }
bool is_nan(double x) { return x != x; }
double absolute(double x) { return from_bits(bits(x) & ~sign_bit); }

/// x as the nearest multiple of `unit`, a power of two.
constexpr double rounded_to(double x, double unit) {
  const double shift = unit * rounder;
  return (x + shift) - shift;
}

// ---- exp: x = (128 m + i) ln2 / 128 + r

constexpr int exp_steps = 128;

struct ExpEntry {
  double value;  ///< 2^(i/128)
  double tail;   ///< what `value` lacks, relative to it
};

constexpr std::array<ExpEntry, exp_steps> make_exp_table() {
  std::array<ExpEntry, exp_steps> table{};
  for (int i = 0; i < exp_steps; ++i) {
    const DoubleDouble x = ln2 * DoubleDouble{static_cast<double>(i) / exp_steps, 0};
    DoubleDouble sum{1, 0};
    for (int n = 28; n >= 1; --n) sum = DoubleDouble{1, 0} + x * sum / DoubleDouble{static_cast<double>(n), 0};
    table[static_cast<std::size_t>(i)] = {sum.hi, sum.lo / sum.hi};
  }
  return table;
}
constexpr std::array<ExpEntry, exp_steps> exp_table = make_exp_table();

constexpr double step_hi = rounded_to(ln2.hi, 0x1p-34) / exp_steps;  // 34 bits: times 18 bits of k is exact
constexpr double step_lo = ((ln2.hi - rounded_to(ln2.hi, 0x1p-34)) + ln2.lo) / exp_steps;

/// e^r - 1 for |r| <= ln2/256; the first omitted term is 2^-61.
double expm1_polynomial(double r) {
  const double r2 = r * r;
  return r + r2 * (0.5 + r * (1.0 / 6) + r2 * (1.0 / 24 + r * (1.0 / 120)));
}

/// 2^(k/128) (1 + p) for any k, p near 0; overflows and underflows as it should, with one rounding.
double scaled_exp(std::int64_t k, double p) {
  const ExpEntry& entry = exp_table[static_cast<std::size_t>(k & (exp_steps - 1))];
  const std::int64_t m = k >> 7;
  const double t = entry.tail + p;
  if (m > -1022 && m < 1024) [[likely]] {
    const double scale = from_bits(bits(entry.value) + (static_cast<std::uint64_t>(m) << 52));
    return scale + scale * t;
  }
  const std::int64_t half = m / 2;
  const double first = from_bits(static_cast<std::uint64_t>(half + 1023) << 52);
  const double second = from_bits(static_cast<std::uint64_t>(m - half + 1023) << 52);
  return (entry.value + entry.value * t) * first * second;
}

struct Reduced {
  std::int64_t k;
  double r;
};

/// |x| <= 746
Reduced reduce_exp(double x) {
  const double shifted = x * (per_ln2.hi * exp_steps) + rounder;
  const double k = shifted - rounder;
  return {static_cast<std::int64_t>(bits(shifted) - bits(rounder)), (x - k * step_hi) - k * step_lo};
}

/// e^(hi + lo) with |lo| far below 1.
double exp_of_sum(double hi, double lo) {
  if (hi > 709.79) return infinity;
  if (hi < -745.14) return 0;
  const Reduced at = reduce_exp(hi);
  return scaled_exp(at.k, expm1_polynomial(at.r + lo));
}

// ---- log: x = 2^k z, z in [sqrt(1/2), sqrt(2)), and z inverse = 1 + r with inverse near 128/i

constexpr int log_first = 90;
constexpr int log_last = 182;

struct LogEntry {
  double inverse;  ///< 128/i to 24 bits
  double hi;       ///< -log(inverse), a multiple of 2^-42, so that k ln2_hi + hi is exact
  double lo;       ///< the rest
};

constexpr std::array<LogEntry, log_last - log_first + 1> make_log_table() {
  std::array<LogEntry, log_last - log_first + 1> table{};
  for (int i = log_first; i <= log_last; ++i) {
    const double inverse = static_cast<double>(static_cast<float>(128.0 / i));
    // log v = 2 artanh((v - 1) / (v + 1))
    const DoubleDouble s = DoubleDouble{inverse - 1, 0} / two_sum(inverse, 1.0);
    const DoubleDouble s2 = s * s;
    DoubleDouble sum{};
    for (int n = 43; n >= 1; n -= 2) sum = DoubleDouble{1, 0} / DoubleDouble{static_cast<double>(n), 0} + s2 * sum;
    const DoubleDouble value = -(s * sum * DoubleDouble{2, 0});
    const double hi = rounded_to(value.hi, 0x1p-42);
    table[static_cast<std::size_t>(i - log_first)] = {inverse, hi, (value.hi - hi) + value.lo};
  }
  return table;
}
constexpr std::array<LogEntry, log_last - log_first + 1> log_table = make_log_table();

constexpr double ln2_hi = rounded_to(ln2.hi, 0x1p-42);
constexpr double ln2_lo = (ln2.hi - ln2_hi) + ln2.lo;

struct Split {
  int k;
  double z;
};

/// x = 2^k z for positive finite x, subnormal ones included.
Split split(double x) {
  std::uint64_t word = bits(x);
  int k = 0;
  if (word < (std::uint64_t{1} << 52)) {
    word = bits(x * 0x1p52);
    k = -52;
  }
  const std::uint64_t offset = word - 0x3fe6a09e00000000;  // just below sqrt(1/2)
  const int exponent = static_cast<int>(static_cast<std::int64_t>(offset) >> 52);
  return {k + exponent, from_bits(word - (static_cast<std::uint64_t>(static_cast<std::int64_t>(exponent)) << 52))};
}

const LogEntry& log_entry(double z) {
  return log_table[static_cast<std::size_t>(static_cast<int>(z * 128 + 0.5) - log_first)];
}

/// z * inverse - 1 as an exact sum: both products have at most 53 bits.
DoubleDouble exact_rest(double z, double inverse) {
  const double z_hi = from_bits(bits(z) & ~((std::uint64_t{1} << 27) - 1));
  return fast_two_sum(z_hi * inverse - 1, (z - z_hi) * inverse);
}

/// log of positive finite s + e (|e| below an ulp of s) to about 66 bits.
DoubleDouble log_of_sum(double s, double e) {
  const auto [k, z] = split(s);
  const LogEntry& entry = log_entry(z);
  DoubleDouble r = z == 1 ? DoubleDouble{} : exact_rest(z, entry.inverse);
  if (e != 0) {
    const double scale = k > 1000 ? 0 : from_bits(static_cast<std::uint64_t>(1023 - k) << 52);
    r = two_sum(r.hi, r.lo + e * scale * entry.inverse);
  }
  const DoubleDouble square = two_product(r.hi, r.hi);
  const double r2 = square.hi;
  const double tail = r.hi * r2 *
                      ((1.0 / 3 - r.hi * (1.0 / 4)) +
                       r2 * ((1.0 / 5 - r.hi * (1.0 / 6)) + r2 * ((1.0 / 7 - r.hi * (1.0 / 8)) + r2 * (1.0 / 9))));
  const double w = k * ln2_hi + entry.hi;
  const double w_lo = k * ln2_lo + entry.lo;
  const DoubleDouble first = two_sum(w, r.hi);
  const DoubleDouble second = two_sum(first.hi, -0.5 * square.hi);
  const double lo = first.lo + second.lo + (r.lo - r.hi * r.lo - 0.5 * square.lo) + w_lo + tail;
  return fast_two_sum(second.hi, lo);
}

/// log(1 + r) for |r| <= 1/128, without reduction.
double log1p_polynomial(double r) {
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double low = (1.0 / 3 - r * (1.0 / 4)) + r2 * (1.0 / 5 - r * (1.0 / 6));
  const double high = (1.0 / 7 - r * (1.0 / 8)) + r2 * (1.0 / 9);
  return r - (0.5 * r2 - r * r2 * (low + r4 * high));
}

bool positive_finite(double x) { return bits(x) - 1 < 0x7ff0000000000000 - 1; }

/// log of what is not positive and finite.
double log_special(double x) {
  if (x == 0) return -infinity;
  return x == infinity ? infinity : nan;
}

DoubleDouble times(DoubleDouble a, DoubleDouble b) { return a * b; }

bool is_integer(double y) { return absolute(y) >= 0x1p53 || rounded_to(absolute(y), 1) == absolute(y) || y == 0; }
bool is_odd(double y) {
  if (absolute(y) >= 0x1p53 || !is_integer(y)) return false;
  return (static_cast<std::int64_t>(y) & 1) != 0;
}

/// pow where x or y is zero, infinite or not a number (C17 F.10.4.4).
double pow_special(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (is_nan(x) || is_nan(y)) return nan;
  if (absolute(y) == infinity) {
    const double magnitude = absolute(x);
    if (magnitude == 1) return 1;
    return (magnitude > 1) == (y > 0) ? infinity : 0;
  }
  const double magnitude = (absolute(x) == infinity) == (y > 0) ? infinity : 0;
  return (bits(x) & sign_bit) != 0 && is_odd(y) ? -magnitude : magnitude;
}

}  // namespace

double exp(double x) {
  if (!(x < 709.79 && x > -745.14)) {
    if (is_nan(x)) return nan;
    return x > 0 ? infinity : 0;
  }
  const Reduced at = reduce_exp(x);
  return scaled_exp(at.k, expm1_polynomial(at.r));
}

double exp2(double x) {
  if (!(x < 1024 && x > -1075)) {
    if (is_nan(x)) return nan;
    return x > 0 ? infinity : 0;
  }
  const double shifted = x * exp_steps + rounder;
  const double rest = x - (shifted - rounder) * (1.0 / exp_steps);  // exact
  return scaled_exp(static_cast<std::int64_t>(bits(shifted) - bits(rounder)), expm1_polynomial(rest * ln2.hi));
}

double expm1(double x) {
  if (is_nan(x)) return nan;
  if (x > 40) return exp(x);
  if (x < -40) return -1;
  if (x > -0.34 && x < 0.34) {
    if (absolute(x) < 0x1p-54) return x;
    double q = 0;
    for (int n = 15; n >= 4; --n) q = (1 + q) * x / n;
    // x + x^2/2 + x^3/6 (1 + q), the square split so that its rounding does not show
    const DoubleDouble square = two_product(x, 0.5 * x);
    const DoubleDouble sum = two_sum(x, square.hi);
    return sum.hi + (sum.lo + square.lo + x * square.hi * ((1 + q) * (1.0 / 3)));
  }
  const Reduced at = reduce_exp(x);
  const ExpEntry& entry = exp_table[static_cast<std::size_t>(at.k & (exp_steps - 1))];
  const double scale = from_bits(bits(entry.value) + (static_cast<std::uint64_t>(at.k >> 7) << 52));
  const DoubleDouble difference = two_sum(scale, -1);
  return difference.hi + (difference.lo + scale * (entry.tail + expm1_polynomial(at.r)));
}

double log(double x) {
  if (!positive_finite(x)) return log_special(x);
  const auto [k, z] = split(x);
  const LogEntry& entry = log_entry(z);
  const double z_hi = from_bits(bits(z) & ~((std::uint64_t{1} << 27) - 1));
  const double r = (z_hi * entry.inverse - 1) + (z - z_hi) * entry.inverse;
  const double w = k * ln2_hi + entry.hi;
  const DoubleDouble sum = fast_two_sum(w, r);
  const double r2 = r * r;
  const double tail = (1.0 / 3 - r * (1.0 / 4)) + r2 * ((1.0 / 5 - r * (1.0 / 6)) + r2 * (1.0 / 7));
  return sum.hi + (((sum.lo + (k * ln2_lo + entry.lo)) - 0.5 * r2) + r * r2 * tail);
}

double log2(double x) {
  if (!positive_finite(x)) return log_special(x);
  const auto [k, z] = split(x);
  const DoubleDouble rest = times(log_of_sum(z, 0), per_ln2);
  const DoubleDouble sum = two_sum(k, rest.hi);
  return sum.hi + (sum.lo + rest.lo);
}

double log10(double x) {
  if (!positive_finite(x)) return log_special(x);
  const auto [k, z] = split(x);
  const DoubleDouble sum = times(log_of_sum(z, 0), per_ln10) + times({static_cast<double>(k), 0}, log10_of_2);
  return sum.hi;
}

double log1p(double x) {
  if (absolute(x) < 0x1p-7) return absolute(x) < 0x1p-54 ? x : log1p_polynomial(x);
  if (!(x > -1 && x < infinity)) return x == -1 ? -infinity : (x == infinity ? infinity : nan);
  const DoubleDouble sum = two_sum(1, x);
  return log_of_sum(sum.hi, sum.lo).hi;
}

double pow(double x, double y) {
  if (!positive_finite(absolute(x)) || !positive_finite(absolute(y)) || x == 1) return pow_special(x, y);
  bool negative = false;
  if (x < 0) {
    if (!is_integer(y)) return nan;
    negative = is_odd(y);
    x = -x;
  }
  const DoubleDouble logarithm = log_of_sum(x, 0);
  double result = 0;
  if (absolute(y) > 0x1p65) {  // |log x| >= 2^-53 or zero
    result = logarithm.hi == 0 ? 1 : ((logarithm.hi > 0) == (y > 0) ? infinity : 0);
  } else {
    const DoubleDouble product = two_product(logarithm.hi, y);
    result = exp_of_sum(product.hi, product.lo + logarithm.lo * y);
  }
  return negative ? -result : result;
}

}  // namespace headroom::math
