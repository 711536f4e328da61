#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/engine/time.hpp"

namespace headroom::engine {

/// A sum of doubles that keeps the rounding errors (A. Neumaier, ZAMM 54 (1974)): a billion small terms lose nothing.
class ExactSum {
 public:
  void add(double x) {
    const double next = sum_ + x;
    rest_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  [[nodiscard]] double value() const { return sum_ + rest_; }

 private:
  double sum_ = 0;
  double rest_ = 0;
};

/// A value that is constant between changes (a queue's length, power drawn), averaged over time.
class TimeWeighted {
 public:
  explicit TimeWeighted(SimTime start = SimTime{0}, double value = 0)
      : start_(start), last_(start), value_(value), lowest_(value), highest_(value) {}

  /// From `at` on the value is `value`. Calls come in order of time; several at one instant count as the last, though
  /// max() and min() have seen them all.
  void set(SimTime at, double value) {
    advance(at);
    value_ = value;
    lowest_ = std::min(lowest_, value);
    highest_ = std::max(highest_, value);
  }
  void add(SimTime at, double change) { set(at, value_ + change); }

  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] double max() const { return highest_; }
  [[nodiscard]] double min() const { return lowest_; }
  /// Value x seconds from the start to `at` (not before the last change).
  [[nodiscard]] double integral(SimTime at) const { return integral_.value() + value_ * to_seconds(at - last_).base(); }
  /// integral / elapsed time; the value itself if no time has passed.
  [[nodiscard]] double mean(SimTime at) const {
    return at == start_ ? value_ : integral(at) / to_seconds(at - start_).base();
  }
  /// Begins a new period at `at` with the present value.
  void restart(SimTime at) { *this = TimeWeighted{at, value_}; }

 private:
  void advance(SimTime at) {
    if (at != last_) integral_.add(value_ * to_seconds(at - last_).base());
    last_ = at;
  }

  SimTime start_;
  SimTime last_;
  double value_;
  double lowest_;
  double highest_;
  ExactSum integral_;
};

/// Count, mean, variance and extremes of single observations (B. P. Welford, Technometrics 4 (1962)).
class Tally {
 public:
  void add(double x) {
    ++count_;
    const double from_mean = x - mean_;
    mean_ += from_mean / static_cast<double>(count_);
    squares_ += from_mean * (x - mean_);
    lowest_ = std::min(lowest_, x);
    highest_ = std::max(highest_, x);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double sum() const { return mean_ * static_cast<double>(count_); }
  /// Unbiased; 0 for fewer than two observations.
  [[nodiscard]] double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }
  /// +-infinity while nothing was added.
  [[nodiscard]] double min() const { return lowest_; }
  [[nodiscard]] double max() const { return highest_; }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double lowest_ = std::numeric_limits<double>::infinity();
  double highest_ = -std::numeric_limits<double>::infinity();
};

}  // namespace headroom::engine
