#include "sim/fleet/observe_jobs.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::fleet {

using results::metric;
using results::Place;
using scenario::Workload;

namespace {

Place of_workload(std::size_t workload) { return {std::nullopt, std::nullopt, static_cast<std::uint16_t>(workload)}; }

double hours_to(const State& s, Date day) { return static_cast<double>((day - s.plan.horizon.begin).count()) * 24; }

/// Waits of jobs that started in the period, and of those that still wait at its end up to there (censored).
std::vector<double> waits_in(const State& s, std::size_t workload, double begin, double end) {
  std::vector<double> waits;
  for (const Wait& wait : s.waits) {
    if (wait.workload != workload || wait.from >= end || wait.to < begin) continue;
    waits.push_back(std::min(wait.to, end) - wait.from);
  }
  for (const Gang& gang : s.gangs) {
    if (gang.workload == workload && gang.state == Gang::State::queued && gang.queued_at < end) waits.push_back(end - gang.queued_at);
  }
  std::sort(waits.begin(), waits.end());
  return waits;
}

/// The least value that at least the share q of a sorted list does not exceed.
double quantile(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

/// When the workload's last run was done; nothing while one is not.
double finish_of(const State& s, std::size_t workload) {
  double last = 0;
  for (const Gang& gang : s.gangs) {
    if (gang.workload != workload) continue;
    last = std::max(last, gang.state == Gang::State::done ? gang.ended_at : hours_to(s, s.plan.horizon.end));
  }
  return last;
}

}  // namespace

void observe_jobs(State& s) {
  using results::Every;
  auto& store = *s.store;
  for (const Every every : {Every::month, Every::quarter, Every::year, Every::run}) {
    for (const auto span : store.calendar().spans(every)) {
      const Period period = store.calendar().period(span);
      for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
        const auto kind = s.plan.workloads[w].kind;
        if (kind != Workload::Kind::training && kind != Workload::Kind::jobs) continue;
        const auto waits = waits_in(s, w, hours_to(s, period.begin), hours_to(s, period.end));
        if (!waits.empty()) {
          store.give(metric("queue_wait_p50"), span, of_workload(w), quantile(waits, 0.5));
          store.give(metric("queue_wait_p95"), span, of_workload(w), quantile(waits, 0.95));
        }
        if (kind == Workload::Kind::training) store.give(metric("training_finish"), span, of_workload(w), finish_of(s, w) / 168);
      }
    }
  }
}

}  // namespace headroom::fleet
