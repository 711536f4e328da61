#include "sim/serving/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::sim_serving {

using engine::Phase;
using engine::SimTime;

Simulation::Simulation(const ServiceSpec& spec, const RunSpec& run, ArrivalSource& source) : spec_(spec), run_(run), source_(&source) {
  const auto require = [](bool holds, const char* text) {
    if (!holds) throw std::invalid_argument(text);
  };
  require(spec_.pools.size() == 1 || spec_.pools.size() == 2, "a service has one mixed pool, or a prefill and a decode pool");
  const bool split = spec_.pools.size() == 2;
  require(spec_.pools[0].role == (split ? Role::prefill : Role::mixed), "the first pool prefills (alone: it is mixed)");
  require(!split || spec_.pools[1].role == Role::decode, "the second pool decodes");
  for (const PoolSpec& pool : spec_.pools) {
    require(pool.model != nullptr, "a pool needs a model of its passes");
    require(pool.replicas > 0 && pool.replicas < 60'000, "a pool has from 1 to 60 000 replicas");
  }
  require(run_.warm_up >= 0 && run_.warm_up < run_.end, "the warm-up ends before the window");
  build_units();
}

Simulation::~Simulation() = default;

void Simulation::build_units() {
  for (std::uint32_t p = 0; p < spec_.pools.size(); ++p) {
    const PoolSpec& pool = spec_.pools[p];
    first_unit_.push_back(static_cast<std::uint32_t>(units_.size()));
    next_robin_.push_back(0);
    const std::uint32_t most = p == 0 && spec_.autoscale ? std::max(spec_.autoscale->most, pool.replicas) : pool.replicas;
    const double tokens = pool.kv_capacity.value_or(pool.model->kv_capacity()).base();
    for (std::uint32_t i = 0; i < most; ++i) {
      Unit unit;
      unit.replica = std::make_unique<Replica>(static_cast<std::uint16_t>(units_.size()), pool.role, *pool.model, pool.policy,
                                               static_cast<std::uint64_t>(tokens / pool.policy.page_tokens), table_, &report_.itl, run_.aggregate);
      unit.pool = p;
      unit.up = i < pool.replicas;
      units_.push_back(std::move(unit));
    }
  }
  first_unit_.push_back(static_cast<std::uint32_t>(units_.size()));
}

ServiceReport Simulation::run() {
  for (std::uint32_t u = 0; u < units_.size(); ++u) {
    if (!units_[u].up) continue;
    pay(u, true);
    if (spec_.failures) schedule_failure(u);
  }
  if (spec_.autoscale) queue_.schedule(engine::to_sim_time(spec_.autoscale->interval), Phase::decision, {0, 0, 0, Kind::scale});
  queue_.schedule(SimTime{run_.warm_up}, Phase::observation, {0, 0, 0, Kind::observe});
  if (run_.end != never) queue_.schedule(SimTime{run_.end}, Phase::observation, {1, 0, 0, Kind::observe});
  schedule_next_arrival();
  while (!queue_.empty() && !over()) handle(queue_.pop());
  audit();
  return finish_report();
}

/// Nothing but clocks of failures and of the scaler is left, or the window has ended and nobody waits for the rest.
bool Simulation::over() const {
  if (window_closed_ && !run_.drain) return true;
  return in_system_ == 0 && !pending_ && turns_.live() == 0 && (window_closed_ || run_.end == never) && queue_.now().count() >= run_.warm_up;
}

void Simulation::handle(const engine::Event<Payload>& event) {
  const auto [index, sender, epoch, kind] = event.payload;
  switch (kind) {
    case Kind::arrival: {
      const Arrival arrival = *pending_;
      schedule_next_arrival();
      admit(arrival);
      break;
    }
    case Kind::turn: {
      const Arrival arrival = turns_[index];
      turns_.remove(index);
      admit(arrival);
      break;
    }
    case Kind::step_end: end_step(index); break;
    case Kind::decide:
      units_[index].deciding = false;
      decide(index);
      break;
    case Kind::transferred: end_transfer(index, sender, epoch); break;
    case Kind::scale: scale(); break;
    case Kind::scheduled: begin_load(index); break;
    case Kind::loaded: end_load(index); break;
    case Kind::ready: make_ready(index); break;
    case Kind::failed: fail(index); break;
    case Kind::repaired: repair(index); break;
    case Kind::observe: index == 0 ? open_window() : close_window(); break;
  }
}

void Simulation::schedule_next_arrival() {
  pending_ = source_->next();
  if (!pending_) return;
  if (pending_->at < queue_.now().count()) throw std::invalid_argument("requests must come in order of time");
  if (!run_.drain && pending_->at >= run_.end) {
    pending_.reset();
    return;
  }
  queue_.schedule(SimTime{pending_->at}, Phase::arrival, {0, 0, 0, Kind::arrival});
}

void Simulation::change_in_system(int by) {
  const Nanos now = queue_.now().count();
  in_system_ns_ += static_cast<__int128>(now - in_system_since_) * in_system_;
  in_system_since_ = now;
  in_system_ = static_cast<std::uint32_t>(static_cast<int>(in_system_) + by);
}

void Simulation::admit(const Arrival& arrival) {
  ++report_.arrived;
  report_.last_arrival = engine::to_seconds(queue_.now());
  Request r;
  r.arrival = arrival.at;
  r.input = arrival.input;
  r.output = arrival.output;
  r.priority = arrival.priority;
  r.session = arrival.session;
  bool fits = !run_.context_limit || std::uint64_t{r.input} + r.output <= *run_.context_limit;
  for (std::uint32_t p = 0; p < spec_.pools.size(); ++p) fits = fits && units_[first_unit_[p]].replica->fits(r);
  if (!fits) {
    ++report_.refused;
    if (measured(r)) ++report_.measured;
    if (r.session != no_request) answer(r.session);
    return;
  }
  if (arrival.chain.blocks > 0) r.chain = table_.chains.add(arrival.chain);
  if (r.session != no_request && r.session < home_.size() && home_[r.session] != 0) units_[home_[r.session] - 1U].replica->unpin(r.session);
  if (run_.prefilled_elsewhere) {
    r.state = Request::State::in_transfer;
    r.first_token = r.arrival;
    r.prefilled = r.input;
    r.generated = 1;
    r.started = true;
    ++transferred_;
    note_first_token(r, 0);
  }
  change_in_system(+1);
  arrival_sum_ns_ += r.arrival;
  const RequestId id = table_.requests.add(r);
  report_.peak_live = std::max<std::uint64_t>(report_.peak_live, table_.requests.live());
  dispatch(id, 0);
}

void Simulation::dispatch(RequestId id, std::uint32_t pool) {
  const std::uint32_t unit = route(table_.requests[id], pool);
  if (unit == no_request) {
    stranded_.push_back(id);
    return;
  }
  Replica& replica = *units_[unit].replica;
  replica.enqueue(id);
  report_.peak_queue = std::max<std::uint64_t>(report_.peak_queue, replica.waiting());
  wake(unit);
}

std::uint32_t Simulation::route(const Request& r, std::uint32_t pool) {
  const std::uint32_t begin = first_unit_[pool], end = first_unit_[pool + 1];
  const auto open = [&](std::uint32_t u) { return units_[u].up && !units_[u].draining; };
  if (end - begin == 1) return open(begin) ? begin : no_request;
  if (spec_.routing == Routing::round_robin) {
    for (std::uint32_t tried = 0; tried < end - begin; ++tried) {
      const std::uint32_t unit = begin + next_robin_[pool];
      next_robin_[pool] = (next_robin_[pool] + 1) % (end - begin);
      if (open(unit)) return unit;
    }
    return no_request;
  }
  std::uint32_t least = no_request;
  for (std::uint32_t u = begin; u < end; ++u) {
    if (open(u) && (least == no_request || units_[u].replica->outstanding() < units_[least].replica->outstanding())) least = u;
  }
  if (spec_.routing == Routing::least_loaded || r.chain == no_request || least == no_request) return least;
  std::uint32_t best = least;
  std::uint32_t longest = units_[least].replica->cached_blocks(table_.chains[r.chain]);
  const std::uint32_t limit = units_[least].replica->outstanding() + spec_.imbalance;
  for (std::uint32_t u = begin; u < end; ++u) {
    if (u == least || !open(u) || units_[u].replica->outstanding() > limit) continue;
    const std::uint32_t blocks = units_[u].replica->cached_blocks(table_.chains[r.chain]);
    if (blocks > longest) {
      longest = blocks;
      best = u;
    }
  }
  return best;
}

/// Something else happens at this very instant; a scheduler decides when the instant is complete.
bool Simulation::more_now() const { return !queue_.empty() && queue_.peek().at == queue_.now(); }

void Simulation::wake(std::uint32_t unit) {
  Unit& u = units_[unit];
  if (u.replica->busy()) {
    const Nanos end = u.replica->cut(queue_.now().count());
    if (end != never) queue_.reschedule(u.step, SimTime{end});
  } else if (!u.deciding) {
    if (more_now()) {
      u.deciding = true;
      queue_.schedule(queue_.now(), Phase::decision, {unit, 0, 0, Kind::decide});
    } else {
      decide(unit);
    }
  }
}

void Simulation::decide(std::uint32_t unit) {
  Unit& u = units_[unit];
  if (u.replica->busy() || !u.up) return;
  while (true) {
    const Nanos end = u.replica->start(queue_.now().count());
    if (end == never) return;
    // The queue is not needed for a step that nothing can come before.
    if (queue_.empty() || SimTime{end} >= queue_.peek().at) {
      u.step = queue_.schedule(SimTime{end}, Phase::release, {unit, 0, 0, Kind::step_end});
      return;
    }
    queue_.advance(SimTime{end});
    ++report_.events;
    u.replica->finish(end);
    settle(unit);
    if (more_now()) {
      wake(unit);
      return;
    }
  }
}

void Simulation::end_step(std::uint32_t unit) {
  units_[unit].replica->finish(queue_.now().count());
  settle(unit);
  if (units_[unit].up) wake(unit);
}

/// Takes what a step brought out of the replica.
void Simulation::settle(std::uint32_t unit) {
  Replica& replica = *units_[unit].replica;
  for (const auto& [id, cached] : replica.first_tokens) note_first_token(table_.requests[id], cached);
  replica.first_tokens.clear();
  for (const RequestId id : replica.prefilled) start_transfer(unit, id);
  replica.prefilled.clear();
  for (const RequestId id : replica.completed) complete(unit, id);
  replica.completed.clear();
  if (units_[unit].draining) retire_if_empty(unit);
}

void Simulation::note_first_token(const Request& r, std::uint32_t cached) {
  const Nanos now = queue_.now().count();
  if (now >= run_.warm_up && now < run_.end) {
    window_cached_ += cached;
    window_uncached_ += r.input - cached;
  }
  if (!measured(r)) return;
  const double ttft = static_cast<double>(r.first_token - r.arrival) / 1e9;
  report_.ttft.add(ttft);
  report_.mean_ttft += ttft;
}

void Simulation::complete(std::uint32_t unit, RequestId id) {
  const Nanos now = queue_.now().count();
  const Request r = table_.requests[id];
  const bool pin = r.session != no_request && source_->pins(r.session);
  units_[unit].replica->forget(id, pin ? r.session : no_request);
  ++report_.completed;
  report_.input_tokens += r.input;
  report_.output_tokens += r.output;
  output_completed_ += r.output;
  report_.last_end = engine::to_seconds(queue_.now());
  if (now >= run_.warm_up && now < run_.end) ++window_completed_;
  if (measured(r)) {
    ++report_.measured;
    const double e2e = static_cast<double>(now - r.arrival) / 1e9;
    const double tpot = r.output > 1 ? static_cast<double>(now - r.first_token) / 1e9 / (r.output - 1) : 0;
    report_.e2e.add(e2e);
    report_.mean_e2e += e2e;
    if (r.output > 1) {
      report_.tpot.add(tpot);
      report_.mean_tpot += tpot;
    }
    const bool in_time = spec_.slo.ttft.base() == 0 || static_cast<double>(r.first_token - r.arrival) / 1e9 <= spec_.slo.ttft.base();
    const bool fast = spec_.slo.tpot.base() == 0 || tpot <= spec_.slo.tpot.base();
    if (in_time && fast) ++report_.met;
  }
  sojourn_ns_ += now - r.arrival;
  arrival_sum_ns_ -= r.arrival;
  change_in_system(-1);
  if (r.chain != no_request) table_.chains.remove(r.chain);
  table_.requests.remove(id);
  if (r.session == no_request) return;
  if (pin || r.session < home_.size()) {
    if (r.session >= home_.size()) home_.resize(r.session + 1U);
    home_[r.session] = pin ? static_cast<std::uint16_t>(unit + 1) : std::uint16_t{0};
  }
  answer(r.session);
}

void Simulation::answer(std::uint32_t session) {
  const auto next = source_->after(session, queue_.now().count());
  if (!next || (!run_.drain && next->at >= run_.end)) {
    if (session < home_.size() && home_[session] != 0) units_[home_[session] - 1U].replica->unpin(session);
    return;
  }
  queue_.schedule(SimTime{next->at}, Phase::arrival, {turns_.add(*next), 0, 0, Kind::turn});
}

void Simulation::start_transfer(std::uint32_t unit, RequestId id) {
  Unit& u = units_[unit];
  const serving::IterationModel& model = *spec_.pools[u.pool].model;
  const double bytes = table_.requests[id].prefilled * model.kv_bytes_per_token().base() + model.kv_bytes_per_sequence().base();
  const SimTime begin{std::max(queue_.now().count(), u.link_free)};
  const SimTime sent = begin + engine::to_sim_time(Bytes{bytes} / spec_.transfer_bandwidth);
  u.link_free = sent.count();
  queue_.schedule(sent + engine::to_sim_time(spec_.transfer_latency), Phase::release, {id, unit, u.epoch, Kind::transferred});
  ++report_.transfers;
}

void Simulation::end_transfer(RequestId id, std::uint32_t sender, std::uint16_t epoch) {
  if (units_[sender].epoch != epoch) return;  // the sender failed meanwhile, and the request went elsewhere
  Request& r = table_.requests[id];
  units_[sender].replica->exported(id);
  ++r.generated;
  ++transferred_;
  if (r.first_token < 0) {
    r.first_token = queue_.now().count();
    note_first_token(r, r.cached);
  }
  r.state = Request::State::in_transfer;
  dispatch(id, 1);
  wake(sender);  // its memory is free now
}

void Simulation::open_window() {
  emitted_at_open_ = emitted();
  use_at_open_ = use();
  paid_at_open_ = paid_.integral(queue_.now());
}

void Simulation::close_window() {
  window_closed_ = true;
  emitted_at_close_ = emitted();
  use_at_close_ = use();
  paid_at_close_ = paid_.integral(queue_.now());
}

ReplicaUse Simulation::use() const {
  ReplicaUse sum;
  for (const Unit& u : units_) sum += u.replica->use(queue_.now().count());
  return sum;
}

std::uint64_t Simulation::emitted() const {
  std::uint64_t sum = transferred_;
  for (const Unit& u : units_) sum += u.replica->totals().emitted_tokens + u.replica->tokens_in_flight(queue_.now().count());
  return sum;
}

}  // namespace headroom::sim_serving
