#include "sim/finance/fx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace headroom::finance {

namespace {

constexpr Int128 femto = 1'000'000'000'000'000;

/// n / d to the nearest integer, ties to even; d > 0.
Int128 divide_to_even(Int128 n, Int128 d) {
  Int128 quotient = n / d;
  Int128 rest = n % d;
  if (rest < 0) {
    rest += d;
    quotient -= 1;
  }
  const Int128 twice = 2 * rest;
  if (twice > d || (twice == d && quotient % 2 != 0)) quotient += 1;
  return quotient;
}

}  // namespace

UnknownCurrency::UnknownCurrency(Currency currency, Currency base)
    : InputError(fmt::format("no exchange rate from {} to {}; give one under fx", currency.code(), base.code())) {}

Money convert(Money amount, double rate, Currency to) {
  if (!std::isfinite(rate) || rate <= 0 || rate >= 1e9) {
    throw std::domain_error(fmt::format("{} is not an exchange rate from {} to {}", rate, amount.currency().code(), to.code()));
  }
  if (rate == 1) return {amount.micros(), to};
  const auto scaled = static_cast<Int128>(std::nearbyint(rate * 1e15));
  Int128 product = 0;
  if (__builtin_mul_overflow(amount.micros(), scaled, &product)) {
    throw std::domain_error(fmt::format("{} at {} is too large", to_string(amount), rate));
  }
  return {divide_to_even(product, femto), to};
}

Money times(Money amount, std::int64_t n) { return {amount.micros() * n, amount.currency()}; }

Money part_of(Money amount, std::int64_t n, std::int64_t total) { return {amount.micros() * n / total, amount.currency()}; }

double FxSeries::at(Date day) const {
  if (points.empty()) throw std::logic_error("an exchange-rate series without points");
  const auto after = std::upper_bound(points.begin(), points.end(), day, [](Date d, const Point& p) { return d < p.at; });
  if (after == points.begin()) return points.front().rate;
  const auto& before = *(after - 1);
  if (between == Between::step || after == points.end()) return before.rate;
  const double share = static_cast<double>((day - before.at).count()) / static_cast<double>((after->at - before.at).count());
  return before.rate + (after->rate - before.rate) * share;
}

void Fx::set(Currency currency, std::function<double(Date)> rate) { rates_[currency] = std::move(rate); }

void Fx::set(Currency currency, FxSeries series) {
  if (series.points.empty()) throw std::invalid_argument(fmt::format("fx {}: no points", currency.code()));
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const auto& p = series.points[i];
    if (!std::isfinite(p.rate) || p.rate <= 0) {
      throw std::invalid_argument(fmt::format("fx {}: rate {} on {} is not above 0", currency.code(), p.rate, to_string(p.at)));
    }
    if (i > 0 && !(series.points[i - 1].at < p.at)) {
      throw std::invalid_argument(fmt::format("fx {}: {} does not come after {}", currency.code(), to_string(p.at),
                                              to_string(series.points[i - 1].at)));
    }
  }
  set(currency, [series = std::move(series)](Date day) { return series.at(day); });
}

void Fx::set_plan_rate(Currency currency, int budget_year, double rate) { plan_rates_[{currency, budget_year}] = rate; }

double Fx::rate(Currency currency, Date day) const {
  if (currency == base_) return 1;
  const auto found = rates_.find(currency);
  if (found == rates_.end()) throw UnknownCurrency(currency, base_);
  const double rate = found->second(day);
  if (!std::isfinite(rate) || rate <= 0) {
    throw std::domain_error(fmt::format("fx {}: rate {} on {} is not above 0", currency.code(), rate, to_string(day)));
  }
  return rate;
}

double Fx::plan_rate(Currency currency, int budget_year, Date first_day) const {
  if (currency == base_) return 1;
  const auto found = plan_rates_.find({currency, budget_year});
  return found == plan_rates_.end() ? rate(currency, first_day) : found->second;
}

double Fx::cross(Currency from, Currency to, Date day) const {
  if (from == to) return 1;
  const double from_rate = rate(from, day);
  const double to_rate = rate(to, day);
  return from_rate / to_rate;
}

}  // namespace headroom::finance
