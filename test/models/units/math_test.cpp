#include "models/units/math.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <stdexcept>

using namespace headroom;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Points spread evenly over an interval by the golden ratio: the same on every machine.
struct Points {
  double low;
  double high;
  double at = 0;
  double operator()() {
    at += 0.6180339887498949;
    if (at >= 1) at -= 1;
    return low + (high - low) * at;
  }
};

/// Distance in units of the last place of a double; the reference has 64 bits on x86.
double ulps(double got, long double wanted) {
  const double size = std::fabs(static_cast<double>(wanted));
  const double ulp = size < std::numeric_limits<double>::max() ? std::nextafter(size, infinity) - size : 0x1p970;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - wanted) / ulp);
}

using Function = double (*)(double);
using Reference = long double (*)(long double);

double worst(Function own, Reference reference, double low, double high, bool exponents = false) {
  Points points{low, high};
  double most = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = exponents ? math::exp2(points()) : points();
    most = std::fmax(most, ulps(own(x), reference(x)));
  }
  return most;
}

std::uint64_t mixed(std::uint64_t hash, double value) {
  hash ^= std::bit_cast<std::uint64_t>(value);
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

std::uint64_t checksum(Function own, double low, double high) {
  Points points{low, high};
  std::uint64_t hash = 0;
  for (int i = 0; i < 20000; ++i) hash = mixed(hash, own(points()));
  return hash;
}

}  // namespace

TEST_CASE("elementary functions are within one unit of the last place", "[units][math]") {
  REQUIRE(worst(math::exp, std::exp, -745, 709.7) < 1);
  REQUIRE(worst(math::exp, std::exp, -1, 1) < 1);
  REQUIRE(worst(math::exp2, std::exp2, -1074, 1023.9) < 1);
  REQUIRE(worst(math::expm1, std::expm1, -45, 709.7) < 1);
  REQUIRE(worst(math::expm1, std::expm1, -0.5, 0.5) < 1);
  REQUIRE(worst(math::expm1, std::expm1, -70, 0, true) < 1);
  REQUIRE(worst(math::log, std::log, -1074, 1023.9, true) < 1);
  REQUIRE(worst(math::log, std::log, 0.9, 1.1) < 1);
  REQUIRE(worst(math::log2, std::log2, -1074, 1023.9, true) < 1);
  REQUIRE(worst(math::log2, std::log2, 0.9, 1.1) < 1);
  REQUIRE(worst(math::log10, std::log10, -1074, 1023.9, true) < 1);
  REQUIRE(worst(math::log10, std::log10, 0.9, 1.1) < 1);
  REQUIRE(worst(math::log1p, std::log1p, -0.999, 2) < 1);
  REQUIRE(worst(math::log1p, std::log1p, -70, 1000, true) < 1);
}

TEST_CASE("a power is within one unit of the last place over the whole range", "[units][math]") {
  Points exponents{-500, 500};
  Points shares{-1, 1, 0.37};
  double most = 0;
  for (int i = 0; i < 40000; ++i) {
    const double exponent = i % 2 == 0 ? exponents() : exponents() / 500;
    const double x = math::exp2(exponent);
    const double y = shares() * 1020 / std::fabs(exponent);
    most = std::fmax(most, ulps(math::pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y))));
  }
  REQUIRE(most < 1);
  REQUIRE(math::pow(-3.0, 3.0) == -27.0);
  REQUIRE(math::pow(-3.0, 4.0) == 81.0);
  REQUIRE(math::pow(10.0, -3.0) == 1e-3);
  REQUIRE(math::pow(2.0, -1074.0) == 0x1p-1074);
}

TEST_CASE("results that are exact come out exact", "[units][math]") {
  for (int k = -1074; k <= 1023; ++k) {
    REQUIRE(math::exp2(k) == std::ldexp(1.0, k));
    REQUIRE(math::log2(std::ldexp(1.0, k)) == k);
  }
  double power = 1;
  for (int k = 0; k <= 22; ++k, power *= 10) {
    REQUIRE(math::log10(power) == k);
    REQUIRE(math::pow(10, k) == power);
  }
  REQUIRE(math::exp(0) == 1);
  REQUIRE(math::log(1) == 0);
  REQUIRE(math::normal_quantile(0.5) == 0);
}

TEST_CASE("special values follow IEEE 754", "[units][math]") {
  REQUIRE(math::exp(710) == infinity);
  REQUIRE(math::exp(-746) == 0);
  REQUIRE(math::exp(-745.1) == std::numeric_limits<double>::denorm_min());
  REQUIRE(math::exp(infinity) == infinity);
  REQUIRE(math::exp(-infinity) == 0);
  REQUIRE(std::isnan(math::exp(not_a_number)));
  REQUIRE(math::exp2(1024) == infinity);
  REQUIRE(math::exp2(-1076) == 0);
  REQUIRE(math::expm1(-infinity) == -1);
  REQUIRE(math::expm1(infinity) == infinity);
  REQUIRE(std::signbit(math::expm1(-0.0)));
  for (const Function logarithm : {math::log, math::log2, math::log10}) {
    REQUIRE(logarithm(0) == -infinity);
    REQUIRE(logarithm(-0.0) == -infinity);
    REQUIRE(logarithm(infinity) == infinity);
    REQUIRE(std::isnan(logarithm(-1)));
    REQUIRE(std::isnan(logarithm(-infinity)));
    REQUIRE(std::isnan(logarithm(not_a_number)));
  }
  REQUIRE(math::log1p(-1) == -infinity);
  REQUIRE(math::log1p(infinity) == infinity);
  REQUIRE(std::isnan(math::log1p(-2)));
  REQUIRE(std::isnan(math::log1p(not_a_number)));
  REQUIRE(math::normal_quantile(0) == -infinity);
  REQUIRE(math::normal_quantile(1) == infinity);
  REQUIRE(std::isnan(math::normal_quantile(-0.1)));
  REQUIRE(math::normal_cdf(-infinity) == 0);
  REQUIRE(math::normal_cdf(infinity) == 1);
  REQUIRE(math::log_gamma(infinity) == infinity);
  REQUIRE(std::isnan(math::log_gamma(-1)));
  REQUIRE(std::isnan(math::sin(infinity)));
  REQUIRE_THROWS_AS(math::cos(2e6), std::domain_error);
}

