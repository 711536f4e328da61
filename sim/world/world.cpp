#include "sim/world/world.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/engine/random.hpp"

namespace headroom::world {

using scenario::Distribution;
using scenario::Process;

namespace {

constexpr double days_per_year = 365.25;
constexpr double knot_days = 30;

/// Share of a reverting process that is left after the time between two knots.
double kept(double reversion_per_year) { return math::exp(-reversion_per_year * knot_days / days_per_year); }

/// Inverse distribution function, so that one uniform number gives an early or a late world, whatever the shape.
double quantile(const Distribution& d, double u) {
  switch (d.kind) {
    case Distribution::Kind::constant: return d.first;
    case Distribution::Kind::uniform: return d.first + u * (d.second - d.first);
    case Distribution::Kind::triangular: {
      const double low = d.first, mode = d.second, high = d.third, cut = (mode - low) / (high - low);
      return u < cut ? low + std::sqrt(u * (high - low) * (mode - low)) : high - std::sqrt((1 - u) * (high - low) * (high - mode));
    }
    case Distribution::Kind::normal: return d.first + d.second * math::normal_quantile(u);
    case Distribution::Kind::lognormal: return d.first * math::exp(d.second * math::normal_quantile(u));
    case Distribution::Kind::exponential: return -d.first * math::log1p(-u);
    case Distribution::Kind::weibull: return d.first * math::pow(-math::log1p(-u), 1 / d.second);
    case Distribution::Kind::gamma: break;
  }
  throw std::logic_error("no quantile of this distribution");
}

double uniform(std::uint64_t seed, int replication, std::string_view name, std::uint64_t index) {
  return engine::Stream(seed, static_cast<std::uint64_t>(replication), name).uniform_at(index);
}

std::uint64_t day_number(Date day) { return static_cast<std::uint64_t>(day.time_since_epoch().count() + 1'000'000); }

}  // namespace

World::World(const scenario::Scenario& scenario, std::optional<int> replication) : scenario_(&scenario), replication_(replication) {
  for (const Process& p : scenario.processes) {
    if (p.kind != Process::Kind::gate) continue;
    Gate gate{&p, std::nullopt};
    if (p.opens_after_days) {
      const double days = replication_ ? quantile(*p.opens_after_days, uniform(scenario.seed, *replication_, "gate:" + p.id, 0))
                                       : p.opens_after_days->central();
      gate.opens = (p.steps.empty() ? scenario.horizon.begin : p.steps.back().from) + std::chrono::days{static_cast<int>(days + 0.5)};
    }
    gates_.push_back(gate);
  }
}

bool World::open(const Gate& gate, Date day) const {
  if (gate.opens && day >= *gate.opens) return true;
  bool state = false;
  for (const auto& step : gate.process->steps) {
    if (step.from <= day) state = step.open;
  }
  return state;
}

bool World::gate_open(std::string_view lane, Process::Regime regime, Date day) const {
  return std::all_of(gates_.begin(), gates_.end(), [&](const Gate& g) {
    return g.process->lane != lane || g.process->regime != regime || open(g, day);
  });
}

std::optional<Date> World::gate_opens(std::string_view lane, Process::Regime regime, Date day) const {
  if (gate_open(lane, regime, day)) return day;
  // A gate changes on its dated steps or on its drawn day, so only those need a look.
  std::vector<Date> changes;
  for (const Gate& g : gates_) {
    if (g.process->lane != lane || g.process->regime != regime) continue;
    for (const auto& step : g.process->steps) changes.push_back(step.from);
    if (g.opens) changes.push_back(*g.opens);
  }
  std::sort(changes.begin(), changes.end());
  for (const Date change : changes) {
    if (change > day && change < scenario_->horizon.end && gate_open(lane, regime, change)) return change;
  }
  return std::nullopt;
}

int World::stage_days(const scenario::Order& order, std::string_view stage, const Distribution& days, Date planned) const {
  double n = days.central();
  if (replication_ && days.kind != Distribution::Kind::constant) {
    const std::string what = order.lane.empty() ? order.chip : order.lane;
    n = quantile(days, uniform(scenario_->seed, *replication_, "stage:" + std::string{stage} + ":" + what, day_number(planned)));
  }
  return std::max(0, static_cast<int>(n + 0.5));
}

CalendarSpan World::delay(const scenario::Order& order, Date planned) const {
  CalendarSpan sum;
  for (const Process& p : scenario_->processes) {
    if (p.kind != Process::Kind::delay || planned < p.from) continue;
    if (p.target != order.id && p.target != order.supplier && p.target != order.chip) continue;
    sum.months += p.delay.months;
    sum.days += p.delay.days;
  }
  return sum;
}

World::Point World::path(std::string_view name, double keep, double fresh, Date day) const {
  const double since = static_cast<double>((day - scenario_->horizon.begin).count()) / knot_days;
  if (since < 0) return {};
  const auto last = static_cast<std::uint64_t>(since) + 1;
  const engine::Stream stream(scenario_->seed, static_cast<std::uint64_t>(*replication_), name);
  Point before, now;
  for (std::uint64_t knot = 1; knot <= last; ++knot) {
    before = now;
    now.value = keep * now.value + fresh * math::normal_quantile(stream.uniform_at(knot));
    now.variance = keep * keep * now.variance + fresh * fresh;
  }
  const double w = since - static_cast<double>(last - 1);
  // The covariance of two knots is `keep` times the variance of the first.
  return {before.value + (now.value - before.value) * w,
          (1 - w) * (1 - w) * before.variance + w * w * now.variance + 2 * w * (1 - w) * keep * before.variance};
}

double World::demand_factor(std::string_view workload, Date day) const {
  if (!replication_) return 1;
  double factor = 1;
  for (const Process& p : scenario_->processes) {
    if (p.kind == Process::Kind::demand_error && p.target == workload) {
      const double keep = kept(p.reversion_per_year);
      factor *= math::exp(p.sd * path("demand:" + p.id, keep, std::sqrt(1 - keep * keep), day).value);
    }
  }
  return factor;
}

double World::rate_factor(std::string_view workload, std::string_view chip) const {
  if (!replication_) return 1;
  double log_factor = 0;
  for (const Process& p : scenario_->processes) {
    if (p.kind != Process::Kind::model_error || (!p.target.empty() && p.target != chip && p.target != workload)) continue;
    // An error without a target is common to all; one with a target belongs to that chip or workload.
    log_factor += p.sd * math::normal_quantile(uniform(scenario_->seed, *replication_, "model:" + p.id, 0));
  }
  return math::exp(log_factor);
}

const Process& World::price_process(std::string_view id) const {
  for (const Process& p : scenario_->processes) {
    if (p.kind == Process::Kind::price && p.id == id) return p;
  }
  throw std::logic_error("price process \"" + std::string{id} + "\" passed the reader but does not exist");
}

double World::price_factor(const Process& p, Date day) const {
  if (!replication_ || p.volatility == 0) return 1;
  // Ornstein-Uhlenbeck, exact from knot to knot; without reversion a random walk.
  const double keep = kept(p.reversion_per_year);
  const double spread = p.reversion_per_year > 0 ? (1 - keep * keep) / (2 * p.reversion_per_year) : knot_days / days_per_year;
  const Point at = path("price:" + p.id, keep, p.volatility * std::sqrt(spread), day);
  return math::exp(at.value - at.variance / 2);  // a lognormal's mean is above its median by half the variance
}

}  // namespace headroom::world
