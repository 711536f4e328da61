// How a replica fills its next pass. The order of decisions is the engine's: which of decodes and prompts come first. What memory
// they must find, and who is put back when a page is missing, is in replica_memory.cpp.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "sim/serving/replica.hpp"

namespace headroom::sim_serving {
namespace {

/// Never zero for a pass: that would stop the clock.
Nanos to_nanos(Seconds time) { return std::max<Nanos>(1, std::llround(time.base() * 1e9)); }

}  // namespace

Nanos Replica::start(Nanos now) {
  if (busy()) throw std::logic_error("replica: started during a step");
  do {
    plan(now);
  } while (!step_.decodes && chunks_.empty() && waiting_count_ > 0 && drop_pin());
  if (!step_.decodes && chunks_.empty()) {
    if (waiting_count_ > 0) throw std::logic_error("replica: a request waits and nothing can run");
    set_reserve(policy_.output_reserve);
    return never;
  }
  step_.begin = now;
  if (chunks_.empty()) {
    plan_run();
    step_.end = now + run_time(step_.passes);
  } else {
    step_.passes = 1;
    step_.end = now + mixed_time();
  }
  return step_.end;
}

void Replica::plan(Nanos now) {
  planned_at_ = now;
  preempted_ = false;
  blocked_ = no_request;
  extra_ns_ = 0;
  admit_ready(now);
  if (policy_.order == serving::StepOrder::prefill_first) {
    plan_prefill(policy_.token_budget);
    if (chunks_.empty()) plan_decodes();
  } else {
    plan_decodes();
    plan_prefill(policy_.token_budget - static_cast<int>(step_.decodes ? decoding_ : 0));
  }
}

/// Requests whose context is computed and only has to be put back into memory.
void Replica::admit_ready(Nanos now) {
  while (running() < static_cast<std::uint32_t>(policy_.max_sequences)) {
    const RequestId id = head();
    if (id == no_request) return;
    Request& r = table_->requests[id];
    const bool swapped = r.state == Request::State::swapped;
    if (!swapped && r.state != Request::State::in_transfer) return;
    if (join_need(r) > room()) {
      blocked_ = id;
      return;
    }
    const std::uint64_t pages = memory_.pages_for(r.prefilled);
    memory_.take(pages);
    r.private_pages = static_cast<std::uint32_t>(pages);
    if (policy_.admission == Admission::full) committed_pages_ += full_pages(r);
    if (swapped) extra_ns_ += swap_ns(pages);
    pop_head();
    join(id, r.prefilled, swapped ? now : r.first_token);
  }
}

/// Pages that prompts may take: those due to the decodes of this pass are theirs.
std::uint64_t Replica::room() const {
  const std::uint64_t due = step_.decodes ? due_[(pass_ + 1) % page_passes_] : 0;
  const std::uint64_t available = memory_.available();
  return available > due ? available - due : 0;
}

void Replica::plan_decodes() {
  if (policy_.admission == Admission::reserve) retract();
  while (decoding_ > 0 && memory_.available() < due_[(pass_ + 1) % page_passes_]) {
    if (!drop_pin()) preempt(victim());
  }
  step_.decodes = decoding_ > 0;
}

void Replica::plan_prefill(int budget) {
  for (std::size_t i = 0; i < prefilling_.size() && budget > 0;) {
    const RequestId id = prefilling_[i];
    if (!continue_prefill(id, budget)) break;
    if (i < prefilling_.size() && prefilling_[i] == id) ++i;
  }
  if (preempted_) return;  // what was put back just now must not come in again in the same pass
  while (budget > 0 && running() < static_cast<std::uint32_t>(policy_.max_sequences)) {
    const RequestId id = head();
    if (id == no_request) return;
    const auto state = table_->requests[id].state;
    const bool computed = state == Request::State::swapped || state == Request::State::in_transfer;  // it waits for memory alone
    if (computed || !try_start(id, budget)) {
      blocked_ = id;
      return;
    }
  }
}

bool Replica::continue_prefill(RequestId id, int& budget) {
  const Request& r = table_->requests[id];
  const std::uint32_t length = std::min(r.context_to_prefill() - r.prefilled, static_cast<std::uint32_t>(budget));
  const std::uint64_t held = std::uint64_t{r.held_blocks} * memory_.pages_per_block() + r.private_pages;
  const std::uint64_t wanted = memory_.pages_for(r.prefilled + length);
  const std::uint64_t pages = wanted > held ? wanted - held : 0;
  while (room() < pages) {
    if (drop_pin()) continue;
    const RequestId put_back = victim();
    preempt(put_back);
    if (decoding_ == 0) step_.decodes = false;
    if (put_back == id) return false;
  }
  memory_.take(pages);
  table_->requests[id].private_pages += static_cast<std::uint32_t>(pages);
  chunks_.push_back({id, length});
  budget -= static_cast<int>(length);
  return true;
}

/// Starts the prefill of the head of the queue, or says that it has to wait.
bool Replica::try_start(RequestId id, int& budget) {
  Request& r = table_->requests[id];
  const std::uint32_t context = r.context_to_prefill();
  const PrefixChain* chain = policy_.prefix_cache ? chain_of(r) : nullptr;
  // The last token is always computed: its output is what the pass is for.
  const std::uint32_t matched =
      chain == nullptr || context == 0 ? 0 : memory_.match(*chain, std::min(chain->blocks, (context - 1) / memory_.block_tokens()));
  const std::uint32_t start = matched * memory_.block_tokens();
  std::uint32_t length = context - start;
  if (length > static_cast<std::uint32_t>(budget)) {
    if (policy_.chunked) {
      length = static_cast<std::uint32_t>(budget);
    } else if (length <= static_cast<std::uint32_t>(policy_.token_budget) || !chunks_.empty()) {
      return false;
    }
  }
  if (matched > 0) memory_.hold(*chain, matched);
  const std::uint32_t matched_pages = matched * memory_.pages_per_block();
  if (start_need(r, context, start + length, matched_pages) > room()) {
    if (matched > 0) memory_.release(*chain, matched);
    return false;
  }
  pop_head();
  const std::uint32_t pages = memory_.pages_for(start + length) - matched_pages;
  memory_.take(pages);
  r.private_pages = pages;
  r.held_blocks = matched;
  r.prefilled = start;
  r.state = Request::State::prefilling;
  if (!r.started) {
    r.started = true;
    totals_.wait_ns += static_cast<double>(planned_at_ - r.arrival);
    r.cached = start;
    totals_.cached_tokens += start;
  } else {
    totals_.recomputed_tokens += context - start;
  }
  if (policy_.admission == Admission::full) committed_pages_ += full_pages(r);
  prefilling_.push_back(id);
  chunks_.push_back({id, length});
  budget -= static_cast<int>(length);
  return true;
}

Nanos Replica::mixed_time() const {
  serving::Batch batch;
  if (step_.decodes) {
    batch.decode_sequences = static_cast<int>(decoding_);
    batch.decode_context = context_ + gain_ * decoding_;
  }
  for (const Chunk& chunk : chunks_) {
    batch.add_prefill(static_cast<int>(table_->requests[chunk.id].prefilled), static_cast<int>(chunk.tokens));
  }
  return to_nanos(model_->time(batch)) + static_cast<Nanos>(extra_ns_);
}

/// Decides how many passes of decodes alone are one step.
void Replica::plan_run() {
  step_.context = context_ + gain_ * decoding_;
  step_.line = line(step_.context);
  // A reserve that is still falling may let the head of the queue in before the next sequence ends.
  const bool falling = policy_.admission == Admission::reserve && blocked_ != no_request && output_reserve() > least_reserve();
  step_.passes = aggregate_ && !preempted_ && extra_ns_ == 0 && !falling ? longest_run() : 1;
}

const serving::DecodeLine& Replica::line(double context) {
  if (decoding_ >= lines_.size()) lines_.resize(decoding_ + 1U);
  serving::DecodeLine& known = lines_[decoding_];
  if (!(known.from <= context && context < known.until)) known = model_->decode_line(static_cast<int>(decoding_), context);
  return known;
}

/// Passes up to the first that completes a sequence, lacks a page or leaves the line of times.
std::uint32_t Replica::longest_run() {
  const auto gone = [&](std::uint64_t key) {
    const Request& r = table_->requests[static_cast<RequestId>(key & 0xffffffffU)];
    return r.state != Request::State::decoding || r.last_pass != key >> 32 || r.replica != index_;
  };
  while (gone(ends_.front())) {
    std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
    ends_.pop_back();
  }
  std::uint64_t passes = (ends_.front() >> 32) - pass_;
  const double growth = gain_ * decoding_;
  const double inside = (step_.line.until - step_.context) / growth;
  if (inside < static_cast<double>(passes)) passes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(inside)));
  const std::uint64_t available = memory_.available();
  if (available < decoding_ * (passes / page_passes_ + 1)) {
    std::uint64_t due = 0;
    for (std::uint64_t pass = 1; pass <= passes; ++pass) {
      due += due_[(pass_ + pass) % page_passes_];
      if (due > available) passes = pass - 1;
    }
  }
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, passes));
}

