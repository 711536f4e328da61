#include "sim/fleet/latencies.hpp"

#include <algorithm>

#include "sim/fleet/links.hpp"
#include "sim/workloads/unit.hpp"

namespace headroom::fleet {

using results::Every;
using results::metric;

namespace {

/// Waits are merged when they have become so many.
constexpr std::size_t most_waits = 4096;

void give(State& s, results::MonthSpan span, std::optional<std::size_t> workload) {
  engine::QuantileSketch ttft, tpot;
  for (const MonthLatencies& month : s.latencies) {
    if ((workload && month.workload != *workload) || month.month < span.first || month.month > span.last) continue;
    ttft.merge(month.of.ttft);
    tpot.merge(month.of.tpot);
  }
  results::Place place;
  if (workload) place.workload = static_cast<std::uint16_t>(*workload);
  constexpr double p95 = 0.95;
  if (!ttft.empty()) s.store->give(metric("ttft_p95"), span, place, ttft.quantile(p95));
  if (!tpot.empty()) s.store->give(metric("tpot_p95"), span, place, tpot.quantile(p95));
}

}  // namespace

void note_models(State& s) {
  for (const auto& able : s.shared->training) {
    if (able.layout.empty()) continue;
    const auto& workload = s.plan.workloads[able.workload];
    s.happenings.push_back({s.today, "layout", "", able.chip, workload.id, workload.runs[able.run].id, able.mfu, "MFU", able.layout});
  }
  for (const auto& service : s.services) {
    const auto& workload = s.plan.workloads[service.workload].id;
    for (const auto& able : service.capabilities) {
      if (able.layout.empty()) continue;
      s.happenings.push_back({s.today, "layout", "", s.chip(able.chip).id, workload, service.id, able.units_per_second, workloads::unit_of(s.plan.workloads[service.workload]), able.layout});
      if (!able.prefill) continue;
      s.happenings.push_back({s.today, "layout", "", s.chip(able.prefill->chip).id, workload, service.id, std::nullopt, "", able.prefill->layout});
    }
    for (const auto& unable : service.unable) {
      s.happenings.push_back({s.today, "unsuitable_chip", "", s.chip(unable.chip).id, workload, service.id, std::nullopt, "", unable.why});
    }
  }
}

void add_latency(ArcLatency& sum, const sim_serving::HourResult& hour) {
  sum.point_requests.resize(hour.point_requests.size());
  for (std::size_t p = 0; p < hour.point_requests.size(); ++p) sum.point_requests[p] += hour.point_requests[p];
  sum.waits.insert(sum.waits.end(), hour.waits.begin(), hour.waits.end());
  if (sum.waits.size() > most_waits) sum.waits = sim_serving::merged(std::move(sum.waits));
}

void keep_latencies(State& s, int month) {
  for (std::size_t a = 0; a < s.arcs.size(); ++a) {
    ArcLatency& sum = s.arc_latencies[a];
    if (sum.point_requests.empty()) continue;
    const std::size_t workload = s.services[s.arcs[a].service].workload;
    auto at = std::find_if(s.latencies.begin(), s.latencies.end(), [&](const auto& l) { return l.month == month && l.workload == workload; });
    if (at == s.latencies.end()) at = s.latencies.insert(at, {month, workload, {}});
    sim_serving::HourResult all;
    all.point_requests = std::move(sum.point_requests);
    all.waits = sim_serving::merged(std::move(sum.waits));
    const auto of_arc = sim_serving::latencies(s.arcs[a].hours->curve(), all);
    at->of.ttft.merge_later(of_arc.ttft, round_trip(s, a).base());
    at->of.tpot.merge(of_arc.tpot);
    sum = {};
  }
}

void observe_latencies(State& s) {
  for (const Every every : {Every::month, Every::quarter, Every::year, Every::run}) {
    for (const results::MonthSpan span : s.store->calendar().spans(every)) {
      give(s, span, std::nullopt);
      for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) give(s, span, w);
    }
  }
}

}  // namespace headroom::fleet
