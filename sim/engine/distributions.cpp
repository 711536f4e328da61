#include "sim/engine/distributions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::engine {
namespace {

void require(bool holds, std::string_view expected, double value) {
  if (!holds || !std::isfinite(value)) throw std::invalid_argument(fmt::format("{} expected, not {}", expected, value));
}

/// -log(1 - u); 1 - u is exact.
double exponential_quantile(double u) { return -math::log(1 - u); }

/// x^a e^-x / Gamma(a + 1), the common factor of series and fraction. For large a the exponent is written as a small
/// difference, or its rounding would be multiplied by a.
double gamma_density_factor(double a, double x) {
  if (a < 50) return math::exp(a * math::log(x) - x - math::log_gamma(a + 1));
  const double excess = (x - a) / a;
  const double stirling = 1 / (12 * a) - 1 / (360 * a * a * a) + 1 / (1260 * a * a * a * a * a);
  const double exponent = a * (math::log1p(excess) - excess) - stirling;
  constexpr double root_two_pi = 2.5066282746310002;
  return math::exp(exponent) / (root_two_pi * std::sqrt(a));
}

double poisson_large(double mean, double u) {
  const double z = math::normal_quantile(u);
  const double root = std::sqrt(mean);
  // Cornish and Fisher's expansion (M. G. Kendall, A. Stuart, The Advanced Theory of Statistics, 6.25) of the count
  // smeared evenly over its unit interval: cumulants all equal to the mean, but 1/12 more variance.
  const double x = mean + root * z + (z * z - 1) / 6 - (z * z * z - 4 * z) / (72 * root);
  return std::max(0.0, std::floor(x + 0.5));
}

/// Least k with P(X <= k) >= u, counted up from nothing.
double poisson_small(double mean, double u) {
  double mass = math::exp(-mean);
  double sum = mass;
  double k = 0;
  while (sum < u) {
    k += 1;
    mass *= mean / k;
    if (sum + mass == sum && k > mean) break;  // u above all that doubles can sum to
    sum += mass;
  }
  return k;
}

/// The same from a guess next to the answer; P(X <= k) = Q(k + 1, mean).
double poisson_medium(double mean, double u) {
  const auto reached = [&](double k) { return k >= 0 && incomplete_gamma(k + 1, mean).lower <= 1 - u; };
  double k = poisson_large(mean, u);
  if (reached(k)) {
    while (reached(k - 1)) k -= 1;
  } else {
    do k += 1;
    while (!reached(k));
  }
  return k;
}

}  // namespace

Exponential::Exponential(double mean) : mean_(mean) { require(mean > 0, "a mean above 0", mean); }
double Exponential::quantile(double u) const { return mean_ * exponential_quantile(u); }

Normal::Normal(double mean, double standard_deviation) : mean_(mean), sd_(standard_deviation) {
  require(true, "a finite mean", mean);
  require(sd_ >= 0, "a standard deviation of at least 0", sd_);
}
double Normal::quantile(double u) const { return mean_ + sd_ * math::normal_quantile(u); }

Lognormal::Lognormal(double mu, double sigma) : mu_(mu), sigma_(sigma) {
  require(true, "a finite mu", mu);
  require(sigma >= 0, "a sigma of at least 0", sigma);
}
Lognormal Lognormal::of_mean(double mean, double variation) {
  require(mean > 0, "a mean above 0", mean);
  require(variation >= 0, "a coefficient of variation of at least 0", variation);
  const double variance = math::log1p(variation * variation);
  return {math::log(mean) - 0.5 * variance, std::sqrt(variance)};
}
Lognormal Lognormal::of_range(double low, double high, double low_probability, double high_probability) {
  require(low > 0, "a low end above 0", low);
  require(high >= low, "a high end of at least the low end", high);
  require(low_probability > 0 && low_probability < high_probability && high_probability < 1,
          "probabilities with 0 < low < high < 1", low_probability);
  const double z_low = math::normal_quantile(low_probability);
  const double z_high = math::normal_quantile(high_probability);
  const double sigma = (math::log(high) - math::log(low)) / (z_high - z_low);
  return {math::log(low) - sigma * z_low, sigma};
}
double Lognormal::quantile(double u) const { return math::exp(mu_ + sigma_ * math::normal_quantile(u)); }
double Lognormal::mean() const { return math::exp(mu_ + 0.5 * sigma_ * sigma_); }

Uniform::Uniform(double low, double high) : low_(low), high_(high) {
  require(std::isfinite(low), "a finite low end", low);
  require(high >= low, "a high end of at least the low end", high);
}

Triangular::Triangular(double low, double mode, double high) : low_(low), mode_(mode), high_(high) {
  require(std::isfinite(low), "a finite low end", low);
  require(mode >= low, "a mode of at least the low end", mode);
  require(high >= mode, "a high end of at least the mode", high);
}
double Triangular::quantile(double u) const {
  const double width = high_ - low_;
  if (width == 0) return mode_;
  const double left = (mode_ - low_) / width;
  if (u < left) return low_ + std::sqrt(u * width * (mode_ - low_));
  return high_ - std::sqrt((1 - u) * width * (high_ - mode_));
}

