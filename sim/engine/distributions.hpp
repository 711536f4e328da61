#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "sim/engine/random.hpp"

namespace headroom::engine {

// Distributions as values. Each draws by its quantile function, so that a draw takes one uniform number and grows with
// it: plans compared under common random numbers stay paired draw by draw (A. M. Law, Simulation Modeling and
// Analysis, 11.2). Numbers are in the caller's base unit. Constructors throw std::invalid_argument for parameters out
// of range.

/// Positive, memoryless: time to the next failure or arrival.
class Exponential {
 public:
  explicit Exponential(double mean);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const { return mean_; }

 private:
  double mean_;
};

class Normal {
 public:
  Normal(double mean, double standard_deviation);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const { return mean_; }

 private:
  double mean_;
  double sd_;
};

class Lognormal {
 public:
  /// exp of a normal with mean `mu` and standard deviation `sigma`.
  Lognormal(double mu, double sigma);
  /// By its own mean and coefficient of variation (standard deviation / mean).
  static Lognormal of_mean(double mean, double variation);
  /// By two quantiles, for estimates written as "80 % between low and high": P10 and P90 by default.
  static Lognormal of_range(double low, double high, double low_probability = 0.1, double high_probability = 0.9);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double mu() const { return mu_; }
  [[nodiscard]] double sigma() const { return sigma_; }

 private:
  double mu_;
  double sigma_;
};

class Uniform {
 public:
  Uniform(double low, double high);
  [[nodiscard]] double quantile(double u) const { return low_ + (high_ - low_) * u; }
  [[nodiscard]] double mean() const { return 0.5 * (low_ + high_); }

 private:
  double low_;
  double high_;
};

class Triangular {
 public:
  Triangular(double low, double mode, double high);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const { return (low_ + mode_ + high_) / 3; }

 private:
  double low_;
  double mode_;
  double high_;
};

class Weibull {
 public:
  /// shape < 1: infant mortality; 1: exponential; > 1: wear.
  Weibull(double scale, double shape);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const;

 private:
  double scale_;
  double shape_;
};

class Gamma {
 public:
  Gamma(double shape, double scale);
  static Gamma of_mean(double mean, double variation);
  /// Relative error below 1e-9 (Newton's method on the incomplete gamma function, bracketed).
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const { return shape_ * scale_; }

 private:
  double shape_;
  double scale_;
};

/// Number of independent events when `mean` are expected. Exact inversion below a mean of 10^4; above it the
/// Cornish-Fisher expansion, which picks a neighbouring count for less than one draw in 10^3.
class Poisson {
 public:
  explicit Poisson(double mean);  ///< 0 is allowed
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const { return mean_; }

 private:
  double mean_;
};

/// Given values with given weights (any positive scale); drawn in ascending order of value.
class Discrete {
 public:
  struct Choice {
    double value;
    double weight;
  };
  explicit Discrete(std::span<const Choice> choices);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const;

 private:
  std::vector<double> values_;
  std::vector<double> cumulative_;
};

/// Each of the observations equally likely: mean and variance are those of the sample.
class Empirical {
 public:
  explicit Empirical(std::vector<double> observations);
  [[nodiscard]] double quantile(double u) const;
  [[nodiscard]] double mean() const;

 private:
  std::vector<double> sorted_;
};

/// Always the same; draws nothing from its neighbours' luck all the same (one uniform a draw).
class Constant {
 public:
  explicit Constant(double value) : value_(value) {}
  [[nodiscard]] double quantile(double) const { return value_; }
  [[nodiscard]] double mean() const { return value_; }

 private:
  double value_;
};

using Distribution = std::variant<Constant, Exponential, Normal, Lognormal, Uniform, Triangular, Weibull, Gamma,
                                  Poisson, Discrete, Empirical>;

[[nodiscard]] double quantile(const Distribution& distribution, double u);
[[nodiscard]] double mean(const Distribution& distribution);

/// The next draw of a stream.
template <class D>
double draw(const D& distribution, Stream& stream) {
  return distribution.quantile(stream.uniform());
}
inline double draw(const Distribution& distribution, Stream& stream) {
  return quantile(distribution, stream.uniform());
}

/// Lower and upper regularised incomplete gamma functions P(a, x) and Q(a, x), a > 0, x >= 0; P + Q = 1.
struct IncompleteGamma {
  double lower;
  double upper;
};
[[nodiscard]] IncompleteGamma incomplete_gamma(double a, double x);

}  // namespace headroom::engine
