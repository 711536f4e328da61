#pragma once

#include <compare>

namespace headroom {

/// A physical quantity: a number in base units whose dimension is part of its type, so that bytes do not add to seconds
/// and bytes divided by seconds are a bandwidth without a word. Base units: second, byte, FLOP, joule, token, gram of CO2.
/// `base()` is for the inside of formulas; a public signature names the quantity.
template <int Time, int Data, int Work, int Energy, int Token, int Mass>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double base) : base_(base) {}
  [[nodiscard]] constexpr double base() const { return base_; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.base_ + b.base_}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.base_ - b.base_}; }
  friend constexpr Quantity operator-(Quantity a) { return Quantity{-a.base_}; }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity{a.base_ * k}; }
  friend constexpr Quantity operator*(double k, Quantity a) { return Quantity{k * a.base_}; }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity{a.base_ / k}; }
  constexpr Quantity& operator+=(Quantity b) { base_ += b.base_; return *this; }
  constexpr Quantity& operator-=(Quantity b) { base_ -= b.base_; return *this; }
  constexpr Quantity& operator*=(double k) { base_ *= k; return *this; }

 private:
  double base_ = 0;
};

namespace detail {
/// A quantity, or the bare number that is left when every dimension cancels.
template <int T, int D, int W, int E, int K, int M>
constexpr auto made(double base) {
  if constexpr (T == 0 && D == 0 && W == 0 && E == 0 && K == 0 && M == 0) {
    return base;
  } else {
    return Quantity<T, D, W, E, K, M>{base};
  }
}
}  // namespace detail

template <int T, int D, int W, int E, int K, int M, int T2, int D2, int W2, int E2, int K2, int M2>
constexpr auto operator*(Quantity<T, D, W, E, K, M> a, Quantity<T2, D2, W2, E2, K2, M2> b) {
  return detail::made<T + T2, D + D2, W + W2, E + E2, K + K2, M + M2>(a.base() * b.base());
}
template <int T, int D, int W, int E, int K, int M, int T2, int D2, int W2, int E2, int K2, int M2>
constexpr auto operator/(Quantity<T, D, W, E, K, M> a, Quantity<T2, D2, W2, E2, K2, M2> b) {
  return detail::made<T - T2, D - D2, W - W2, E - E2, K - K2, M - M2>(a.base() / b.base());
}
template <int T, int D, int W, int E, int K, int M>
constexpr auto operator/(double k, Quantity<T, D, W, E, K, M> a) {
  return detail::made<-T, -D, -W, -E, -K, -M>(k / a.base());
}

using Seconds = Quantity<1, 0, 0, 0, 0, 0>;
using PerSecond = Quantity<-1, 0, 0, 0, 0, 0>;
using Bytes = Quantity<0, 1, 0, 0, 0, 0>;
using BytesPerSecond = Quantity<-1, 1, 0, 0, 0, 0>;
using Flops = Quantity<0, 0, 1, 0, 0, 0>;  ///< an amount of floating-point operations, not a rate
using FlopsPerSecond = Quantity<-1, 0, 1, 0, 0, 0>;
using Joules = Quantity<0, 0, 0, 1, 0, 0>;
using Watts = Quantity<-1, 0, 0, 1, 0, 0>;
using Tokens = Quantity<0, 0, 0, 0, 1, 0>;
using TokensPerSecond = Quantity<-1, 0, 0, 0, 1, 0>;
using Grams = Quantity<0, 0, 0, 0, 0, 1>;             ///< of CO2 equivalent
using GramsPerJoule = Quantity<0, 0, 0, -1, 0, 1>;    ///< grid intensity

constexpr Seconds seconds(double n) { return Seconds{n}; }
constexpr Seconds milliseconds(double n) { return Seconds{n * 1e-3}; }
constexpr Seconds microseconds(double n) { return Seconds{n * 1e-6}; }
constexpr Seconds hours(double n) { return Seconds{n * 3600}; }
constexpr Seconds days(double n) { return Seconds{n * 86400}; }
constexpr Bytes bytes(double n) { return Bytes{n}; }
constexpr Bytes gigabytes(double n) { return Bytes{n * 1e9}; }
constexpr Bytes gibibytes(double n) { return Bytes{n * 1073741824.0}; }
constexpr BytesPerSecond gigabytes_per_second(double n) { return BytesPerSecond{n * 1e9}; }
constexpr BytesPerSecond gigabits_per_second(double n) { return BytesPerSecond{n * 1e9 / 8}; }
constexpr FlopsPerSecond teraflops(double n) { return FlopsPerSecond{n * 1e12}; }
constexpr Watts watts(double n) { return Watts{n}; }
constexpr Watts megawatts(double n) { return Watts{n * 1e6}; }
constexpr Joules kilowatt_hours(double n) { return Joules{n * 3.6e6}; }
constexpr Tokens tokens(double n) { return Tokens{n}; }

}  // namespace headroom
