#include <catch2/catch.hpp>

#include "models/reliability/goodput.hpp"
#include "models/reliability/hazard.hpp"

using namespace headroom;
using namespace headroom::reliability;

namespace {
/// Llama 3 405B: 419 unexpected interruptions in 54 days on 2,048 nodes of 8 H100 (arXiv 2407.21783, section 3.3.4).
constexpr double nodes = 2048;
PerSecond llama_rate() { return nodes * per_thousand_node_days(419.0 / (nodes * 54) * 1000); }
}  // namespace

TEST_CASE("the failure rate of Llama 3 gives one interruption in 3.09 hours", "[reliability][published]") {
  CHECK((1.0 / llama_rate()) / hours(1) == Approx(3.093).epsilon(0.001));
}

TEST_CASE("Young and Daly's interval by hand", "[reliability]") {
  // w = 60 s, M = 3.093 h = 11,135 s: sqrt(2 x 60 x 11,135) - 60 = 1,096 s
  CHECK(young_daly_interval(seconds(60), hours(3.093)).base() == Approx(1096).epsilon(0.002));
  CHECK_THROWS_AS(young_daly_interval(seconds(0), hours(1)), std::domain_error);
}

TEST_CASE("Young and Daly's interval beats its neighbours", "[reliability]") {
  const Seconds best = young_daly_interval(seconds(60), hours(3.093));
  const double at = renewal_ettr(llama_rate(), {best, seconds(60), seconds(300)});
  CHECK(at > renewal_ettr(llama_rate(), {1.5 * best, seconds(60), seconds(300)}));
  CHECK(at > renewal_ettr(llama_rate(), {best / 1.5, seconds(60), seconds(300)}));
}

TEST_CASE("the first-order ratio stays within two points of the renewal process while losses are small", "[reliability]") {
  // V5: E = (1 - N r (u + t/2)) / (1 + w/t) against the exact form wherever N r (u + t/2) < 0.15.
  const double interval = GENERATE(300., 600., 1200., 1800., 2400.);
  const double restart = GENERATE(60., 300., 600.);
  const double write = GENERATE(1., 15., 60.);
  const Checkpointing c{seconds(interval), seconds(write), seconds(restart)};
  if (llama_rate() * (c.restart + 0.5 * c.interval) < 0.15) {
    CHECK(expected_ettr(llama_rate(), c) == Approx(renewal_ettr(llama_rate(), c)).margin(0.02));
  }
}

TEST_CASE("effective time exceeds 90 % in the region that Llama 3 reports", "[reliability][published]") {
  // Checkpoints of a few seconds every ten minutes and restarts of ten minutes: inside; hourly checkpoints: outside.
  CHECK(renewal_ettr(llama_rate(), {seconds(60 * 10), seconds(3), seconds(60 * 10)}) > 0.90);
  CHECK(renewal_ettr(llama_rate(), {seconds(60 * 60), seconds(3), seconds(60 * 10)}) < 0.90);
}

TEST_CASE("effective time falls with scale and with every cost", "[reliability]") {
  const Checkpointing c{seconds(900), seconds(10), seconds(300)};
  const PerSecond one = per_thousand_node_days(3.8);
  double before = 1;
  for (const double n : {128., 512., 2048., 8192.}) {
    const double now = renewal_ettr(job_hazard(one, n, per_thousand_node_days(50)), c);
    CHECK(now < before);
    before = now;
  }
  CHECK(renewal_ettr(llama_rate(), {seconds(900), seconds(20), seconds(300)}) < renewal_ettr(llama_rate(), c));
  CHECK(renewal_ettr(llama_rate(), {seconds(900), seconds(10), seconds(600)}) < renewal_ettr(llama_rate(), c));
}

TEST_CASE("one slow host in a thousand slows a job of thousands", "[reliability]") {
  CHECK(straggler_factor(0.0, 0.1, 1000) == 1.0);
  CHECK(straggler_factor(0.001, 0.1, 1) > 0.999);
  CHECK(straggler_factor(0.005, 0.1, 2000) == Approx(1 / 1.1).epsilon(0.001));
}
