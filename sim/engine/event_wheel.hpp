#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/queue.hpp"
#include "sim/engine/time.hpp"

namespace headroom::engine {

/// Pending events of a simulation that has millions of them at about even spacing. They stand unordered on pages of equal
/// spans of time, and a page is sorted when it is opened; what lies beyond all pages waits apart,
/// unordered too. An event costs a few writes and a share of a small sort, where a queue costs a path through a tree.
///
/// Against EventQueue: equal times are ordered by (phase, what, number) instead of by the order of scheduling, and nothing
/// can be cancelled: a void event is one whose `number` is no longer that of the thing it speaks of.
class EventWheel {
 public:
  /// Time and phase in one number that orders as they do.
  using Stamp = std::uint64_t;
  static constexpr Stamp never = ~Stamp{0};
  [[nodiscard]] static Stamp stamp(SimTime at, Phase phase) { return static_cast<Stamp>(at.count()) << 3 | static_cast<Stamp>(phase); }
  [[nodiscard]] static SimTime time_of(Stamp stamp) { return SimTime{static_cast<std::int64_t>(stamp >> 3)}; }

  struct Event {
    Stamp at;
    std::uint32_t what;    ///< the caller's
    std::uint32_t number;  ///< the caller's
  };

  /// `page`: span in which about half a dozen events are expected; it is rounded up to a power of two nanoseconds.
  explicit EventWheel(SimTime page);

  /// An event at or after the last one that was taken, before `latest`.
  void add(const Event& event);
  /// When the next event comes, or `never`.
  [[nodiscard]] Stamp next();
  /// Takes the next event. Requires next() to have said that there is one.
  Event pop() { return open_[taken_++]; }
  /// An event that comes soon, if one is known: what it is about may be fetched from memory meanwhile.
  [[nodiscard]] const Event* soon() const { return taken_ + 2 < open_.size() ? &open_[taken_ + 2] : nullptr; }

 private:
  static constexpr std::size_t pages = 4096;
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  /// A page is a chain of pieces of a cache line: reading a chain of single events, which lie anywhere, waited for memory at
  /// each of them.
  struct alignas(64) Piece {
    static constexpr std::uint32_t room = 3;
    Event events[room];
    std::uint32_t next;  ///< of the page, or of the unused ones
  };
  struct Page {
    std::uint32_t first = none;  ///< the only piece that may have room
    std::uint32_t used = Piece::room;  ///< of the first
  };

  [[nodiscard]] std::uint64_t page_of(Stamp stamp) const { return stamp >> page_bits_; }
  void put_on_page(const Event& event);
  bool open_page();
  void bring_in_far();

  int page_bits_;
  std::uint64_t open_number_ = 0;  ///< the pages up to this one have been opened
  std::uint64_t near_until_;       ///< events of pages before this are on the wheel
  std::vector<Page> pages_;        ///< in a ring
  std::vector<Piece> pieces_;
  std::uint32_t unused_ = none;
  std::size_t on_pages_ = 0;
  std::vector<Event> far_;
  Stamp first_far_ = never;
  std::vector<Event> open_;  ///< in order
  std::size_t taken_ = 0;    ///< of open_
};

}  // namespace headroom::engine
