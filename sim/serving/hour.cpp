#include "sim/serving/hour.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "models/units/math.hpp"
#include "sim/engine/random.hpp"

namespace headroom::sim_serving {
namespace {

constexpr std::size_t minutes_per_hour = 60;
/// A wait is looked at this often within a minute.
constexpr int parts = 4;

void normalise(std::vector<std::vector<double>>& paths) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& path : paths) {
    for (const double f : path) sum += f;
    count += path.size();
  }
  for (auto& path : paths) {
    for (double& f : path) f *= static_cast<double>(count) / sum;
  }
}

/// What a curve says of requests behind a backlog: a saturated replica's speed, a busy one's first token.
struct Behind {
  const CurvePoint& busy;
  const CurvePoint& saturated;
};

Behind behind(const CapacityCurve& curve) { return {*curve.at(0.85).high, *curve.at(1.1).high}; }

/// Shares of one path are added up in a result that has place for them.
class Path {
 public:
  std::size_t backlogged = 0;   ///< minutes
  std::vector<double> time_s;   ///< by the point of the curve that stands for it

  Path(const CapacityCurve& curve, const Slo& slo, double replicas, Seconds patience, HourResult& out)
      : time_s(curve.points.size()), curve_(curve), slo_(slo), capacity_(curve.saturation * replicas),
        longest_(capacity_ > 0 ? capacity_ * patience.base() : HUGE_VAL), out_(out) {}

  double run(const std::vector<double>& factors, double per_second, double queue) {
    for (const double factor : factors) queue = minute(factor * per_second, queue);
    return queue;
  }

 private:
  double minute(double rate, double queue) {
    const double arrived = rate * 60;
    const double load = capacity_ > 0 ? rate / capacity_ : HUGE_VAL;
    const double unlimited = std::max(0.0, queue + arrived - capacity_ * 60);
    const double end = std::min(unlimited, longest_);
    if (queue <= 0 && load <= 1) {
      const auto between = curve_.at(load);
      take(between, 1, arrived, curve_.attainment(load));
      return 0;
    }
    ++backlogged;
    out_.gave_up += unlimited - end;
    const double turned_away = std::min(arrived, unlimited - end);
    out_.arrived += turned_away;
    const double stayed = arrived - turned_away;
    const Behind b = behind(curve_);
    // The queue moves in a straight line and stays empty once it is.
    for (int part = 0; part < parts; ++part) {
      const double share = (part + 0.5) / parts;
      const double length = std::min(longest_, std::max(0.0, queue + (arrived - capacity_ * 60) * share));
      if (length <= 0) {
        take(curve_.at(load), 1.0 / parts, stayed / parts, curve_.attainment(load));
        continue;
      }
      const double wait = capacity_ > 0 ? length / capacity_ : HUGE_VAL;
      double met = b.saturated.tpot_met;
      if (slo_.ttft.base() > 0) met *= wait < slo_.ttft.base() ? b.busy.ttft.share_up_to(slo_.ttft.base() - wait) : 0;
      take({&b.saturated, &b.saturated, 0}, 1.0 / parts, stayed / parts, met);
      if (std::isfinite(wait)) {
        out_.waits.push_back({wait, stayed / parts});
        out_.longest_wait_s = std::max(out_.longest_wait_s, wait);
      }
    }
    return end;
  }

  void take(const CapacityCurve::Between& between, double minutes, double requests, double met) {
    const auto low = static_cast<std::size_t>(between.low - curve_.points.data());
    const auto high = static_cast<std::size_t>(between.high - curve_.points.data());
    time_s[low] += 60 * minutes * (1 - between.weight);
    time_s[high] += 60 * minutes * between.weight;
    out_.point_requests[low] += requests * (1 - between.weight);
    out_.point_requests[high] += requests * between.weight;
    out_.arrived += requests;
    out_.met += requests * met;
  }

