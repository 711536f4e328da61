#include <catch2/catch.hpp>

#include "sim/serving/capacity_curve.hpp"
#include "sim/serving/hour_table.hpp"
#include "sim/serving/linear_times.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {
LinearTimes realistic() {
  LinearTimes times;
  times.pass = milliseconds(6);
  times.per_prefill_token = microseconds(30);
  times.per_decode_sequence = microseconds(20);
  times.per_context_token = Seconds{5e-8};
  times.kv_capacity = Tokens{400'000};
  return times;
}
CurveSpec spec_of(const serving::IterationModel& model) {
  CurveSpec spec;
  spec.pool.model = &model;
  spec.mix.input = engine::Lognormal::of_mean(600, 0.8);
  spec.mix.output = engine::Lognormal::of_mean(250, 0.8);
  spec.slo = {seconds(1), milliseconds(30)};
  return spec;
}
}  // namespace

TEST_CASE("a capacity curve keeps up below its knee and not above it", "[serving][curve]") {
  const LinearModel model(realistic());
  const CapacityCurve curve = capacity_curve(spec_of(model));
  for (const CurvePoint& p : curve.points) {
    INFO("load " << p.load);
    if (p.load <= 0.9) CHECK(p.served == Approx(p.offered).epsilon(0.03));
    if (p.load >= 1.25) CHECK(p.served == Approx(curve.saturation).epsilon(0.03));
    CHECK((p.kv_use > 0 && p.kv_use <= 1));
    CHECK((p.busy > 0 && p.busy <= 1));
  }
  for (std::size_t i = 1; i < curve.points.size(); ++i) CHECK(curve.points[i].attainment <= curve.points[i - 1].attainment);
  CHECK(curve.points.front().attainment > 0.99);
  CHECK(curve.points.back().attainment < 0.05);
  CHECK(curve.usable_load(0.95) > 0.8);
  CHECK(curve.usable_load(0.95) < 0.9);
  CHECK(curve.verdict(0.5 * curve.saturation).substr(0, 6) == "stable");
  CHECK(curve.verdict(1.2 * curve.saturation).substr(0, 9) == "saturated");
}

TEST_CASE("one slot and fixed lengths: the knee is the reciprocal of the service time", "[serving][curve]") {
  // A pass is 10 ms whatever it holds; a request is a prompt and 99 decodes: one second.
  LinearTimes times;
  times.pass = milliseconds(10);
  const LinearModel model(times);
  CurveSpec spec;
  spec.pool.model = &model;
  spec.pool.policy.max_sequences = 1;
  spec.mix.input = engine::Constant{50};
  spec.mix.output = engine::Constant{100};
  spec.requests_per_point = 400;
  const CapacityCurve curve = capacity_curve(spec);
  CHECK(curve.saturation == Approx(1.0).epsilon(0.01));
  CHECK(curve.points.back().output.base() == Approx(100).epsilon(0.01));
}

TEST_CASE("an hour without variation and backlog is the curve itself", "[serving][hour]") {
  const LinearModel model(realistic());
  const CurveSpec spec = spec_of(model);
  const CapacityCurve curve = capacity_curve(spec);
  const HourResult r = hour(curve, spec.slo, 10, 7 * curve.saturation, LoadVariation::steady(), 0);
  CHECK(r.attainment() == Approx(curve.attainment(0.7)));
  CHECK(r.backlog_close == 0);
  CHECK(r.served == Approx(7 * curve.saturation * 3600));
}

TEST_CASE("a backlog is carried over the hour's edge and drained at the knee's rate", "[serving][hour]") {
  const LinearModel model(realistic());
  const CurveSpec spec = spec_of(model);
  const CapacityCurve curve = capacity_curve(spec);
  const double c = curve.saturation;
  const HourResult over = hour(curve, spec.slo, 1, 1.2 * c, LoadVariation::steady(), 0);
  CHECK(over.backlog_close == Approx(0.2 * c * 3600));
  CHECK(over.attainment() < 0.05);
  const HourResult after = hour(curve, spec.slo, 1, 0.5 * c, LoadVariation::steady(), over.backlog_close);
  // 0.2 hours of work drain at half a knee: 24 minutes late, 36 minutes as if nothing had been.
  CHECK(after.backlog_close == 0);
  CHECK(after.overloaded == Approx(0.4).margin(0.02));
  CHECK(after.attainment() == Approx(0.6 * curve.attainment(0.5)).margin(0.02));
  CHECK(after.served == Approx(0.7 * c * 3600));
  CHECK(after.longest_wait_s == Approx(0.2 * 3600).epsilon(0.02));
  CHECK(latencies(curve, after).ttft.quantile(0.95) > 500);
}

