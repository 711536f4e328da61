#include <catch2/catch.hpp>
#include <vector>

#include "models/text/nearest.hpp"

using headroom::nearest;

TEST_CASE("a misspelt name finds the name that needs fewest edits", "[text]") {
  const std::vector<std::string> names{"budgets", "orders", "h200_sxm", "h20_96"};
  REQUIRE(nearest("bugdets", names) == "budgets");
  REQUIRE(nearest("H200-SXM", names) == "h200_sxm");
  REQUIRE(nearest("h20_9", names) == "h20_96");
}

TEST_CASE("nonsense has no nearest name", "[text]") {
  const std::vector<std::string> names{"budgets", "orders"};
  REQUIRE_FALSE(nearest("quixotic", names));
  REQUIRE_FALSE(nearest("", names));
  REQUIRE(headroom::did_you_mean("ordres", names) == "; did you mean \"orders\"?");
}
