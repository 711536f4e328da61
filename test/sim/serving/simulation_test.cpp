#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "arrivals.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/simulation.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {

constexpr Nanos ms = 1'000'000;

/// Every pass takes 10 ms.
LinearTimes ten_ms() {
  LinearTimes times;
  times.pass = milliseconds(10);
  return times;
}
/// Something like an 8B model on one big accelerator.
LinearTimes realistic() {
  LinearTimes times;
  times.pass = milliseconds(6);
  times.per_prefill_token = microseconds(30);
  times.per_prefill_pair = Seconds{4e-9};
  times.per_decode_sequence = microseconds(20);
  times.per_context_token = Seconds{5e-8};
  times.kv_capacity = Tokens{400'000};
  return times;
}

ServiceReport simulate(const serving::IterationModel& model, const EnginePolicy& policy, ArrivalSource& source, RunSpec run = {},
                       std::uint32_t replicas = 1) {
  ServiceSpec spec;
  PoolSpec pool;
  pool.model = &model;
  pool.policy = policy;
  pool.replicas = replicas;
  spec.pools.push_back(pool);
  return Simulation(spec, run, source).run();
}

RequestMix mix_of(engine::Distribution input, engine::Distribution output) {
  RequestMix mix;
  mix.input = std::move(input);
  mix.output = std::move(output);
  return mix;
}

}  // namespace

TEST_CASE("a schedule made by hand is met to the nanosecond", "[serving][exact]") {
  // A (at 0, 3 tokens) and B (at 5 ms, 2 tokens); every pass takes 10 ms; decodes and prompts share passes.
  //   0-10 ms  A's prompt            A1 at 10
  //  10-20 ms  A decodes, B's prompt A2, B1 at 20
  //  20-30 ms  both decode           A3, B2 at 30: both end
  const LinearModel model(ten_ms());
  for (const bool aggregate : {true, false}) {
    Listed source({request(0, 100, 3), request(5 * ms, 100, 2)});
    RunSpec run;
    run.aggregate = aggregate;
    const ServiceReport r = simulate(model, {}, source, run);
    CHECK(r.completed == 2);
    CHECK(r.last_end.base() == Approx(0.030).margin(1e-12));
    CHECK(r.ttft.min() == 0.010);
    CHECK(r.ttft.max() == 0.015);
    CHECK(r.e2e.max() == 0.030);
    CHECK(r.e2e.min() == 0.025);
    CHECK(r.passes == 3);
  }
}

TEST_CASE("prompts first: decodes stand still while a prompt runs", "[serving][exact]") {
  // As above, but B's prompt has a pass of its own:
  //   0-10 A's prompt; 10-20 B's prompt; 20-30 both decode (A2, B2: B ends); 30-40 A decodes and ends.
  const LinearModel model(ten_ms());
  EnginePolicy policy;
  policy.order = serving::StepOrder::prefill_first;
  Listed source({request(0, 100, 3), request(5 * ms, 100, 2)});
  const ServiceReport r = simulate(model, policy, source);
  CHECK(r.ttft.max() == 0.015);
  CHECK(r.e2e.max() == 0.040);
  CHECK(r.itl.max() == 0.020);  // A waited for B's prompt
}

TEST_CASE("a long prompt is cut into chunks of the token budget", "[serving][exact]") {
  const LinearModel model(ten_ms());
  EnginePolicy policy;
  policy.token_budget = 64;
  Listed source({request(0, 200, 1)});
  CHECK(simulate(model, policy, source).e2e.max() == 0.040);  // 64 + 64 + 64 + 8
}

