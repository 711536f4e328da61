// What the accuracy page counts.
#include <catch2/catch.hpp>

#include <cmath>

#include "models/serving/accuracy.hpp"

using namespace headroom::serving;

TEST_CASE("order counts pairs that ask the same of two settings, measured a tenth apart or more", "[serving]") {
  Case small, large, same, other;
  for (Case* c : {&small, &large, &same, &other}) c->question = "model|closed_loop|1024|1024|8|";
  small.setting = same.setting = "H100|1";
  large.setting = "H100|2";
  other.setting = "H200|1";
  other.question += "inf";  // asks for something else
  const auto target = [](double measured) { return Target{"", "ttft_ms", "ttft", std::log(measured), 1, true}; };
  const Target slow = target(200), fast = target(100), near = target(105), alone = target(50);
  // ln(measured / predicted): 200 is taken for 180, 100 for 190, 105 for 170.
  const std::vector<Residual> residuals{{&small, &slow, std::log(200 / 180.0), true}, {&large, &fast, std::log(100 / 190.0), true},
                                        {&same, &near, std::log(105 / 170.0), true}, {&other, &alone, 0, true}};
  // 200 and 105 are of one setting, 100 and 105 are near; 200 and 100 are left, and they are predicted the other way round.
  const auto row = order_table(residuals).at(2);
  CHECK(row.family == "ttft");
  CHECK(row.pairs == 1);
  CHECK(row.right == 0);
  std::vector<Residual> right = residuals;
  right[1].log_ratio = 0;
  CHECK(order_table(right).at(2).right == 100);
}

TEST_CASE("predictions that leave a group out name its rows and hold their own interval", "[serving]") {
  const Case of{};
  const Target known{"A-1", "tpot_ms", "tpot", std::log(20.0), 1, true}, unknown{"A-2", "tpot_ms", "tpot", 0, 1, true};
  const CrossValidation validation{{{&of, &known, std::log(20 / 16.0), true}, {&of, &unknown, 0, false}}, {}};
  const auto out = left_out_predictions(validation, ConstantSet::fitted());
  REQUIRE(out.size() == 2);
  CHECK(out[0].id == "A-1");
  CHECK(*out[0].predicted == Approx(16));
  CHECK(*out[0].low < 16);
  CHECK(*out[0].high > 16);
  CHECK(out[1].status == "unsupported");
  CHECK(!out[1].predicted);
}
