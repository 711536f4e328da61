#include "sim/engine/event_wheel.hpp"

#include <algorithm>
#include <bit>

namespace headroom::engine {

namespace {
/// One comparison of 128 bits without a branch; a type, so that sorting compares in place instead of by a call.
struct Earlier {
  static unsigned __int128 key(const EventWheel::Event& e) {
    return static_cast<unsigned __int128>(e.at) << 64 | (std::uint64_t{e.what} << 32 | e.number);
  }
  bool operator()(const EventWheel::Event& a, const EventWheel::Event& b) const { return key(a) < key(b); }
};
constexpr Earlier earlier;
}  // namespace

EventWheel::EventWheel(SimTime page)
    : page_bits_(static_cast<int>(std::bit_width(stamp(std::max(page, SimTime{1}), Phase::release) - 1))), near_until_(pages), pages_(pages) {}

void EventWheel::add(const Event& event) {
  const std::uint64_t page = page_of(event.at);
  if (page <= open_number_) {
    open_.insert(std::upper_bound(open_.begin() + static_cast<std::ptrdiff_t>(taken_), open_.end(), event, earlier), event);
  } else if (page < near_until_) {
    put_on_page(event);
  } else {
    far_.push_back(event);
    first_far_ = std::min(first_far_, event.at);
  }
}

void EventWheel::put_on_page(const Event& event) {
  Page& page = pages_[page_of(event.at) % pages];
  if (page.used == Piece::room) {
    std::uint32_t place = unused_;
    if (place == none) {
      place = static_cast<std::uint32_t>(pieces_.size());
      pieces_.emplace_back();
    } else {
      unused_ = pieces_[place].next;
    }
    pieces_[place].next = page.first;
    page = {place, 0};
  }
  pieces_[page.first].events[page.used++] = event;
  ++on_pages_;
}

EventWheel::Stamp EventWheel::next() {
  while (taken_ == open_.size()) {
    if (!open_page()) return never;
  }
  return open_[taken_].at;
}

/// Opens the next page that has events; false if there are none at all.
bool EventWheel::open_page() {
  open_.clear();
  taken_ = 0;
  if (on_pages_ == 0) {
    if (far_.empty()) return false;
    bring_in_far();
  }
  do ++open_number_;
  while (pages_[open_number_ % pages].first == none);
  Page& page = pages_[open_number_ % pages];
  while (page.first != none) {
    Piece& piece = pieces_[page.first];
    for (std::uint32_t i = 0; i < page.used; ++i) open_.push_back(piece.events[i]);  // insert() calls memmove for a few bytes
    const std::uint32_t next = piece.next;
    piece.next = unused_;
    unused_ = page.first;
    page = {next, Piece::room};
  }
  on_pages_ -= open_.size();
  std::sort(open_.begin(), open_.end(), earlier);
  return true;
}

/// Turns the wheel to the first of the far events, and puts those on pages that now have one.
void EventWheel::bring_in_far() {
  open_number_ = page_of(first_far_) - 1;
  near_until_ = open_number_ + pages;
  first_far_ = never;
  const auto is_near = [&](const Event& event) {
    if (page_of(event.at) >= near_until_) {
      first_far_ = std::min(first_far_, event.at);
      return false;
    }
    put_on_page(event);
    return true;
  };
  far_.erase(std::remove_if(far_.begin(), far_.end(), is_near), far_.end());
}

}  // namespace headroom::engine
