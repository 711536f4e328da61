// A production day that its owner published: DeepSeek-V3/R1 inference, 24 hours (deepseek-ai/open-infra-index, day 6 of the
// open-source week, 2025-03-01): 608 B input tokens of which 342 B were cached, 168 B output tokens; 73.7k input (cached
// included) and 14.8k output tokens a second and node of eight H800; 226.75 nodes on average, 278 at the peak; 87,072 USD
// at 2 USD a GPU-hour.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "../../published/case.hpp"
#include "sim/serving/curve_cache.hpp"
#include "sim/serving/derating.hpp"
#include "sim/serving/hour.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/measured_service.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {
constexpr double day_s = 86'400;
const MeasuredRates day_rates{TokensPerSecond{73.7e3}, TokensPerSecond{14.8e3}, 342.0 / 608};
const TokensPerSecond day_input{608e9 / day_s}, day_output{168e9 / day_s};
}  // namespace

TEST_CASE("the published day needs the published nodes and costs what it cost (V8)", "[serving][published]") {
  const NodesNeeded nodes = nodes_for(day_rates, day_input, day_output, day_rates.cached_share);
  headroom::published::Case v8("V8");
  v8.within("nodes of prefill", 95.5, nodes.prefill, 0.05);
  v8.within("nodes of decode", 131.4, nodes.decode, 0.05);
  v8.within("nodes on average", 226.75, nodes.total(), 0.5);
  v8.within_share("cost of the day (USD)", 87'072, nodes.total() * 8 * 24 * 2, 0.001);
  v8.within("node-hours that the night lends", 1230, (278 - nodes.total()) * 24, 5);
}

TEST_CASE("the published day without its cache computes more than twice as many prompts", "[serving][published]") {
  const NodesNeeded cold = nodes_for(day_rates, day_input, day_output, 0);
  CHECK(cold.prefill == Approx(95.5 * 608 / 266).epsilon(0.001));  // 342 of 608 were free
  CHECK(cold.decode == nodes_for(day_rates, day_input, day_output, day_rates.cached_share).decode);
}

TEST_CASE("measured rates read as a curve are not derated again", "[serving][published]") {
  const CapacityCurve decode = measured_curve(day_rates, Part::decode, 4989, 1000, Grade::measured);
  const double requests = day_output.base() / 1000;
  const HourResult hour_of_day = hour(decode, {}, 131.4, requests, LoadVariation::steady(), 0);
  CHECK(hour_of_day.attainment() == Approx(1));
  CHECK(hour_of_day.busy == Approx(1).margin(0.001));
  CHECK(hour(decode, {}, 131.0, requests, LoadVariation::steady(), 0).backlog_close > 0);
}

TEST_CASE("steps of a derating waterfall multiply to the useful share", "[serving][derating]") {
  const DeratingWaterfall w = waterfall(3100, {{"achievable", 1900, Grade::interpolated, "capacity curve at saturation"},
                                               {"SLO", 1600, Grade::interpolated, "usable load at 95 % attainment"},
                                               {"burst", 1290, Grade::measured, "minutes of the Azure trace"},
                                               {"rounding", 1280, Grade::measured, "whole replicas"},
                                               {"failures", 1267, Grade::assumed, "availability"},
                                               {"idle", 700, Grade::assumed, "mean load / capacity"}});
  double product = 1;
  for (const DeratingStep& step : w.steps) product *= step.factor;
  CHECK(std::abs(product - 700.0 / 3100) < 1e-9);
  CHECK(w.useful() == Approx(700));
  CHECK_THROWS(waterfall(0, {{"achievable", 1, Grade::assumed, ""}}));
}

TEST_CASE("a curve is computed once, kept on disk and refused if its file was cut", "[serving][cache]") {
  LinearTimes times;
  times.pass = milliseconds(10);
  const LinearModel model(times);
  CurveSpec spec;
  spec.pool.model = &model;
  spec.pool.policy.max_sequences = 8;
  spec.model_key = "linear 10 ms";
  spec.requests_per_point = 300;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "headroom-curve-cache-test";
  std::filesystem::remove_all(folder);
  CurveCache first(folder);
  const auto curve = first.get(spec);
  CHECK(first.get(spec) == curve);
  CHECK(first.computed() == 1);
  CHECK(encode(decode_curve(encode(*curve))) == encode(*curve));
  CurveCache second(folder);
  CHECK(encode(*second.get(spec)) == encode(*curve));
  CHECK(second.computed() == 0);
  spec.burst = 2;
  CHECK(encode(*second.get(spec)) != encode(*curve));
  CHECK(second.computed() == 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::resize_file(entry.path(), 200);
  CurveCache third(folder);
  (void)third.get(spec);
  CHECK(third.computed() == 1);
  std::filesystem::remove_all(folder);
}
