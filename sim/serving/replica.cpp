#include "sim/serving/replica.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>

namespace headroom::sim_serving {
namespace {

constexpr std::uint64_t end_key(std::uint64_t last_pass, RequestId id) { return last_pass << 32 | id; }

template <class T>
void remove_from(std::vector<T>& list, const T& item) {
  list.erase(std::find(list.begin(), list.end(), item));
}

}  // namespace

Replica::Replica(std::uint16_t index, Role role, const serving::IterationModel& model, const EnginePolicy& policy, std::uint64_t pages,
                 RequestTable& table, engine::QuantileSketch* gaps, bool aggregate)
    : index_(index),
      role_(role),
      aggregate_(aggregate),
      model_(&model),
      policy_(policy),
      gain_(model.plan().speculation.accepted_length),
      page_passes_(std::max(1U, static_cast<std::uint32_t>(policy.page_tokens / gain_))),
      table_(&table),
      gaps_(gaps),
      memory_(pages, static_cast<std::uint32_t>(policy.page_tokens), static_cast<std::uint32_t>(policy.prefix_block_tokens), policy.prefix_cache),
      queues_(1),
      due_(page_passes_) {
  check(policy);
  set_reserve(policy.output_reserve);
}

bool Replica::fits(const Request& request) const { return full_pages(request) <= memory_.total(); }

void Replica::enqueue(RequestId id) {
  Request& r = table_->requests[id];
  if (r.priority >= queues_.size()) queues_.resize(r.priority + 1U);
  if (r.state != Request::State::in_transfer) r.state = Request::State::waiting;
  r.replica = index_;
  push_back(id);
}

void Replica::push_back(RequestId id) {
  Request& r = table_->requests[id];
  Queue& queue = queues_[r.priority];
  r.next = no_request;
  (queue.last == no_request ? queue.first : table_->requests[queue.last].next) = id;
  queue.last = id;
  ++waiting_count_;
}

void Replica::push_front(RequestId id) {
  Request& r = table_->requests[id];
  Queue& queue = queues_[r.priority];
  r.next = queue.first;
  queue.first = id;
  if (queue.last == no_request) queue.last = id;
  ++waiting_count_;
}

RequestId Replica::head() const {
  for (const Queue& queue : queues_) {
    if (queue.first != no_request) return queue.first;
  }
  return no_request;
}

void Replica::pop_head() {
  for (Queue& queue : queues_) {
    if (queue.first == no_request) continue;
    queue.first = table_->requests[queue.first].next;
    if (queue.first == no_request) queue.last = no_request;
    --waiting_count_;
    return;
  }
}

std::uint32_t Replica::passes_to_go(const Request& r) const {
  const std::uint32_t left = r.output - r.generated;
  return gain_ == 1.0 ? left : static_cast<std::uint32_t>(std::ceil(left / gain_));
}

std::uint32_t Replica::pages_after(const Request& r, std::uint32_t passes) const {
  return passes < r.first_page ? 0 : (passes - r.first_page) / page_passes_ + 1;
}

std::uint32_t Replica::tokens_after(const Request& r, std::uint32_t passes) const {
  if (gain_ == 1.0) return passes;
  return std::min(r.output - r.generated, static_cast<std::uint32_t>(gain_ * passes));
}

/// Adds a sequence with `context` tokens in its pages to the decodes.
void Replica::join(RequestId id, std::uint32_t context, Nanos last_token) {
  Request& r = table_->requests[id];
  const std::uint64_t room = (std::uint64_t{r.held_blocks} * memory_.pages_per_block() + r.private_pages) * static_cast<std::uint64_t>(policy_.page_tokens) - context;
  r.state = Request::State::decoding;
  r.prefilled = context;
  r.last_pass = pass_ + passes_to_go(r);
  r.first_page = static_cast<std::uint16_t>(std::min<std::uint64_t>(page_passes_, static_cast<std::uint64_t>(static_cast<double>(room) / gain_) + 1));
  ++due_[(pass_ + r.first_page) % page_passes_];
  ends_.push_back(end_key(r.last_pass, id));
  std::push_heap(ends_.begin(), ends_.end(), std::greater<>());
  last_pass_sum_ += r.last_pass;
  long_outputs_ = (long_outputs_ && decoding_ > 0) || !foreseen_short(r);
  context_ += context;
  ++decoding_;
  r.previous = decodes_.last;
  r.next = no_request;
  (decodes_.last == no_request ? decodes_.first : table_->requests[decodes_.last].next) = id;
  decodes_.last = id;
  fresh_.push_back({id, last_token});
}

/// Takes a sequence out of the decodes; its tokens, context and pages become those of now.
void Replica::leave(RequestId id) {
  Request& r = table_->requests[id];
  const std::uint64_t joined = r.last_pass - passes_to_go(r);
  const auto passes = static_cast<std::uint32_t>(pass_ - joined);
  const std::uint32_t tokens = tokens_after(r, passes);
  --due_[(joined + r.first_page) % page_passes_];
  context_ -= r.prefilled + gain_ * passes;
  last_pass_sum_ -= r.last_pass;
  if (--decoding_ == 0) context_ = 0;  // no rounding is left over
  r.private_pages += pages_after(r, passes);
  r.generated += tokens;
  r.prefilled += tokens;
  totals_.emitted_tokens += tokens;
  (r.previous == no_request ? decodes_.first : table_->requests[r.previous].next) = r.next;
  (r.next == no_request ? decodes_.last : table_->requests[r.next].previous) = r.previous;
  r.previous = r.next = no_request;
  if (!fresh_.empty()) {
    const auto found = std::find_if(fresh_.begin(), fresh_.end(), [id](const Fresh& f) { return f.id == id; });
    if (found != fresh_.end()) fresh_.erase(found);
  }
}

void Replica::finish(Nanos now) {
  const double before = static_cast<double>(memory_.in_use());
  const double elapsed = static_cast<double>(now - step_.begin);
  totals_.busy_ns += elapsed;
  totals_.passes += step_.passes;
  ++totals_.steps;
  if (!chunks_.empty()) totals_.prefill_busy_ns += elapsed;
  if (step_.decodes) finish_decodes(now);
  for (const Chunk& chunk : chunks_) finish_chunk(chunk, now);
  complete_due();
  totals_.page_ns += 0.5 * (before + static_cast<double>(memory_.in_use())) * elapsed;
  step_ = Step{};
  chunks_.clear();
}

void Replica::finish_decodes(Nanos now) {
  const std::uint32_t passes = step_.passes;
  memory_.take(pages_due(passes));
  record_gaps();
  pass_ += passes;
  context_ += gain_ * decoding_ * passes;
  decoded_tokens_ += std::uint64_t{decoding_} * passes;
  last_decode_end_ = now;
}

/// The gap before a token is the time since the batch's last pass with decodes, or since the prefill for one that just joined.
void Replica::record_gaps() {
  const std::uint32_t old = decoding_ - static_cast<std::uint32_t>(fresh_.size());
  if (gaps_ == nullptr) {
    fresh_.clear();
    return;
  }
  const bool run = chunks_.empty();
  const Nanos first_end = run ? step_.begin + run_time(1) : step_.end;
  const double scale = 1e9 * gain_;
  if (old > 0) gaps_->add(static_cast<double>(first_end - last_decode_end_) / scale, old);
  for (const Fresh& f : fresh_) gaps_->add(static_cast<double>(first_end - f.last_token) / scale);
  fresh_.clear();
  if (step_.passes < 2) return;
  const std::uint32_t rest = step_.passes - 1;
  const double growth = step_.line.per_context_token.base() * gain_ * decoding_ * 1e9;
  const double shortest = static_cast<double>(run_time(1)) + growth;
  // Passes whose times differ by less than a bucket of the sketch are counted together.
  const double spread = growth * (rest - 1);
  const auto parts = std::min<std::uint32_t>(rest, 1 + static_cast<std::uint32_t>(spread / (engine::QuantileSketch::accuracy * shortest)));
  std::uint32_t done = 0;
  for (std::uint32_t part = 0; part < parts; ++part) {
    const auto until = static_cast<std::uint32_t>(std::uint64_t{rest} * (part + 1) / parts);
    gaps_->add((shortest + growth * (0.5 * (done + until) - 0.5)) / scale, std::uint64_t{decoding_} * (until - done));
    done = until;
  }
}

void Replica::finish_chunk(const Chunk& chunk, Nanos now) {
  Request& r = table_->requests[chunk.id];
  r.prefilled += chunk.tokens;
  totals_.prefilled_tokens += chunk.tokens;
  if (r.prefilled < r.context_to_prefill()) return;
  remove_from(prefilling_, chunk.id);
  publish(r);
  if (role_ == Role::prefill && r.output > r.generated + 1) {
    r.state = Request::State::exporting;
    exporting_.push_back(chunk.id);
    prefilled.push_back(chunk.id);
    return;
  }
  if (r.first_token < 0) {
    r.first_token = now;
    first_tokens.push_back({chunk.id, r.cached});
  }
  if (r.output > 0) {
    ++r.generated;
    ++totals_.emitted_tokens;
  }
  if (r.generated >= r.output) {
    completed.push_back(chunk.id);
  } else {
    join(chunk.id, r.prefilled, now);
  }
}

void Replica::complete_due() {
  while (!ends_.empty() && (ends_.front() >> 32) <= pass_) {
    const auto id = static_cast<RequestId>(ends_.front() & 0xffffffffU);
    const std::uint64_t last_pass = ends_.front() >> 32;
    std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
    ends_.pop_back();
    const Request& r = table_->requests[id];
    if (r.state != Request::State::decoding || r.last_pass != last_pass || r.replica != index_) continue;  // it had left before
    leave(id);
    table_->requests[id].state = Request::State::waiting;
    completed.push_back(id);
  }
}

void Replica::publish(Request& r) {
  const PrefixChain* chain = policy_.prefix_cache ? chain_of(r) : nullptr;
  if (chain == nullptr) return;
  const std::uint32_t until = std::min(chain->blocks, r.prefilled / memory_.block_tokens());
  if (until <= r.held_blocks) return;
  memory_.publish(*chain, r.held_blocks, until);
  r.private_pages -= (until - r.held_blocks) * memory_.pages_per_block();
  r.held_blocks = until;
}

void Replica::release_memory(Request& r) {
  memory_.give_back(r.private_pages);
  r.private_pages = 0;
  if (r.held_blocks > 0) memory_.release(*chain_of(r), r.held_blocks);
  r.held_blocks = 0;
}

void Replica::forget(RequestId id, std::uint32_t pin_for_session) {
  Request& r = table_->requests[id];
  if (policy_.admission == Admission::full) committed_pages_ -= full_pages(r);
  publish(r);  // the output belongs to the context of a next turn
  if (pin_for_session != no_request && r.held_blocks > 0) {
    pins_.push_back({pin_for_session, r.held_blocks, *chain_of(r)});
    r.held_blocks = 0;
  }
  release_memory(r);
}

void Replica::unpin(std::uint32_t session) {
  for (std::size_t i = 0; i < pins_.size(); ++i) {
    if (pins_[i].session != session) continue;
    memory_.release(pins_[i].chain, pins_[i].blocks);
    pins_.erase(pins_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

void Replica::exported(RequestId id) {
  remove_from(exporting_, id);
  Request& r = table_->requests[id];
  if (policy_.admission == Admission::full) committed_pages_ -= full_pages(r);
  release_memory(r);
}

std::vector<RequestId> Replica::fail(Nanos now) {
  if (step_.decodes && chunks_.empty()) {  // tokens of the passes done so far were sent
    step_.passes = passes_by(now);
    finish_decodes(now);
  }
  std::vector<RequestId> out;
  while (decodes_.first != no_request) {
    const RequestId id = decodes_.first;
    leave(id);
    out.push_back(id);
  }
  out.insert(out.end(), exporting_.begin(), exporting_.end());
  out.insert(out.end(), prefilling_.begin(), prefilling_.end());
  while (waiting_count_ > 0) {
    out.push_back(head());
    pop_head();
  }
  for (const RequestId id : out) {
    Request& r = table_->requests[id];
    r.prefilled = r.held_blocks = r.private_pages = 0;
    r.state = Request::State::waiting;
    r.next = no_request;
  }
  exporting_.clear();
  prefilling_.clear();
  chunks_.clear();
  fresh_.clear();
  ends_.clear();
  pins_.clear();
  committed_pages_ = 0;
  set_reserve(policy_.output_reserve);
  step_ = Step{};
  memory_ = KvMemory(memory_.total(), static_cast<std::uint32_t>(policy_.page_tokens), memory_.block_tokens(), policy_.prefix_cache);
  return out;
}

std::uint64_t Replica::tokens_in_flight(Nanos now) const {
  std::uint64_t sum = 0;
  const std::uint32_t under_way = busy() && step_.decodes && chunks_.empty() ? passes_by(now) : 0;
  for (RequestId id = decodes_.first; id != no_request; id = table_->requests[id].next) {
    const Request& r = table_->requests[id];
    sum += tokens_after(r, under_way + static_cast<std::uint32_t>(pass_ - (r.last_pass - passes_to_go(r))));
  }
  return sum;
}

ReplicaUse Replica::use(Nanos now) const {
  const double done = busy() ? static_cast<double>(now - step_.begin) : 0;
  ReplicaUse use;
  use.busy = totals_.busy_ns + done;
  use.prefill = totals_.prefill_busy_ns + (chunks_.empty() ? 0 : done);
  use.pages = totals_.page_ns + done * static_cast<double>(memory_.in_use());
  use.page_room = use.busy * static_cast<double>(memory_.total());
  return use;
}

void Replica::check_balance() const {
  memory_.check();
  std::uint64_t listed = 0;
  for (RequestId id = decodes_.first; id != no_request; id = table_->requests[id].next) ++listed;
  if (listed != decoding_) throw std::logic_error("replica: decodes listed " + std::to_string(listed) + ", counted " + std::to_string(decoding_));
}

}  // namespace headroom::sim_serving