Weibull::Weibull(double scale, double shape) : scale_(scale), shape_(shape) {
  require(scale > 0, "a scale above 0", scale);
  require(shape > 0, "a shape above 0", shape);
}
double Weibull::quantile(double u) const { return scale_ * math::pow(exponential_quantile(u), 1 / shape_); }
double Weibull::mean() const { return scale_ * math::exp(math::log_gamma(1 + 1 / shape_)); }

Gamma::Gamma(double shape, double scale) : shape_(shape), scale_(scale) {
  require(shape > 0, "a shape above 0", shape);
  require(scale > 0, "a scale above 0", scale);
}
Gamma Gamma::of_mean(double mean, double variation) {
  require(mean > 0, "a mean above 0", mean);
  require(variation > 0, "a coefficient of variation above 0", variation);
  const double squared = variation * variation;
  return {1 / squared, mean * squared};
}

double Gamma::quantile(double u) const {
  const double a = shape_;
  // P(a, x) < x^a / Gamma(a + 1), so this is a lower end, and it is the answer where x is tiny.
  double low = math::exp((math::log(u) + math::log_gamma(a + 1)) / a);
  if (low < 1e-12) return scale_ * low;
  double high = std::numeric_limits<double>::infinity();
  // Wilson and Hilferty, PNAS 17 (1931): the cube root of a gamma variable is nearly normal.
  const double cube = 1 - 1 / (9 * a) + math::normal_quantile(u) / (3 * std::sqrt(a));
  double x = std::max(low, a * cube * cube * cube);
  for (int i = 0; i < 200; ++i) {
    const IncompleteGamma at = incomplete_gamma(a, x);
    const double above = u <= 0.5 ? at.lower - u : (1 - u) - at.upper;
    if (above > 0) {
      high = x;
    } else {
      low = x;
    }
    const double density = gamma_density_factor(a, x) * a / x;
    double next = x - above / density;
    if (!(next > low && next < high))
      next = high < std::numeric_limits<double>::infinity() ? 0.5 * (low + high) : 2 * x;
    if (std::fabs(next - x) <= 1e-11 * x) return scale_ * next;
    x = next;
  }
  return scale_ * x;
}

Poisson::Poisson(double mean) : mean_(mean) { require(mean >= 0, "a mean of at least 0", mean); }
double Poisson::quantile(double u) const {
  if (mean_ < 30) return poisson_small(mean_, u);
  return mean_ < 1e4 ? poisson_medium(mean_, u) : poisson_large(mean_, u);
}

Discrete::Discrete(std::span<const Choice> choices) {
  std::vector<Choice> sorted(choices.begin(), choices.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Choice& a, const Choice& b) { return a.value < b.value; });
  double total = 0;
  for (const Choice& choice : sorted) {
    require(choice.weight >= 0, "a weight of at least 0", choice.weight);
    require(std::isfinite(choice.value), "a finite value", choice.value);
    if (choice.weight == 0) continue;
    total += choice.weight;
    values_.push_back(choice.value);
    cumulative_.push_back(total);
  }
  require(total > 0, "a sum of weights above 0", total);
  for (double& sum : cumulative_) sum /= total;
}
double Discrete::quantile(double u) const {
  const auto at = std::lower_bound(cumulative_.begin(), cumulative_.end() - 1, u);
  return values_[static_cast<std::size_t>(at - cumulative_.begin())];
}
double Discrete::mean() const {
  double sum = 0;
  for (std::size_t i = 0; i < values_.size(); ++i)
    sum += values_[i] * (cumulative_[i] - (i == 0 ? 0 : cumulative_[i - 1]));
  return sum;
}

Empirical::Empirical(std::vector<double> observations) : sorted_(std::move(observations)) {
  require(!sorted_.empty(), "at least one observation", 0);
  for (const double x : sorted_) require(std::isfinite(x), "a finite observation", x);
  std::sort(sorted_.begin(), sorted_.end());
}
double Empirical::quantile(double u) const {
  const auto n = sorted_.size();
  const auto index = static_cast<std::size_t>(u * static_cast<double>(n));
  return sorted_[std::min(index, n - 1)];
}
double Empirical::mean() const {
  double sum = 0;
  for (const double x : sorted_) sum += x;
  return sum / static_cast<double>(sorted_.size());
}

double quantile(const Distribution& distribution, double u) {
  return std::visit([u](const auto& d) { return d.quantile(u); }, distribution);
}
double mean(const Distribution& distribution) {
  return std::visit([](const auto& d) { return d.mean(); }, distribution);
}

IncompleteGamma incomplete_gamma(double a, double x) {
  if (x == 0) return {0, 1};
  const double factor = gamma_density_factor(a, x);
  if (x < a + 1) {  // series, Abramowitz and Stegun 6.5.29
    double term = 1;
    double sum = 1;
    for (double n = a + 1; term > 1e-17 * sum; n += 1) {
      term *= x / n;
      sum += term;
    }
    const double lower = std::min(1.0, factor * sum);
    return {lower, 1 - lower};
  }
  // Continued fraction 6.5.31 in its even form, by the method of Lentz.
  constexpr double tiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / tiny;
  double d = 1 / b;
  double h = d;
  for (double n = 1; n < 100000; n += 1) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (std::fabs(d) < tiny) d = tiny;
    c = b + an / c;
    if (std::fabs(c) < tiny) c = tiny;
    d = 1 / d;
    h *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  const double upper = std::min(1.0, factor * a * h);
  return {1 - upper, upper};
}

}  // namespace headroom::engine