TEST_CASE("a run of equal passes in one event is the run pass by pass", "[serving][exact]") {
  const LinearModel model(realistic());
  for (const auto order : {serving::StepOrder::mixed, serving::StepOrder::prefill_first}) {
    ServiceReport reports[2];
    for (const bool aggregate : {false, true}) {
      EnginePolicy policy;
      policy.order = order;
      OpenArrivals source({3'600'000'000'000, {6.0}}, 1, mix_of(engine::Exponential{500.0}, engine::Exponential{300.0}), 300'000 * ms, 7);
      RunSpec run;
      run.aggregate = aggregate;
      reports[aggregate ? 1 : 0] = simulate(model, policy, source, run);
    }
    REQUIRE(reports[0].completed == reports[1].completed);
    CHECK(reports[0].completed > 1500);
    CHECK(reports[0].passes == reports[1].passes);
    const double passes = static_cast<double>(reports[0].passes);
    CHECK(std::abs(reports[0].last_end.base() - reports[1].last_end.base()) <= passes * 1e-9);
    CHECK(reports[0].mean_e2e == Approx(reports[1].mean_e2e).epsilon(1e-6));
    CHECK(reports[0].mean_ttft == Approx(reports[1].mean_ttft).epsilon(1e-6));
    CHECK(reports[0].mean_itl == Approx(reports[1].mean_itl).epsilon(0.005));
    CHECK(reports[1].events < reports[1].completed * 6);
    CHECK(reports[0].events > reports[1].events * 3);
  }
}

TEST_CASE("one sequence alone: the closed form is the sum pass by pass", "[serving][exact]") {
  // 1,000 decodes at contexts 101..1099, each 1 ms + 1 us x context, after a prompt of 1 ms.
  LinearTimes times;
  times.pass = milliseconds(1);
  times.per_context_token = microseconds(1);
  const LinearModel model(times);
  Listed source({request(0, 100, 1000)});
  const ServiceReport r = simulate(model, {}, source);
  const double contexts = 999 * (101 + 1099) / 2.0;
  CHECK(r.e2e.max() == Approx(1e-3 * 1000 + 1e-6 * contexts).margin(1e-9));
  CHECK(r.events <= 6);
}

TEST_CASE("a single server with exponential or fixed service has the waiting times of the textbook", "[serving][queues]") {
  // M/M/1 and M/D/1 at load 0.7: mean time in the system S / (1 - rho) and S (1 + rho / (2 (1 - rho))), service S = 1 s in 1,000 passes.
  LinearTimes times;
  times.pass = milliseconds(1);
  const LinearModel model(times);
  EnginePolicy policy;
  policy.max_sequences = 1;
  for (const bool fixed : {false, true}) {
    double sum = 0, squares = 0;
    constexpr int runs = 20;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
      const engine::Distribution service = fixed ? engine::Distribution(engine::Constant{1000}) : engine::Distribution(engine::Exponential{1000.0});
      OpenArrivals source({3'600'000'000'000, {0.7}}, 1, mix_of(engine::Constant{1}, service), 20'000'000 * ms, seed);
      RunSpec run;
      run.warm_up = 500'000 * ms;
      const double mean = simulate(model, policy, source, run).mean_e2e;
      sum += mean;
      squares += mean * mean;
    }
    const double mean = sum / runs;
    const double half_width = 2.093 * std::sqrt((squares / runs - mean * mean) / (runs - 1));  // Student, 19 degrees
    const double expected = fixed ? 1 + 0.7 / (2 * 0.3) : 1 / 0.3;
    INFO((fixed ? "M/D/1 " : "M/M/1 ") << mean << " +- " << half_width << ", expected " << expected);
    CHECK(std::abs(mean - expected) < half_width + 0.002);  // 0.002: service is a whole number of passes, at least one
    CHECK(half_width < 0.25 * expected);
  }
}

TEST_CASE("a batch of four slots is M/M/4", "[serving][queues]") {
  // Passes of 1 ms, service exponential with mean 1 s, four slots, 2.8 requests a second (rho 0.7). Erlang C: a = 2.8,
  // P(wait) = 0.4287, mean wait = P / (4 - 2.8) = 0.3572 s.
  LinearTimes times;
  times.pass = milliseconds(1);
  const LinearModel model(times);
  EnginePolicy policy;
  policy.max_sequences = 4;
  double sum = 0, squares = 0;
  constexpr int runs = 20;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    OpenArrivals source({3'600'000'000'000, {2.8}}, 1, mix_of(engine::Constant{1}, engine::Exponential{1000.0}), 8'000'000 * ms, seed);
    RunSpec run;
    run.warm_up = 200'000 * ms;
    const double mean = simulate(model, policy, source, run).mean_e2e;
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / runs;
  const double half_width = 2.093 * std::sqrt((squares / runs - mean * mean) / (runs - 1));
  double erlang_b = 1;
  for (int k = 1; k <= 4; ++k) erlang_b = 2.8 * erlang_b / (k + 2.8 * erlang_b);
  const double waits = erlang_b / (1 - 0.7 * (1 - erlang_b));
  const double expected = 1 + waits / (4 - 2.8);
  INFO(mean << " +- " << half_width << ", expected " << expected);
  CHECK(std::abs(mean - expected) < half_width + 0.002);
}

