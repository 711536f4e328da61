#include <catch2/catch.hpp>
#include <limits>

#include "models/serving/load.hpp"

namespace headroom::serving {
namespace {

/// A pass takes 10 ms, 1 ms more for each 100 prompt tokens and nothing else, so that schedules can be worked out by hand.
class PlainModel final : public IterationModel {
 public:
  explicit PlainModel(double capacity = 1e9) : capacity_(capacity) {}
  [[nodiscard]] Seconds time(const Batch& b) const override {
    if (b.decode_sequences == 0 && b.prefill_tokens == 0) return Seconds{0};
    return Seconds{0.010 + 0.001 * b.prefill_tokens / 100.0};
  }
  [[nodiscard]] IterationEstimate iteration(const Batch& b) const override {
    IterationEstimate e;
    e.total = e.overhead = e.low = e.high = time(b);
    return e;
  }
  [[nodiscard]] DecodeLine decode_line(int, double) const override {
    return {Seconds{0.010}, Seconds{0}, 0, std::numeric_limits<double>::infinity()};
  }
  [[nodiscard]] Bytes weight_bytes_per_device() const override { return Bytes{0}; }
  [[nodiscard]] Bytes weight_bytes() const override { return Bytes{0}; }
  [[nodiscard]] Bytes kv_bytes_per_token() const override { return Bytes{1}; }
  [[nodiscard]] Bytes kv_bytes_per_sequence() const override { return Bytes{0}; }
  [[nodiscard]] Tokens kv_capacity() const override { return Tokens{capacity_}; }
  [[nodiscard]] const ReplicaPlan& plan() const override { return plan_; }
  ReplicaPlan plan_;

 private:
  double capacity_;
};

SchedulerDefaults scheduler(StepOrder order, int budget = 8192, int slots = 256) { return {order, budget, slots}; }

Load batch(int requests, double input, double output) {
  Load l;
  l.requests = l.concurrency = requests;
  l.input = input;
  l.output = output;
  return l;
}

}  // namespace

TEST_CASE("one request waits for its prompt and then gets a token a pass", "[serving]") {
  // 1000 prompt tokens: 10 + 10 ms; then 99 passes of 10 ms.
  const LoadResult r = run_load(PlainModel{}, scheduler(StepOrder::mixed), {}, batch(1, 1000, 100));
  CHECK(r.ttft.mean == Approx(0.020));
  CHECK(r.tpot.mean == Approx(0.010));
  CHECK(r.duration == Approx(0.020 + 99 * 0.010));
  CHECK(r.output_per_second == Approx(100 / 1.010));
}

TEST_CASE("a front end delays the first token and the spacing delays later requests", "[serving]") {
  const LoadResult r = run_load(PlainModel{}, scheduler(StepOrder::mixed), {0.005, 1e-6, 0.5}, batch(2, 1000, 2));
  // First: 5 + 1 ms, then 20 ms. Second enters half a second later and is alone.
  CHECK(r.ttft.p50 == Approx(0.026));
  CHECK(r.ttft.p99 == Approx(0.526));
}

TEST_CASE("a prompt longer than the budget is cut, and decodes ride in the same passes when steps are mixed", "[serving]") {
  // Two prompts of 1500 under a budget of 1000 tokens, mixed: passes of 1000, 500 + 500 and 1000 less the running decode.
  const LoadResult r = run_load(PlainModel{}, scheduler(StepOrder::mixed, 1000), {}, batch(2, 1500, 50));
  CHECK(r.ttft.p50 == Approx(0.020 + 0.020));
  // The second prompt needs 1000 tokens more; the first request's decode takes one of the budget's: 999 + 1 are two passes.
  CHECK(r.ttft.p99 == Approx(0.040 + 0.010 + 0.00999 + 0.010 + 0.00001));
}

TEST_CASE("prompts first: decodes wait while prompts run, the first tokens come sooner than with mixed steps", "[serving]") {
  Load l = batch(8, 4000, 100);
  l.kind = Load::Kind::closed_loop;
  l.requests = 80;
  l.spread = LengthSpread::near;
  const LoadResult first = run_load(PlainModel{}, scheduler(StepOrder::prefill_first), {}, l);
  const LoadResult mixed = run_load(PlainModel{}, scheduler(StepOrder::mixed, 1024), {}, l);
  CHECK(first.ttft.mean < mixed.ttft.mean);
}

TEST_CASE("requests that do not fit the cache together run one after the other", "[serving]") {
  PlainModel model{1500};
  model.plan_.engine = Engine::trtllm;  // reserves the whole answer
  const LoadResult r = run_load(model, scheduler(StepOrder::mixed), {}, batch(2, 1000, 100));
  CHECK(r.ttft.p50 == Approx(0.020));
  CHECK(r.ttft.p99 == Approx(0.020 + 99 * 0.010 + 0.020));
}

TEST_CASE("tokens are conserved whatever the arrival pattern", "[serving]") {
  for (const auto kind : {Load::Kind::batch, Load::Kind::closed_loop, Load::Kind::open_loop}) {
    for (const auto spread : {LengthSpread::fixed, LengthSpread::near, LengthSpread::chat}) {
      Load l = batch(64, 700, 90);
      l.kind = kind;
      l.spread = spread;
      l.concurrency = 8;
      l.rate = 3;
      const LoadResult r = run_load(PlainModel{}, scheduler(StepOrder::mixed), {}, l);
      CHECK(r.requests_per_second * r.duration == Approx(64));
      if (spread == LengthSpread::fixed) CHECK(r.output_per_second * r.duration == Approx(64 * 90));
      CHECK(r.ttft.mean > 0);
      CHECK(r.tpot.mean >= 0.010 * (1 - 1e-12));
      CHECK(r.latency.mean >= r.ttft.mean);
    }
  }
}

TEST_CASE("more clients never lower the throughput of a replica with room", "[serving]") {
  double before = 0;
  for (int clients = 1; clients <= 128; clients *= 2) {
    Load l = batch(10 * clients, 500, 100);
    l.kind = Load::Kind::closed_loop;
    l.concurrency = clients;
    const LoadResult r = run_load(PlainModel{}, scheduler(StepOrder::mixed), {}, l);
    CHECK(r.output_per_second > before);
    before = r.output_per_second;
  }
}

TEST_CASE("speculative decoding divides the passes by the accepted length", "[serving]") {
  PlainModel model;
  model.plan_.speculation = {3, 2.5};
  const LoadResult r = run_load(model, scheduler(StepOrder::mixed), {}, batch(1, 1000, 101));
  CHECK(r.duration == Approx(0.020 + 40 * 0.010));
}

TEST_CASE("prefill and decode pools: the slower one sets the rate", "[serving]") {
  PlainModel m;
  m.plan_.engine = Engine::trtllm;  // a budget of 8192 tokens a pass
  // Decode: 100 tokens at 10 ms are one second a request; a prefill worker makes a prompt of 1000 in 20 ms alone.
  const PoolResult few = disaggregated(m, 1, m, 1, {}, 1e12, 1000, 100, 4);
  CHECK(few.tpot == Approx(0.010));
  CHECK(few.requests_per_second == Approx(4.0).epsilon(0.05));
  const PoolResult many = disaggregated(m, 1, m, 1, {}, 1e12, 1000, 100, 100000);
  // Budget of 8192 holds 8 prompts: 10 + 80 ms for 8, 88.9 a second, however many wait.
  CHECK(many.requests_per_second == Approx(8 / 0.090).epsilon(0.02));
  CHECK(many.ttft > 100 * few.ttft);
}

}  // namespace headroom::serving
