#include "sim/serving/pair_curve.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::sim_serving {
namespace {

double between(const CapacityCurve::Between& b, double CurvePoint::*member) {
  return b.low->*member + b.weight * (b.high->*member - b.low->*member);
}

/// The requests of two loads, mixed by the weight of the second to an eighth.
engine::QuantileSketch mixed(const CapacityCurve::Between& b, engine::QuantileSketch CurvePoint::*member) {
  constexpr std::uint64_t parts = 8;
  const auto high = static_cast<std::uint64_t>(std::lround(b.weight * parts));
  engine::QuantileSketch out;
  if (high < parts) out.merge(b.low->*member, high == 0 ? 1 : parts - high);
  if (high > 0) out.merge(b.high->*member, high == parts ? 1 : high);
  return out;
}

/// Mean wait of a transfer for the link, in transfers (M/D/1: Pollaczek 1930).
double link_wait(double load) { return load / (2 * (1 - load)); }

}  // namespace

PairCurve pair_curve(const CapacityCurve& prefill, const CapacityCurve& decode, const PairSpec& spec, const Slo& slo) {
  const double prompts = spec.prefill_groups * prefill.saturation;
  const double decodes = spec.decode_groups * decode.saturation;
  const Seconds transfer = prefill.kv_bytes_per_request / spec.transfer_bandwidth;
  const double caches = transfer.base() > 0 ? spec.prefill_groups / transfer.base() : HUGE_VAL;
  PairCurve pair;
  CapacityCurve& c = pair.curve;
  c.saturation = std::min({prompts, decodes, most_link_load * caches});
  pair.prefill_load = c.saturation / prompts;
  pair.decode_load = c.saturation / decodes;
  pair.transfer_load = c.saturation / (most_link_load * caches);
  c.saturation_low = c.saturation * std::min(prefill.saturation_low / prefill.saturation, decode.saturation_low / decode.saturation);
  c.saturation_high = c.saturation * std::max(prefill.saturation_high / prefill.saturation, decode.saturation_high / decode.saturation);
  c.input = prefill.input;
  c.output = decode.output;
  c.cached_share = prefill.cached_share;
  c.kv_bytes_per_request = prefill.kv_bytes_per_request;
  c.replicas = decode.replicas;
  c.grade = weakest(prefill.grade, decode.grade);
  for (const double load : curve_loads()) {
    const auto p = prefill.at(load * pair.prefill_load), d = decode.at(load * pair.decode_load);
    const double of_link = std::min(most_link_load, load * c.saturation / caches);
    const Seconds later = spec.transfer_latency + transfer * (1 + link_wait(of_link));
    CurvePoint point;
    point.load = load;
    point.offered = load * c.saturation;
    point.served = std::min(spec.prefill_groups * between(p, &CurvePoint::served), spec.decode_groups * between(d, &CurvePoint::served));
    point.input_uncached = TokensPerSecond{point.served * c.input * (1 - c.cached_share)};
    point.input_cached = TokensPerSecond{point.served * c.input * c.cached_share};
    point.output = TokensPerSecond{point.served * c.output};
    point.ttft.merge_later(mixed(p, &CurvePoint::ttft), later.base());
    point.tpot = mixed(d, &CurvePoint::tpot);
    if (!point.ttft.empty()) point.e2e.merge_later(mixed(d, &CurvePoint::e2e), point.ttft.mean());
    if (slo.ttft.base() > 0) point.ttft_met = point.ttft.share_up_to(slo.ttft.base());
    if (slo.tpot.base() > 0) point.tpot_met = between(d, &CurvePoint::tpot_met);
    point.kv_use = between(d, &CurvePoint::kv_use);
    point.preemptions = between(d, &CurvePoint::preemptions);
    point.busy = between(d, &CurvePoint::busy);
    c.points.push_back(std::move(point));
  }
  // More load never helps a request (capacity_curve has the reason).
  for (std::size_t i = c.points.size(); i-- > 0;) {
    CurvePoint& point = c.points[i];
    if (i + 1 < c.points.size()) {
      point.ttft_met = std::max(point.ttft_met, c.points[i + 1].ttft_met);
      point.tpot_met = std::max(point.tpot_met, c.points[i + 1].tpot_met);
    }
    point.attainment = point.ttft_met * point.tpot_met;
  }
  return pair;
}

GroupCounts balanced_groups(const GroupRate& prefill, const GroupRate& decode) {
  if (!(prefill.per_second > 0) || !(decode.per_second > 0)) throw std::logic_error("a pair of groups of which one serves nothing");
  constexpr std::uint32_t most = 16;
  constexpr double near = 0.97;
  const auto devices = [&](GroupCounts n) { return n.prefill * prefill.devices + n.decode * decode.devices; };
  const auto worth = [&](GroupCounts n) { return std::min(n.prefill * prefill.per_second, n.decode * decode.per_second) / devices(n); };
  double best = 0;
  for (std::uint32_t p = 1; p <= most; ++p) {
    for (std::uint32_t d = 1; d <= most; ++d) best = std::max(best, worth({p, d}));
  }
  GroupCounts chosen;
  double fewest = HUGE_VAL;
  for (std::uint32_t p = 1; p <= most; ++p) {
    for (std::uint32_t d = 1; d <= most; ++d) {
      if (worth({p, d}) < near * best || devices({p, d}) >= fewest) continue;
      chosen = {p, d};
      fewest = devices(chosen);
    }
  }
  return chosen;
}

}  // namespace headroom::sim_serving
