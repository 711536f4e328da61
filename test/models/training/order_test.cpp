#include <catch2/catch.hpp>
#include <cmath>

#include "models/training/order.hpp"
#include "models/training/row_words.hpp"

using namespace headroom;
using namespace headroom::training;

TEST_CASE("rank correlation: ties share their rank, a reversed list gives -1", "[training]") {
  CHECK(spearman({1, 2, 3, 4}, {10, 20, 30, 400}) == Approx(1));
  CHECK(spearman({1, 2, 3, 4}, {4, 3, 2, 1}) == Approx(-1));
  CHECK(spearman({1, 2, 3}, {1, 3, 2}) == Approx(0.5));            // 1 - 6 x (0 + 1 + 1) / (3 x 8)
  CHECK(spearman({1, 2, 2}, {1, 2, 3}) == Approx(1.5 / std::sqrt(3.0)));  // ranks 0, 1.5, 1.5: 1.5 over the root of 1.5 x 2
  CHECK(spearman({1, 1, 1}, {1, 2, 3}) == 0);
}

TEST_CASE("the noise of repeats pools the plans that were measured twice, and a value printed twice is one", "[training]") {
  CHECK_FALSE(repeat_noise({{1.0}, {2.0, 2.0}}));
  const auto noise = repeat_noise({{1.00, 1.02}, {5.0}, {2.00, 2.00, 2.04}});
  REQUIRE(noise);
  CHECK(noise->configurations == 2);
  CHECK(noise->measurements == 4);
  CHECK(noise->spread == Approx(std::sqrt((2 * 0.01 * 0.01 + 2 * 0.02 * 0.02) / 2)));
}

TEST_CASE("a run on the day on which its machine was mended, or later, ran on another machine than those before", "[training]") {
  const std::string warning = "; source warns of a node pcie/numa fix on 02-25 (+1-5%)";
  CHECK_FALSE(ran_after_fix("date 2022-02-23; peak memory 47gb" + warning));
  CHECK(ran_after_fix("date 2022-02-25" + warning));
  CHECK(ran_after_fix("date 2022-02-28" + warning));
  CHECK_FALSE(ran_after_fix("date 2022-02-28"));
  CHECK_FALSE(ran_after_fix("a fix on 02-25"));
}

TEST_CASE("the ceiling of a sweep is 1 without noise, near 0 when noise drowns it, and repeats raise it", "[training]") {
  std::vector<SweepPoint> sweep{{0.00, 1}, {0.02, 1}, {0.05, 1}, {0.09, 1}};
  CHECK(order_ceiling(sweep, 0) == Approx(1));
  CHECK(std::abs(order_ceiling(sweep, 100)) < 0.05);
  const double once = order_ceiling(sweep, 0.03);
  CHECK(once > 0.6);
  CHECK(once < 0.9);
  for (SweepPoint& p : sweep) p.measurements = 4;
  CHECK(order_ceiling(sweep, 0.03) > once + 0.05);
  // Two values a standard deviation of a difference apart change places with probability Phi(-1) = 0.159: 1 - 2 x 0.159.
  CHECK(order_ceiling({{0, 1}, {0.03 * std::sqrt(2.0), 1}}, 0.03) == Approx(0.683).margin(0.04));
}
