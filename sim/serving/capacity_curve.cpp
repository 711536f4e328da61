#include "sim/serving/capacity_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::sim_serving {
namespace {

/// The service of a curve with its mix cut to the part of a request that it does.
struct Subject {
  ServiceSpec service;
  RequestMix mix;
  double replicas = 1;
};

Subject subject_of(const CurveSpec& spec) {
  Subject s;
  PoolSpec pool = spec.pool;
  if (pool.model == nullptr) throw std::invalid_argument("a curve needs a model of passes");
  pool.role = Role::mixed;
  pool.replicas = std::max(1U, std::min(pool.replicas, spec.most_replicas));
  s.replicas = pool.replicas;
  s.service.pools.push_back(pool);
  s.service.routing = spec.routing;
  s.service.power = spec.power;
  s.service.slo = spec.slo;
  s.mix = spec.mix;
  if (spec.part == Part::prefill) {
    s.mix.output = engine::Constant{1};
    s.mix.shortest_output = s.mix.longest_output = 1;
    s.service.slo.tpot = Seconds{0};
  }
  if (spec.part == Part::decode) {
    // It computes no prompts: a sequence that loses its pages to others is copied out and back, not computed again.
    s.service.pools.front().policy.preemption = Preemption::swap;
    s.mix.shortest_output = std::max(2U, s.mix.shortest_output);
    s.service.slo.ttft = Seconds{0};
  }
  return s;
}

ServiceReport offer(const CurveSpec& spec, const Subject& subject, double per_second) {
  RunSpec run;
  const double length = spec.requests_per_point * std::max(1.0, subject.replicas / 4) / per_second;
  run.warm_up = static_cast<Nanos>(0.25 * length * 1e9);
  run.end = static_cast<Nanos>(length * 1e9);
  run.prefilled_elsewhere = spec.part == Part::decode;
  RequestMix mix = subject.mix;
  mix.strata = static_cast<std::uint32_t>(0.75 * length * per_second);
  OpenArrivals source({3'600'000'000'000, {per_second}}, spec.burst, mix, run.end, spec.seed);
  return Simulation(subject.service, run, source).run();
}

/// What one replica serves with an endless queue: many requests at once, the run's beginning and end left out.
struct Saturated {
  double per_second = 0;
  double input = 0, output = 0;  ///< mean tokens of a request
};

Saturated saturate(const CurveSpec& spec, Subject subject) {
  PoolSpec& pool = subject.service.pools.front();
  pool.replicas = 1;
  const double context = engine::mean(subject.mix.input) + subject.mix.shared_prefix + engine::mean(subject.mix.output);
  const double capacity = pool.kv_capacity.value_or(pool.model->kv_capacity()).base();
  // The batch is to be turned over several times.
  const double batch = std::clamp(capacity / std::max(1.0, context), 1.0, static_cast<double>(pool.policy.max_sequences));
  const double count = std::max(1600.0, 8 * batch);
  subject.mix.strata = static_cast<std::uint32_t>(count / 8);
  RunSpec run;
  run.prefilled_elsewhere = spec.part == Part::decode;
  const auto burst = [&] {
    OpenArrivals source({3'600'000'000'000, {1e9}}, 1, subject.mix, static_cast<Nanos>(count), spec.seed);
    return Simulation(subject.service, run, source).run();
  };
  const ServiceReport whole = burst();
  if (whole.completed == 0) throw std::invalid_argument("no request of the mix fits the memory of a replica");
  const double completed = static_cast<double>(whole.completed);
  Saturated s;
  s.input = static_cast<double>(whole.input_tokens) / completed;
  s.output = static_cast<double>(whole.output_tokens) / completed;
  run.warm_up = static_cast<Nanos>(whole.last_end.base() * 0.25 * 1e9);
  run.end = static_cast<Nanos>(whole.last_end.base() * 0.65 * 1e9);
  run.drain = false;
  const ServiceReport middle = burst();
  s.per_second = spec.part == Part::prefill ? middle.requests_per_second : middle.output.base() / s.output;
  if (!(s.per_second > 0)) s.per_second = completed / whole.last_end.base();
  return s;
}

CurvePoint point_of(const ServiceReport& r, const CurveSpec& spec, double load, double offered, double replicas) {
  CurvePoint p;
  p.load = load;
  p.offered = offered;
  p.served = r.requests_per_second / replicas;
  p.input_uncached = r.input_uncached / replicas;
  p.input_cached = r.input_cached / replicas;
  p.output = r.output / replicas;
  p.attainment = r.attainment();
  p.ttft_met = spec.slo.ttft.base() > 0 && spec.part != Part::decode ? r.ttft.share_up_to(spec.slo.ttft.base()) : 1;
  p.tpot_met = spec.slo.tpot.base() > 0 && spec.part != Part::prefill ? r.tpot.share_up_to(spec.slo.tpot.base()) : 1;
  p.ttft = r.ttft;
  p.tpot = r.tpot;
  p.e2e = r.e2e;
  p.kv_use = r.kv_use;
  p.preemptions = r.completed > 0 ? static_cast<double>(r.preemptions) / static_cast<double>(r.completed) : 0;
  p.busy = r.busy;
  p.power = r.power.value_or(Watts{0});
  return p;
}

/// More load never helps a request; what the runs show otherwise is the luck of the draw.
void keep_falling(CapacityCurve& curve) {
  for (std::size_t i = curve.points.size() - 1; i > 0; --i) {
    CurvePoint& before = curve.points[i - 1];
    const CurvePoint& after = curve.points[i];
    before.attainment = std::max(before.attainment, after.attainment);
    before.ttft_met = std::max(before.ttft_met, after.ttft_met);
    before.tpot_met = std::max(before.tpot_met, after.tpot_met);
  }
}

}  // namespace

