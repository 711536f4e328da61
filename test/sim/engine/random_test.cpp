#include "sim/engine/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "sim/engine/distributions.hpp"
#include "sim/engine/statistics.hpp"

using namespace headroom::engine;

namespace {

using Words = std::array<std::uint32_t, 4>;

/// Greatest distance between the sample's and the true distribution function, times sqrt(n): above 1.95 once in 1,000
/// (Kolmogorov). `below(x)` is the distribution function.
template <class D, class F>
double kolmogorov(const D& distribution, F below, int n = 20000) {
  Stream stream{7, 0, "kolmogorov"};
  std::vector<double> sample(static_cast<std::size_t>(n));
  for (double& x : sample) x = draw(distribution, stream);
  std::sort(sample.begin(), sample.end());
  double most = 0;
  for (int i = 0; i < n; ++i) {
    const double p = below(sample[static_cast<std::size_t>(i)]);
    most = std::max({most, p - i / static_cast<double>(n), (i + 1) / static_cast<double>(n) - p});
  }
  return most * std::sqrt(n);
}

template <class D>
Tally moments(const D& distribution, int n = 200000) {
  Stream stream{3, 1, "moments"};
  Tally tally;
  for (int i = 0; i < n; ++i) tally.add(draw(distribution, stream));
  return tally;
}

}  // namespace

TEST_CASE("Philox gives the published vectors", "[engine]") {
  // Random123's kat_vectors, philox4x32 10 rounds.
  REQUIRE(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t f = 0xffffffff;
  REQUIRE(philox({f, f, f, f}, {f, f}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox agrees with Random123 on other counters and keys", "[engine]") {
  Stream stream{5, 0, "philox"};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t a = stream.bits();
    const std::uint64_t b = stream.bits();
    const std::uint64_t k = stream.bits();
    const auto half = [](std::uint64_t x, int n) { return static_cast<std::uint32_t>(x >> (32 * n)); };
    const r123::Philox4x32::ctr_type counter = {{half(a, 0), half(a, 1), half(b, 0), half(b, 1)}};
    const r123::Philox4x32::key_type key = {{half(k, 0), half(k, 1)}};
    const auto theirs = r123::Philox4x32{}(counter, key);
    REQUIRE(philox({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]}) ==
            Words{theirs[0], theirs[1], theirs[2], theirs[3]});
  }
}

TEST_CASE("a stream's draws are a function of what it is called, never of what else was drawn", "[engine]") {
  Stream first{42, 0, "failure", {3, 17, 0}};
  Stream other{42, 0, "failure", {3, 18, 0}};
  std::vector<std::uint64_t> alone;
  for (int i = 0; i < 9; ++i) alone.push_back(first.bits());
  Stream again{42, 0, "failure", {3, 17, 0}};
  for (std::uint64_t i = 0; i < 9; ++i) {
    (void)other.bits();
    REQUIRE(again.bits_at(i) == alone[i]);
    REQUIRE(again.bits() == alone[i]);
  }
  REQUIRE(again.position() == 9);
}

TEST_CASE("these draws are the same for ever", "[engine]") {
  const Stream stream{1, 2, "demand/doubao", {3}};
  CHECK(name_hash("") == 0xf52a15e9a9b5e89b);
  CHECK(name_hash("failure") == 0xc975efb5b8eca3a0);
  CHECK(stream.bits_at(0) == 0x957d8d2e794a72fe);
  CHECK(stream.bits_at(1) == 0x69f104f262e46924);
  CHECK(stream.bits_at(1'000'000'000'000) == 0x951704ed8698d4c8);
  CHECK(stream.part("phase").bits_at(0) == 0x20c6dd592c09839a);
}

TEST_CASE("seed, replication, name, each index and their order make another stream", "[engine]") {
  std::set<std::uint64_t> firsts;
  int made = 0;
  const auto see = [&](const Stream& stream) {
    ++made;
    firsts.insert(stream.bits_at(0));
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t replication = 0; replication < 20; ++replication) {
      for (const char* name : {"a", "b", "ab", ""}) {
        see({seed, replication, name});
        for (std::uint64_t i = 0; i < 5; ++i) see({seed, replication, name, {i}});
        see({seed, replication, name, {0, 1}});
        see({seed, replication, name, {1, 0}});
      }
    }
  }
  REQUIRE(static_cast<int>(firsts.size()) == made);
  const Stream whole{1, 1, "x"};
  REQUIRE(whole.part(4).bits_at(0) == Stream{1, 1, "x", {4}}.bits_at(0));
  REQUIRE(whole.part("4").bits_at(0) != whole.part(4).bits_at(0));
}

