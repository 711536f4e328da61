#include "models/reliability/goodput.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>

#include "sim/failures/goodput.hpp"

using namespace headroom;
using namespace headroom::failures;
using reliability::Checkpointing;

namespace {
struct Mean { double effective = 0, error = 0; };

/// Mean effective time over worlds, with its standard error.
Mean simulated(const GoodputSpec& spec, int worlds) {
  double sum = 0, square = 0;
  for (int r = 0; r < worlds; ++r) {
    const double e = simulate_goodput(spec, FailureWorld(17, static_cast<std::uint64_t>(r))).effective();
    sum += e;
    square += e * e;
  }
  const double mean = sum / worlds;
  return {mean, std::sqrt(std::max(0.0, square / worlds - mean * mean) / worlds)};
}
}  // namespace

TEST_CASE("the closed form of effective time agrees with the simulated job at every scale", "[failures][agreement]") {
  // RSC-1 (arXiv 2410.21680): 6.50 failures for 1,000 node-days; 8 accelerators a node; checkpoint of 60 s at Young and Daly's
  // interval, 15 minutes to restart. The renewal form must hold to 0.5 points where jobs fail every hour too; Meta's first-order
  // form to 2 points while N r (u + t/2) < 0.15 (../validation V5), and it is the one that fails beyond.
  const int accelerators = GENERATE(1024, 4096, 16384, 65536, 131072);
  CAPTURE(accelerators);
  GoodputSpec spec;
  spec.nodes = accelerators / 8;
  spec.node_hazard = {reliability::per_thousand_node_days(6.5)};
  spec.checkpoint_write = Seconds{60};
  spec.restart = {Seconds{900}};
  const PerSecond lambda = spec.node_hazard.base * spec.nodes;
  spec.checkpoint_every = reliability::young_daly_interval(spec.checkpoint_write, Seconds{1 / lambda.base()});
  spec.span = std::min(days(400), Seconds{2000 / lambda.base()});
  const Mean run = simulated(spec, 12);
  const Checkpointing c{spec.checkpoint_every, spec.checkpoint_write, spec.restart.mean};
  CAPTURE(run.effective, run.error);
  CHECK(run.error < 0.003);
  CHECK(std::abs(reliability::renewal_ettr(lambda, c) - run.effective) < 0.005);
  const double lost = lambda * (c.restart + 0.5 * c.interval);
  const double off = std::abs(reliability::expected_ettr(lambda, c) - run.effective);
  if (lost < 0.15) CHECK(off < 0.02);
  else CHECK(off > std::abs(reliability::renewal_ettr(lambda, c) - run.effective));
}

TEST_CASE("the closed form agrees with the simulated job at given intervals, too short and too long", "[failures][agreement]") {
  const double minutes = GENERATE(2.0, 10.0, 30.0, 120.0);
  CAPTURE(minutes);
  GoodputSpec spec;
  spec.nodes = 2048;  // Llama 3 405B: 16,384 H100, one interruption in 3.1 h
  spec.node_hazard = {reliability::per_thousand_node_days(3.789)};
  spec.checkpoint_every = Seconds{60 * minutes};
  spec.checkpoint_write = Seconds{30};
  spec.restart = {Seconds{600}};
  spec.span = days(200);
  const PerSecond lambda = spec.node_hazard.base * spec.nodes;
  CHECK(1 / lambda.base() / 3600 == Approx(3.093).epsilon(0.001));
  const double closed = reliability::renewal_ettr(lambda, {spec.checkpoint_every, spec.checkpoint_write, spec.restart.mean});
  CHECK(std::abs(closed - simulated(spec, 10).effective) < 0.005);
}

TEST_CASE("slow nodes cost the share of time that the closed form says", "[failures][agreement]") {
  // Nodes turn slow and hold the gang at 0.9 of its speed until they are found an hour later (MegaScale: about 10 % slower).
  const double per_node_year = GENERATE(0.05, 0.5, 5.0);
  CAPTURE(per_node_year);
  GoodputSpec spec;
  spec.nodes = 1000;
  spec.slow = {reliability::per_year(per_node_year), 0.9, {hours(1)}};
  spec.checkpoint_every = Seconds{600};
  spec.checkpoint_write = Seconds{0};
  spec.span = days(200);
  const double share = reliability::slow_share(spec.slow.onset * spec.nodes, spec.slow.detection.mean);
  CHECK(simulated(spec, 6).effective == Approx(1 - 0.1 * share).margin(0.002));
}
