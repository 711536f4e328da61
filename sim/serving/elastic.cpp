// Replicas that fail, come and go. One that is scheduled, loads or warms up is paid for and serves nobody.
#include <algorithm>
#include <cmath>

#include "sim/engine/distributions.hpp"
#include "sim/serving/simulation.hpp"

namespace headroom::sim_serving {

using engine::Phase;
using engine::SimTime;

void Simulation::pay(std::uint32_t unit, bool on) {
  if (units_[unit].paid == on) return;
  units_[unit].paid = on;
  paid_.add(queue_.now(), on ? 1 : -1);
}

void Simulation::schedule_failure(std::uint32_t unit) {
  Unit& u = units_[unit];
  engine::Stream stream(run_.seed, 0, "serving/failure", {unit, u.failures++});
  const double delay = engine::draw(engine::Exponential{spec_.failures->mean_time_between.base()}, stream);
  u.failure = queue_.schedule_after(engine::to_sim_time(Seconds{delay}), Phase::failure, {unit, 0, 0, Kind::failed});
}

void Simulation::fail(std::uint32_t unit) {
  Unit& u = units_[unit];
  queue_.cancel(u.step);
  ++u.epoch;
  ++report_.failures;
  const std::vector<RequestId> back = u.replica->fail(queue_.now().count());
  u.up = false;
  u.link_free = 0;
  report_.restarted += back.size();
  queue_.schedule_after(engine::to_sim_time(spec_.failures->repair), Phase::release, {unit, 0, 0, Kind::repaired});
  // Oldest first, as a router would send them again; a lost cache means the prefill pool.
  std::vector<RequestId> order = back;
  std::stable_sort(order.begin(), order.end(), [this](RequestId a, RequestId b) { return table_.requests[a].arrival < table_.requests[b].arrival; });
  for (const RequestId id : order) dispatch(id, 0);
}

void Simulation::repair(std::uint32_t unit) {
  Unit& u = units_[unit];
  if (u.draining) {  // it was no longer wanted
    u.draining = false;
    pay(unit, false);
    return;
  }
  make_ready(unit);
}

void Simulation::make_ready(std::uint32_t unit) {
  units_[unit].coming = false;
  units_[unit].up = true;
  if (spec_.failures) schedule_failure(unit);
  release_stranded();
}

void Simulation::release_stranded() {
  const std::vector<RequestId> waiting = std::move(stranded_);
  stranded_.clear();
  for (const RequestId id : waiting) dispatch(id, table_.requests[id].state == Request::State::in_transfer ? 1 : 0);
}

/// Looks at the load of the first pool and starts or drains replicas.
void Simulation::scale() {
  const AutoscaleSpec& spec = *spec_.autoscale;
  double load = static_cast<double>(stranded_.size());
  std::uint32_t have = 0;
  for (std::uint32_t u = first_unit_[0]; u < first_unit_[1]; ++u) {
    load += units_[u].replica->outstanding();
    if (units_[u].paid && !units_[u].draining) ++have;
  }
  const auto wanted = static_cast<std::uint32_t>(std::clamp(std::ceil(load / spec.target), static_cast<double>(spec.least), static_cast<double>(spec.most)));
  const Nanos now = queue_.now().count();
  for (std::uint32_t n = have; n < wanted; ++n) start_one();
  if (wanted >= have) {
    low_since_ = never;
  } else if (low_since_ == never) {
    low_since_ = now;
  } else if (now - low_since_ >= engine::to_sim_time(spec.cool_down).count()) {
    for (std::uint32_t n = wanted; n < have; ++n) drain_one();
    low_since_ = never;
  }
  queue_.schedule_after(engine::to_sim_time(spec.interval), Phase::decision, {0, 0, 0, Kind::scale});
}

void Simulation::start_one() {
  for (std::uint32_t u = first_unit_[0]; u < first_unit_[1]; ++u) {
    if (units_[u].up && units_[u].draining) {  // one that has not left yet is the quickest
      units_[u].draining = false;
      return;
    }
  }
  for (std::uint32_t u = first_unit_[0]; u < first_unit_[1]; ++u) {
    if (units_[u].paid) continue;
    units_[u].coming = true;
    pay(u, true);
    queue_.schedule_after(engine::to_sim_time(spec_.autoscale->schedule), Phase::release, {u, 0, 0, Kind::scheduled});
    return;
  }
}

/// The highest index goes first, so that the lowest keep their caches.
void Simulation::drain_one() {
  for (std::uint32_t u = first_unit_[1]; u-- > first_unit_[0];) {
    if (!units_[u].up || units_[u].draining) continue;
    units_[u].draining = true;
    retire_if_empty(u);
    return;
  }
}

void Simulation::retire_if_empty(std::uint32_t unit) {
  Unit& u = units_[unit];
  if (u.replica->outstanding() > 0 || u.replica->busy()) return;
  u.up = u.draining = false;
  queue_.cancel(u.failure);
  pay(unit, false);
}

void Simulation::begin_load(std::uint32_t unit) {
  share_storage();
  units_[unit].reading = true;
  units_[unit].load_left = spec_.pools[0].model->weight_bytes().base();
  share_storage();
}

/// Charges what was read since the last change and sets the ends anew: all that load share the storage equally.
void Simulation::share_storage() {
  const Nanos now = queue_.now().count();
  std::uint32_t readers = 0;
  for (const Unit& u : units_) readers += u.reading ? 1 : 0;
  if (readers > 0) {
    const double rate = spec_.autoscale->storage.base() / readers;
    const double elapsed = static_cast<double>(now - shared_since_) * 1e-9;
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      Unit& u = units_[i];
      if (!u.reading) continue;
      if (queue_.pending(u.load_end)) u.load_left = std::max(0.0, u.load_left - elapsed * shared_rate_);
      const SimTime end = queue_.now() + engine::to_sim_time(Seconds{u.load_left / rate});
      if (!queue_.reschedule(u.load_end, end)) u.load_end = queue_.schedule(end, Phase::release, {i, 0, 0, Kind::loaded});
    }
    shared_rate_ = rate;
  }
  shared_since_ = now;
}

void Simulation::end_load(std::uint32_t unit) {
  units_[unit].reading = false;
  units_[unit].load_left = 0;
  queue_.schedule_after(engine::to_sim_time(spec_.autoscale->warm_up), Phase::release, {unit, 0, 0, Kind::ready});
  share_storage();
}

}  // namespace headroom::sim_serving
