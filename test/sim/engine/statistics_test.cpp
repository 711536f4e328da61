#include "sim/engine/statistics.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <stdexcept>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"
#include "sim/engine/sketch.hpp"

using namespace headroom;
using namespace headroom::engine;

TEST_CASE("a level is averaged over the time that it lasted", "[engine]") {
  TimeWeighted level;
  level.set(std::chrono::seconds{2}, 4);   // 0 for 2 s
  level.add(std::chrono::seconds{5}, -3);  // 4 for 3 s
  level.set(std::chrono::seconds{5}, 2);   // 1 for no time
  REQUIRE(level.integral(std::chrono::seconds{10}) == 22);
  REQUIRE(level.mean(std::chrono::seconds{10}) == Approx(2.2));
  REQUIRE(level.max() == 4);
  REQUIRE(level.min() == 0);
  level.restart(std::chrono::seconds{10});
  REQUIRE(level.mean(std::chrono::seconds{10}) == 2);
  REQUIRE(level.max() == 2);
  REQUIRE(level.integral(std::chrono::seconds{11}) == 2);
}

TEST_CASE("an exact sum keeps what a plain sum loses", "[engine]") {
  ExactSum sum;
  sum.add(1e16);
  for (int i = 0; i < 1000; ++i) sum.add(0.25);
  sum.add(-1e16);
  REQUIRE(sum.value() == 250);
}

TEST_CASE("sketch quantiles lie within one per cent of the exact ones", "[engine]") {
  Stream stream{1, 0, "sketch"};
  const Lognormal latency{-3, 1.5};
  QuantileSketch sketch;
  std::vector<double> exact;
  for (int i = 0; i < 20000; ++i) {
    exact.push_back(draw(latency, stream));
    sketch.add(exact.back());
  }
  std::sort(exact.begin(), exact.end());
  for (const double q : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999, 1.0}) {
    const double wanted = exact[static_cast<std::size_t>(q * 19999)];
    REQUIRE(std::fabs(sketch.quantile(q) - wanted) <= 0.0100001 * wanted);
  }
  for (const double q : {0.05, 0.5, 0.95}) {
    const double limit = exact[static_cast<std::size_t>(q * 20000)];
    REQUIRE(std::fabs(sketch.share_up_to(limit) - q) < 0.002);
  }
  REQUIRE(sketch.share_up_to(exact.front() / 2) == 0);
  REQUIRE(sketch.share_up_to(exact.back()) == 1);
  REQUIRE(sketch.min() == exact.front());
  REQUIRE(sketch.max() == exact.back());
}

TEST_CASE("sketches merge to the same bytes in any order and shape", "[engine]") {
  Stream stream{2, 0, "merge"};
  const Exponential value{1};
  std::vector<QuantileSketch> shards(7);
  QuantileSketch whole;
  for (int i = 0; i < 5000; ++i) {
    const double x = i % 97 == 0 ? 0.0 : draw(value, stream) * (i % 5 == 0 ? 1e6 : 1e-3);
    const auto shard = static_cast<std::size_t>(stream.bits() % 7);
    whole.add(x);
    shards[shard].add(x);
  }
  QuantileSketch forward;
  for (const QuantileSketch& shard : shards) forward.merge(shard);
  QuantileSketch backward;
  std::reverse(shards.begin(), shards.end());
  for (const QuantileSketch& shard : shards) backward.merge(shard);
  QuantileSketch left = shards[0];
  left.merge(shards[1]);
  QuantileSketch right = shards[2];
  for (std::size_t i = 3; i < 7; ++i) right.merge(shards[i]);
  right.merge(left);
  right.merge(QuantileSketch{});
  REQUIRE(forward.encode() == whole.encode());
  REQUIRE(backward.encode() == whole.encode());
  REQUIRE(right.encode() == whole.encode());
  REQUIRE(right == whole);
  REQUIRE(QuantileSketch::decode(whole.encode()) == whole);
  REQUIRE_THROWS_AS(QuantileSketch::decode(whole.encode().substr(1)), std::invalid_argument);
  REQUIRE_THROWS_AS(QuantileSketch::decode(""), std::invalid_argument);
}

