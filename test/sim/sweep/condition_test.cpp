#include "sim/sweep/condition.hpp"

#include <catch2/catch.hpp>

using namespace headroom::sweep;

namespace {

const std::vector<std::string> axes{"growth", "load", "until", "shock", "on"};

bool holds(const std::string& text) {
  const std::vector<std::string> labels{"2.5", "2000 tokens/s", "2027-01-01", "../parts/ban.json", "true"};
  return Condition(text, axes).holds([&](std::size_t a) { return operand_of(labels[a]); });
}

ConditionError fault(const std::string& text) {
  try {
    holds(text);
  } catch (const ConditionError& e) {
    return e;
  }
  FAIL(text << " was accepted");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("conditions compare axes with numbers, units, dates and words", "[sweep]") {
  CHECK(holds("growth = 2.5"));
  CHECK(holds("growth == 25e-1"));
  CHECK_FALSE(holds("growth != 2.5"));
  CHECK(holds("growth<=2.5"));
  CHECK_FALSE(holds("growth > 2.5"));
  CHECK(holds("load > '1000 tokens/s'"));
  CHECK(holds("until < \"2027-06-01\""));
  CHECK(holds("shock = '../parts/ban.json'"));
  CHECK(holds("growth in (1, 2.5)"));
  CHECK_FALSE(holds("growth in (1, 2)"));
  CHECK(holds("on"));
  CHECK_FALSE(holds("not on"));
  CHECK(holds("on = true"));
}

TEST_CASE("and binds closer than or, products closer than sums, and parentheses closest", "[sweep]") {
  CHECK(holds("on or on and not on"));
  CHECK_FALSE(holds("(on or on) and not on"));
  CHECK(holds("1 + 2 * growth = 6"));
  CHECK(holds("(1 + 2) * growth = 7.5"));
  CHECK(holds("10 - 3 - 2 = 5"));
  CHECK(holds("8 / 4 / 2 = 1"));
  CHECK(holds("-growth < 0"));
  CHECK(holds("load * growth = '5000 tokens/s'"));
  CHECK(holds("load / '1000 tokens/s' = 2"));
}

TEST_CASE("a condition that means nothing is refused with its place and the nearest axis", "[sweep]") {
  const auto misspelt = fault("load > 1 and grwth > 2");
  CHECK(misspelt.at == 14);
  CHECK(misspelt.nearest == "growth");
  CHECK(fault("growth >").at == 9);
  CHECK_THAT(fault("growth").what(), Catch::Contains("a condition compares"));
  CHECK_THAT(fault("growth > 5000tokens").what(), Catch::Contains("stands in quotes"));
  CHECK_THAT(fault("load > 1000").what(), Catch::Contains("2000 tokens/s and 1000 do not fit together"));
  CHECK_THAT(fault("shock < 'x'").what(), Catch::Contains("do not fit"));
  CHECK_THAT(fault("growth / (growth - growth) > 1").what(), Catch::Contains("divided by zero"));
  CHECK_THAT(fault("shock = 'x").what(), Catch::Contains("not closed"));
  CHECK_THAT(fault("(growth > 1").what(), Catch::Contains("expected \")\""));
  CHECK_THAT(fault("growth > 1 load").what(), Catch::Contains("not expected"));
  // the right side of "or" is looked at although the left one decides
  CHECK_THAT(fault("on or load > 1").what(), Catch::Contains("do not fit"));
  CHECK_THAT(fault("(growth > 1) + 1 > 2").what(), Catch::Contains("true or false"));
  CHECK_THAT(fault(std::string(5000, '(')).what(), Catch::Contains("too many"));
}
