#include <catch2/catch.hpp>

#include "sim/serving/linear_times.hpp"
#include "sim/serving/saturation.hpp"
#include "sim/serving/simulation.hpp"

using namespace headroom;
using namespace headroom::sim_serving;

namespace {

constexpr Nanos second = 1'000'000'000;

LinearTimes realistic() {
  LinearTimes times;
  times.pass = milliseconds(6);
  times.per_prefill_token = microseconds(30);
  times.per_decode_sequence = microseconds(20);
  times.per_context_token = Seconds{5e-8};
  times.kv_capacity = Tokens{200'000};
  return times;
}

PoolSpec pool_of(const serving::IterationModel& model, Role role, std::uint32_t replicas) {
  PoolSpec pool;
  pool.model = &model;
  pool.role = role;
  pool.replicas = replicas;
  return pool;
}

RequestMix chat() {
  RequestMix mix;
  mix.input = engine::Uniform{200, 1000};
  mix.output = engine::Uniform{100, 400};
  return mix;
}

AgentMix coding_agent(double turns) {
  AgentMix mix;
  mix.sessions.per_second = {0.3};
  mix.turns = engine::Constant{turns};
  mix.first_input = engine::Constant{1500};
  mix.added_input = engine::Constant{400};
  mix.output = engine::Constant{150};
  mix.pause_s = engine::Exponential{3.0};
  mix.shared_prefix = 800;
  return mix;
}

ServiceReport serve_agents(const AgentMix& mix, std::uint32_t replicas, double capacity = 2'000'000) {
  LinearTimes times = realistic();
  times.kv_capacity = Tokens{capacity};
  const LinearModel model(times);
  ServiceSpec spec;
  spec.pools.push_back(pool_of(model, Role::mixed, replicas));
  spec.routing = Routing::prefix_aware;
  AgentArrivals source(mix, 300 * second, 5);
  return Simulation(spec, {}, source).run();
}

}  // namespace

TEST_CASE("agents: the hit rate rises with the turns of a session", "[serving][agents]") {
  double before = -1;
  for (const double turns : {1.0, 4.0, 12.0}) {
    const ServiceReport r = serve_agents(coding_agent(turns), 2);
    const double hits = static_cast<double>(r.cached_tokens) / static_cast<double>(r.input_tokens);
    CHECK(hits > before);
    before = hits;
  }
  CHECK(before > 0.8);
}

TEST_CASE("agents: context dropped in pauses is computed again, pinned context is paid for with memory", "[serving][agents]") {
  AgentMix mix = coding_agent(8);
  const ServiceReport cached = serve_agents(mix, 1);
  mix.pause = PausePolicy::dropped;
  const ServiceReport dropped = serve_agents(mix, 1);
  mix.pause = PausePolicy::pinned;
  const ServiceReport pinned = serve_agents(mix, 1);
  CHECK(dropped.cached_tokens < cached.cached_tokens / 2);
  CHECK(dropped.mean_ttft > cached.mean_ttft);
  CHECK(pinned.cached_tokens == cached.cached_tokens);  // memory is plentiful: nothing would have been evicted
  CHECK(pinned.kv_use > cached.kv_use);
  // Where memory is scarce, pins are given up before a running request is.
  const ServiceReport tight = serve_agents(mix, 1, 30'000);
  CHECK(tight.dropped_pins > 0);
  CHECK(tight.completed == tight.arrived);
}

TEST_CASE("routing that looks at caches keeps sessions where their context is", "[serving][agents][routing]") {
  LinearTimes times = realistic();
  times.kv_capacity = Tokens{2'000'000};
  const LinearModel model(times);
  double hits[3];
  int i = 0;
  for (const Routing routing : {Routing::round_robin, Routing::least_loaded, Routing::prefix_aware}) {
    ServiceSpec spec;
    spec.pools.push_back(pool_of(model, Role::mixed, 4));
    spec.routing = routing;
    AgentArrivals source(coding_agent(8), 300 * second, 5);
    const ServiceReport r = Simulation(spec, {}, source).run();
    hits[i++] = static_cast<double>(r.cached_tokens) / static_cast<double>(r.input_tokens);
  }
  CHECK(hits[2] > hits[0] + 0.1);
  CHECK(hits[2] > hits[1]);
}

TEST_CASE("split pools: no prompt stands in the way of a decode, and every cache is sent once", "[serving][split]") {
  const LinearModel model(realistic());
  OpenArrivals a({3600 * second, {8.0}}, 1, chat(), 200 * second, 3);
  ServiceSpec whole;
  whole.pools.push_back(pool_of(model, Role::mixed, 2));
  const ServiceReport together = Simulation(whole, {}, a).run();
  ServiceSpec split = whole;
  split.pools = {pool_of(model, Role::prefill, 1), pool_of(model, Role::decode, 1)};
  split.transfer_bandwidth = BytesPerSecond{10e9};
  OpenArrivals b({3600 * second, {8.0}}, 1, chat(), 200 * second, 3);
  const ServiceReport apart = Simulation(split, {}, b).run();
  CHECK(apart.completed == together.completed);
  CHECK(apart.transfers == apart.completed);
  CHECK(apart.output_tokens == together.output_tokens);
  CHECK(apart.itl.quantile(0.99) < together.itl.quantile(0.99));
}

TEST_CASE("one request through split pools takes prefill, transfer and decodes, by hand", "[serving][split][exact]") {
  // 500 tokens of prompt in one pass of 10 ms, 50 MB of cache at 10 GB/s in 5 ms, 1 ms of latency, then two passes.
  LinearTimes times;
  times.pass = milliseconds(10);
  const LinearModel model(times);
  ServiceSpec spec;
  spec.pools = {pool_of(model, Role::prefill, 1), pool_of(model, Role::decode, 1)};
  spec.transfer_bandwidth = BytesPerSecond{10e9};
  spec.transfer_latency = milliseconds(1);
  RequestMix mix;
  mix.input = engine::Constant{500};
  mix.output = engine::Constant{3};
  ClosedArrivals source(1, 0, 1, mix, 1);
  const ServiceReport r = Simulation(spec, {}, source).run();
  CHECK(r.ttft.max() == 0.016);
  CHECK(r.e2e.max() == 0.036);
}

TEST_CASE("a burst inside the load time misses its targets, a slow rise does not (autoscaling)", "[serving][autoscale]") {
  LinearTimes times = realistic();
  times.weights = Bytes{400e9};
  const LinearModel model(times);
  const auto run = [&](bool sudden, double storage) {
    RateCurve rate;
    rate.step = 60 * second;
    rate.per_second.clear();
    for (int m = 0; m < 60; ++m) rate.per_second.push_back(sudden ? (m < 30 ? 10.0 : 60.0) : 10.0 + 50.0 * m / 59);
    ServiceSpec spec;
    spec.pools.push_back(pool_of(model, Role::mixed, 1));
    spec.autoscale = AutoscaleSpec{};
    spec.autoscale->most = 6;
    spec.autoscale->target = 60;
    spec.autoscale->storage = BytesPerSecond{storage};
    spec.slo = {seconds(5), milliseconds(60)};
    OpenArrivals source(rate, 1, chat(), 3600 * second, 9);
    return Simulation(spec, {}, source).run();
  };
  const ServiceReport burst = run(true, 4e9);
  const ServiceReport rise = run(false, 4e9);
  CHECK(burst.attainment() < rise.attainment() - 0.02);
  CHECK(rise.mean_replicas > 1.5);
  CHECK(rise.mean_replicas < 6);
  // Replicas that load together share the storage: ten times the bandwidth ends the burst's misses sooner.
  CHECK(run(true, 40e9).attainment() > burst.attainment());
}

TEST_CASE("failed replicas send their requests back and nothing is lost", "[serving][failures]") {
  const LinearModel model(realistic());
  for (const bool split : {false, true}) {
    ServiceSpec spec;
    if (split) {
      spec.pools = {pool_of(model, Role::prefill, 2), pool_of(model, Role::decode, 2)};
    } else {
      spec.pools.push_back(pool_of(model, Role::mixed, 4));
    }
    spec.failures = FailureSpec{seconds(120), seconds(30)};
    OpenArrivals source({3600 * second, {15.0}}, 1, chat(), 600 * second, 3);
    const ServiceReport r = Simulation(spec, {}, source).run();  // the audit counts requests, tokens and pages
    CHECK(r.failures > 5);
    CHECK(r.restarted > 10);
    CHECK(r.completed == r.arrived);
  }
}

TEST_CASE("a service is judged by its knee and not by one number", "[serving][saturation]") {
  // One slot, a second a request: the knee is one request a second.
  LinearTimes times;
  times.pass = milliseconds(10);
  const LinearModel model(times);
  ServiceSpec spec;
  spec.pools.push_back(pool_of(model, Role::mixed, 1));
  spec.pools[0].policy.max_sequences = 1;
  RequestMix mix;
  mix.input = engine::Constant{10};
  mix.output = engine::Constant{100};
  CHECK(saturation_verdict(spec, nullptr, mix, 0.5).word == "stable");
  CHECK(saturation_verdict(spec, nullptr, mix, 0.98).word == "near the knee");
  CHECK(saturation_verdict(spec, nullptr, mix, 1.3).word == "saturated");
  CHECK(saturation_verdict(spec, nullptr, mix, 1.3).knee == Approx(1).epsilon(0.01));
}
