// Speed of the request-level simulation on one core: one replica with the full scheduler (chunked prefill, paged memory,
// prefix cache on, sketches of all latencies), prompts and answers of about 500 tokens (uniform 256 to 768), Poisson
// arrivals at two loads. Pass by pass and with equal passes as one event, in one process; ten times the requests in two
// more runs to show that memory follows the live requests and not the finished ones; 200 000 requests at once to show
// what a live one takes; and capacity curves as the fleet asks for them.
#include <fmt/format.h>
#include <sys/resource.h>

#include <ctime>

#include "sim/serving/capacity_curve.hpp"
#include "sim/serving/linear_times.hpp"
#include "sim/serving/simulation.hpp"

namespace {

using namespace headroom;
using namespace headroom::sim_serving;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// A 14B model on one accelerator with about 10 ms a pass: 10 requests a second keep some 60 in the batch.
LinearTimes passes_of_14b() {
  LinearTimes times;
  times.pass = milliseconds(8);
  times.per_prefill_token = microseconds(25);
  times.per_decode_sequence = microseconds(15);
  times.per_context_token = Seconds{2e-8};
  times.kv_capacity = Tokens{300'000};
  return times;
}

RequestMix some_500_tokens() {
  RequestMix mix;
  mix.input = engine::Uniform{256, 768};
  mix.output = engine::Uniform{256, 768};
  return mix;
}

double run_once(double requests, double rate, bool aggregate) {
  const LinearModel model(passes_of_14b());
  const RequestMix mix = some_500_tokens();
  OpenArrivals source({3'600'000'000'000, {rate}}, 1, mix, static_cast<Nanos>(requests / rate * 1e9), 1);
  ServiceSpec spec;
  PoolSpec pool;
  pool.model = &model;
  spec.pools.push_back(pool);
  RunSpec run;
  run.aggregate = aggregate;
  const double begin = cpu_seconds();
  const ServiceReport r = Simulation(spec, run, source).run();
  const double elapsed = cpu_seconds() - begin;
  const double n = static_cast<double>(r.completed);
  fmt::print("{:<13} at {:>6}/s {:>8} requests {:>8.3f} s {:>11.0f} requests/s {:>10.3g} tokens/s {:>6.2f} events and {:>5.1f} passes a request; "
             "live at most {}, {:.0f} bytes each; peak {:.1f} MiB; mean TTFT {:.3f} s, TPOT {:.2f} ms\n",
             aggregate ? "aggregated" : "pass by pass", rate, r.completed, elapsed, n / elapsed, static_cast<double>(r.output_tokens) / elapsed,
             static_cast<double>(r.events) / n, static_cast<double>(r.passes) / n, r.peak_live,
             static_cast<double>(r.live_bytes) / static_cast<double>(r.peak_live), peak_mib(), r.mean_ttft, r.mean_tpot * 1e3);
  return n / elapsed;
}

void one_curve(std::uint32_t replicas) {
  const LinearModel model(passes_of_14b());
  CurveSpec spec;
  spec.pool.model = &model;
  spec.pool.replicas = replicas;
  spec.mix = some_500_tokens();
  spec.slo = {seconds(1), milliseconds(30)};
  const double begin = cpu_seconds();
  const CapacityCurve curve = capacity_curve(spec);
  fmt::print("capacity curve of {} replica{}: {} points, {:.1f} requests/s each at the knee: {:.0f} ms (aim: below 100)\n", replicas, replicas == 1 ? "" : "s",
             curve.points.size(), curve.saturation, 1e3 * (cpu_seconds() - begin));
}

}  // namespace

int main() {
  for (const double rate : {10.0, 20.0}) {
    const double plain = run_once(1e5, rate, false);
    const double aggregated = run_once(1e5, rate, true);
    fmt::print("aggregated / pass by pass: {:.2f}\n", aggregated / plain);
  }
  run_once(1e6, 10, false);
  run_once(1e6, 10, true);
  run_once(2e5, 1e6, true);
  one_curve(1);
  one_curve(4);
}
