#include "sim/engine/queue.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace headroom::engine::detail {

void throw_past(SimTime at, SimTime now) {
  throw std::logic_error(
      fmt::format("an event at {} ns lies in the past: the clock shows {} ns", at.count(), now.count()));
}
void throw_too_late(SimTime at) {
  throw std::logic_error(fmt::format("an event at {} ns lies after the last time, {} ns", at.count(), latest.count()));
}
void throw_empty(SimTime now) { throw std::logic_error(fmt::format("no event is pending at {} ns", now.count())); }
void throw_full(std::uint64_t sequence, std::size_t pending) {
  throw std::logic_error(
      fmt::format("event queue at its limit: {} events scheduled, {} pending", sequence - 1, pending));
}
void throw_skipped(SimTime to, SimTime next) {
  throw std::logic_error(
      fmt::format("the clock cannot move to {} ns: an event is due at {} ns", to.count(), next.count()));
}

}  // namespace headroom::engine::detail