  const CapacityCurve& curve_;
  const Slo& slo_;
  double capacity_;
  double longest_;  ///< backlog whose last request waits as long as users do
  HourResult& out_;
};

}  // namespace

LoadVariation LoadVariation::steady() { return LoadVariation({std::vector<double>(minutes_per_hour, 1.0)}); }

LoadVariation LoadVariation::lognormal(double variation, double persistence, std::uint32_t paths) {
  if (!(variation >= 0) || !(persistence >= 0 && persistence < 1) || paths == 0) {
    throw std::invalid_argument("load variation: variation >= 0, persistence from 0 to below 1");
  }
  if (variation == 0) return steady();
  std::vector<double> scores;
  engine::Stream stream(1, 0, "serving/load-within-the-hour");
  const double fresh = std::sqrt(1 - persistence * persistence);
  for (std::uint32_t p = 0; p < paths; ++p) {
    double z = math::normal_quantile(stream.uniform());
    for (std::size_t m = 0; m < minutes_per_hour; ++m) {
      scores.push_back(z);
      z = persistence * z + fresh * math::normal_quantile(stream.uniform());
    }
  }
  // The order of the scores is kept, their values become the quantiles of the law: no luck in the distribution.
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  const double sigma = std::sqrt(math::log1p(variation * variation));
  std::vector<std::vector<double>> out(paths, std::vector<double>(minutes_per_hour));
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double u = (static_cast<double>(rank) + 0.5) / static_cast<double>(order.size());
    out[order[rank] / minutes_per_hour][order[rank] % minutes_per_hour] = math::exp(sigma * math::normal_quantile(u));
  }
  normalise(out);
  return LoadVariation(std::move(out));
}

LoadVariation LoadVariation::of_minutes(std::span<const double> minutes, std::uint32_t paths) {
  if (minutes.empty() || paths == 0) throw std::invalid_argument("load variation: no minutes");
  std::vector<std::vector<double>> out(paths, std::vector<double>(minutes_per_hour));
  for (std::uint32_t p = 0; p < paths; ++p) {
    const std::size_t first = p * minutes.size() / paths;
    for (std::size_t m = 0; m < minutes_per_hour; ++m) out[p][m] = minutes[(first + m) % minutes.size()];
  }
  normalise(out);
  return LoadVariation(std::move(out));
}

MeasuredVariation measure_variation(const RequestTrace& trace) {
  constexpr Nanos minute = 60'000'000'000;
  MeasuredVariation out;
  out.minutes.assign(static_cast<std::size_t>(trace.requests.back().arrival / minute), 0.0);
  if (out.minutes.size() < 10) throw std::invalid_argument("load variation: a trace needs ten whole minutes");
  for (const TraceRequest& r : trace.requests) {
    const auto m = static_cast<std::size_t>(r.arrival / minute);
    if (m < out.minutes.size()) out.minutes[m] += 1;
  }
  const double n = static_cast<double>(out.minutes.size());
  const double mean = std::accumulate(out.minutes.begin(), out.minutes.end(), 0.0) / n;
  double variance = 0, later = 0;
  constexpr std::size_t lag = 5;
  for (std::size_t m = 0; m < out.minutes.size(); ++m) {
    variance += (out.minutes[m] - mean) * (out.minutes[m] - mean);
    if (m >= lag) later += (out.minutes[m] - mean) * (out.minutes[m - lag] - mean);
  }
  const double common = std::max(0.0, variance / n - mean);  // a Poisson count has the variance of its mean
  out.variation = std::sqrt(common) / mean;
  const double correlation = common > 0 ? later / (n - lag) / common : 0;
  out.persistence = correlation > 0 ? std::min(0.99, math::pow(correlation, 1.0 / lag)) : 0;
  for (double& m : out.minutes) m /= mean;
  return out;
}

