// The hold model: pop the earliest event, push one at its time plus a random increment, with n pending throughout; how
// every discrete-event simulation loads its queue. Our queue against std::priority_queue with the same total order, in
// one run and by CPU time, alternating so that both meet the same neighbours. Increments are exponential, or whole
// numbers 1 to 8 (ties). Our side does more: slots, handles that can be cancelled, checks; the price shows in the
// ratio. Also: draws of a stream and adding to a sketch, against a plain standard library counterpart.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"
#include "sim/engine/random.hpp"
#include "sim/engine/sketch.hpp"

using namespace headroom::engine;

namespace {

double cpu_nanoseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

struct Payload {
  std::uint32_t kind;
  std::uint32_t index;
};

/// Increments drawn beforehand, so that the random numbers' time is in neither side.
class Increments {
 public:
  explicit Increments(bool ties) : values_(1 << 16) {
    Stream stream{1, 0, "increments"};
    const Exponential exponential{1e6};
    for (auto& value : values_) {
      value = ties ? 1 + static_cast<std::int64_t>(stream.bits() % 8)
                   : 1 + static_cast<std::int64_t>(draw(exponential, stream));
    }
  }
  std::int64_t operator()() { return values_[at_++ & 0xffff]; }

 private:
  std::vector<std::int64_t> values_;
  std::size_t at_ = 0;
};

class Ours {
 public:
  Ours(std::size_t pending, bool ties) : increments_(ties) {
    queue_.reserve(pending);
    for (std::size_t i = 0; i < pending; ++i)
      queue_.schedule(SimTime{increments_()}, Phase::arrival, {0, static_cast<std::uint32_t>(i)});
  }
  void hold() {
    const auto event = queue_.pop();
    checksum_ = checksum_ * 31 + event.payload.index;
    queue_.schedule(event.key.at + SimTime{increments_()}, Phase::arrival, event.payload);
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  Increments increments_;
  EventQueue<Payload> queue_;
  std::uint64_t checksum_ = 0;
};

class Standard {
 public:
  Standard(std::size_t pending, bool ties) : increments_(ties) {
    std::vector<Entry> storage;
    storage.reserve(pending + 1);
    queue_ = Queue{std::greater<>{}, std::move(storage)};
    for (std::size_t i = 0; i < pending; ++i)
      queue_.push({{SimTime{increments_()}, Phase::arrival, next_++}, {0, static_cast<std::uint32_t>(i)}});
  }
  void hold() {
    const Entry entry = queue_.top();
    queue_.pop();
    checksum_ = checksum_ * 31 + entry.payload.index;
    queue_.push({{entry.key.at + SimTime{increments_()}, Phase::arrival, next_++}, entry.payload});
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct Entry {
    EventKey key;
    Payload payload;
    friend bool operator>(const Entry& a, const Entry& b) { return a.key > b.key; }
  };
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;
  Increments increments_;
  Queue queue_;
  std::uint64_t next_ = 1;
  std::uint64_t checksum_ = 0;
};

template <class Side>
double time_of(Side& side, std::size_t holds) {
  const double start = cpu_nanoseconds();
  for (std::size_t i = 0; i < holds; ++i) side.hold();
  return (cpu_nanoseconds() - start) / static_cast<double>(holds);
}

void compare(std::size_t pending, bool ties) {
  Ours ours{pending, ties};
  Standard standard{pending, ties};
  const std::size_t holds = std::max<std::size_t>(200'000, pending);
  time_of(ours, holds);  // reach the steady state
  time_of(standard, holds);
  double best_ours = 1e300;
  double best_standard = 1e300;
  for (int round = 0; round < 5; ++round) {
    best_ours = std::min(best_ours, time_of(ours, holds));
    best_standard = std::min(best_standard, time_of(standard, holds));
  }
  fmt::print("{:>9}  {:<12} {:>8.1f} {:>8.1f} {:>8.2f}  {}\n", pending, ties ? "ties" : "exponential", best_ours,
             best_standard, best_standard / best_ours,
             ours.checksum() == standard.checksum() ? "same order" : "ORDER DIFFERS");
}

template <class F>
double per_call(F&& f) {
  double best = 1e300;
  for (int round = 0; round < 5; ++round) {
    const double start = cpu_nanoseconds();
    for (int i = 0; i < 200'000; ++i) f();
    best = std::min(best, (cpu_nanoseconds() - start) / 200'000);
  }
  return best;
}

}  // namespace

int main() {
  fmt::print("hold model, ns a hold\n{:>9}  {:<12} {:>8} {:>8} {:>8}\n", "pending", "increments", "ours", "std",
             "std/ours");
  for (const bool ties : {false, true}) {
    for (const std::size_t pending : {1'000U, 10'000U, 100'000U, 1'000'000U}) compare(pending, ties);
  }
  Stream stream{1, 0, "bench"};
  std::mt19937_64 twister{1};
  const Exponential exponential{1};
  std::exponential_distribution<double> standard_exponential{1};
  double sink = 0;
  const double own = per_call([&] { sink += draw(exponential, stream); });
  const double theirs = per_call([&] { sink += standard_exponential(twister); });
  fmt::print("exponential draw: {:.1f} ns, std::mt19937_64 {:.1f} ns, ratio {:.2f}\n", own, theirs, theirs / own);
  QuantileSketch sketch;
  std::vector<double> values;
  values.reserve(2'000'000);
  const double added = per_call([&] { sketch.add(draw(exponential, stream)); }) - own;
  const double pushed = per_call([&] { values.push_back(draw(exponential, stream)); }) - own;
  fmt::print("sketch add: {:.1f} ns, std::vector push_back {:.1f} ns (before sorting)\n", added, pushed);
  return sink > 0 ? 0 : 1;
}
