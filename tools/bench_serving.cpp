// How fast the serving models answer: one pass (asked millions of times by a request-level run), one static estimate, one
// closed loop of 32 clients and one plan search. Prints ratios to a plain roofline of the same pass, timed in the same run.
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "models/catalog/architecture.hpp"
#include "models/serving/estimate.hpp"
#include "models/serving/plan_search.hpp"

namespace {

using namespace headroom;
using namespace headroom::serving;

template <class Work>
double nanoseconds(int repeats, Work&& work) {
  double sink = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i) sink += work(i);
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  static volatile double keep = 0;
  keep = keep + sink;
  return spent.count() / repeats;
}

}  // namespace

int main() {
  const catalog::Architecture& deepseek = *catalog::find_architecture("deepseek-v3");
  const catalog::Architecture& llama = *catalog::find_architecture("llama-3.1-70b");
  const catalog::Chip& chip = *catalog::find_chip("h200_sxm");
  ReplicaPlan plan;
  plan.tp = 8;
  plan.weights = plan.compute = plan.kv = Precision::fp8;
  const auto model = find_iteration_model("analytic").make(deepseek, chip, plan, {});

  const double roofline = nanoseconds(5'000'000, [](int i) {
    const double rows = 1 + i % 256;
    return std::max(37e9 / 8 / 4.8e12, 2 * 37e9 * rows / 8 / 1.9e15);
  });
  const double pass = nanoseconds(2'000'000, [&](int i) {
    Batch b;
    b.decode_sequences = 1 + i % 256;
    b.decode_context = 2000.0 * b.decode_sequences;
    return model->time(b).base();
  });
  const double mixed = nanoseconds(2'000'000, [&](int i) {
    Batch b;
    b.decode_sequences = 1 + i % 256;
    b.decode_context = 2000.0 * b.decode_sequences;
    b.add_prefill(0, 1 + i % 2000);
    return model->time(b).base();
  });
  const double line = nanoseconds(2'000'000, [&](int i) { return model->decode_line(1 + i % 256, 1e5).fixed.base(); });

  Configuration c;
  c.architecture = llama;
  c.chip = &chip;
  c.plan = plan;
  c.accelerators = 8;
  c.input = c.output = 1000;
  c.scheduler = scheduler_defaults(plan.engine, plan.released, chip);
  const ConstantSet& constants = ConstantSet::fitted();
  c.task = Task::offline_max;
  const double estimate_offline = nanoseconds(20'000, [&](int) { return estimate(prepare(c, constants), constants, {}).output_per_second; });
  c.task = Task::static_batch;
  c.concurrency = 32;
  const double estimate_static = nanoseconds(20'000, [&](int) { return estimate(prepare(c, constants), constants, {}).output_per_second; });
  c.task = Task::closed_loop;
  const double closed = nanoseconds(500, [&](int) { return estimate(prepare(c, constants), constants, {}).output_per_second; });
  PlanRequest request;
  request.base = plan;
  request.tpot = milliseconds(30);
  const double search = nanoseconds(3, [&](int) { return best_plan(llama, chip, request).output.base(); });

  std::printf("one decode pass        %8.1f ns  %6.1f x a plain roofline\n", pass, pass / roofline);
  std::printf("one mixed pass         %8.1f ns  %6.1f x\n", mixed, mixed / roofline);
  std::printf("one decode line        %8.1f ns  %6.1f x\n", line, line / roofline);
  std::printf("static estimate        %8.2f us  offline, with preparation (aim: below 50)\n", estimate_offline * 1e-3);
  std::printf("static estimate        %8.2f us  batch of 32, with preparation (aim: below 50)\n", estimate_static * 1e-3);
  std::printf("closed loop, 32 users  %8.2f us\n", closed * 1e-3);
  std::printf("plan search, 70B       %8.2f ms\n", search * 1e-6);
  return 0;
}