TEST_CASE("a mixture of pools is weighted by requests", "[engine]") {
  QuantileSketch fast;
  fast.add(1, 10);
  QuantileSketch slow;
  slow.add(100);
  QuantileSketch mixture;
  mixture.merge(fast, 3);   // 30 requests of 1 s
  mixture.merge(slow, 70);  // 70 of 100 s
  REQUIRE(mixture.count() == 100);
  REQUIRE(mixture.quantile(0.29) == Approx(1).epsilon(0.01));
  REQUIRE(mixture.quantile(0.31) == Approx(100).epsilon(0.01));
  REQUIRE(mixture.share_up_to(10) == 0.3);
  REQUIRE(mixture.mean() == Approx(70.3).epsilon(0.01));
  mixture.merge(mixture);
  REQUIRE(mixture.count() == 200);
  REQUIRE(mixture.share_up_to(10) == 0.3);
}

TEST_CASE("a sketch refuses what it cannot place", "[engine]") {
  QuantileSketch sketch;
  REQUIRE_THROWS_AS(sketch.add(-1), std::domain_error);
  REQUIRE_THROWS_AS(sketch.add(std::nan("")), std::domain_error);
  REQUIRE_THROWS_AS(sketch.add(1e16), std::domain_error);
  REQUIRE_THROWS_AS(sketch.quantile(0.5), std::logic_error);
  REQUIRE(sketch.share_up_to(1) == 0);
  sketch.add(0);
  sketch.add(-0.0);
  REQUIRE(sketch.quantile(1) == 0);
  REQUIRE(sketch.share_up_to(0) == 1);
}

namespace {

/// Single server, first come first served; mean number in the system from event times.
class SingleServer {
 public:
  SingleServer(double load, std::uint64_t replication)
      : interval_(1 / load),
        service_(1),
        arrivals_(11, replication, "arrivals"),
        services_(11, replication, "services") {}

  double run(int customers) {
    queue_.schedule(SimTime{0}, Phase::arrival, arrive);
    while (arrived_ < customers || present_.value() > 0) {
      const auto event = queue_.pop();
      event.payload == arrive ? arrival() : departure();
    }
    return present_.mean(queue_.now());
  }
  [[nodiscard]] double mean_stay() const { return stay_.mean(); }
  [[nodiscard]] double arrival_rate() const { return arrived_ / to_seconds(queue_.now()).base(); }

 private:
  enum Kind : std::uint8_t { arrive, depart };

  void arrival() {
    present_.add(queue_.now(), 1);
    since_.push_back(queue_.now());
    if (present_.value() == 1) begin();
    ++arrived_;
    queue_.schedule_after(to_sim_time(seconds(draw(interval_, arrivals_))), Phase::arrival, arrive);
  }
  void departure() {
    present_.add(queue_.now(), -1);
    stay_.add(to_seconds(queue_.now() - since_.front()).base());
    since_.pop_front();
    if (present_.value() > 0) begin();
  }
  void begin() { queue_.schedule_after(to_sim_time(seconds(draw(service_, services_))), Phase::release, depart); }

  Exponential interval_;
  Exponential service_;
  Stream arrivals_;
  Stream services_;
  EventQueue<Kind> queue_;
  TimeWeighted present_;
  Tally stay_;
  std::deque<SimTime> since_;
  int arrived_ = 0;
};

}  // namespace

TEST_CASE("a single server queue holds its known mean and Little's law", "[engine]") {
  // M/M/1: mean number in system = load / (1 - load). Twenty independent replications, 99.9 % interval (Student, 19
  // degrees of freedom: 3.88).
  for (const double load : {0.5, 0.8}) {
    Tally means;
    for (std::uint64_t replication = 0; replication < 20; ++replication) {
      SingleServer server{load, replication};
      const double mean = server.run(20000);
      means.add(mean);
      // What has ended by then has stayed arrival rate x time; customers arriving after the last are not counted.
      REQUIRE(server.mean_stay() * server.arrival_rate() == Approx(mean).epsilon(0.001));
    }
    const double half_width = 3.88 * std::sqrt(means.variance() / 20);
    CAPTURE(load, means.mean(), half_width);
    REQUIRE(std::fabs(means.mean() - load / (1 - load)) < half_width);
    REQUIRE(half_width < 0.1 * load / (1 - load));
  }
}
