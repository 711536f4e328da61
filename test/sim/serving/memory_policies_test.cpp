/// Who starts, who waits and who is put back when cache memory is short, engine by engine: schedules made by hand.
#include <catch2/catch.hpp>

#include "arrivals.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/simulation.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {

constexpr Nanos ms = 1'000'000;

/// One replica whose passes take 10 ms each and whose pages hold one token; no prefix is kept.
ServiceReport simulate(EnginePolicy policy, double tokens, std::vector<Arrival> arrivals, RunSpec run = {}, int tp = 1) {
  LinearTimes times;
  times.pass = milliseconds(10);
  times.kv_capacity = Tokens{tokens};
  times.kv_per_token = Bytes{100e3};
  serving::ReplicaPlan plan;
  plan.tp = tp;
  const LinearModel model(times, plan);
  policy.page_tokens = policy.prefix_block_tokens = 1;
  policy.prefix_cache = false;
  ServiceSpec spec;
  PoolSpec pool;
  pool.model = &model;
  pool.policy = policy;
  spec.pools.push_back(pool);
  Listed source(std::move(arrivals));
  return Simulation(spec, run, source).run();
}

EnginePolicy policy_of(serving::Engine engine) { return engine_policy(engine, serving::ReplicaPlan::date_of_record); }

}  // namespace

TEST_CASE("vLLM: a request starts beside others only if the watermark stays free", "[serving][memory][exact]") {
  // 100 pages, 10 of them the watermark. A holds 80 and is due one more; 19 are left when B comes at 5 ms. A's passes end at 10, 20, ... 50.
  EnginePolicy policy = policy_of(serving::Engine::vllm);
  CHECK(policy.watermark == 0.01);
  policy.watermark = 0.1;
  const Arrival a = request(0, 80, 5);
  CHECK(simulate(policy, 100, {a, request(5 * ms, 9, 2)}).ttft.max() == 0.015);   // 9 + 10 <= 19: starts at 10
  CHECK(simulate(policy, 100, {a, request(5 * ms, 10, 2)}).ttft.max() == 0.055);  // starts when A has ended
  policy.watermark = 0;
  CHECK(simulate(policy, 100, {a, request(5 * ms, 10, 2)}).ttft.max() == 0.015);
  // Alone a request may take all there is.
  policy.watermark = 0.1;
  CHECK(simulate(policy, 100, {request(0, 95, 5)}).completed == 1);
}

TEST_CASE("SGLang: the reserve for running outputs falls with the passes and lets a prompt in", "[serving][memory][exact]") {
  // 2,400 pages. A (100 in, 2,000 out) has 1,999 tokens to come at 10 ms; after n passes the reserve is 0.7 (1 - 0.86 n / 600) of what is
  // left and 2,300 - n pages are free. B needs its prompt and output (500 + 500) and the reserve: at n = 59 1,000 + 1,243 > 2,241, at
  // n = 60 1,000 + 1,240 = 2,240. So B's prompt runs from 610 to 620 ms.
  for (const bool aggregate : {true, false}) {
    RunSpec run;
    run.aggregate = aggregate;
    const ServiceReport r = simulate(policy_of(serving::Engine::sglang), 2400, {request(0, 100, 2000), request(5 * ms, 500, 500)}, run);
    CHECK(r.ttft.max() == 0.615);
    CHECK(r.preemptions == 0);
  }
}

TEST_CASE("SGLang: the sequence with the fewest tokens is put back, and the reserve is measured anew", "[serving][memory][exact]") {
  // 100 pages. A (40 in, 30 out) prompts 0-10, B (30 in, 30 out) 10-20 ms; then two pages a pass: none are left at 170 ms, where both have
  // 16 tokens. Of equals the longest prompt goes: A. What B has had and 20 passes are all of its 30, so the reserve is 1, and A with its
  // 56 + 14 waits until B ends at 310; it prompts 56 tokens until 320 and ends 13 passes later.
  EnginePolicy policy = policy_of(serving::Engine::sglang);
  policy.output_reserve = 0;
  const ServiceReport two = simulate(policy, 100, {request(0, 40, 30), request(5 * ms, 30, 30)});
  CHECK(two.preemptions == 1);
  CHECK(two.recomputed_tokens == 56);
  CHECK(two.e2e.max() == 0.450);  // A
  CHECK(two.e2e.min() == 0.305);  // B
}

TEST_CASE("vLLM puts the last-come sequence back, to the front of the queue", "[serving][memory][exact]") {
  // The same two with prompts first, as vLLM's first engine: at 170 ms B goes. A ends at 310, B prompts its 46 tokens until 320 and ends 13
  // passes later.
  EnginePolicy policy = policy_of(serving::Engine::vllm);
  policy.order = serving::StepOrder::prefill_first;
  policy.watermark = 0;
  const ServiceReport r = simulate(policy, 100, {request(0, 40, 30), request(5 * ms, 30, 30)});
  CHECK(r.preemptions == 1);
  CHECK(r.recomputed_tokens == 46);
  CHECK(r.e2e.min() == 0.310);  // A
  CHECK(r.e2e.max() == 0.445);  // B
}

