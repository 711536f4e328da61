// What memory requests must find before they start or come back, and who is put back when a page is missing, in the engines' ways.
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "sim/serving/replica.hpp"

namespace headroom::sim_serving {
namespace {

// SGLang's constants (environment variables and global_config of 0.4 and 0.5; from memory, so assumed): the reserve falls to 0.14
// of its first value over 600 decode passes (SGLANG_MIN_NEW_TOKEN_RATIO_FACTOR, SGLANG_NEW_TOKEN_RATIO_DECAY_STEPS), outputs are
// foreseen up to 4,096 tokens (SGLANG_CLIP_MAX_NEW_TOKENS_ESTIMATION), a retraction makes room for 20 passes
// (SGLANG_RETRACT_DECODE_STEPS), and a decode worker keeps 512 tokens for each sequence (SGLANG_NUM_RESERVED_DECODE_TOKENS).
constexpr double least_reserve_share = 0.14, reserve_passes = 600, foreseen_most = 4096, retract_passes = 20;
constexpr std::uint64_t copied_reserve = 512;

double foreseen(const Request& r) { return std::min<double>(foreseen_most, r.output - r.generated); }

}  // namespace

bool Replica::foreseen_short(const Request& r) { return r.output - r.generated <= foreseen_most; }

/// Pages that must be free before a request may start, in the engine's way of counting.
std::uint64_t Replica::start_need(const Request& r, std::uint32_t context, std::uint32_t end, std::uint32_t matched_pages) const {
  switch (policy_.admission) {
    case Admission::full:
      if (committed_pages_ + full_pages(r) > memory_.total()) return std::numeric_limits<std::uint64_t>::max();
      break;
    case Admission::reserve: {
      // The output of what starts counts whole, that of what decodes by the reserve (PrefillAdder).
      double tokens = output_reserve() * output_to_come() + foreseen(r);
      for (const RequestId other : prefilling_) {
        const Request& o = table_->requests[other];
        tokens += o.context_to_prefill() - o.prefilled + foreseen(o);
      }
      return memory_.pages_for(context + static_cast<std::uint64_t>(tokens)) - matched_pages;
    }
    case Admission::chunk:
      break;
  }
  return memory_.pages_for(end) - matched_pages + watermark();
}

/// The same for one whose context comes as a copy.
std::uint64_t Replica::join_need(const Request& r) const {
  const std::uint64_t pages = memory_.pages_for(r.prefilled);
  switch (policy_.admission) {
    case Admission::full:
      if (committed_pages_ + full_pages(r) > memory_.total()) return std::numeric_limits<std::uint64_t>::max();
      break;
    case Admission::reserve:
      if (running() > 0) return pages + memory_.pages_for(std::uint64_t{running() + 1} * copied_reserve);
      break;
    case Admission::chunk:
      break;
  }
  return pages + watermark();
}

/// Pages that stay free when a request starts beside others, so that the next tokens of those find room.
std::uint64_t Replica::watermark() const {
  return running() > 0 ? static_cast<std::uint64_t>(policy_.watermark * static_cast<double>(memory_.total())) : 0;
}

double Replica::output_reserve() const {
  return std::max(least_reserve(), reserve_ - (policy_.output_reserve - least_reserve()) * static_cast<double>(pass_ - reserve_pass_) / reserve_passes);
}

double Replica::least_reserve() const { return policy_.output_reserve * least_reserve_share; }

void Replica::set_reserve(double share) {
  reserve_ = share;
  reserve_pass_ = pass_;
}

/// Output of the decoding sequences that the engine foresees, in tokens.
double Replica::output_to_come() const {
  if (!long_outputs_) return static_cast<double>(last_pass_sum_ - pass_ * decoding_) * gain_;
  double tokens = 0;
  for (RequestId id = decodes_.first; id != no_request; id = table_->requests[id].next) {
    const Request& r = table_->requests[id];
    tokens += std::min(foreseen_most, static_cast<double>(r.last_pass - pass_) * gain_);
  }
  return tokens;
}

/// When the next pass lacks a page, SGLang puts back the sequences with the fewest tokens so far (of equals, the longest prompt)
/// until what stays could run on for some passes, and foresees of each output what those that stay have had of theirs.
void Replica::retract() {
  while (decoding_ > 0 && memory_.available() < due_[(pass_ + 1) % page_passes_] && drop_pin()) {
  }
  if (decoding_ < 2 || memory_.available() >= due_[(pass_ + 1) % page_passes_]) return;
  struct Running {
    std::uint8_t priority;
    std::uint32_t generated, input;
    RequestId id;
  };
  std::vector<Running> order;
  double generated = 0, output = 0;
  for (RequestId id = decodes_.first; id != no_request; id = table_->requests[id].next) {
    const Request& r = table_->requests[id];
    const std::uint32_t so_far = r.generated + tokens_after(r, static_cast<std::uint32_t>(pass_ - (r.last_pass - passes_to_go(r))));
    order.push_back({r.priority, so_far, r.input, id});
    generated += so_far;
    output += r.output;
  }
  std::stable_sort(order.begin(), order.end(), [](const Running& a, const Running& b) {
    return std::tuple(a.priority, b.generated, a.input) < std::tuple(b.priority, a.generated, b.input);
  });
  do {
    const Running& last = order.back();
    generated -= last.generated;
    output -= table_->requests[last.id].output;
    preempt(last.id);
    order.pop_back();
  } while (decoding_ > 1 && static_cast<double>(memory_.available()) * policy_.page_tokens < retract_passes * gain_ * decoding_);
  set_reserve(std::min(1.0, (generated + retract_passes * gain_ * decoding_) / output));
}

/// A copy of that many pages of one sequence to or from host memory: every accelerator moves its part over a link of its own.
double Replica::swap_ns(std::uint64_t pages) const {
  const double bytes = static_cast<double>(pages) * policy_.page_tokens * model_->kv_bytes_per_token().base() + model_->kv_bytes_per_sequence().base();
  return bytes / (policy_.swap_bandwidth.base() * model_->kv_shards()) * 1e9;
}

bool Replica::drop_pin() {
  if (pins_.empty()) return false;
  memory_.release(pins_.front().chain, pins_.front().blocks);
  pins_.erase(pins_.begin());
  ++totals_.dropped_pins;
  return true;
}

/// The running request that is put back first: of the lowest priority, the one that started last.
RequestId Replica::victim() const {
  RequestId found = prefilling_.empty() ? decodes_.last : prefilling_.back();
  if (queues_.size() == 1) return found;
  const auto worse = [&](RequestId id) { return table_->requests[id].priority > table_->requests[found].priority; };
  for (auto it = prefilling_.rbegin(); it != prefilling_.rend(); ++it) {
    if (worse(*it)) found = *it;
  }
  for (RequestId id = decodes_.last; id != no_request; id = table_->requests[id].previous) {
    if (worse(id)) found = id;
  }
  return found;
}

void Replica::preempt(RequestId id) {
  if (id == no_request) throw std::logic_error("replica: a page is missing and nobody holds one");
  Request& r = table_->requests[id];
  const bool decoding = r.state == Request::State::decoding;
  if (decoding) {
    leave(id);
  } else {
    prefilling_.erase(std::find(prefilling_.begin(), prefilling_.end(), id));
    chunks_.erase(std::remove_if(chunks_.begin(), chunks_.end(), [id](const Chunk& c) { return c.id == id; }), chunks_.end());
  }
  if (policy_.admission == Admission::full) committed_pages_ -= full_pages(r);
  release_memory(r);
  if (decoding && policy_.preemption == Preemption::swap) {
    const std::uint64_t pages = memory_.pages_for(r.prefilled);
    r.state = Request::State::swapped;
    totals_.swapped_pages += pages;
    extra_ns_ += swap_ns(pages);
  } else {
    r.state = Request::State::waiting;
    r.prefilled = 0;
  }
  if (policy_.admission == Admission::reserve) {
    push_back(id);
  } else {
    push_front(id);
  }
  ++totals_.preemptions;
  preempted_ = true;
}

}  // namespace headroom::sim_serving
