#include "sim/engine/queue.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"

using namespace headroom;
using namespace headroom::engine;

namespace {
std::size_t allocations = 0;
}  // namespace

// Counts every allocation of this program, so that "none in steady state" is a measurement. All forms, because a
// sanitizer's own must not be mixed with these.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc{};
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return operator new(size, std::nothrow); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

struct Tag {
  std::uint32_t kind;
  std::uint32_t index;
};
using Queue = EventQueue<Tag>;

SimTime at(std::int64_t nanoseconds) { return SimTime{nanoseconds}; }

}  // namespace

TEST_CASE("time converts without losing a positive time or taking a false one", "[engine]") {
  REQUIRE(to_sim_time(seconds(1.5)).count() == 1'500'000'000);
  REQUIRE(to_sim_time(seconds(0)).count() == 0);
  REQUIRE(to_sim_time(seconds(1e-30)).count() == 1);
  REQUIRE(to_sim_time(seconds(2.6e-9)).count() == 3);
  REQUIRE(to_sim_time(days(365)) == std::chrono::hours{24 * 365});
  REQUIRE(to_seconds(std::chrono::hours{2}) == hours(2));
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double wrong : {-1e-12, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), 2e9, 1e300}) {
    REQUIRE_THROWS_AS(to_sim_time(seconds(wrong)), std::domain_error);
  }
}

TEST_CASE("events at one instant fire by phase and then in the order of scheduling", "[engine]") {
  Queue queue;
  const Phase phases[] = {Phase::observation, Phase::arrival, Phase::decision, Phase::release, Phase::failure};
  std::uint32_t index = 0;
  for (int round = 0; round < 3; ++round) {
    for (const Phase phase : phases) queue.schedule(at(round == 2 ? 4 : 5), phase, {0, index++});
  }
  std::vector<std::uint32_t> order;
  while (!queue.empty()) order.push_back(queue.pop().payload.index);
  REQUIRE(order == std::vector<std::uint32_t>{13, 14, 11, 12, 10, 3, 8, 4, 9, 1, 6, 2, 7, 0, 5});
}

TEST_CASE("keys compare by time, then phase, then sequence", "[engine]") {
  REQUIRE(EventKey{at(1), Phase::observation, 9} < EventKey{at(2), Phase::release, 1});
  REQUIRE(EventKey{at(2), Phase::release, 9} < EventKey{at(2), Phase::arrival, 1});
  REQUIRE(EventKey{at(2), Phase::arrival, 1} < EventKey{at(2), Phase::arrival, 2});
}

TEST_CASE("an event in the past is refused with both times", "[engine]") {
  Queue queue;
  queue.schedule(at(10), Phase::arrival, {});
  queue.pop();
  REQUIRE(queue.now() == at(10));
  REQUIRE_THROWS_WITH(queue.schedule(at(9), Phase::arrival, {}),
                      "an event at 9 ns lies in the past: the clock shows 10 ns");
  REQUIRE_THROWS_AS(queue.schedule(latest + at(1), Phase::arrival, {}), std::logic_error);
  REQUIRE_THROWS_AS(queue.pop(), std::logic_error);
  REQUIRE_THROWS_AS(queue.peek(), std::logic_error);
  queue.schedule(at(12), Phase::arrival, {});
  REQUIRE_THROWS_AS(queue.advance(at(13)), std::logic_error);
  REQUIRE_THROWS_AS(queue.advance(at(9)), std::logic_error);
  REQUIRE_NOTHROW(queue.advance(at(12)));
}

TEST_CASE("an event may follow at once in an earlier phase", "[engine]") {
  Queue queue;
  queue.schedule(at(3), Phase::decision, {0, 0});
  queue.schedule(at(3), Phase::observation, {0, 2});
  queue.pop();
  queue.schedule(at(3), Phase::release, {0, 1});
  REQUIRE(queue.pop().payload.index == 1);
  REQUIRE(queue.pop().payload.index == 2);
}

TEST_CASE("a handle dies with its event and does not name the next one in its place", "[engine]") {
  Queue queue;
  const EventHandle first = queue.schedule(at(1), Phase::arrival, {0, 1});
  REQUIRE(queue.pending(first));
  REQUIRE(queue.cancel(first));
  REQUIRE_FALSE(queue.cancel(first));
  const EventHandle second = queue.schedule(at(1), Phase::arrival, {0, 2});
  REQUIRE(second.slot == first.slot);
  REQUIRE_FALSE(queue.cancel(first));
  REQUIRE_FALSE(queue.reschedule(first, at(5)));
  REQUIRE_FALSE(queue.pending(EventHandle{}));
  REQUIRE(queue.size() == 1);
  REQUIRE(queue.pop().payload.index == 2);
  REQUIRE_FALSE(queue.pending(second));
}

TEST_CASE("a rescheduled event keeps its handle and goes behind its equals", "[engine]") {
  Queue queue;
  const EventHandle moved = queue.schedule(at(5), Phase::arrival, {0, 0});
  queue.schedule(at(7), Phase::arrival, {0, 1});
  REQUIRE(queue.reschedule(moved, at(7)));
  REQUIRE(queue.size() == 2);
  REQUIRE(queue.pop().payload.index == 1);
  REQUIRE(queue.pending(moved));
  REQUIRE(queue.reschedule(moved, at(7)));
  REQUIRE(queue.pop().payload.index == 0);
  REQUIRE(queue.empty());
  REQUIRE(queue.scheduled() == 4);
  REQUIRE(queue.fired() == 2);
}

