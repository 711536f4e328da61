#include "models/training/stages.hpp"

#include <algorithm>
#include <cmath>

#include "models/training/pipeline.hpp"

namespace headroom::training {

using catalog::Architecture;

Stages stages_of(const Architecture& a, const Plan& p) {
  const double mean = static_cast<double>(a.layers) / p.pipeline;
  if (p.pipeline == 1 || a.layers % p.pipeline == 0) return {mean, mean, mean, mean};
  if ((a.layers + 2) % p.pipeline == 0) {  // embedding and head count as a layer each
    const double full = (a.layers + 2.0) / p.pipeline;
    return {full - 1, full, full - 1, mean};
  }
  const double full = std::ceil(mean);
  return {full, full, std::max(1.0, full - 1), mean};
}

PipelineTimes pipeline_times(const Stages& stages, const SlotTimes& t, const Plan& p, double micro_batches, double bubble) {
  const double head = t.head_forward + t.head_backward;
  const double busy = micro_batches * (stages.mean * t.layer() + head / p.pipeline);
  if (p.pipeline == 1) return {busy, busy};
  const double v = p.virtual_stages;
  // A stage between two others sends and receives both ways; the ends have one neighbour, unless chunks wrap around.
  const double ends = (v > 1 ? 2 * v : 1) * t.send;
  const double between = 2 * v * t.send;
  if (splits_backward(p.schedule)) {
    Pipeline schedule{p.pipeline, p.virtual_stages, static_cast<int>(micro_batches), p.schedule, {}, 0};
    for (int c = 0; c < p.virtual_stages; ++c) {
      for (int i = 0; i < p.pipeline; ++i) {
        const double layers = (i == 0 ? stages.first : i == p.pipeline - 1 ? stages.last : stages.middle) / v;
        const double sends = (i == 0 || i == p.pipeline - 1 ? ends : between) / v / 2;
        const bool tail = i == p.pipeline - 1 && c == p.virtual_stages - 1;
        schedule.chunks.push_back({layers * t.forward + sends + (tail ? t.head_forward : 0),
                                   layers * (t.backward + t.again) + sends + (tail ? t.head_backward : 0), layers * t.weight});
      }
    }
    return {pipeline_time(schedule).base(), busy};
  }
  const double first = stages.first * t.layer() + ends;
  const double middle = stages.middle * t.layer() + between;
  const double last = stages.last * t.layer() + head + ends;
  const double slowest = std::max({first, p.pipeline > 2 ? middle : 0, last});
  // Exact up to the sends (pipeline_test compares both with the schedule): every micro-batch waits for the slowest stage, and
  // the others' slots stand idle once, divided by the chunks of a stage. Interleaving needs whole groups of p micro-batches.
  const double fills = v > 1 ? std::ceil(micro_batches / p.pipeline) * p.pipeline : micro_batches;
  const double idle = v > 1 ? (p.pipeline - 1) * middle / v : first + (p.pipeline - 2) * middle + last - slowest;
  return {fills * slowest + bubble * idle, busy};
}

}  // namespace headroom::training
