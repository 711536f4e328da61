#include "sim/serving/hour_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace headroom::sim_serving {

HourTable::HourTable(const CapacityCurve& curve, const Slo& slo, const LoadVariation& variation, Seconds patience)
    : curve_(curve), slo_(slo), variation_(variation), patience_(patience) {
  for (std::size_t i = 0; i <= steps; ++i) {
    const double load = greatest * static_cast<double>(i) / steps;
    rows_.push_back(hour(curve_, slo_, 1, load * curve_.saturation, variation_, 0, patience_));
    rows_.back().waits = merged(std::move(rows_.back().waits));
  }
}

HourResult HourTable::read(double replicas, double requests_per_second, double backlog) const {
  const double knee = replicas * curve_.saturation;
  const double load = replicas > 0 ? requests_per_second / knee : HUGE_VAL;
  const double wait = replicas > 0 ? backlog / knee : HUGE_VAL;
  const bool tabled = std::isfinite(patience_.base()) && wait <= patience_.base() * (1 + 1e-9) && load < load_at(coarse_steps);
  if (backlog > 0 && tabled) return with_backlog(replicas, requests_per_second, backlog, load, wait);
  if (backlog > 0 || load >= greatest) return hour(curve_, slo_, replicas, requests_per_second, variation_, backlog, patience_);
  const double at = load / greatest * steps;
  const auto i = static_cast<std::size_t>(at);
  const double w = at - static_cast<double>(i);
  const std::array<Weighted, 2> rows{Weighted{&rows_[i], 1 - w}, Weighted{&rows_[i + 1], w}};
  return blend(rows, replicas, requests_per_second, 0);
}

HourResult HourTable::with_backlog(double replicas, double requests_per_second, double backlog, double load, double wait) const {
  std::size_t i = 0;
  while (load_at(i + 1) <= load) ++i;
  const double w = (load - load_at(i)) / (load_at(i + 1) - load_at(i));
  const auto j = std::min(wait_steps - 1, static_cast<std::size_t>(std::sqrt(wait / patience_.base()) * wait_steps));
  const double v = std::min(1.0, (wait - wait_at(j)) / (wait_at(j + 1) - wait_at(j)));
  const std::array<Weighted, 4> rows{Weighted{&node(i, j), (1 - w) * (1 - v)}, Weighted{&node(i + 1, j), w * (1 - v)},
                                     Weighted{&node(i, j + 1), (1 - w) * v}, Weighted{&node(i + 1, j + 1), w * v}};
  return blend(rows, replicas, requests_per_second, backlog);
}

const HourResult& HourTable::node(std::size_t load, std::size_t wait) const {
  const std::lock_guard lock(mutex_);  // an entry of a map stays where it is
  const auto [at, fresh] = nodes_.try_emplace({load, wait});
  if (fresh) {
    const double rate = load_at(load) * curve_.saturation;
    at->second = hour(curve_, slo_, 1, rate, variation_, wait_at(wait) * curve_.saturation, patience_);
    at->second.waits = merged(std::move(at->second.waits));
  }
  return at->second;
}

HourResult HourTable::blend(std::span<const Weighted> rows, double replicas, double requests_per_second, double backlog) {
  HourResult out;
  double attainment = 0;
  out.point_requests.resize(rows.front().first->point_requests.size());
  for (const auto& [row, weight] : rows) {
    if (weight <= 0) continue;
    attainment += weight * row->attainment();
    out.backlog_close += weight * replicas * row->backlog_close;
    out.gave_up += weight * replicas * row->gave_up;
    out.busy += weight * row->busy;
    out.kv_use += weight * row->kv_use;
    out.preemptions += weight * replicas * row->preemptions;
    out.power += weight * row->power;
    out.longest_wait_s += weight * row->longest_wait_s;
    out.overloaded += weight * row->overloaded;
    for (const auto& wait : row->waits) out.waits.push_back({wait.seconds, wait.requests * weight * replicas});
    for (std::size_t p = 0; p < out.point_requests.size(); ++p) out.point_requests[p] += weight * replicas * row->point_requests[p];
  }
  out.backlog_open = backlog;
  out.arrived = requests_per_second * 3600;
  out.met = out.arrived * attainment;
  out.gave_up = std::min(out.gave_up, out.backlog_open + out.arrived);
  out.backlog_close = std::min(out.backlog_close, out.backlog_open + out.arrived - out.gave_up);
  out.served = out.backlog_open + out.arrived - out.gave_up - out.backlog_close;
  return out;
}

std::shared_ptr<const HourTable> HourTable::at_speed(const Speed& speed) const {
  return std::make_shared<const HourTable>(sim_serving::at_speed(curve_, slo_, speed), slo_, variation_, patience_);
}

double HourTable::usable_load(double target) const {
  double usable = 0;
  for (std::size_t i = 1; i <= steps; ++i) {
    const double load = greatest * static_cast<double>(i) / steps;
    const double a = rows_[i - 1].attainment(), b = rows_[i].attainment();
    if (b >= target) {
      usable = load;
      continue;
    }
    if (a < target) break;
    return usable + greatest / steps * (a - target) / (a - b);
  }
  return usable;
}

}  // namespace headroom::sim_serving