const std::vector<double>& curve_loads() {
  static const std::vector<double> loads{0.1, 0.3, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5};
  return loads;
}

CapacityCurve capacity_curve(const CurveSpec& spec) {
  const Subject subject = subject_of(spec);
  const Saturated saturated = saturate(spec, subject);
  CapacityCurve curve;
  curve.saturation = saturated.per_second;
  curve.saturation_low = saturated.per_second * spec.low_factor;
  curve.saturation_high = saturated.per_second * spec.high_factor;
  curve.input = saturated.input;
  curve.output = saturated.output;
  curve.kv_bytes_per_request = saturated.input * spec.pool.model->kv_bytes_per_token() + spec.pool.model->kv_bytes_per_sequence();
  curve.replicas = spec.pool.replicas;
  curve.grade = spec.grade;
  for (const double load : curve_loads()) {
    const double offered = load * curve.saturation;
    const ServiceReport r = offer(spec, subject, offered * subject.replicas);
    curve.points.push_back(point_of(r, spec, load, offered, subject.replicas));
    const CurvePoint& p = curve.points.back();
    const double input = p.input_cached.base() + p.input_uncached.base();
    if (load == 0.8 && input > 0) curve.cached_share = p.input_cached.base() / input;
  }
  keep_falling(curve);
  return curve;
}

CapacityCurve at_speed(const CapacityCurve& curve, const Slo& slo, const Speed& speed) {
  if (!(speed.rate > 0) || !(speed.ttft > 0) || !(speed.tpot > 0)) throw std::logic_error("a curve at a speed that is not above 0");
  CapacityCurve out = curve;
  for (double* rate : {&out.saturation, &out.saturation_low, &out.saturation_high}) *rate *= speed.rate;
  for (std::size_t i = 0; i < out.points.size(); ++i) {
    const CurvePoint& from = curve.points[i];
    CurvePoint& p = out.points[i];
    for (double* rate : {&p.offered, &p.served}) *rate *= speed.rate;
    for (TokensPerSecond* rate : {&p.input_uncached, &p.input_cached, &p.output}) *rate *= speed.rate;
    p.ttft = p.tpot = p.e2e = {};
    p.ttft.merge_scaled(from.ttft, 1 / speed.ttft);
    p.tpot.merge_scaled(from.tpot, 1 / speed.tpot);
    p.e2e.merge_scaled(from.e2e, 1 / speed.tpot);
    if (slo.ttft.base() > 0) p.ttft_met = from.ttft.share_up_to(slo.ttft.base() * speed.ttft);
    if (slo.tpot.base() > 0) p.tpot_met = from.tpot.share_up_to(slo.tpot.base() * speed.tpot);
  }
  keep_falling(out);
  for (std::size_t i = 0; i < out.points.size(); ++i) {
    const CurvePoint& from = curve.points[i];
    CurvePoint& p = out.points[i];
    // Both targets are met more or less often than by chance; that ratio is kept as far as shares allow.
    const double by_chance = from.ttft_met * from.tpot_met;
    const double together = p.ttft_met * p.tpot_met * (by_chance > 0 ? from.attainment / by_chance : 1);
    p.attainment = std::clamp(together, std::max(0.0, p.ttft_met + p.tpot_met - 1), std::min(p.ttft_met, p.tpot_met));
  }
  keep_falling(out);
  return out;
}

CapacityCurve::Between CapacityCurve::at(double load) const {
  if (load <= points.front().load) return {&points.front(), &points.front(), 0};
  if (load >= points.back().load) return {&points.back(), &points.back(), 0};
  std::size_t i = 1;
  while (points[i].load < load) ++i;
  return {&points[i - 1], &points[i], (load - points[i - 1].load) / (points[i].load - points[i - 1].load)};
}

double CapacityCurve::attainment(double load) const {
  const Between b = at(load);
  return b.low->attainment + b.weight * (b.high->attainment - b.low->attainment);
}

double CapacityCurve::usable_load(double target) const {
  if (points.front().attainment < target) return 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double a = points[i - 1].attainment, b = points[i].attainment;
    if (b >= target) continue;
    // A service that keeps up with its load is not usable beyond the knee, whatever a run of finite length still shows.
    return std::min(1.0, points[i - 1].load + (points[i].load - points[i - 1].load) * (a - target) / (a - b));
  }
  return 1;
}

std::string CapacityCurve::verdict(double per_second) const {
  const double load = per_second / saturation;
  const double low = per_second / saturation_high, high = per_second / saturation_low;
  const char* word = high < 0.95 ? "stable" : low > 1 ? "saturated" : "near the knee";
  return fmt::format("{}: {:.3g} requests/s is {:.2f} of the knee at {:.3g} (80 % band {:.3g} to {:.3g})", word, per_second, load, saturation,
                     saturation_low, saturation_high);
}

}  // namespace headroom::sim_serving
