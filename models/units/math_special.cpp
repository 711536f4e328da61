#include <array>
#include <cmath>
#include <limits>

#include "models/units/double_double.hpp"
#include "models/units/math.hpp"

namespace headroom::math {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double per_root_two_pi = 0x1.9884533d43651p-2;
constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;

/// Chebyshev coefficients of (t + 3.5) M(t) in u = (t - 3.5) / (t + 3.5), where M is Mills' ratio Phi(-t) / phi(t), t
/// >= 0. Computed for this file with 200 bits from the definition; the mapping is J. L. Schonfelder's, Math. Comp. 32
/// (1978).
constexpr std::array mills_coefficients{
    2.27545192403182143,      -1.62622357553279786,    0.413851973587913888,     -0.0679737212067714617,
    0.00417870014684802193,   0.000910543415635780885, -0.000189059879242510487, -0.000013310261064332106,
    6.42832909839790933e-6,   3.40422410850027168e-7,  -2.34622219711720361e-7,  -1.83473724278890594e-8,
    9.02444434509169317e-9,   1.29126367540728507e-9,  -3.24409038326577683e-10, -8.8569625814397813e-11,
    7.68462694658549829e-12,  5.39919988480095074e-12, 2.32620325376077724e-13,  -2.67418506437949221e-13,
    -5.07266030093637793e-14, 8.00121790173846704e-15, 4.31764685928422919e-15,  2.35780244514676883e-16,
    -2.29941181371650963e-16, -5.7802676529634915e-17};

/// Phi(-t) / phi(t) for t >= 0.
double mills_ratio(double t) {
  const double u = 1 - 7 / (t + 3.5);
  double next = 0;
  double after = 0;
  for (std::size_t i = mills_coefficients.size() - 1; i > 0; --i) {
    const double here = mills_coefficients[i] + 2 * u * next - after;
    after = next;
    next = here;
  }
  return (mills_coefficients[0] + u * next - after) / (t + 3.5);
}

/// e^(-t^2/2): the square is split, or its rounding would be multiplied by up to 700.
double gaussian(double t) {
  const double high = detail::upper_half(t);
  const double low = t - high;
  return exp(-0.5 * high * high) * exp(-low * (high + 0.5 * low));
}

/// Numerator and denominator of degree 7, lowest power first.
struct Rational {
  std::array<double, 8> above;
  std::array<double, 8> below;
  [[nodiscard]] double operator()(double x) const {
    double a = above[7];
    double b = below[7];
    for (std::size_t i = 7; i > 0; --i) {
      a = a * x + above[i - 1];
      b = b * x + below[i - 1];
    }
    return a / b;
  }
};

// M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484.
constexpr Rational quantile_centre{
    {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
     4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3},
    {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
     3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3}};
constexpr Rational quantile_middle{
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
constexpr Rational quantile_tail{
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};

/// Stirling's series for x >= 10; the first omitted term is below 1e-17 (Abramowitz and Stegun 6.1.40).
double stirling(double x) {
  const double inverse = 1 / x;
  const double y = inverse * inverse;
  const double series =
      1.0 / 12 -
      y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360 - y / 156)))));
  return (x - 0.5) * log(x) - x + half_log_two_pi + inverse * series;
}

}  // namespace

double normal_cdf(double x) {
  if (x != x) return nan;
  if (x < -38.6) return 0;
  if (x > 8.3) return 1;
  const double t = x < 0 ? -x : x;
  const double lower = per_root_two_pi * gaussian(t) * mills_ratio(t);
  return x < 0 ? lower : 1 - lower;
}

double normal_quantile(double probability) {
  if (!(probability >= 0 && probability <= 1)) return nan;
  if (probability == 0) return -infinity;
  if (probability == 1) return infinity;
  const double q = probability - 0.5;
  if (q > -0.425 && q < 0.425) return q * quantile_centre(0.180625 - q * q);
  const double r = std::sqrt(-log(q < 0 ? probability : 1 - probability));
  const double magnitude = r <= 5 ? quantile_middle(r - 1.6) : quantile_tail(r - 5);
  return q < 0 ? -magnitude : magnitude;
}

double log_gamma(double x) {
  if (!(x > 0)) return x == 0 ? infinity : nan;
  if (x == infinity) return infinity;
  double product = 1;
  while (x < 10) {
    product *= x;
    x += 1;
  }
  return product == 1 ? stirling(x) : stirling(x) - log(product);
}

}  // namespace headroom::math
