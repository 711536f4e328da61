#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/units/date.hpp"
#include "models/units/error.hpp"
#include "models/units/money.hpp"

namespace headroom::finance {

/// A currency without an exchange rate.
struct UnknownCurrency : InputError {
  UnknownCurrency(Currency currency, Currency base);
};

/// `amount` in another currency at `rate` (units of `to` for one unit of the amount's currency), to the nearest millionth, ties
/// to even. The rate counts with fifteen decimals and the product is exact. Throws std::domain_error unless the rate is
/// finite and above 0 and the product fits.
[[nodiscard]] Money convert(Money amount, double rate, Currency to);
/// `amount` times a whole number, exactly.
[[nodiscard]] Money times(Money amount, std::int64_t n);
/// The part `n` of `total` equal units of an amount, rounded towards zero to the millionth. Requires 0 <= n <= total, total > 0.
[[nodiscard]] Money part_of(Money amount, std::int64_t n, std::int64_t total);

/// Dated points of a rate, in rising order; before the first and after the last the nearest holds.
struct FxSeries {
  enum class Between { step, linear };
  struct Point { Date at; double rate; };
  std::vector<Point> points;
  Between between = Between::step;
  [[nodiscard]] double at(Date day) const;
};

/// Exchange rates of every currency of a scenario against its base currency.
class Fx {
 public:
  explicit Fx(Currency base) : base_(base) {}
  [[nodiscard]] Currency base() const { return base_; }

  /// Units of the base currency for one of `currency`, as a function of the day. The base itself is always 1.
  void set(Currency currency, std::function<double(Date)> rate);
  /// Throws std::invalid_argument unless the points rise in date and every rate is finite and above 0.
  void set(Currency currency, FxSeries series);
  /// The rate that plans of the budget year used. Without one, the rate on the first day of the year.
  void set_plan_rate(Currency currency, int budget_year, double rate);

  /// Throws UnknownCurrency; std::domain_error if the source gives a rate that is not finite and above 0.
  [[nodiscard]] double rate(Currency currency, Date day) const;
  [[nodiscard]] double plan_rate(Currency currency, int budget_year, Date first_day) const;
  /// Rate from one currency to another, through the base.
  [[nodiscard]] double cross(Currency from, Currency to, Date day) const;

  [[nodiscard]] Money to_base(Money amount, Date day) const { return convert(amount, rate(amount.currency(), day), base_); }
  [[nodiscard]] Money exchange(Money amount, Currency to, Date day) const {
    return amount.currency() == to ? amount : convert(amount, cross(amount.currency(), to, day), to);
  }

 private:
  Currency base_;
  std::map<Currency, std::function<double(Date)>> rates_;
  std::map<std::pair<Currency, int>, double> plan_rates_;
};

}  // namespace headroom::finance
