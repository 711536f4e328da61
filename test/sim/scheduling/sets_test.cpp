#include <catch2/catch.hpp>
#include <iterator>
#include <set>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/scheduling/end_order.hpp"
#include "sim/scheduling/node_set.hpp"

using namespace headroom::scheduling;
namespace engine = headroom::engine;

TEST_CASE("a node set answers as a set of numbers does, whatever comes and goes", "[scheduling]") {
  constexpr std::int32_t size = 391;
  NodeSet nodes(size);
  std::vector<bool> plain(size, false);
  engine::Stream chance(7, 0, "node set", {});
  const auto below = [&](std::int32_t n) { return static_cast<std::int32_t>(chance.uniform() * n); };
  std::int32_t members = 0;
  for (int step = 0; step < 3000; ++step) {
    const std::int32_t begin = below(size);
    std::int32_t n = 1;
    const std::int32_t most = 1 + below(size - begin);
    const bool is_member = plain[static_cast<std::size_t>(begin)];
    while (n < most && plain[static_cast<std::size_t>(begin + n)] == is_member) ++n;
    REQUIRE((is_member ? nodes.erase(begin, n) : nodes.insert(begin, n)));
    std::fill_n(plain.begin() + begin, n, !is_member);
    members += is_member ? -n : n;
    REQUIRE(nodes.size() == members);

    const std::int32_t from = below(size), to = from + below(size - from) + 1;
    std::int32_t next = from, last = to - 1, run = 0, back = 0;
    while (next < to && !plain[static_cast<std::size_t>(next)]) ++next;
    while (last >= 0 && !plain[static_cast<std::size_t>(last)]) --last;
    while (from + run < to && plain[static_cast<std::size_t>(from + run)]) ++run;
    while (back < to - from && plain[static_cast<std::size_t>(to - 1 - back)]) ++back;
    REQUIRE(nodes.next(from, to) == next);
    REQUIRE(nodes.any_of(from, to - from) == (next < to));
    REQUIRE(nodes.last_below(to) == last);
    REQUIRE(nodes.run_from(from, to - from) == run);
    REQUIRE(nodes.run_to(to - 1, to - from) == back);
    REQUIRE(nodes.contains(from) == plain[static_cast<std::size_t>(from)]);
    if (members > 0) {
      std::int32_t least = 0;
      while (!plain[static_cast<std::size_t>(least)]) ++least;
      REQUIRE(nodes.first() == least);
    }
  }
}

TEST_CASE("a node set notices what it is given twice and what it never had", "[scheduling]") {
  NodeSet nodes(200);
  CHECK(nodes.insert(60, 10));
  CHECK_FALSE(NodeSet(nodes).insert(69, 70));
  CHECK_FALSE(NodeSet(nodes).erase(59, 3));
  CHECK(nodes.erase(60, 10));
  CHECK(nodes.empty());
}

TEST_CASE("jobs stand in the order of their ends as in a sorted set, over many pieces", "[scheduling]") {
  EndOrder order;
  std::set<EndOrder::Entry> plain;
  engine::Stream chance(7, 0, "end order", {});
  const auto same = [&] { return std::equal(plain.begin(), plain.end(), order.begin(), [](const auto& a, const auto& b) { return a == b; }); };
  const auto length = [&] {
    std::size_t n = 0;
    for (auto entry = order.begin(); !(entry == order.end()); ++entry) ++n;
    return n;
  };
  const auto step = [&](double grows) {
    if (chance.uniform() < grows || plain.empty()) {
      const EndOrder::Entry entry{SimTime{static_cast<std::int64_t>(chance.uniform() * 500)}, static_cast<JobId>(chance.uniform() * 1e6)};
      if (plain.insert(entry).second) order.insert(entry);
    } else {
      const auto entry = std::next(plain.begin(), static_cast<std::ptrdiff_t>(chance.uniform() * static_cast<double>(plain.size())));
      order.erase(*entry);
      plain.erase(entry);
    }
  };
  for (const double grows : {0.9, 0.5, 0.02}) {
    for (int i = 0; i < 2500; ++i) step(grows);
    REQUIRE(length() == plain.size());
    REQUIRE(same());
  }
  while (!plain.empty()) step(0);
  CHECK(order.begin() == order.end());
}
