#include <catch2/catch.hpp>

#include "models/training/ranking.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
DeviceGroup group(const char* chip, int n) {
  DeviceGroup g;
  g.chip = catalog::find_chip(chip);
  REQUIRE(g.chip != nullptr);
  g.accelerators = n;
  return g;
}
double rate(const char* chip, int n, double batch) { return batch / ranking_step(group(chip, n), batch).total().base(); }
}  // namespace

TEST_CASE("DLRM-DCNv2 runs at the rates of MLPerf training v3.1 and v4.0", "[training][published]") {
  // mlcommons/training_results_v3.1 and v4.0, dlrm_dcnv2: samples a second; submitters on one system differ by 5 to 10 %.
  CHECK(rate("h100_sxm", 8, 55296) == Approx(1.35e7).epsilon(0.10));
  CHECK(rate("h100_sxm", 64, 135168) == Approx(4.80e7).epsilon(0.10));
  CHECK(rate("h100_sxm", 128, 135168) == Approx(6.59e7).epsilon(0.10));
  CHECK(rate("h200_sxm", 8, 55296) == Approx(1.51e7).epsilon(0.10));
  CHECK(rate("a100_sxm_80", 8, 55296) == Approx(6.39e6).epsilon(0.15));
  CHECK(rate("l40s", 8, 55296) == Approx(2.34e6).epsilon(0.15));
  CHECK(rate("h100_pcie", 8, 55296) == Approx(4.53e6).epsilon(0.15));
}

TEST_CASE("embeddings cross what joins the ranks", "[training]") {
  const RankingStep one = ranking_step(group("h100_sxm", 1), 6912);
  CHECK(one.exchange.base() == 0);
  DeviceGroup tight = group("h100_sxm", 64);
  tight.oversubscription = 4;
  CHECK(ranking_step(tight, 135168).exchange / ranking_step(group("h100_sxm", 64), 135168).exchange == Approx(4));
  // 6,912 samples x 214 rows of 128 x 4 bytes, passed twice at 80 % of 3.35 TB/s, 1.8 times
  CHECK(one.lookup.base() == Approx(1.8 * 6912 * 214.0 * 128 * 4 * 2 / (0.8 * 3.35e12)).epsilon(1e-6));
}