TEST_CASE("memory runs out: requests are put back, and everything still balances", "[serving][memory]") {
  LinearTimes times = realistic();
  times.kv_capacity = Tokens{20'000};
  const LinearModel model(times);
  for (const auto preemption : {Preemption::recompute, Preemption::swap}) {
    EnginePolicy policy;
    policy.preemption = preemption;
    OpenArrivals source({3'600'000'000'000, {3.0}}, 1, mix_of(engine::Uniform{200, 800}, engine::Uniform{200, 1500}), 400'000 * ms, 3);
    const ServiceReport r = simulate(model, policy, source);  // audits itself
    CHECK(r.preemptions > 20);
    CHECK(r.completed == r.arrived);
    if (preemption == Preemption::recompute) CHECK(r.recomputed_tokens > 0);
  }
  EnginePolicy full;
  full.admission = Admission::full;
  full.chunked = false;
  OpenArrivals source({3'600'000'000'000, {3.0}}, 1, mix_of(engine::Uniform{200, 800}, engine::Uniform{200, 1500}), 400'000 * ms, 3);
  CHECK(simulate(model, full, source).preemptions == 0);
}

TEST_CASE("aggregated runs agree pass by pass when memory is short too", "[serving][memory][exact]") {
  LinearTimes times = realistic();
  times.kv_capacity = Tokens{20'000};
  const LinearModel model(times);
  ServiceReport reports[2];
  for (const bool aggregate : {false, true}) {
    OpenArrivals source({3'600'000'000'000, {3.0}}, 1, mix_of(engine::Uniform{200, 800}, engine::Uniform{200, 1500}), 200'000 * ms, 3);
    RunSpec run;
    run.aggregate = aggregate;
    reports[aggregate ? 1 : 0] = simulate(model, {}, source, run);
  }
  CHECK(reports[0].preemptions == reports[1].preemptions);
  CHECK(reports[0].passes == reports[1].passes);
  CHECK(std::abs(reports[0].last_end.base() - reports[1].last_end.base()) <= static_cast<double>(reports[0].passes) * 1e-9);
}

TEST_CASE("a shared prefix is computed once while it stays in memory", "[serving][prefix]") {
  const LinearModel model(realistic());
  RequestMix mix = mix_of(engine::Constant{100}, engine::Constant{50});
  mix.shared_prefix = 1600;
  OpenArrivals source({3'600'000'000'000, {5.0}}, 1, mix, 60'000 * ms, 5);
  const ServiceReport r = simulate(model, {}, source);
  CHECK(r.cached_tokens == 1600 * (r.completed - 1));
  EnginePolicy without;
  without.prefix_cache = false;
  OpenArrivals again({3'600'000'000'000, {5.0}}, 1, mix, 60'000 * ms, 5);
  const ServiceReport cold = simulate(model, without, again);
  CHECK(cold.cached_tokens == 0);
  CHECK(cold.mean_ttft > r.mean_ttft);
}

TEST_CASE("urgent requests wait less", "[serving][priority]") {
  const LinearModel model(ten_ms());
  EnginePolicy policy;
  policy.max_sequences = 1;
  Arrival urgent = request(2, 10, 100);
  Arrival normal = request(1, 10, 100);
  normal.priority = 1;
  Arrival first = request(0, 10, 100);
  Listed source({first, normal, urgent});
  const ServiceReport r = simulate(model, policy, source);
  CHECK(r.ttft.max() == Approx(2 * 100 * 0.01 + 0.01).epsilon(1e-6));  // the normal one came second and was served last
}
