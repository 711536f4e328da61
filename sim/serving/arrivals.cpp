#include "sim/serving/arrivals.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::sim_serving {
namespace {

/// The time at which `amount` more requests than at `from` are expected, in seconds; infinity if the rate stays zero.
double advance(const RateCurve& rate, double from, double amount) {
  const double step = static_cast<double>(rate.step) * 1e-9;
  if (rate.per_second.size() == 1) return from + amount / rate.per_second.front();
  auto index = static_cast<std::uint64_t>(from / step);
  std::size_t empty = 0;
  while (true) {
    const double end = static_cast<double>(index + 1) * step;
    const double here = rate.per_second[index % rate.per_second.size()];
    const double room = here * (end - from);
    if (amount < room) return from + amount / here;
    empty = here > 0 ? 0 : empty + 1;
    if (empty > rate.per_second.size()) return HUGE_VAL;
    amount -= room;
    from = end;
    ++index;
  }
}

std::vector<double> zipf(std::uint32_t groups) {
  std::vector<double> cumulative(groups);
  double sum = 0;
  for (std::uint32_t i = 0; i < groups; ++i) cumulative[i] = sum += 1.0 / (i + 1);
  for (double& c : cumulative) c /= sum;
  return cumulative;
}

std::uint32_t whole(double value, std::uint32_t least, std::uint32_t most) {
  return static_cast<std::uint32_t>(std::clamp(std::round(value), static_cast<double>(least), static_cast<double>(most)));
}

std::vector<std::uint32_t> shuffled(std::uint32_t count, engine::Stream stream) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  for (std::uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[static_cast<std::uint32_t>(stream.uniform() * i)]);
  return order;
}

}  // namespace

std::optional<Arrival> ArrivalSource::after(std::uint32_t, Nanos) { return std::nullopt; }
bool ArrivalSource::pins(std::uint32_t) const { return false; }

RequestDraw::RequestDraw(RequestMix mix, std::uint64_t seed)
    : mix_(std::move(mix)),
      lengths_(seed, 0, "serving/lengths"),
      groups_(seed, 0, "serving/groups"),
      group_cumulative_(zipf(std::max(1U, mix_.prefix_groups))),
      input_order_(shuffled(mix_.strata, engine::Stream(seed, 0, "serving/order", {1}))),
      output_order_(shuffled(mix_.strata, engine::Stream(seed, 0, "serving/order", {2}))) {}

double RequestDraw::uniform(std::vector<std::uint32_t>& order, engine::Stream& stream) const {
  const double u = stream.uniform();
  return order.empty() ? u : (order[count_ % order.size()] + u) / static_cast<double>(order.size());
}

Arrival RequestDraw::next() {
  Arrival arrival;
  arrival.input = mix_.shared_prefix + whole(engine::quantile(mix_.input, uniform(input_order_, lengths_)), mix_.shortest_input, mix_.longest_input);
  arrival.output = whole(engine::quantile(mix_.output, uniform(output_order_, lengths_)), mix_.shortest_output, mix_.longest_output);
  ++count_;
  if (mix_.shared_prefix >= mix_.block_tokens) {
    const auto group = std::upper_bound(group_cumulative_.begin(), group_cumulative_.end() - 1, groups_.uniform()) - group_cumulative_.begin();
    arrival.chain.group = static_cast<std::uint64_t>(group) + 1;
    arrival.chain.group_blocks = arrival.chain.blocks = mix_.shared_prefix / mix_.block_tokens;
  }
  if (mix_.urgent_share > 0) arrival.priority = groups_.uniform() < mix_.urgent_share ? 0 : 1;
  return arrival;
}

double RateCurve::mean() const {
  double sum = 0;
  for (const double r : per_second) sum += r;
  return sum / static_cast<double>(per_second.size());
}

std::optional<Arrival> TraceArrivals::next() {
  if (next_ == trace_->requests.size()) return std::nullopt;
  const TraceRequest& r = trace_->requests[next_++];
  Arrival arrival;
  arrival.at = r.arrival;
  arrival.input = r.input;
  arrival.output = r.output;
  arrival.chain.blocks = r.blocks;
  if (r.blocks > 0) arrival.chain.ids = trace_->block_ids.data() + r.first_block;
  return arrival;
}

OpenArrivals::OpenArrivals(RateCurve rate, double burst, RequestMix mix, Nanos end, std::uint64_t seed, std::uint64_t most)
    : rate_(std::move(rate)),
      draw_(std::move(mix), seed),
      end_(end),
      most_(most),
      gaps_(seed, 0, "serving/gaps") {
  if (rate_.per_second.empty() || rate_.step <= 0) throw std::invalid_argument("a rate curve needs steps");
  if (!(burst >= 0)) throw std::invalid_argument("burst must be at least 0");
  if (burst != 1) gamma_ = engine::Gamma::of_mean(1, std::max(burst, 0.01));
}