TEST_CASE("uniform draws stay inside the open interval and are uniform", "[engine]") {
  Stream stream{9, 0, "uniform"};
  std::array<int, 64> cells{};
  double sum = 0;
  double lagged = 0;
  double before = 0.5;
  const int n = 640000;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    REQUIRE((u > 0 && u < 1));
    ++cells[static_cast<std::size_t>(u * 64)];
    sum += u;
    lagged += (u - 0.5) * (before - 0.5);
    before = u;
  }
  double chi_square = 0;
  for (const int cell : cells) chi_square += (cell - n / 64.0) * (cell - n / 64.0) / (n / 64.0);
  REQUIRE(chi_square < 103);  // 63 degrees of freedom: 0.1 % lie above
  REQUIRE(std::fabs(sum / n - 0.5) < 4 * std::sqrt(1.0 / 12 / n));
  REQUIRE(std::fabs(lagged / n) < 4.0 / 12 / std::sqrt(n));
}

TEST_CASE("draws follow their distribution functions", "[engine]") {
  const double root2 = std::sqrt(2);
  REQUIRE(kolmogorov(Exponential{3}, [](double x) { return 1 - std::exp(-x / 3); }) < 1.95);
  REQUIRE(kolmogorov(Normal{5, 2}, [&](double x) { return std::erfc(-(x - 5) / 2 / root2) / 2; }) < 1.95);
  REQUIRE(kolmogorov(Lognormal{1, 0.5}, [&](double x) { return std::erfc(-(std::log(x) - 1) / 0.5 / root2) / 2; }) <
          1.95);
  REQUIRE(kolmogorov(Uniform{2, 6}, [](double x) { return (x - 2) / 4; }) < 1.95);
  REQUIRE(kolmogorov(Weibull{2, 1.5}, [](double x) { return 1 - std::exp(-std::pow(x / 2, 1.5)); }) < 1.95);
  REQUIRE(kolmogorov(Triangular{0, 1, 4}, [](double x) { return x < 1 ? x * x / 4 : 1 - (4 - x) * (4 - x) / 12; }) <
          1.95);
  // An Erlang distribution has an elementary distribution function.
  REQUIRE(kolmogorov(Gamma{3, 2}, [](double x) { return 1 - std::exp(-x / 2) * (1 + x / 2 + x * x / 8); }) < 1.95);
}

TEST_CASE("means and variances are those of the formulas", "[engine]") {
  struct Case {
    Distribution distribution;
    double mean;
    double variance;
  };
  const std::vector<Discrete::Choice> die{{3, 1}, {1, 2}, {7, 1}};
  const Case cases[] = {
      {Constant{4}, 4, 0},
      {Exponential{2}, 2, 4},
      {Normal{-1, 3}, -1, 9},
      {Lognormal::of_mean(10, 0.3), 10, 9},
      {Uniform{0, 12}, 6, 12},
      {Triangular{0, 3, 9}, 4, 3.5},
      {Weibull{1, 2}, 0.88622692545275801, 0.21460183660255169},
      {Gamma{0.3, 2}, 0.6, 1.2},
      {Gamma::of_mean(50, 0.1), 50, 25},
      {Poisson{0.7}, 0.7, 0.7},
      {Poisson{300}, 300, 300},
      {Poisson{1e6}, 1e6, 1e6},
      {Discrete{die}, 3, 6},
      {Empirical{{1, 2, 3, 10}}, 4, 12.5},
  };
  for (const Case& c : cases) {
    CAPTURE(c.distribution.index(), c.mean);
    REQUIRE(mean(c.distribution) == Approx(c.mean).epsilon(1e-12));
    const Tally tally = moments(c.distribution);
    REQUIRE(std::fabs(tally.mean() - c.mean) <= 4 * std::sqrt(c.variance / 200000) + 1e-12);
    REQUIRE(tally.variance() == Approx(c.variance).epsilon(0.05));
  }
}