TEST_CASE("a power of special values is what the C library gives", "[units][math]") {
  const double values[] = {0.0,
                           -0.0,
                           1,
                           -1,
                           0.5,
                           -0.5,
                           2,
                           -2,
                           3,
                           -3,
                           1e300,
                           -1e300,
                           1e-300,
                           0x1p60,
                           -0x1p60,
                           infinity,
                           -infinity,
                           not_a_number,
                           std::numeric_limits<double>::denorm_min()};
  for (const double x : values) {
    for (const double y : values) {
      CAPTURE(x, y);
      const double own = math::pow(x, y);
      const double theirs = std::pow(x, y);
      if (std::isnan(theirs)) {
        REQUIRE(std::isnan(own));
      } else if (std::isinf(theirs) || theirs == 0) {
        REQUIRE(own == theirs);
        REQUIRE(std::signbit(own) == std::signbit(theirs));
      } else {
        REQUIRE(ulps(own, theirs) <= 1);
      }
    }
  }
}

TEST_CASE("sine and cosine have an absolute error below 2e-16", "[units][math]") {
  for (const double reach : {1.0, 10.0, 1e5}) {
    Points points{-reach, reach};
    for (int i = 0; i < 20000; ++i) {
      const double x = points();
      REQUIRE(std::fabs(math::sin(x) - std::sin(static_cast<long double>(x))) < 2e-16L);
      REQUIRE(std::fabs(math::cos(x) - std::cos(static_cast<long double>(x))) < 2e-16L);
    }
  }
}

TEST_CASE("the normal distribution function and its inverse keep their relative accuracy in the tail",
          "[units][math]") {
  Points points{-37.4, 8.2};
  for (int i = 0; i < 20000; ++i) {
    const double x = points();
    const long double wanted = std::erfc(-static_cast<long double>(x) / std::numbers::sqrt2_v<long double>) / 2;
    REQUIRE(std::fabs(math::normal_cdf(x) - wanted) < 1e-14L * wanted);
    if (x < 0) REQUIRE(std::fabs(math::normal_quantile(math::normal_cdf(x)) - x) < 1e-13 * std::fabs(x) + 1e-15);
  }
  REQUIRE(math::normal_quantile(0.975) ==
          Approx(1.959963984540054).epsilon(1e-15));  // Abramowitz and Stegun, table 26.5
}

TEST_CASE("the logarithm of the gamma function agrees with factorials and the reference", "[units][math]") {
  double factorial = 1;
  for (int n = 1; n < 20; ++n) {
    REQUIRE(std::fabs(math::log_gamma(n) - std::log(factorial)) < 1e-14 * std::fmax(1, std::log(factorial)));
    factorial *= n;
  }
  Points points{-30, 60};
  for (int i = 0; i < 20000; ++i) {
    const double x = math::exp2(points());
    const long double wanted = std::lgamma(static_cast<long double>(x));
    REQUIRE(std::fabs(math::log_gamma(x) - wanted) < 1e-14L * std::fmax(1.0L, std::fabs(wanted)));
  }
}

TEST_CASE("functions never step back where the true one rises", "[units][math]") {
  // Common random numbers rely on it: more uniform, more draw.
  for (double x = 0.6; x < 1.7;) {
    const double next = std::nextafter(x + 1e-4, 2.0);
    REQUIRE(math::log(std::nextafter(x, 2.0)) >= math::log(x));
    REQUIRE(math::exp(std::nextafter(x, 2.0)) >= math::exp(x));
    REQUIRE(math::log(next) > math::log(x));
    x = next;
  }
}

TEST_CASE("every compiler and processor gives these bits", "[units][math]") {
  CHECK(checksum(math::exp, -745, 709) == 0x972e2248341a1846);
  CHECK(checksum(math::exp2, -1074, 1023) == 0x60443a972383bc0c);
  CHECK(checksum(math::expm1, -2, 2) == 0x54431a1bf126ac24);
  CHECK(checksum(math::log, 1e-3, 1e3) == 0x27a36c1afe6fd6c2);
  CHECK(checksum(math::log2, 1e-3, 1e3) == 0x51d8608152dfb455);
  CHECK(checksum(math::log10, 1e-3, 1e3) == 0xadb5355c8cbb1727);
  CHECK(checksum(math::log1p, -0.99, 3) == 0xac8fe6de01bb05f1);
  CHECK(checksum([](double x) { return math::pow(x, 1.37); }, 0, 1e3) == 0xffb306c83f9eb903);
  CHECK(checksum(math::sin, -1e4, 1e4) == 0xf7b0fdbc78ea95d4);
  CHECK(checksum(math::cos, -1e4, 1e4) == 0xaa0358276138086f);
  CHECK(checksum(math::normal_cdf, -37, 8) == 0x4a99b7b409f3965a);
  CHECK(checksum(math::normal_quantile, 0, 1) == 0x4c7edb9b8dfbfe7d);
  CHECK(checksum(math::log_gamma, 0, 50) == 0xd16af3bc54e44cf7);
}