std::optional<Arrival> OpenArrivals::next() {
  if (count_ == most_) return std::nullopt;
  const double gap = gamma_ ? engine::draw(*gamma_, gaps_) : engine::draw(engine::Exponential{1.0}, gaps_);
  at_s_ = advance(rate_, at_s_, gap);
  if (!(at_s_ * 1e9 < static_cast<double>(end_))) return std::nullopt;
  Arrival arrival = draw_.next();
  arrival.at = static_cast<Nanos>(std::llround(at_s_ * 1e9));
  arrival.chain.own = ++count_;
  return arrival;
}

ClosedArrivals::ClosedArrivals(std::uint32_t clients, Nanos think, std::uint64_t requests, RequestMix mix, std::uint64_t seed)
    : clients_(clients),
      think_(think),
      left_(requests),
      draw_(std::move(mix), seed) {}

Arrival ClosedArrivals::make(Nanos at, std::uint32_t client) {
  --left_;
  Arrival arrival = draw_.next();
  arrival.at = at;
  arrival.session = client;
  return arrival;
}

std::optional<Arrival> ClosedArrivals::next() {
  if (started_ == clients_ || left_ == 0) return std::nullopt;
  return make(0, started_++);
}

std::optional<Arrival> ClosedArrivals::after(std::uint32_t session, Nanos now) {
  if (left_ == 0) return std::nullopt;
  return make(now + think_, session);
}

AgentArrivals::AgentArrivals(AgentMix mix, Nanos end, std::uint64_t seed)
    : mix_(std::move(mix)), end_(end), gaps_(seed, 0, "serving/sessions"), draws_(seed, 0, "serving/session") {}

std::uint32_t AgentArrivals::length(const engine::Distribution& d, Session& s) const {
  return whole(engine::draw(d, s.stream), 1, mix_.longest_context);
}

Arrival AgentArrivals::turn(std::uint32_t slot, Nanos at, std::uint32_t input) const {
  const Session& s = *sessions_[slot];
  Arrival arrival;
  arrival.at = at;
  arrival.input = input;
  arrival.session = slot;
  arrival.chain.group = 1;
  arrival.chain.group_blocks = mix_.shared_prefix / mix_.block_tokens;
  arrival.chain.own = s.number;
  return arrival;
}

std::optional<Arrival> AgentArrivals::next() {
  while (true) {
    at_s_ = advance(mix_.sessions, at_s_, engine::draw(engine::Exponential{1.0}, gaps_));
    if (!(at_s_ * 1e9 < static_cast<double>(end_))) return std::nullopt;
    std::uint32_t slot = static_cast<std::uint32_t>(sessions_.size());
    if (unused_.empty()) {
      sessions_.emplace_back();
    } else {
      slot = unused_.back();
      unused_.pop_back();
    }
    ++count_;
    sessions_[slot].emplace(Session{draws_.part(count_), count_, 0, 0});
    Session& s = *sessions_[slot];
    s.turns_left = length(mix_.turns, s);
    auto arrival = take_turn(slot, static_cast<Nanos>(std::llround(at_s_ * 1e9)), mix_.shared_prefix + length(mix_.first_input, s));
    if (arrival) return arrival;
    sessions_[slot].reset();  // too long from the start
    unused_.push_back(slot);
  }
}

/// The turn with a context of `input` tokens; nothing if it would pass the longest context.
std::optional<Arrival> AgentArrivals::take_turn(std::uint32_t slot, Nanos at, std::uint32_t input) {
  Session& s = *sessions_[slot];
  const std::uint32_t output = length(mix_.output, s);
  if (s.turns_left == 0 || std::uint64_t{input} + output > mix_.longest_context) return std::nullopt;
  --s.turns_left;
  Arrival arrival = turn(slot, at, input);
  arrival.output = output;
  s.context = input + output;
  // Blocks beyond the shared prefix can be found again only if the context outlives the pause.
  const std::uint32_t blocks = s.context / mix_.block_tokens;
  arrival.chain.blocks = mix_.pause == PausePolicy::dropped ? std::min(blocks, arrival.chain.group_blocks) : blocks;
  return arrival;
}

std::optional<Arrival> AgentArrivals::after(std::uint32_t session, Nanos now) {
  Session& s = *sessions_[session];
  const double pause = engine::draw(mix_.pause_s, s.stream);
  auto arrival = take_turn(session, now + static_cast<Nanos>(std::llround(std::max(0.0, pause) * 1e9)), s.context + length(mix_.added_input, s));
  if (!arrival) {
    sessions_[session].reset();
    unused_.push_back(session);
  }
  return arrival;
}

bool AgentArrivals::pins(std::uint32_t session) const {
  return mix_.pause == PausePolicy::pinned && session < sessions_.size() && sessions_[session] && sessions_[session]->turns_left > 0;
}

}  // namespace headroom::sim_serving
