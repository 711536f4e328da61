#include <catch2/catch.hpp>
#include <cmath>

#include "sim/serving/hour_table.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/pair_curve.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {

/// Prompts take 40 us a token, decodes 10 ms a pass; a token of cache is 100 kB.
LinearTimes times() {
  LinearTimes t;
  t.pass = milliseconds(10);
  t.per_prefill_token = microseconds(40);
  t.per_decode_sequence = microseconds(20);
  t.kv_capacity = Tokens{200'000};
  t.kv_per_token = Bytes{1e5};
  return t;
}

CurveSpec spec_of(const serving::IterationModel& model, Part part) {
  CurveSpec spec;
  spec.pool.model = &model;
  spec.pool.replicas = 2;
  spec.part = part;
  spec.mix.input = engine::Lognormal::of_mean(1000, 0.6);
  spec.mix.output = engine::Lognormal::of_mean(200, 0.6);
  spec.mix.shortest_output = 2;
  spec.slo = {seconds(1), milliseconds(20)};
  return spec;
}

}  // namespace

TEST_CASE("groups are paired in the numbers that let neither wait for the other", "[serving][pair]") {
  // Prompts at 6 a second on 8 devices, decodes at 2 a second on 8: one to three, nothing idle.
  GroupCounts n = balanced_groups({6, 8}, {2, 8});
  CHECK((n.prefill == 1 && n.decode == 3));
  // 3 and 2 a second: two to three.
  n = balanced_groups({3, 8}, {2, 8});
  CHECK((n.prefill == 2 && n.decode == 3));
  // 2.02 to 1: 100 to 202 would be exact, one to two serves 99 % of that with far fewer.
  n = balanced_groups({2.02, 1}, {1, 1});
  CHECK((n.prefill == 1 && n.decode == 2));
  CHECK_THROWS_AS(balanced_groups({0, 8}, {2, 8}), std::logic_error);
}

TEST_CASE("a pair serves what its slowest stage does", "[serving][pair]") {
  const LinearModel model(times());
  const CapacityCurve prefill = capacity_curve(spec_of(model, Part::prefill)), decode = capacity_curve(spec_of(model, Part::decode));
  const double transfer = prefill.kv_bytes_per_request.base() / 10e9;
  const Slo slo{seconds(1), milliseconds(20)};
  const PairCurve prompts_bind = pair_curve(prefill, decode, {1, 16, BytesPerSecond{10e9}, milliseconds(1)}, slo);
  CHECK(prompts_bind.curve.saturation == Approx(prefill.saturation));
  CHECK(prompts_bind.prefill_load == 1);
  CHECK(prompts_bind.decode_load == Approx(prefill.saturation / (16 * decode.saturation)));
  const PairCurve decodes_bind = pair_curve(prefill, decode, {16, 1, BytesPerSecond{10e9}, milliseconds(1)}, slo);
  CHECK(decodes_bind.curve.saturation == Approx(decode.saturation));
  // A link of a hundredth of that speed: 0.95 of one cache after the other.
  const PairCurve link_binds = pair_curve(prefill, decode, {1, 16, BytesPerSecond{10e7}, milliseconds(1)}, slo);
  CHECK(link_binds.curve.saturation == Approx(0.95 / (100 * transfer)));
  CHECK(link_binds.transfer_load == 1);
  // First tokens wait for the transfer, the others do not.
  const CurvePoint& light = prompts_bind.curve.points.front();
  CHECK(light.ttft.min() >= prefill.points.front().ttft.min() + 0.001);
  CHECK(light.tpot.quantile(0.5) == Approx(decode.points.front().tpot.quantile(0.5)).epsilon(0.02));
}

TEST_CASE("a faster replica behaves as the other does at the same share of its knee, in less time", "[serving][curve]") {
  const LinearModel model(times());
  CurveSpec spec = spec_of(model, Part::whole);
  spec.requests_per_point = 16'000;  // between passes the percentiles of first tokens jump with few requests
  const CapacityCurve curve = capacity_curve(spec);
  LinearTimes half = times();
  for (Seconds* t : {&half.pass, &half.per_prefill_token, &half.per_decode_sequence}) *t = *t / 2;
  const LinearModel twice(half);
  CurveSpec faster = spec;
  faster.pool.model = &twice;
  const CapacityCurve simulated = capacity_curve(faster), scaled = at_speed(curve, spec.slo, {2, 2, 2});
  CHECK(scaled.saturation == Approx(2 * curve.saturation));
  CHECK(scaled.saturation == Approx(simulated.saturation).epsilon(0.01));
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    if (curve.points[i].load > 0.95) break;  // beyond, a run of finite length shows the luck of its draw
    CAPTURE(curve.points[i].load);
    CHECK(scaled.points[i].ttft.quantile(0.95) == Approx(simulated.points[i].ttft.quantile(0.95)).epsilon(0.05));
    CHECK(scaled.points[i].tpot.quantile(0.95) == Approx(simulated.points[i].tpot.quantile(0.95)).epsilon(0.05));
    CHECK(scaled.points[i].attainment == Approx(simulated.points[i].attainment).margin(0.03));
  }
  // The same again is the same as far as sketches tell shares, and slower ones meet their targets less often.
  CHECK(at_speed(curve, spec.slo, {}).points[4].attainment == Approx(curve.points[4].attainment).margin(0.002));
  const CapacityCurve slow = at_speed(curve, spec.slo, {0.5, 0.5, 0.5});
  for (std::size_t i = 0; i < curve.points.size(); ++i) CHECK(slow.points[i].attainment <= curve.points[i].attainment);
}