/// Time of the first `passes` of the step, each pass with a context longer by one token a sequence than the one before.
Nanos Replica::run_time(std::uint32_t passes) const {
  const double n = passes;
  const double contexts = n * step_.context + gain_ * decoding_ * (0.5 * n * (n - 1));
  const double seconds = n * step_.line.fixed.base() + step_.line.per_context_token.base() * contexts;
  return std::max<Nanos>(passes, std::llround(seconds * 1e9)) + static_cast<Nanos>(extra_ns_);
}

/// Whole passes of the run that are done at `now`.
std::uint32_t Replica::passes_by(Nanos now) const {
  std::uint32_t done = 0, beyond = step_.passes + 1;
  while (beyond - done > 1) {
    const std::uint32_t middle = done + (beyond - done) / 2;
    (step_.begin + run_time(middle) <= now ? done : beyond) = middle;
  }
  return done;
}

std::uint64_t Replica::pages_due(std::uint32_t passes) const {
  std::uint64_t pages = std::uint64_t{passes / page_passes_} * decoding_;
  for (std::uint32_t pass = 1; pass <= passes % page_passes_; ++pass) pages += due_[(pass_ + pass) % page_passes_];
  return pages;
}

Nanos Replica::cut(Nanos now) {
  if (!busy() || step_.passes < 2) return never;
  if (running() >= static_cast<std::uint32_t>(policy_.max_sequences)) return never;
  if (blocked_ != no_request && head() == blocked_) return never;
  std::uint32_t passes = passes_by(now);
  if (passes == 0 || step_.begin + run_time(passes) < now) ++passes;
  if (passes >= step_.passes) return never;
  step_.passes = passes;
  step_.end = step_.begin + run_time(passes);
  return step_.end;
}

}  // namespace headroom::sim_serving
