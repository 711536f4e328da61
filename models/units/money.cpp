#include "models/units/money.hpp"

#include <fmt/format.h>

#include <cmath>

namespace headroom {

std::optional<Currency> Currency::parse(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  Currency c;
  for (std::size_t i = 0; i < 3; ++i) {
    if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
    c.code_[i] = text[i];
  }
  return c;
}

CurrencyMismatch::CurrencyMismatch(Currency a, Currency b)
    : std::logic_error(fmt::format("{} and {} do not add up without an exchange rate", a.code(), b.code())) {}

Money Money::of(double amount, Currency currency) {
  if (!std::isfinite(amount) || std::fabs(amount) >= 1e30) {
    throw std::domain_error(fmt::format("{} {} is not an amount of money", amount, currency.code()));
  }
  const double micros = amount * static_cast<double>(micros_per_unit);
  // Above 2^53 a double has no fraction left to round, and nearbyint's ties-to-even needs no rounding mode of ours.
  return {static_cast<Int128>(std::nearbyint(micros)), currency};
}

Money& Money::operator+=(Money other) {
  if (currency_ != other.currency_) throw CurrencyMismatch(currency_, other.currency_);
  micros_ += other.micros_;
  return *this;
}

Money& Money::operator-=(Money other) { return *this += -other; }

bool operator<(Money a, Money b) {
  if (a.currency_ != b.currency_) throw CurrencyMismatch(a.currency_, b.currency_);
  return a.micros_ < b.micros_;
}

namespace {
std::string digits(Int128 n) {
  std::string text;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(n % 10)));
    n /= 10;
  } while (n != 0);
  return text;
}
}  // namespace

std::string to_decimal(Money m) {
  const bool negative = m.micros() < 0;
  const Int128 size = negative ? -m.micros() : m.micros();
  std::string text = (negative ? "-" : "") + digits(size / Money::micros_per_unit);
  std::string fraction = digits(size % Money::micros_per_unit);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return fraction.empty() ? text : text + "." + fraction;
}

std::string to_string(Money m) { return fmt::format("{:.2f} {}", m.amount(), m.currency().code()); }

}  // namespace headroom
