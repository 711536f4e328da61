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

/// A workload's waits, by their ends.
struct Waits {
  std::vector<Wait> by_end;
  double longest = 0;   ///< of those that ended
  std::size_t ended = 0;
};

std::vector<Waits> waits_by_workload(const State& s) {
  std::vector<Waits> all(s.plan.workloads.size());
  for (const Wait& wait : s.waits) all[wait.workload].by_end.push_back(wait);
  for (Waits& waits : all) {
    std::sort(waits.by_end.begin(), waits.by_end.end(), [](const Wait& a, const Wait& b) { return a.to < b.to; });
    for (const Wait& wait : waits.by_end) {
      if (!std::isfinite(wait.to)) break;
      waits.longest = std::max(waits.longest, wait.to - wait.from);
      ++waits.ended;
    }
  }
  return all;
}

/// Waits of jobs that started in the period, and of those that still wait at its end up to there (censored); in no order.
std::vector<double> waits_in(const State& s, const Waits& all, std::size_t workload, double begin, double end) {
  std::vector<double> waits;
  const auto add = [&](const Wait& wait) {
    if (wait.from < end) waits.push_back(std::min(wait.to, end) - wait.from);
  };
  const auto ended = all.by_end.begin() + static_cast<std::ptrdiff_t>(all.ended);
  auto wait = std::lower_bound(all.by_end.begin(), ended, begin, [](const Wait& w, double t) { return w.to < t; });
  for (; wait != ended && wait->to <= end + all.longest; ++wait) add(*wait);
  std::for_each(ended, all.by_end.end(), add);
  for (const Gang& gang : s.gangs) {
    if (gang.workload == workload && gang.state == Gang::State::queued && gang.queued_at < end) waits.push_back(end - gang.queued_at);
  }
  return waits;
}

/// The least value that at least the share q of a list does not exceed; orders the list.
double quantile(std::vector<double>& values, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
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
  const auto all = waits_by_workload(s);
  for (const Every every : {Every::month, Every::quarter, Every::year, Every::run}) {
    for (const auto span : store.calendar().spans(every)) {
      const Period period = store.calendar().period(span);
      for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
        const auto kind = s.plan.workloads[w].kind;
        if (kind != Workload::Kind::training && kind != Workload::Kind::jobs) continue;
        auto waits = waits_in(s, all[w], w, hours_to(s, period.begin), hours_to(s, period.end));
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
