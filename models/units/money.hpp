#pragma once

#include <array>
#include <compare>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "models/units/quantity.hpp"

namespace headroom {

/// 128-bit integer: a trillion yuan in millionths is 10^18, and products of two such counts must still fit.
__extension__ typedef __int128 Int128;

/// ISO 4217 alphabetic code.
class Currency {
 public:
  constexpr Currency() = default;
  /// Nothing unless `text` is three capital letters.
  [[nodiscard]] static std::optional<Currency> parse(std::string_view text);
  constexpr explicit Currency(const char (&code)[4]) : code_{code[0], code[1], code[2]} {}
  [[nodiscard]] std::string_view code() const { return {code_.data(), code_.size()}; }
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> code_{'X', 'X', 'X'};
};

inline constexpr Currency usd{"USD"};
inline constexpr Currency cny{"CNY"};

/// Thrown when amounts of two currencies meet without an exchange rate.
struct CurrencyMismatch : std::logic_error {
  CurrencyMismatch(Currency a, Currency b);
};

/// An exact amount of one currency: an integer count of millionths. Rounding happens where a rate is applied
/// (to the nearest millionth, ties to even) and at printing, never in a sum.
class Money {
 public:
  static constexpr long long micros_per_unit = 1'000'000;

  constexpr Money() = default;
  constexpr Money(Int128 micros, Currency currency) : micros_(micros), currency_(currency) {}
  /// Nearest millionth of `amount` (in units of the currency). Throws std::domain_error unless finite and below 10^30.
  [[nodiscard]] static Money of(double amount, Currency currency);

  [[nodiscard]] constexpr Int128 micros() const { return micros_; }
  [[nodiscard]] constexpr Currency currency() const { return currency_; }
  /// In units of the currency, for ratios and printing.
  [[nodiscard]] double amount() const { return static_cast<double>(micros_) / static_cast<double>(micros_per_unit); }
  [[nodiscard]] constexpr bool is_zero() const { return micros_ == 0; }

  Money& operator+=(Money other);
  Money& operator-=(Money other);
  friend Money operator+(Money a, Money b) { return a += b; }
  friend Money operator-(Money a, Money b) { return a -= b; }
  friend Money operator-(Money a) { return {-a.micros_, a.currency_}; }
  friend Money operator*(Money a, double k) { return of(a.amount() * k, a.currency_); }
  friend Money operator*(double k, Money a) { return a * k; }
  friend bool operator==(const Money&, const Money&) = default;
  /// Throws CurrencyMismatch for two currencies.
  friend bool operator<(Money a, Money b);
  friend bool operator<=(Money a, Money b) { return !(b < a); }
  friend bool operator>(Money a, Money b) { return b < a; }
  friend bool operator>=(Money a, Money b) { return !(a < b); }

 private:
  Int128 micros_ = 0;
  Currency currency_;
};

/// An amount of money per unit of something: a price per hour, per joule, per token, per device (`Per` = double).
template <class Per>
struct Price {
  double amount_per_base = 0;  ///< in the currency, per base unit of `Per`
  Currency currency;
  friend auto operator<=>(const Price&, const Price&) = default;
};
template <class Per>
Money operator*(Price<Per> p, Per n) {
  if constexpr (requires { n.base(); }) {
    return Money::of(p.amount_per_base * n.base(), p.currency);
  } else {
    return Money::of(p.amount_per_base * static_cast<double>(n), p.currency);
  }
}

/// Exact decimal text of the amount without its currency, shortest form ("1234.5"), for files.
[[nodiscard]] std::string to_decimal(Money m);
/// "1234.50 CNY", for people.
[[nodiscard]] std::string to_string(Money m);

}  // namespace headroom
