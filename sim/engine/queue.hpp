#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "sim/engine/time.hpp"

namespace headroom::engine {

/// Order of events at one instant.
enum class Phase : std::uint8_t {
  release,      ///< first: what ends, is repaired or delivered is free for all that follows at this instant
  failure,      ///< next: what breaks now must not be given away now
  arrival,      ///< then work and demand join, before anybody decides about them
  decision,     ///< schedulers, placements and responses see the whole instant
  observation,  ///< last: meters read what the instant has become
};

/// The total order of pending events. No two events are equal, so no container or thread can order them differently.
struct EventKey {
  SimTime at;
  Phase phase;
  std::uint64_t sequence;  ///< in order of scheduling; rescheduling takes a new one
  friend constexpr auto operator<=>(const EventKey&, const EventKey&) = default;
};

template <class Payload>
struct Event {
  EventKey key;
  Payload payload;
};

/// Names one scheduled event until it fires or is cancelled; afterwards it names nothing, even if its place is reused.
struct EventHandle {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
  friend constexpr bool operator==(EventHandle, EventHandle) = default;
};

namespace detail {
[[noreturn]] void throw_past(SimTime at, SimTime now);
[[noreturn]] void throw_too_late(SimTime at);
[[noreturn]] void throw_empty(SimTime now);
[[noreturn]] void throw_full(std::uint64_t sequence, std::size_t pending);
[[noreturn]] void throw_skipped(SimTime to, SimTime next);
}  // namespace detail

/// Pending events and the clock. Fires them in the order of EventKey; a handler may schedule at the present instant,
/// even in an earlier phase than its own: it fires next. Allocates only to grow beyond the largest number pending so
/// far.
///
/// `Payload` is copied into a slot: keep it small ({kind, index} into the owner's arrays). Cancelled and moved entries
/// stay in the heap until they surface or outnumber the others; `size()` counts live events exactly. Limits: 2^24 - 1
/// events pending, 2^40 scheduled in a lifetime, times up to `latest`.
template <class Payload>
class EventQueue {
  static_assert(std::is_trivially_copyable_v<Payload>, "payloads are moved as bytes");

 public:
  EventQueue() { clear_heap(); }

  [[nodiscard]] SimTime now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return live_; }
  [[nodiscard]] bool empty() const { return live_ == 0; }
  /// Events scheduled so far, rescheduled ones counted again.
  [[nodiscard]] std::uint64_t scheduled() const { return next_sequence_ - 1; }
  /// Events popped so far.
  [[nodiscard]] std::uint64_t fired() const { return fired_; }

  void reserve(std::size_t events) {
    heap_.reserve(events + padding + 1);
    slots_.reserve(events);
    free_.reserve(events);
  }

  /// Throws std::logic_error if `at` is before now() or after `latest`, or if a limit is reached.
  EventHandle schedule(SimTime at, Phase phase, const Payload& payload) {
    check(at);
    const std::uint32_t slot = take_slot();
    Slot& place = slots_[slot];
    place.payload = payload;
    push(at, phase, slot);
    ++live_;
    return {slot, place.generation};
  }

  /// Like schedule(now() + delay, ...).
  EventHandle schedule_after(SimTime delay, Phase phase, const Payload& payload) {
    return schedule(now_ + delay, phase, payload);
  }

  [[nodiscard]] bool pending(EventHandle handle) const {
    return handle.slot < slots_.size() && slots_[handle.slot].sequence != 0 &&
           slots_[handle.slot].generation == handle.generation;
  }

  /// False if the event has fired or was cancelled before; nothing happens then.
  bool cancel(EventHandle handle) {
    if (!pending(handle)) return false;
    give_back(handle.slot);
    forget_entry();
    return true;
  }

  /// Moves a pending event, which keeps handle, phase and payload and takes a new place among equals, as if scheduled
  /// now. False if it has fired or was cancelled. Throws like schedule().
  bool reschedule(EventHandle handle, SimTime at) {
    if (!pending(handle)) return false;
    check(at);
    push(at, slots_[handle.slot].phase, handle.slot);
    forget_entry();
    return true;
  }

  /// Key of the next event. Throws std::logic_error if there is none.
  [[nodiscard]] EventKey peek() const {
    if (live_ == 0) detail::throw_empty(now_);
    return unpack(heap_[0]);
  }

  /// Takes the next event and moves the clock to it. Throws std::logic_error if there is none.
  Event<Payload> pop() {
    if (live_ == 0) detail::throw_empty(now_);
    const Key top = heap_[0];
    const std::uint32_t slot = slot_of(top);
    const Event<Payload> event{unpack(top), slots_[slot].payload};
    give_back(slot);
    remove_top();
    drop_dead_tops();
    if (live_ != 0) __builtin_prefetch(&slots_[slot_of(heap_[0])]);
    now_ = event.key.at;
    ++fired_;
    return event;
  }

  /// Moves the clock to `to` without an event. Throws std::logic_error if that would go back or jump over an event.
  void advance(SimTime to) {
    check(to);
    if (live_ != 0 && unpack(heap_[0]).at < to) detail::throw_skipped(to, unpack(heap_[0]).at);
    now_ = to;
  }

