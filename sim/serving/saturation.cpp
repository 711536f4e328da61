#include "sim/serving/saturation.hpp"

#include <algorithm>

namespace headroom::sim_serving {
namespace {

/// The first requests of another source, all at the beginning.
class AtOnce : public ArrivalSource {
 public:
  AtOnce(ArrivalSource& from, std::uint64_t requests) : from_(&from), left_(requests) {}
  std::optional<Arrival> next() override {
    if (left_-- == 0) return std::nullopt;
    auto arrival = from_->next();
    if (arrival) arrival->at = 0;
    return arrival;
  }

 private:
  ArrivalSource* from_;
  std::uint64_t left_;
};

ServiceReport burst(const ServiceSpec& service, const RequestTrace* trace, const RequestMix& mix, std::uint64_t count, const RunSpec& run) {
  if (trace != nullptr) {
    TraceArrivals from(*trace);
    AtOnce source(from, count);
    return Simulation(service, run, source).run();
  }
  OpenArrivals from({3'600'000'000'000, {1e9}}, 1, mix, never, 1);
  AtOnce source(from, count);
  return Simulation(service, run, source).run();
}

}  // namespace

SaturationVerdict saturation_verdict(const ServiceSpec& spec, const RequestTrace* trace, const RequestMix& mix, double requests_per_second) {
  ServiceSpec service = spec;
  service.failures.reset();
  service.autoscale.reset();
  std::uint64_t batch = 0;
  for (const PoolSpec& pool : service.pools) batch = std::max<std::uint64_t>(batch, std::uint64_t{pool.replicas} * static_cast<std::uint64_t>(pool.policy.max_sequences));
  std::uint64_t count = std::clamp<std::uint64_t>(8 * batch, 800, 40'000);
  if (trace != nullptr) count = std::min<std::uint64_t>(count, trace->requests.size());
  RunSpec run;
  const ServiceReport whole = burst(service, trace, mix, count, run);
  run.warm_up = static_cast<Nanos>(0.25 * whole.last_end.base() * 1e9);
  run.end = static_cast<Nanos>(0.65 * whole.last_end.base() * 1e9);
  run.drain = false;
  SaturationVerdict v;
  if (run.end > run.warm_up) {
    const ServiceReport middle = burst(service, trace, mix, count, run);
    const double output = static_cast<double>(whole.output_tokens) / static_cast<double>(std::max<std::uint64_t>(1, whole.completed));
    // Answers of equal length end in clumps; their tokens do not.
    v.knee = output > 1 ? middle.output.base() / output : middle.requests_per_second;
  }
  if (!(v.knee > 0)) v.knee = static_cast<double>(whole.completed) / std::max(1e-9, whole.last_end.base());
  serving::Batch typical;
  typical.decode_sequences = 32;
  typical.decode_context = 32.0 * 1024;
  const serving::IterationEstimate pass = service.pools.back().model->iteration(typical);
  const double total = pass.total.base();
  const double slow = pass.high.base() > 0 ? std::max(1.1, pass.high.base() / total) : 1.1;
  const double fast = pass.low.base() > 0 ? std::min(0.9, pass.low.base() / total) : 0.9;
  v.low = v.knee / slow;
  v.high = v.knee / fast;
  v.load = requests_per_second / v.knee;
  v.word = requests_per_second < 0.95 * v.low ? "stable" : requests_per_second > v.high ? "saturated" : "near the knee";
  return v;
}

}  // namespace headroom::sim_serving