HourResult hour(const CapacityCurve& curve, const Slo& slo, double replicas, double requests_per_second, const LoadVariation& variation,
                double backlog, Seconds patience) {
  HourResult out;
  out.point_requests.assign(curve.points.size(), 0.0);
  Path path(curve, slo, replicas, patience, out);
  const double count = static_cast<double>(variation.paths().size());
  double close = 0;
  for (const auto& factors : variation.paths()) close += path.run(factors, requests_per_second, backlog);
  out.backlog_open = backlog;
  out.backlog_close = close / count;
  out.arrived /= count;
  out.gave_up /= count;
  out.met /= count;
  out.overloaded = static_cast<double>(path.backlogged) / (count * minutes_per_hour);
  for (double& r : out.point_requests) r /= count;
  for (auto& wait : out.waits) wait.requests /= count;
  out.served = out.backlog_open + out.arrived - out.gave_up - out.backlog_close;
  out.met = std::min(out.met, out.arrived);
  // Busy time, power and memory are means over time: a backlog keeps replicas busy after its cause is gone.
  double time = 0;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const CurvePoint& p = curve.points[i];
    time += path.time_s[i];
    out.preemptions += out.point_requests[i] * p.preemptions;
    out.busy += path.time_s[i] * p.busy;
    out.kv_use += path.time_s[i] * p.kv_use;
    out.power += path.time_s[i] * p.power;
  }
  out.busy = out.busy / time;
  out.kv_use = out.kv_use / time;
  out.power = out.power / time;
  return out;
}

std::vector<HourResult::Wait> merged(std::vector<HourResult::Wait> waits) {
  // Sign, exponent and four bits of the fraction of a positive double rise with it: sixteen buckets an octave.
  const auto bucket_of = [](double seconds) { return std::bit_cast<std::uint64_t>(seconds) >> 48; };
  std::uint64_t least = ~std::uint64_t{0}, most = 0;
  for (const auto& wait : waits) {
    least = std::min(least, bucket_of(wait.seconds));
    most = std::max(most, bucket_of(wait.seconds));
  }
  if (waits.empty()) return waits;
  std::vector<HourResult::Wait> buckets(most - least + 1, {0, 0});
  for (const auto& wait : waits) {
    auto& bucket = buckets[bucket_of(wait.seconds) - least];
    bucket.seconds += wait.seconds * wait.requests;
    bucket.requests += wait.requests;
  }
  waits.clear();
  for (const auto& sum : buckets) {
    if (sum.requests > 0) waits.push_back({sum.seconds / sum.requests, sum.requests});
  }
  return waits;
}

HourLatencies latencies(const CapacityCurve& curve, const HourResult& hour) {
  HourLatencies out;
  constexpr double scale = 1000;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const CurvePoint& p = curve.points[i];
    double requests = hour.point_requests[i];
    if (&p == &behind(curve).saturated) {
      for (const auto& wait : hour.waits) requests -= wait.requests;
    }
    if (requests <= 0 || p.e2e.empty()) continue;
    const auto times = static_cast<std::uint64_t>(requests * scale / static_cast<double>(p.e2e.count()) + 0.5);
    if (times == 0) continue;
    out.ttft.merge(p.ttft, times);
    out.tpot.merge(p.tpot, times);
    out.e2e.merge(p.e2e, times);
  }
  const Behind b = behind(curve);
  constexpr int quantiles = 20;
  for (const auto& wait : hour.waits) {
    const auto times = static_cast<std::uint64_t>(wait.requests * scale / quantiles + 0.5);
    if (times == 0) continue;
    for (int q = 0; q < quantiles; ++q) {
      const double at = (q + 0.5) / quantiles;
      if (!b.busy.ttft.empty()) out.ttft.add(wait.seconds + b.busy.ttft.quantile(at), times);
      if (!b.saturated.tpot.empty()) out.tpot.add(b.saturated.tpot.quantile(at), times);
      if (!b.busy.e2e.empty()) out.e2e.add(wait.seconds + b.busy.e2e.quantile(at), times);
    }
  }
  return out;
}

}  // namespace headroom::sim_serving
