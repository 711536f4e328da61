#include "sim/engine/event_wheel.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "sim/engine/random.hpp"

using namespace headroom;
using namespace headroom::engine;

TEST_CASE("a wheel fires in the order of time, phase, what and number, whatever the spacing and the page", "[engine]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Stream chance(seed, 0, "wheel");
    const double page = 1 + chance.uniform() * 1000;
    const double longest = page * (seed % 4 == 0 ? 1e6 : seed % 4 == 1 ? 1e4 : seed % 4 == 2 ? 30 : 0.1);  // far, some far, near, all on a page
    EventWheel wheel{SimTime{static_cast<std::int64_t>(page)}};
    std::set<std::tuple<EventWheel::Stamp, std::uint32_t, std::uint32_t>> model;
    SimTime now{0};
    const auto add = [&](int i) {
      const auto delay = static_cast<std::int64_t>(chance.uniform() * chance.uniform() * longest);
      const Phase phase = chance.uniform() < 0.5 ? Phase::release : Phase::failure;
      const EventWheel::Event event{EventWheel::stamp(now + SimTime{delay + 1}, phase), static_cast<std::uint32_t>(i % 7), static_cast<std::uint32_t>(i)};
      wheel.add(event);
      model.insert({event.at, event.what, event.number});
    };
    for (int i = 0; i < 300; ++i) add(i);
    for (int i = 300; i < 3000 && !model.empty(); ++i) {
      REQUIRE(wheel.next() == std::get<0>(*model.begin()));
      const EventWheel::Event event = wheel.pop();
      REQUIRE(std::tuple(event.at, event.what, event.number) == *model.begin());
      model.erase(model.begin());
      now = EventWheel::time_of(event.at);
      for (int n = static_cast<int>(chance.uniform() * 2.99); n > 0 && model.size() < 600; --n) add(3 * i + n);
    }
    while (!model.empty()) {
      REQUIRE(wheel.next() == std::get<0>(*model.begin()));
      wheel.pop();
      model.erase(model.begin());
    }
    CHECK(wheel.next() == EventWheel::never);
  }
}

TEST_CASE("events of one instant fire by phase and then by what they speak of", "[engine]") {
  EventWheel wheel{SimTime{100}};
  wheel.add({EventWheel::stamp(SimTime{5}, Phase::failure), 1, 0});
  wheel.add({EventWheel::stamp(SimTime{5}, Phase::release), 9, 0});
  wheel.add({EventWheel::stamp(SimTime{5}, Phase::release), 2, 0});
  REQUIRE(wheel.next() == EventWheel::stamp(SimTime{5}, Phase::release));
  CHECK(wheel.pop().what == 2);
  CHECK(wheel.pop().what == 9);
  CHECK(wheel.pop().what == 1);
  CHECK(EventWheel::time_of(EventWheel::stamp(SimTime{5}, Phase::failure)) == SimTime{5});
}
