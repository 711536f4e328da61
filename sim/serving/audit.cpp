// What must hold at the end of every run, and the report.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/serving/simulation.hpp"

namespace headroom::sim_serving {
namespace {

void must_equal(const char* equation, __int128 left, __int128 right) {
  if (left == right) return;
  throw std::logic_error(fmt::format("serving audit: {}: {} is not {}", equation, static_cast<double>(left), static_cast<double>(right)));
}

}  // namespace

void Simulation::audit() const {
  must_equal("arrived = completed + refused + in the system", report_.arrived, report_.completed + report_.refused + in_system_);
  must_equal("live requests = requests in the system", table_.requests.live(), in_system_);
  // Little's law over any span: the integral of the number in the system is the sum of the times spent in it.
  const Nanos now = queue_.now().count();
  const __int128 integral = in_system_ns_ + static_cast<__int128>(now - in_system_since_) * in_system_;
  must_equal("integral of the number in the system = sum of sojourns", integral, sojourn_ns_ + static_cast<__int128>(now) * in_system_ - arrival_sum_ns_);
  for (const Unit& u : units_) u.replica->check_balance();
  if (in_system_ > 0) return;
  must_equal("tokens emitted = tokens of completed requests", emitted(), output_completed_);
  must_equal("prefixes of live requests", table_.chains.live(), 0);
  std::uint64_t computed = 0, recomputed = 0, cached = 0, private_pages = 0, preemptions = 0;
  for (const Unit& u : units_) {
    computed += u.replica->totals().prefilled_tokens;
    recomputed += u.replica->totals().recomputed_tokens;
    cached += u.replica->totals().cached_tokens;
    preemptions += u.replica->totals().preemptions;
    private_pages += u.replica->memory().privately_held();
  }
  must_equal("private pages of an empty service", private_pages, 0);
  if (report_.failures == 0 && preemptions == 0 && !run_.prefilled_elsewhere) {
    must_equal("prompt tokens computed + found in a cache = prompt tokens of completed requests", computed + cached, report_.input_tokens);
    must_equal("recomputed tokens without preemption or failure", recomputed, 0);
  }
}

ServiceReport Simulation::finish_report() {
  ServiceReport& r = report_;
  const engine::SimTime now = queue_.now();
  r.unfinished = in_system_;
  r.events += queue_.fired();
  double wait = 0;
  for (const Unit& u : units_) {
    const ReplicaTotals& t = u.replica->totals();
    r.passes += t.passes;
    r.preemptions += t.preemptions;
    r.dropped_pins += t.dropped_pins;
    r.recomputed_tokens += t.recomputed_tokens;
    r.cached_tokens += t.cached_tokens;
    r.live_bytes += u.replica->list_bytes();
    wait += t.wait_ns;
  }
  const double seconds = engine::to_seconds(now).base();
  r.live_bytes += table_.requests.capacity_bytes() + table_.chains.capacity_bytes();
  r.mean_in_system = seconds > 0 ? static_cast<double>(in_system_ns_) * 1e-9 / seconds : 0;
  r.mean_queue = seconds > 0 ? wait * 1e-9 / seconds : 0;
  r.replica_seconds = paid_.integral(now);
  r.mean_replicas = seconds > 0 ? r.replica_seconds / seconds : 0;
  if (!window_closed_) close_window();
  const double busy = use_at_close_.busy - use_at_open_.busy;
  const double room = use_at_close_.page_room - use_at_open_.page_room;
  const double paid = paid_at_close_ - paid_at_open_;
  r.kv_use = room > 0 ? (use_at_close_.pages - use_at_open_.pages) / room : 0;
  r.busy = paid > 0 ? std::min(1.0, busy * 1e-9 / paid) : 0;  // sums of many spans may round above
  const auto mean = [](double& sum, std::uint64_t count) { sum = count > 0 ? sum / static_cast<double>(count) : 0; };
  mean(r.mean_ttft, r.ttft.count());
  mean(r.mean_tpot, r.tpot.count());
  mean(r.mean_e2e, r.e2e.count());
  r.mean_itl = r.itl.mean();
  const double end = run_.end == never ? seconds : static_cast<double>(run_.end) * 1e-9;
  r.window = Seconds{end - static_cast<double>(run_.warm_up) * 1e-9};
  if (r.window.base() > 0) {
    r.output = Tokens{static_cast<double>(emitted_at_close_ - emitted_at_open_)} / r.window;
    r.input_cached = Tokens{static_cast<double>(window_cached_)} / r.window;
    r.input_uncached = Tokens{static_cast<double>(window_uncached_)} / r.window;
    r.requests_per_second = static_cast<double>(window_completed_) / r.window.base();
  }
  if (spec_.power) {
    const ReplicaUse all = use();
    const auto joules = [&](double busy_s, double prefill_s, double paid_s) {
      return spec_.power->prefill * Seconds{prefill_s} + spec_.power->decode * Seconds{busy_s - prefill_s} + spec_.power->idle * Seconds{paid_s - busy_s};
    };
    r.energy = joules(all.busy * 1e-9, all.prefill * 1e-9, r.replica_seconds);
    if (paid > 0) r.power = joules(busy * 1e-9, (use_at_close_.prefill - use_at_open_.prefill) * 1e-9, paid) / Seconds{paid};
  }
  return std::move(report_);
}

}  // namespace headroom::sim_serving
