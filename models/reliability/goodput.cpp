#include "models/reliability/goodput.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::reliability {

Seconds young_daly_interval(Seconds write, Seconds mtbf) {
  if (!(write.base() > 0) || !(mtbf.base() > 0)) throw std::domain_error("checkpoint interval: write time and time between failures must be positive");
  return Seconds{std::max(write.base(), std::sqrt(2 * write.base() * mtbf.base()) - write.base())};
}

double expected_ettr(PerSecond lambda, const Checkpointing& c) {
  if (!(c.interval.base() > 0)) throw std::domain_error("checkpoint interval must be positive");
  const double lost = lambda * (c.restart + 0.5 * c.interval);
  return std::max(0.0, 1 - lost) / (1 + c.write / c.interval);
}

double renewal_ettr(PerSecond lambda, const Checkpointing& c) {
  if (!(c.interval.base() > 0)) throw std::domain_error("checkpoint interval must be positive");
  if (lambda.base() <= 0) return c.interval / (c.interval + c.write);
  const double segment = math::expm1(lambda * (c.interval + c.write));
  const double expected = math::exp(lambda * c.restart) * segment / lambda.base();
  return c.interval.base() / expected;
}

ExpectedFates expected_fates(PerSecond lambda, const Checkpointing& c) {
  const double l = lambda.base();
  if (!(c.interval.base() > 0)) {
    const double useful = l > 0 ? math::exp(-l * c.restart.base()) : 1;
    return {useful, 0, 0, 1 - useful};
  }
  const double segment = (c.interval + c.write).base();
  if (l <= 0) return {c.interval.base() / segment, c.write.base() / segment, 0, 0};
  // Of a segment: time in attempts (e^lT - 1) / l, interruptions e^lT - 1, each followed by restarts until one passes.
  const double interruptions = math::expm1(l * segment), attempts = interruptions / l;
  const double restarts = interruptions * math::expm1(l * c.restart.base()) / l;
  const double all = attempts + restarts;
  return {c.interval.base() / all, c.write.base() / all, (attempts - segment) / all, restarts / all};
}

double slow_share(PerSecond onset, Seconds detection) {
  const double wait = onset * detection;
  return wait / (1 + wait);
}

double straggler_factor(double share, double slowdown, double hosts) {
  const double any = 1 - math::pow(1 - share, hosts);
  return 1 - any * slowdown / (1 + slowdown);
}

}  // namespace headroom::reliability
