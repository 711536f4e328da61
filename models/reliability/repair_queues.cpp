#include "models/reliability/repair_queues.hpp"

#include <algorithm>
#include <vector>

#include "models/units/math.hpp"

namespace headroom::reliability {

namespace {

double poisson_pmf(double mean, std::int64_t k) {
  if (mean == 0) return k == 0 ? 1 : 0;
  const double n = static_cast<double>(k);
  return math::exp(n * math::log(mean) - mean - math::log_gamma(n + 1));
}

}  // namespace

double poisson_cdf(double mean, std::int64_t k) {
  double sum = 0;
  for (std::int64_t i = 0; i <= k; ++i) sum += poisson_pmf(mean, i);
  return std::min(1.0, sum);
}

double expected_backorders(double mean, std::int64_t spares) {
  // E[max(X - s, 0)] = E[X] - s + sum over k <= s of (s - k) p(k): a finite sum.
  double missing = 0;
  for (std::int64_t k = 0; k < spares; ++k) missing += static_cast<double>(spares - k) * poisson_pmf(mean, k);
  return std::max(0.0, mean - static_cast<double>(spares) + missing);
}

std::int64_t spares_for(double mean, double probability) {
  double sum = 0;
  std::int64_t k = 0;
  const auto bound = static_cast<std::int64_t>(10 * mean) + 1000;
  for (; k < bound; ++k) {
    sum += poisson_pmf(mean, k);
    if (sum >= probability) break;
  }
  return k;
}

double at_least(std::int32_t k, std::int32_t n, double p) {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  const double log_p = math::log(p);
  const double log_q = math::log1p(-p);
  const double log_n = math::log_gamma(n + 1.0);
  double sum = 0;
  for (std::int32_t i = k; i <= n; ++i) {
    sum += math::exp(log_n - math::log_gamma(i + 1.0) - math::log_gamma(n - i + 1.0) + i * log_p + (n - i) * log_q);
  }
  return std::min(1.0, sum);
}

double expected_stranded(std::int32_t k, std::int32_t n, double p) {
  if (p <= 0 || p >= 1 || k <= 1) return 0;
  const double log_p = math::log(p), log_q = math::log1p(-p), log_n = math::log_gamma(n + 1.0);
  double sum = 0;
  for (std::int32_t i = 1; i < std::min(k, n + 1); ++i) {
    sum += i * math::exp(log_n - math::log_gamma(i + 1.0) - math::log_gamma(n - i + 1.0) + i * log_p + (n - i) * log_q);
  }
  return sum;
}

Interference machine_interference(std::int32_t n, std::int32_t crew, PerSecond failure, PerSecond repair) {
  // p(k + 1) / p(k) = (n - k) * failure / (min(k + 1, crew) * repair), k machines down; scaled by the largest against overflow.
  std::vector<double> p(static_cast<std::size_t>(n) + 1, 0);
  double log_p = 0;
  double log_max = 0;
  std::vector<double> logs(p.size(), 0);
  for (std::int32_t k = 0; k < n; ++k) {
    log_p += math::log((n - k) * failure.base() / (std::min(k + 1, crew) * repair.base()));
    logs[static_cast<std::size_t>(k) + 1] = log_p;
    log_max = std::max(log_max, log_p);
  }
  double total = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    p[k] = math::exp(logs[k] - log_max);
    total += p[k];
  }
  Interference result;
  for (std::size_t k = 0; k < p.size(); ++k) {
    result.down += static_cast<double>(k) * p[k] / total;
    result.mending += static_cast<double>(std::min<std::size_t>(k, static_cast<std::size_t>(crew))) * p[k] / total;
  }
  result.all_up = p[0] / total;
  return result;
}

}  // namespace headroom::reliability