TEST_CASE("random operations agree with an ordered set", "[engine]") {
  const auto seed = GENERATE(range(0, 12));
  CAPTURE(seed);
  Stream random{static_cast<std::uint64_t>(seed), 0, "queue test"};
  const auto below = [&](std::uint64_t n) { return random.bits() % n; };
  Queue queue;
  using Entry = std::tuple<std::int64_t, int, std::uint64_t, std::uint32_t>;  // time, phase, sequence, index
  std::set<Entry> model;
  std::map<std::uint32_t, std::pair<EventHandle, Entry>> live;
  std::uint64_t sequence = 0;
  std::uint32_t next = 0;
  const std::uint64_t spread = seed % 3 == 0 ? 4 : 1'000'000;  // many ties, or few
  for (int i = 0; i < 20000; ++i) {
    const auto choice = below(10);
    const std::int64_t when = queue.now().count() + static_cast<std::int64_t>(below(spread));
    if (choice < (i < 10000 ? 5U : 3U)) {
      const auto phase = static_cast<int>(below(5));
      const EventHandle handle = queue.schedule(at(when), static_cast<Phase>(phase), {7, next});
      const Entry entry{when, phase, ++sequence, next};
      model.insert(entry);
      live[next++] = {handle, entry};
    } else if (choice < 7 && !live.empty()) {
      auto chosen = live.lower_bound(static_cast<std::uint32_t>(below(next)));
      if (chosen == live.end()) chosen = live.begin();
      auto& [handle, entry] = chosen->second;
      model.erase(entry);
      if (choice == 5) {
        REQUIRE(queue.cancel(handle));
        live.erase(chosen);
      } else {
        REQUIRE(queue.reschedule(handle, at(when)));
        entry = {when, std::get<1>(entry), ++sequence, std::get<3>(entry)};
        model.insert(entry);
      }
    } else if (!model.empty()) {
      const Entry expected = *model.begin();
      model.erase(model.begin());
      REQUIRE(queue.peek() ==
              EventKey{at(std::get<0>(expected)), static_cast<Phase>(std::get<1>(expected)), std::get<2>(expected)});
      REQUIRE(queue.pop().payload.index == std::get<3>(expected));
      REQUIRE(queue.now().count() == std::get<0>(expected));
      live.erase(std::get<3>(expected));
    }
    REQUIRE(queue.size() == model.size());
  }
}

TEST_CASE("steady state allocates nothing, with cancelling and rescheduling", "[engine]") {
  Queue queue;
  Stream random{1, 0, "steady"};
  const Exponential increment{1000};
  std::vector<EventHandle> handles(1000);
  const auto step = [&] {
    const Event<Tag> event = queue.pop();
    const auto i = event.payload.index;
    handles[i] =
        queue.schedule_after(at(1 + static_cast<std::int64_t>(draw(increment, random))), Phase::arrival, {0, i});
    const auto other = static_cast<std::size_t>(random.bits() % handles.size());
    if (random.bits() % 2 == 0) {
      queue.reschedule(handles[other], queue.now() + at(500));
    } else if (queue.cancel(handles[other])) {
      handles[other] = queue.schedule_after(at(700), Phase::failure, {0, static_cast<std::uint32_t>(other)});
    }
  };
  for (std::uint32_t i = 0; i < handles.size(); ++i) handles[i] = queue.schedule(at(i), Phase::arrival, {0, i});
  for (int i = 0; i < 20000; ++i) step();
  const std::size_t before = allocations;
  for (int i = 0; i < 200000; ++i) step();
  REQUIRE(allocations == before);
  REQUIRE(queue.size() == handles.size());
}

TEST_CASE("a period takes its first instant and leaves its last to the next", "[engine]") {
  Queue queue;
  for (const int time : {0, 9, 10, 11, 20}) queue.schedule(at(time), Phase::arrival, {});
  int seen = 0;
  REQUIRE(run_until(queue, at(10), [&](const Event<Tag>&) { ++seen; }) == 2);
  REQUIRE(queue.now() == at(10));
  REQUIRE(run_until(queue, at(20), [&](const Event<Tag>&) { ++seen; }) == 2);
  REQUIRE(seen == 4);
  REQUIRE(queue.size() == 1);
}

TEST_CASE("four years of ticks at four periods end at the right instant", "[engine]") {
  // Row 1 of the feature list at the engine's level: years of simulated time, ties by (time, phase, sequence).
  Queue queue;
  const SimTime end = std::chrono::hours{24 * 1461};
  const SimTime periods[] = {std::chrono::hours{1}, std::chrono::hours{24}, std::chrono::hours{24 * 7},
                             std::chrono::minutes{7}};
  for (std::uint32_t i = 0; i < 4; ++i) queue.schedule(at(0), static_cast<Phase>(i), {i, 0});
  std::uint64_t counts[4] = {};
  EventKey last{};
  run_until(queue, end, [&](const Event<Tag>& event) {
    REQUIRE(last < event.key);
    last = event.key;
    ++counts[event.payload.kind];
    queue.schedule_after(periods[event.payload.kind], event.key.phase, event.payload);
  });
  REQUIRE(counts[0] == 1461 * 24);
  REQUIRE(counts[1] == 1461);
  REQUIRE(counts[2] == 209);
  REQUIRE(counts[3] == 300549);  // ceil(1461 * 1440 / 7)
}
