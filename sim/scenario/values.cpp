#include "sim/scenario/values.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "models/units/math.hpp"

namespace headroom::scenario {

double Distribution::central() const {
  switch (kind) {
    case Kind::constant: return first;
    case Kind::uniform: return first + (second - first) / 2;
    case Kind::triangular: return (first + second + third) / 3;
    case Kind::normal:
    case Kind::lognormal:
    case Kind::exponential:
    case Kind::gamma: return first;
    case Kind::weibull: return first * math::exp(math::log_gamma(1 + 1 / second));  // Gamma(1 + 1/shape) x scale
  }
  return first;
}

Series::Series(std::vector<Point> points, Between between, After after, double factor_per_year)
    : points_(std::move(points)), between_(between), after_(after), factor_per_year_(factor_per_year) {
  if (points_.empty()) throw std::invalid_argument("a series needs a point");
  for (std::size_t i = 1; i < points_.size(); ++i) {
    if (!(points_[i - 1].at < points_[i].at)) throw std::invalid_argument("the points of a series must rise in date");
  }
  if (after_ == After::grow && !(factor_per_year_ > 0)) throw std::invalid_argument("a growth factor must be positive");
}

bool Series::covers(Date day) const {
  if (constant_) return true;
  if (points_.empty() || day < points_.front().at) return false;
  return after_ != After::none || day <= points_.back().at;
}

double Series::at(Date day) const {
  if (constant_) return points_.front().value;
  if (!covers(day)) {
    throw std::out_of_range(points_.empty() ? "a series without points was asked for a value"
                                            : fmt::format("a series from {} to {} was asked for {}",
                                                          to_string(points_.front().at), to_string(points_.back().at),
                                                          to_string(day)));
  }
  const auto next = std::upper_bound(points_.begin(), points_.end(), day, [](Date d, const Point& p) { return d < p.at; });
  const Point& a = *(next - 1);
  const auto days_since = static_cast<double>((day - a.at).count());
  if (next == points_.end()) {
    if (after_ != After::grow || days_since == 0) return a.value;
    return a.value * math::pow(factor_per_year_, days_since / 365.25);
  }
  if (between_ == Between::step || days_since == 0) return a.value;
  const double share = days_since / static_cast<double>((next->at - a.at).count());
  if (between_ == Between::exponential) return a.value * math::pow(next->value / a.value, share);
  return a.value + (next->value - a.value) * share;
}

Series Series::scaled(double factor) const {
  Series out = *this;
  for (Point& p : out.points_) p.value *= factor;
  return out;
}

}  // namespace headroom::scenario
