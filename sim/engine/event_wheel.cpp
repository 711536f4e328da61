#include "sim/engine/event_wheel.hpp"

#include <algorithm>
#include <bit>

namespace headroom::engine {

namespace {
bool earlier(const EventWheel::Event& a, const EventWheel::Event& b) {
  if (a.at != b.at) return a.at < b.at;
  return a.what != b.what ? a.what < b.what : a.number < b.number;
}
}  // namespace

EventWheel::EventWheel(SimTime page)
    : page_bits_(static_cast<int>(std::bit_width(stamp(std::max(page, SimTime{1}), Phase::release) - 1))), near_until_(pages), first_(pages, none) {}

void EventWheel::add(const Event& event) {
  const std::uint64_t page = page_of(event.at);
  if (page <= open_number_) {
    open_.insert(std::upper_bound(open_.begin() + static_cast<std::ptrdiff_t>(taken_), open_.end(), event, earlier), event);
  } else if (page < near_until_) {
    put_on_page(event);
  } else {
    far_.push_back(event);
  }
}

void EventWheel::put_on_page(const Event& event) {
  std::int32_t place = unused_;
  if (place == none) {
    place = static_cast<std::int32_t>(waiting_.size());
    waiting_.emplace_back();
  } else {
    unused_ = waiting_[static_cast<std::size_t>(place)].next;
  }
  std::int32_t& first = first_[page_of(event.at) % pages];
  waiting_[static_cast<std::size_t>(place)] = {event, first};
  first = place;
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
  while (first_[open_number_ % pages] == none);
  std::int32_t& first = first_[open_number_ % pages];
  while (first != none) {
    Waiting& w = waiting_[static_cast<std::size_t>(first)];
    open_.push_back(w.event);
    const std::int32_t place = first;
    first = w.next;
    w.next = unused_;
    unused_ = place;
    --on_pages_;
  }
  std::sort(open_.begin(), open_.end(), earlier);
  return true;
}

/// Turns the wheel to the first of the far events, and puts those on pages that now have one.
void EventWheel::bring_in_far() {
  open_number_ = page_of(std::min_element(far_.begin(), far_.end(), earlier)->at) - 1;
  near_until_ = open_number_ + pages;
  const auto is_near = [&](const Event& event) {
    if (page_of(event.at) >= near_until_) return false;
    put_on_page(event);
    return true;
  };
  far_.erase(std::remove_if(far_.begin(), far_.end(), is_near), far_.end());
}

}  // namespace headroom::engine
