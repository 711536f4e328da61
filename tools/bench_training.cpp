// Times of the training model, as a planner uses it: single predictions of a dense and an expert model, and a full plan search
// on 2,048 accelerators. Prints each as a ratio to a base measured in the same run (the memory count of one plan, the cheapest
// question that the model answers), beside the absolute figure for the reader.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "models/training/estimate.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {

/// Median over 15 runs of the processor's seconds that one call takes.
template <class Call>
double seconds_each(int calls, Call call) {
  std::vector<double> runs;
  for (int run = 0; run < 15; ++run) {
    const std::clock_t start = std::clock();
    for (int i = 0; i < calls; ++i) call(i);
    runs.push_back(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / calls);
  }
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2];
}

Layout layout_of(const Plan& plan, int batch) {
  Layout l;
  l.plan = plan;
  l.global_batch = batch;
  l.sequence = 8192;
  return l;
}

}  // namespace

int main() {
  const catalog::Architecture& dense = *catalog::find_architecture("llama3-70b");
  const catalog::Architecture& experts = *catalog::find_architecture("deepseek-v3");
  DeviceGroup g;
  g.chip = catalog::find_chip("h100_sxm");
  g.accelerators = 2048;
  g.stack = Stack::megatron;
  Plan p;
  p.tensor = 4;
  p.pipeline = 4;
  p.virtual_stages = 5;
  Plan q;
  q.tensor = 1;
  q.pipeline = 16;
  q.expert = 64;
  const Fitted& f = fitted();
  double sink = 0;
  const double base = seconds_each(20000, [&](int i) {
    sink += memory_use(dense, layout_of(p, 2048 + i % 2 * 2048), p, 128, Recompute::none).total().base();
  });
  const double one = seconds_each(5000, [&](int i) { sink += estimate(dense, layout_of(p, 2048 + i % 2 * 2048), g, f).time.base(); });
  const double moe = seconds_each(5000, [&](int i) { sink += estimate(experts, layout_of(q, 2048 + i % 2 * 2048), g, f).time.base(); });
  Layout open;
  open.global_batch = 2048;
  open.sequence = 8192;
  SearchResult found;
  const double search = seconds_each(1, [&](int) { found = search_plans(experts, open, g, f.constants); });
  DeviceGroup large = g;
  large.accelerators = 16384;
  const catalog::Architecture& huge = *catalog::find_architecture("llama-3.1-405b");
  SearchResult wide;
  const double wide_search = seconds_each(1, [&](int) { wide = search_plans(huge, open, large, f.constants); });
  fmt::print("memory count          1.00 x base   {:8.2f} us\n", base * 1e6);
  fmt::print("prediction, dense   {:6.2f} x base   {:8.2f} us   (aim: under 20 us)\n", one / base, one * 1e6);
  fmt::print("prediction, experts {:6.2f} x base   {:8.2f} us\n", moe / base, moe * 1e6);
  fmt::print("plan search         {:6.2f} x base a plan, {} plans in {:.1f} ms: {:.0f} a second   (aim: 100,000)\n",
             search / static_cast<double>(found.examined) / base, found.examined, search * 1e3, static_cast<double>(found.examined) / search);
  fmt::print("the same, 405B on 16,384 H100: {} plans in {:.1f} ms: {:.0f} a second\n", wide.examined, wide_search * 1e3,
             static_cast<double>(wide.examined) / wide_search);
  return sink > 0 ? 0 : 1;
}