TEST_CASE("minutes that vary need more room than their mean says, and long surges more than short ones", "[serving][hour]") {
  const LinearModel model(realistic());
  const CurveSpec spec = spec_of(model);
  const CapacityCurve curve = capacity_curve(spec);
  const double steady = HourTable(curve, spec.slo, LoadVariation::steady()).usable_load(0.95);
  const double jittery = HourTable(curve, spec.slo, LoadVariation::lognormal(0.2, 0)).usable_load(0.95);
  const double surging = HourTable(curve, spec.slo, LoadVariation::lognormal(0.2, 0.9)).usable_load(0.95);
  CHECK(steady == Approx(curve.usable_load(0.95)).margin(0.01));
  CHECK(jittery < 0.95 * steady);
  CHECK(surging <= jittery + 0.01);
  CHECK(jittery > 0.6 * steady);
}

TEST_CASE("a table of hours reads as the hours themselves", "[serving][hour]") {
  const LinearModel model(realistic());
  const CurveSpec spec = spec_of(model);
  const CapacityCurve curve = capacity_curve(spec);
  const LoadVariation within = LoadVariation::lognormal(0.2, 0.8);
  const HourTable table(curve, spec.slo, within);
  for (const double load : {0.313, 0.627, 0.811, 0.973, 1.2345}) {
    const HourResult exact = hour(curve, spec.slo, 7, load * 7 * curve.saturation, within, 0);
    const HourResult read = table.read(7, load * 7 * curve.saturation, 0);
    CHECK(read.attainment() == Approx(exact.attainment()).margin(0.002));
    CHECK(read.backlog_close == Approx(exact.backlog_close).epsilon(0.02).margin(1e-3 * exact.arrived));
    CHECK(read.busy == Approx(exact.busy).margin(0.002));
  }
}

TEST_CASE("a table of hours reads as the hours themselves behind a backlog, in any order of questions", "[serving][hour]") {
  const LinearModel model(realistic());
  const CurveSpec spec = spec_of(model);
  const CapacityCurve curve = capacity_curve(spec);
  const LoadVariation within = LoadVariation::lognormal(0.2, 0.9);
  constexpr Seconds patience{300};
  const HourTable table(curve, spec.slo, within, patience), again(curve, spec.slo, within, patience);
  const double work = 7 * curve.saturation * 3600;
  std::vector<double> attained;
  for (const double load : {0.33, 0.62, 0.871, 0.93, 1.02, 1.3, 3.1}) {
    for (const double wait : {0.4, 3.7, 41.0, 171.0, 300.0}) {
      INFO("load " << load << ", wait " << wait << " s");
      const double per_second = load * 7 * curve.saturation, backlog = wait * 7 * curve.saturation;
      const HourResult exact = hour(curve, spec.slo, 7, per_second, within, backlog, patience);
      const HourResult read = table.read(7, per_second, backlog);
      CHECK(read.attainment() == Approx(exact.attainment()).margin(0.02));
      CHECK(read.backlog_close == Approx(exact.backlog_close).margin(0.01 * work));
      CHECK(read.gave_up == Approx(exact.gave_up).margin(0.02 * work));
      CHECK(read.served <= work * (1 + 1e-9));
      CHECK(read.backlog_open + read.arrived == Approx(read.served + read.gave_up + read.backlog_close));
      attained.push_back(read.attainment());
    }
  }
  std::size_t at = attained.size();
  for (const double load : {3.1, 1.3, 1.02, 0.93, 0.871, 0.62, 0.33}) {
    for (const double wait : {300.0, 171.0, 41.0, 3.7, 0.4}) CHECK(again.read(7, load * 7 * curve.saturation, wait * 7 * curve.saturation).attainment() == attained[--at]);
  }
}

TEST_CASE("split in prefill and decode, each part is faster than the whole", "[serving][curve]") {
  const LinearModel model(realistic());
  CurveSpec spec = spec_of(model);
  spec.requests_per_point = 1500;
  const CapacityCurve whole = capacity_curve(spec);
  spec.part = Part::prefill;
  const CapacityCurve prefill = capacity_curve(spec);
  spec.part = Part::decode;
  const CapacityCurve decode = capacity_curve(spec);
  CHECK(prefill.saturation > whole.saturation);
  CHECK(decode.saturation > whole.saturation);
  CHECK(prefill.kv_bytes_per_request.base() == Approx(100e3 * prefill.input));
  CHECK(decode.points.front().ttft_met == 1);
}