TEST_CASE("more luck never gives less", "[engine]") {
  const std::vector<Discrete::Choice> choices{{5, 1}, {2, 1}, {9, 0}};
  const Distribution distributions[] = {Exponential{1},      Normal{0, 1},  Lognormal{0, 1}, Uniform{0, 1},
                                        Weibull{1, 0.7},     Gamma{0.5, 1}, Gamma{40, 1},    Triangular{0, 0, 1},
                                        Poisson{2},          Poisson{100},  Poisson{2e4},    Discrete{choices},
                                        Empirical{{3, 1, 2}}};
  for (const Distribution& distribution : distributions) {
    CAPTURE(distribution.index());
    double before = quantile(distribution, 0x1p-53);
    for (int i = 1; i < 2000; ++i) {
      const double here = quantile(distribution, i / 2000.0);
      REQUIRE(here >= before * (before > 0 ? 1 - 1e-9 : 1 + 1e-9));
      before = here;
    }
    REQUIRE(std::isfinite(quantile(distribution, 1 - 0x1p-53)));
    REQUIRE(quantile(distribution, 1 - 0x1p-53) >= before);
  }
}

TEST_CASE("a lognormal from a range has these quantiles", "[engine]") {
  const Lognormal range = Lognormal::of_range(10, 40);
  REQUIRE(range.quantile(0.1) == Approx(10));
  REQUIRE(range.quantile(0.9) == Approx(40));
  REQUIRE(range.quantile(0.5) == Approx(20));
}

TEST_CASE("Poisson counts invert the sum of their probabilities", "[engine]") {
  for (const double mean : {0.0, 0.1, 5.0, 29.0, 31.0, 400.0}) {
    const Poisson poisson{mean};
    double sum = std::exp(-static_cast<double>(mean));
    double k = 0;
    for (int i = 1; i < 200; ++i) {
      const double u = i / 200.0;
      while (sum < u - 1e-12) {
        k += 1;
        sum += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
      }
      REQUIRE(poisson.quantile(u) == k);
    }
  }
  // Above 10^4 by expansion: the count lies next to the exact one, nearly always on it.
  int off = 0;
  const double mean = 10001;
  Stream stream{1, 0, "poisson"};
  const Poisson poisson{mean};
  for (int i = 0; i < 2000; ++i) {
    const double u = stream.uniform();
    const double k = poisson.quantile(u);
    if (incomplete_gamma(k + 1, mean).upper < u || incomplete_gamma(k, mean).upper >= u) ++off;
    REQUIRE(incomplete_gamma(k + 2, mean).upper >= u);
    REQUIRE(incomplete_gamma(k - 1, mean).upper < u);
  }
  REQUIRE(off <= 2);
}

TEST_CASE("the incomplete gamma function has its known values", "[engine]") {
  REQUIRE(incomplete_gamma(1, 2).upper == Approx(std::exp(-2.0)).epsilon(1e-14));
  REQUIRE(incomplete_gamma(0.5, 2).lower == Approx(std::erf(std::sqrt(2.0))).epsilon(1e-14));
  REQUIRE(incomplete_gamma(0.5, 9).upper == Approx(std::erfc(3.0)).epsilon(1e-13));
  REQUIRE(incomplete_gamma(1e4, 1e4).lower == Approx(0.501329808339955).epsilon(1e-11));
  for (const double a : {0.2, 3.0, 80.0, 5000.0}) {
    const Gamma gamma{a, 1};
    for (const double u : {1e-6, 0.01, 0.3, 0.7, 0.99, 1 - 1e-6}) {
      REQUIRE(incomplete_gamma(a, gamma.quantile(u)).lower == Approx(u).epsilon(1e-9));
    }
  }
}

TEST_CASE("parameters out of range are refused", "[engine]") {
  REQUIRE_THROWS_AS(Exponential{0}, std::invalid_argument);
  REQUIRE_THROWS_AS((Normal{0, -1}), std::invalid_argument);
  REQUIRE_THROWS_AS((Uniform{2, 1}), std::invalid_argument);
  REQUIRE_THROWS_AS((Triangular{0, 2, 1}), std::invalid_argument);
  REQUIRE_THROWS_AS(Poisson{std::nan("")}, std::invalid_argument);
  REQUIRE_THROWS_AS(Empirical{{}}, std::invalid_argument);
  REQUIRE_THROWS_AS(Discrete{std::vector<Discrete::Choice>{}}, std::invalid_argument);
  REQUIRE_THROWS_AS(Lognormal::of_range(5, 4), std::invalid_argument);
}
