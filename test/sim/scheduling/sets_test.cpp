#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <set>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/scheduling/node_set.hpp"
#include "sim/scheduling/running_jobs.hpp"

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
    is_member ? nodes.erase(begin, n) : nodes.insert(begin, n);
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
    REQUIRE(nodes.last_below(to) == last);
    REQUIRE(nodes.bits().next(from, to) == next);
    REQUIRE(nodes.bits().last_below(to) == last);
    REQUIRE(nodes.bits().run_from(from, to - from) == run);
    REQUIRE(nodes.bits().run_to(to - 1, to - from) == back);
    REQUIRE(nodes.count(from, to) == std::count(plain.begin() + from, plain.begin() + to, true));
    REQUIRE(nodes.count_below(to) == std::count(plain.begin(), plain.begin() + to, true));
    REQUIRE(nodes.contains(from) == plain[static_cast<std::size_t>(from)]);
    if (members > 0) {
      std::int32_t least = 0;
      while (!plain[static_cast<std::size_t>(least)]) ++least;
      REQUIRE(nodes.first() == least);
      const auto in_word = [&](std::size_t word) {
        int n = 0;
        for (std::size_t i = word * 64; i < std::min<std::size_t>(size, (word + 1) * 64); ++i) n += plain[i] ? 1 : 0;
        return n;
      };
      std::size_t fullest = 0, with = static_cast<std::size_t>(from) / 64;
      for (std::size_t word = 0; word < nodes.words().size(); ++word) fullest = in_word(word) > in_word(fullest) ? word : fullest;
      const int wanted = 1 + below(64);
      while (with < nodes.words().size() && in_word(with) < wanted) ++with;
      REQUIRE(nodes.fullest_word() == fullest);
      REQUIRE(nodes.word_with(wanted, static_cast<std::size_t>(from) / 64) == with);
    }
  }
}

TEST_CASE("sorted pieces hold what a sorted set holds, over many pieces", "[scheduling]") {
  using Entry = std::pair<int, int>;
  SortedPieces<Entry> pieces;
  std::set<Entry> plain;
  engine::Stream chance(7, 0, "sorted pieces", {});
  const auto some = [&](double n) { return static_cast<int>(chance.uniform() * n); };
  const auto same = [&] {
    auto piece = pieces.begin();
    for (const Entry& entry : plain) {
      if (piece == pieces.end() || *piece++ != entry) return false;
    }
    return piece == pieces.end() && pieces.empty() == plain.empty();
  };
  const auto step = [&](double grows) {
    if (chance.uniform() < grows || plain.empty()) {
      const Entry entry{some(500), some(1e6)};
      if (plain.insert(entry).second) pieces.insert(entry);
      return;
    }
    const auto entry = std::next(plain.begin(), some(static_cast<double>(plain.size())));
    if (some(2) == 0) {
      pieces.erase(*entry);
      plain.erase(entry);
      return;
    }
    auto piece = pieces.begin();
    while (*piece != *entry) ++piece;
    const auto after = plain.erase(entry);
    piece = pieces.erase(piece);
    REQUIRE((after == plain.end() ? piece == pieces.end() : *piece == *after));
  };
  for (const double grows : {0.9, 0.5, 0.02}) {
    for (int i = 0; i < 2500; ++i) step(grows);
    REQUIRE(same());
  }
  while (!plain.empty()) step(0);
  CHECK(same());
}

TEST_CASE("running jobs come in the order of their ends, whether that was asked for before they started or after", "[scheduling]") {
  RunningJobs early(100), late(100);
  const auto ids = [](const RunningJobs& jobs) {
    std::vector<JobId> found;
    for (auto job = jobs.by_end().begin(); !(job == jobs.by_end().end()); ++job) found.push_back(job->id);
    return found;
  };
  CHECK(ids(early).empty());
  for (RunningJobs* jobs : {&early, &late}) {
    for (const auto& [id, end] : {std::pair{7, 30}, {1, 10}, {5, 20}, {2, 10}, {90, 5}}) jobs->insert({SimTime{end}, id, 0, SimTime{0}});
    jobs->erase(5);
    jobs->erase(90);
    CHECK(jobs->all().size() == 3);
    CHECK(jobs->of(7).expected_end == SimTime{30});
    CHECK(ids(*jobs) == std::vector<JobId>{1, 2, 7});
  }
}

TEST_CASE("running jobs go by priority, then the latest start, then the last in the list", "[scheduling]") {
  const RunningJob low{SimTime{5}, 1, 0, SimTime{10}}, high{SimTime{5}, 2, 1, SimTime{10}}, later{SimTime{5}, 3, 0, SimTime{11}}, last{SimTime{5}, 4, 0, SimTime{11}};
  CHECK(low.goes_before(high));
  CHECK_FALSE(high.goes_before(low));
  CHECK(later.goes_before(low));
  CHECK(last.goes_before(later));
  CHECK_FALSE(last.goes_before(last));
}
