#include <catch2/catch.hpp>

#include "models/reliability/goodput.hpp"
#include "sim/engine/random.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/failures/checkpoint_clock.hpp"

using namespace headroom;
using failures::CheckpointClock;
using failures::ClockFates;

TEST_CASE("a checkpointed job's time, by hand", "[failures]") {
  // 100 s of work, a checkpoint of 2 s after every 10 s: nine of them, since the end needs none.
  CheckpointClock clock(Seconds{100}, Seconds{10}, Seconds{2});
  ClockFates fates;
  CHECK(clock.pass(Seconds{1000}, fates).base() == Approx(118));
  CHECK(clock.done());
  CHECK(fates.useful == Approx(100));
  CHECK(fates.writing == Approx(18));
}

TEST_CASE("an interruption loses what is not saved, a broken-off write too, and one during the restart begins it anew", "[failures]") {
  CheckpointClock clock(Seconds{100}, Seconds{10}, Seconds{2});
  ClockFates fates;
  (void)clock.pass(Seconds{23}, fates);   // 10 + 2 + 10 and 1 s of the second write
  clock.interrupt(Seconds{5}, fates);
  CHECK(fates.lost == Approx(11));
  CHECK(clock.left().base() == Approx(90));
  (void)clock.pass(Seconds{3}, fates);
  clock.interrupt(Seconds{5}, fates);
  (void)clock.pass(Seconds{9}, fates);    // 5 s restart, 4 s of work
  CHECK(clock.left().base() == Approx(86));
  CHECK(fates.restarting == Approx(8));
  CHECK(fates.sum() == Approx(23 + 3 + 9));
  clock.save();
  clock.interrupt(Seconds{0}, fates);
  CHECK(fates.lost == Approx(11));
}

TEST_CASE("steps of any length give the same fates", "[failures]") {
  ClockFates whole, steps;
  CheckpointClock a(Seconds{90000}, Seconds{1800}, Seconds{20}), b = a;
  (void)a.pass(Seconds{80000}, whole);
  for (int i = 0; i < 8000; ++i) (void)b.pass(Seconds{10}, steps);
  CHECK(steps.useful == Approx(whole.useful));
  CHECK(steps.writing == Approx(whole.writing));
  CHECK(a.left().base() == Approx(b.left().base()));
}

TEST_CASE("random interruptions cost what Daly's renewal form expects", "[failures]") {
  // Daly, Future Generation Computer Systems 22 (2006), eq. 9: a mean time between failures of 5 h, 600 s restart.
  const reliability::Checkpointing how{Seconds{1800}, Seconds{60}, Seconds{600}};
  const PerSecond rate{1.0 / 18000};
  const auto expected = reliability::expected_fates(rate, how);
  CHECK(expected.useful == Approx(reliability::renewal_ettr(rate, how)));
  CHECK(expected.useful + expected.writing + expected.lost + expected.restarting == Approx(1));
  CheckpointClock clock(Seconds{1e9}, how.interval, how.write);
  ClockFates fates;
  engine::Stream draw(1, 0, "interruptions");
  double wall = 0;
  for (int i = 0; i < 40000; ++i) {
    wall += clock.pass(Seconds{engine::Exponential(18000).quantile(draw.uniform())}, fates).base();
    clock.interrupt(how.restart, fates);
  }
  CHECK(fates.useful / wall == Approx(expected.useful).epsilon(0.01));
  CHECK(fates.lost / wall == Approx(expected.lost).epsilon(0.03));
  CHECK(fates.restarting / wall == Approx(expected.restarting).epsilon(0.03));
}
