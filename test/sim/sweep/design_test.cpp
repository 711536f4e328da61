#include "sim/sweep/design.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace headroom::sweep;

TEST_CASE("the Sobol sequence is that of Joe and Kuo's direction numbers", "[sweep]") {
  // First ten points in three dimensions as sobol.cc of the same authors prints them for new-joe-kuo-6.21201
  // (https://web.maths.unsw.edu.au/~fkuo/sobol/), which can be redone by hand from the first two primitive polynomials.
  const std::vector<std::vector<double>> published{
      {0, 0, 0},         {0.5, 0.5, 0.5},       {0.75, 0.25, 0.25},    {0.25, 0.75, 0.75},    {0.375, 0.375, 0.625},
      {0.875, 0.875, 0.125}, {0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}, {0.1875, 0.3125, 0.9375}, {0.6875, 0.8125, 0.4375}};
  for (std::size_t i = 0; i < published.size(); ++i) {
    const auto point = sobol_point(3, i);
    for (std::size_t d = 0; d < 3; ++d) {
      INFO("point " << i << ", dimension " << d);
      CHECK(static_cast<double>(point[d]) * 0x1p-64 == published[i][d]);
    }
  }
}

TEST_CASE("each aligned block of 2^k Sobol points has one in every slice of 2^-k, shifted by a seed or not", "[sweep]") {
  const std::vector<std::string> ids{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w"};
  const auto seed = GENERATE(1u, 2u, 77u);
  for (const std::size_t begin : {0u, 64u, 1024u}) {
    std::vector<std::set<int>> slices(ids.size());
    for (std::size_t i = begin; i < begin + 64; ++i) {
      const auto shares = sobol_shares(seed, ids, i);
      for (std::size_t d = 0; d < ids.size(); ++d) {
        REQUIRE(shares[d] > 0);
        REQUIRE(shares[d] < 1);
        slices[d].insert(static_cast<int>(shares[d] * 64));
      }
    }
    for (const auto& slice : slices) CHECK(slice.size() == 64);
  }
}

TEST_CASE("a seed gives the same draws for ever, another seed gives others, and an axis does not depend on the others", "[sweep]") {
  CHECK(random_share(1, "fx", 5) == random_share(1, "fx", 5));
  CHECK(random_share(1, "fx", 5) != random_share(2, "fx", 5));
  CHECK(random_share(1, "fx", 5) != random_share(1, "growth", 5));
  CHECK(random_share(1, "fx", 5) != random_share(1, "fx", 6));
  CHECK(sobol_shares(1, {"fx", "growth"}, 9).front() == sobol_shares(1, {"fx"}, 9).front());
  // pinned: a plan of last year must give the points of last year
  CHECK(random_share(7, "growth", 0) == Approx(0.0318393565).epsilon(1e-8));
  CHECK(sobol_shares(7, {"growth", "fx"}, 3)[1] == Approx(0.8253049147).epsilon(1e-8));
  double sum = 0;
  for (std::uint64_t i = 0; i < 4096; ++i) sum += random_share(3, "x", i);
  CHECK(sum / 4096 == Approx(0.5).margin(0.018));  // four standard errors, sqrt(1/12/4096) each
}
