#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/catalog/fact.hpp"
#include "models/units/date.hpp"
#include "models/units/money.hpp"
#include "models/units/quantity.hpp"

namespace headroom::scenario {

using catalog::Provenance;
using catalog::Status;

/// Where a value stands in the text, for messages and for `show`.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string pointer;  ///< JSON pointer with ids in place of list positions: "/orders/h200/count"
};

/// A number of the scenario with its range and evidence. Without a provenance object the status is `assumed`.
template <class T>
struct Valued {
  T value{};
  std::optional<T> low, high;
  Provenance from;
  Place place;
};

/// A random quantity, described; drawn by the simulation from a stream named after what is random. `constant` is not random.
struct Distribution {
  enum class Kind { constant, uniform, triangular, normal, lognormal, exponential, weibull, gamma };
  Kind kind = Kind::constant;
  /// constant: value; uniform: low, high; triangular: low, mode, high; normal: mean, sd; lognormal: median, sigma of the log;
  /// exponential: mean; weibull: scale, shape; gamma: mean, shape. In base units of the field.
  double first = 0, second = 0, third = 0;
  [[nodiscard]] double central() const;  ///< mean; the median of a lognormal
};

/// A value over time: points with the rule between them, then growth or a hold after the last one.
/// Before the first point and, unless `after` says otherwise, behind the last one there is no value: asking is an error.
class Series {
 public:
  enum class Between { step, linear, exponential };
  enum class After { none, hold, grow };
  struct Point { Date at; double value; };

  Series() = default;
  /// A constant, for all time.
  explicit Series(double constant) : points_{{Date{}, constant}}, constant_(true), after_(After::hold) {}
  /// Points in strictly rising order of date. `factor_per_year` > 0 is used with After::grow (year = 365.25 days).
  Series(std::vector<Point> points, Between between, After after, double factor_per_year = 1);

  /// Value on a day, in base units. Throws std::out_of_range outside the span of the series.
  [[nodiscard]] double at(Date day) const;
  [[nodiscard]] bool covers(Date day) const;
  [[nodiscard]] bool is_constant() const { return constant_; }
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  /// Every value multiplied.
  [[nodiscard]] Series scaled(double factor) const;

  Provenance from;
  Place place;

 private:
  std::vector<Point> points_;
  bool constant_ = false;
  Between between_ = Between::step;
  After after_ = After::none;
  double factor_per_year_ = 1;
};

/// A series whose base unit is part of its type.
template <class Q>
struct SeriesOf {
  Series series;
  [[nodiscard]] Q at(Date day) const { return Q{series.at(day)}; }
};

/// A price over time: amounts in one currency per base unit of `Per` (per device: Per = double).
template <class Per>
struct PriceSeries {
  Series series;
  Currency currency;
  [[nodiscard]] Price<Per> at(Date day) const { return {series.at(day), currency}; }
};

/// A price that is either a dated series of the plan or a process of the world, named.
template <class Per>
struct MarketPrice {
  PriceSeries<Per> series;
  std::string process;  ///< id of a price process; empty: the series
};

/// Hours of the day, days of the week and festivals as factors on a mean of 1 (the reader divides by the mean).
struct Shape {
  struct Festival { Date from; int days; double factor; std::string id; };
  std::vector<double> hourly;  ///< 24 factors, or empty for flat
  std::vector<double> weekly;  ///< 7 factors from Monday, or empty for flat
  std::vector<Festival> festivals;
  double hour_offset = 0;      ///< hours to add to UTC to get the users' clock
};

}  // namespace headroom::scenario
