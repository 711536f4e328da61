#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "models/units/math.hpp"

namespace headroom::math {
namespace {

// pi/2 in pieces of 33 bits: a multiple of up to 2^20 of a piece is exact.
constexpr double half_pi_1 = 0x1.921fb544p+0;
constexpr double half_pi_2 = 0x1.0b4611a6p-34;
constexpr double half_pi_3 = 0x1.3198a2e0p-69;
constexpr double per_half_pi = 0x1.45f306dc9c883p-1;

/// Taylor series of the sine for |x| <= pi/4 + a little; the first omitted term is below 1e-19.
double sine_series(double x, double tail) {
  const double x2 = x * x;
  double q = 0;
  for (int n = 17; n >= 5; n -= 2) q = (1 - q) * x2 / (n * (n - 1));
  return x + (tail * (1 - 0.5 * x2) - x * x2 * (1.0 / 6) * (1 - q));
}

double cosine_series(double x, double tail) {
  const double x2 = x * x;
  double q = 0;
  for (int n = 18; n >= 4; n -= 2) q = (1 - q) * x2 / (n * (n - 1));
  return 1 - (0.5 * x2 * (1 - q) + x * tail);
}

/// sin(x + quarter * pi/2)
double sine(double x, int quarter) {
  if (!(x - x == 0)) return std::numeric_limits<double>::quiet_NaN();
  if (x > 1e6 || x < -1e6) throw std::domain_error("sine or cosine of " + std::to_string(x) + ": beyond 1e6 radians");
  constexpr double rounder = 0x1.8p52;
  const double k = (x * per_half_pi + rounder) - rounder;
  const double a = x - k * half_pi_1;
  const double high = a - k * half_pi_2;
  const double low = ((a - high) - k * half_pi_2) - k * half_pi_3;
  switch ((static_cast<std::int64_t>(k) + quarter) & 3) {
    case 0:
      return sine_series(high, low);
    case 1:
      return cosine_series(high, low);
    case 2:
      return -sine_series(high, low);
    default:
      return -cosine_series(high, low);
  }
}

}  // namespace

double sin(double x) { return x == 0 ? x : sine(x, 0); }
double cos(double x) { return sine(x, 1); }

}  // namespace headroom::math