 private:
  // time (61 bits) | phase (3) | sequence (40) | slot (24): one comparison of 128 bits without a branch orders two
  // entries; the slot rides along and never decides, because sequences differ.
  using Key = unsigned __int128;
  static constexpr int slot_bits = 24;
  static constexpr int sequence_bits = 40;
  static constexpr std::uint32_t slot_mask = (1U << slot_bits) - 1;
  static constexpr std::uint64_t sequence_mask = (std::uint64_t{1} << sequence_bits) - 1;
  static constexpr Key beyond = ~Key{0};
  static constexpr std::size_t padding = 4;  ///< entries `beyond` after the last, so that four children always exist

  struct Slot {
    std::uint64_t sequence = 0;  ///< of the live entry; 0: free
    std::uint32_t generation = 0;
    Phase phase{};
    Payload payload{};
  };

  static Key pack(SimTime at, Phase phase, std::uint64_t sequence, std::uint32_t slot) {
    const std::uint64_t high = (static_cast<std::uint64_t>(at.count()) << 3) | static_cast<std::uint64_t>(phase);
    return (Key{high} << 64) | (sequence << slot_bits) | slot;
  }
  static EventKey unpack(Key key) {
    const auto high = static_cast<std::uint64_t>(key >> 64);
    return {SimTime{static_cast<std::int64_t>(high >> 3)}, static_cast<Phase>(high & 7), sequence_of(key)};
  }
  static std::uint64_t sequence_of(Key key) { return static_cast<std::uint64_t>(key) >> slot_bits; }
  static std::uint32_t slot_of(Key key) { return static_cast<std::uint32_t>(key) & slot_mask; }
  [[nodiscard]] bool dead(Key key) const { return slots_[slot_of(key)].sequence != sequence_of(key); }

  void check(SimTime at) const {
    if (at < now_) detail::throw_past(at, now_);
    if (at > latest) detail::throw_too_late(at);
  }

  std::uint32_t take_slot() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (slots_.size() >= slot_mask) detail::throw_full(next_sequence_, live_);
    slots_.emplace_back();
    if (free_.capacity() < slots_.size()) free_.reserve(slots_.capacity());  // so that giving back never allocates
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }

  void give_back(std::uint32_t slot) {
    slots_[slot].sequence = 0;
    ++slots_[slot].generation;
    free_.push_back(slot);
    --live_;
  }

  void push(SimTime at, Phase phase, std::uint32_t slot) {
    if (next_sequence_ > sequence_mask) detail::throw_full(next_sequence_, live_);
    slots_[slot].sequence = next_sequence_;
    slots_[slot].phase = phase;
    const Key key = pack(at, phase, next_sequence_++, slot);
    heap_.push_back(beyond);
    sift_up(entries_++, key);
  }

  void sift_up(std::size_t hole, Key key) {
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (heap_[parent] < key) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = key;
  }

  std::size_t least_child(std::size_t parent) const {
    const std::size_t c = 4 * parent + 1;
    const std::size_t left = c + static_cast<std::size_t>(heap_[c + 1] < heap_[c]);
    const std::size_t right = c + 2 + static_cast<std::size_t>(heap_[c + 3] < heap_[c + 2]);
    return heap_[right] < heap_[left] ? right : left;
  }

  /// The hole left at the top sinks to a leaf by the lesser child, without comparing with the entry that will fill it:
  /// that entry comes from the bottom and almost always belongs there, so the comparison would only cost a missed
  /// branch.
  void remove_top() {
    const Key last = heap_[--entries_];
    heap_[entries_] = beyond;
    heap_.pop_back();
    if (entries_ == 0) return;
    std::size_t hole = 0;
    while (4 * hole + 1 < entries_) {
      const std::size_t child = least_child(hole);
      heap_[hole] = heap_[child];
      hole = child;
    }
    sift_up(hole, last);
  }

  void drop_dead_tops() {
    while (entries_ > live_ && entries_ > 0 && dead(heap_[0])) remove_top();
  }

  /// After an entry has become dead: the top stays live, and dead entries never outnumber the live ones by much.
  void forget_entry() {
    drop_dead_tops();
    if (entries_ < 2 * live_ + 64) return;
    std::vector<Key>::iterator end = heap_.begin() + static_cast<std::ptrdiff_t>(entries_);
    end = std::remove_if(heap_.begin(), end, [this](Key key) { return dead(key); });
    entries_ = static_cast<std::size_t>(end - heap_.begin());
    std::sort(heap_.begin(), end);  // a sorted array is a heap
    heap_.resize(entries_ + padding);
    std::fill(heap_.end() - padding, heap_.end(), beyond);
  }

  void clear_heap() { heap_.assign(padding, beyond); }

  std::vector<Key> heap_;
  std::size_t entries_ = 0;  ///< live and dead
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t live_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t fired_ = 0;
  SimTime now_{0};
};

/// Fires all events before `end`, those scheduled meanwhile included, then moves the clock to `end`: periods are
/// half-open, an event at `end` belongs to the next one. `handle(event)` may use the queue freely. Returns the number
/// fired.
template <class Payload, class Handler>
std::uint64_t run_until(EventQueue<Payload>& queue, SimTime end, Handler&& handle) {
  const std::uint64_t before = queue.fired();
  while (!queue.empty() && queue.peek().at < end) {
    const Event<Payload> event = queue.pop();
    handle(event);
  }
  queue.advance(end);
  return queue.fired() - before;
}

}  // namespace headroom::engine
