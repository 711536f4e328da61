#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "sim/scenario/json_reader.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): the same mutations on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

 private:
  std::uint64_t state_;
};

/// A text with one to four cuts, copies, swaps and insertions of what JSON and its users write.
std::string mutated(std::string text, Chance& chance) {
  static const std::vector<std::string> pieces{"{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "-1", "1e999", "NaN", "\"x\"", "/*", "//",
                                               "\xff", "\xc3", std::string(1, '\0'), "{\"value\": 1}", "\"2025-13-01\"", "0", "[[[[", "\"85 bn\"", "\n", "9e99"};
  for (std::size_t n = 1 + chance.below(4); n > 0; --n) {
    const std::size_t at = chance.below(text.size());
    switch (chance.below(5)) {
      case 0: text.erase(at, 1 + chance.below(8)); break;
      case 1: text.insert(at, pieces[chance.below(pieces.size())]); break;
      case 2: text[at] = static_cast<char>(chance.next()); break;
      case 3: text.insert(at, text.substr(chance.below(text.size()), 1 + chance.below(60))); break;
      default: {  // a value for another one
        const std::size_t colon = text.find(": ", at);
        if (colon != std::string::npos) {
          const std::size_t end = text.find_first_of(",}\n", colon);
          text.replace(colon + 2, end == std::string::npos ? 1 : end - colon - 2, pieces[chance.below(pieces.size())]);
        }
      }
    }
    if (text.empty()) text = " ";
  }
  return text;
}

}  // namespace

TEST_CASE("no mutation of a plan crashes the reader, and every fault has a place in the text", "[scenario]") {
  Chance chance(20250101);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = mutated(good_plan(), chance);
    INFO("mutation " << i << "\n" << text);
    const Loaded loaded = inspect_text(text, {{"part.json", text}}, {}, {});
    refused += loaded.valid() ? 0 : 1;
    const auto text_lines = 1 + std::count(text.begin(), text.end(), '\n');
    for (const Issue& issue : loaded.issues) {
      REQUIRE(issue.line >= 1);
      REQUIRE(issue.line <= text_lines);
      REQUIRE(issue.column >= 1);
      REQUIRE_FALSE(issue.problem.empty());
    }
  }
  CHECK(refused > 2000);
}

TEST_CASE("what the reader accepts of mutated texts, nlohmann/json accepts too", "[scenario]") {
  Chance chance(7);
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = mutated(good_plan(), chance);
    std::vector<Issue> issues;
    (void)read_json(text, 0, "t", issues);
    const bool theirs = nlohmann::json::accept(text, true);
    INFO(text << lines(issues));
    if (issues.empty()) {
      ++accepted;
      REQUIRE(theirs);
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE("no mutated path or overlay crashes the merging", "[scenario]") {
  Chance chance(42);
  const std::string path = "workloads.chat.tokens_per_day.points.1={\"value\": 3}";
  const std::string overlay = R"({"orders": {"h200-a": {"package": 72}}, "budgets": [{"year": 2025, "purpose": "accelerators", "amount": "1 CNY"}], "leases": null})";
  for (int i = 0; i < 1000; ++i) {
    const Loaded loaded = inspect_text(good_plan(), {{"over.json", mutated(overlay, chance)}}, {"over.json"}, {mutated(path, chance)});
    for (const Issue& issue : loaded.issues) REQUIRE_FALSE(issue.problem.empty());
  }
}