TEST_CASE("TensorRT-LLM: GUARANTEED_NO_EVICT keeps the second out, MAX_UTILIZATION lets it in and puts it back", "[serving][memory][exact]") {
  const std::vector<Arrival> two{request(0, 40, 30), request(5 * ms, 30, 30)};
  // 70 + 60 pages are more than 100: A 0-300 ms, B 300-600.
  EnginePolicy policy = policy_of(serving::Engine::trtllm);
  const ServiceReport kept_out = simulate(policy, 100, two);
  CHECK(kept_out.preemptions == 0);
  CHECK(kept_out.e2e.max() == 0.595);
  // B's prompt joins A's pass 10-20; 29 pages are left, two a pass: one at 160 ms, where B (15 tokens) goes. A ends at 300, B prompts 45
  // tokens until 310 and ends 14 passes later.
  policy.admission = Admission::chunk;
  CHECK(policy.watermark == 0);
  const ServiceReport let_in = simulate(policy, 100, two);
  CHECK(let_in.preemptions == 1);
  CHECK(let_in.recomputed_tokens == 45);
  CHECK(let_in.e2e.max() == 0.445);
}

TEST_CASE("caches are swapped over the links of all accelerators that hold a part", "[serving][memory][exact]") {
  // As with vLLM above: at 170 ms B's 45 tokens of 100 kB go out, 1 ms over one link of 4.5 GB/s; A ends at 311, B's cache comes back in
  // another 1 ms and B ends at 311 + 11 + 130 = 452. Four accelerators move a quarter each.
  EnginePolicy policy = policy_of(serving::Engine::vllm);
  policy.order = serving::StepOrder::prefill_first;
  policy.watermark = 0;
  policy.preemption = Preemption::swap;
  policy.swap_bandwidth = BytesPerSecond{4.5e9};
  const std::vector<Arrival> two{request(0, 40, 30), request(5 * ms, 30, 30)};
  CHECK(simulate(policy, 100, two).e2e.max() == Approx(0.447).margin(1e-8));
  CHECK(simulate(policy, 100, two, {}, 4).e2e.max() == Approx(0.4455).margin(1e-8));
}

TEST_CASE("a decode worker admits a copied cache in its engine's way", "[serving][memory][exact]") {
  // A (900 in cache, 99 passes to go) runs; B (200, 9 passes) comes at 5 ms and 1,100 pages are free. SGLang keeps 512 for each of the two: B
  // waits until A ends at 990 ms. vLLM lets it join at 10 ms.
  RunSpec run;
  run.prefilled_elsewhere = true;
  const std::vector<Arrival> two{request(0, 900, 100), request(5 * ms, 200, 10)};
  EnginePolicy sglang = policy_of(serving::Engine::sglang);
  sglang.preemption = Preemption::swap;
  CHECK(simulate(sglang, 2000, two, run).e2e.max() == 1.075);
  CHECK(simulate(policy_of(serving::Engine::vllm), 2000, two, run).e2e.min() == 0.095);
}

TEST_CASE("long and short prompts near a full cache: what is put back stays out until there is room to go on", "[serving][memory]") {
  // A decode worker, prompts with a coefficient of variation of 10: without a watermark the last-come sequence is copied out and in again and
  // again.
  RunSpec run;
  run.prefilled_elsewhere = true;
  run.end = 600'000 * ms;
  run.warm_up = 0;
  run.drain = false;
  LinearTimes times;
  times.pass = milliseconds(10);
  times.kv_capacity = Tokens{100'000};
  const LinearModel model(times);
  RequestMix mix;
  mix.input = engine::Lognormal::of_mean(2000, 10);
  mix.output = engine::Constant{200};
  mix.longest_input = 90'000;
  std::uint64_t preemptions[2];
  for (const double watermark : {0.0, 0.01}) {
    EnginePolicy policy;
    policy.preemption = Preemption::swap;
    policy.prefix_cache = false;
    policy.watermark = watermark;
    OpenArrivals source({3'600'000'000'000, {8.0}}, 1, mix, 600'000 * ms, 3);
    ServiceSpec spec;
    PoolSpec pool;
    pool.model = &model;
    pool.policy = policy;
    spec.pools.push_back(pool);
    preemptions[watermark > 0 ? 1 : 0] = Simulation(spec, run, source).run().preemptions;
  }
  INFO(preemptions[0] << " without, " << preemptions[1] << " with a watermark");
  CHECK(preemptions[1] * 2 < preemptions[0]);
}
