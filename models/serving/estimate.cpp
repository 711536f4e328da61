#include "models/serving/estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/serving/plan_search.hpp"

namespace headroom::serving {
namespace {

DeviceRatings scaled(DeviceRatings r, double share) {
  r.memory *= share;
  r.memory_bandwidth *= share;
  r.flops_16 *= share;
  r.flops_8 *= share;
  r.flops_4 *= share;
  r.flops_int8 *= share;
  r.scaleup *= share;
  r.scaleout *= share;
  r.domain = static_cast<int>(r.domain / share);
  return r;
}

/// Layouts of `devices` accelerators that a submitter would try: powers of two of tensor parallelism, and attention groups
/// over all devices for latent-cache models with experts.
std::vector<ReplicaPlan> open_plans(const ReplicaPlan& base, const ModelShape& shape, int devices) {
  std::vector<ReplicaPlan> plans;
  for (int tp = 1; tp <= devices && tp <= 16; tp *= 2) {
    ReplicaPlan p = base;
    p.tp = tp;
    p.attention_dp = 1;
    p.pp = 1;
    p.ep = 1;
    plans.push_back(p);
  }
  if (shape.experts > 0 && devices > 1) {
    ReplicaPlan p = base;
    p.tp = 1;
    p.attention_dp = devices;
    p.ep = devices;
    plans.push_back(p);
  }
  return plans;
}

/// An arrival waits some passes of the running batch before the scheduler takes it in.
void add_wait(Summary& ttft, double wait) {
  ttft.mean += wait;
  ttft.p50 += wait;
  ttft.p90 += wait;
  ttft.p99 += wait;
}

double wait_passes(const Rates& r, const ReplicaPlan& plan) {
  if (plan.released < date(2025, 1, 1)) return 0;  // before scheduling overlapped with the running pass
  const Rate own = plan.engine == Engine::vllm     ? Rate::wait_vllm
                   : plan.engine == Engine::sglang ? Rate::wait_sglang
                   : plan.engine == Engine::trtllm ? Rate::wait_trtllm
                                                   : Rate::wait_other;
  const bool groups = plan.engine == Engine::trtllm && plan.attention_dp > 1;
  return r[own] + (groups ? r[Rate::wait_attention_dp] : 0.0);
}

void set_rates(Outcome& o, const LoadResult& r, double copies) {
  o.output_per_second = r.output_per_second * copies;
  o.input_per_second = r.input_per_second * copies;
  o.requests_per_second = r.requests_per_second * copies;
  o.ttft = r.ttft;
  o.tpot = r.tpot;
  o.latency = r.latency;
}

struct Runner {
  const Prepared& p;
  const AnalyticModel& model;
  const FrontEnd front;
  const double wait;  ///< passes
  const Effort& effort;
  int replicas;

  [[nodiscard]] Load load(Load::Kind kind, double population) const {
    const Configuration& c = p.configuration;
    Load l;
    l.kind = kind;
    l.input = c.input;
    l.output = c.output;
    l.spread = c.spread;
    const int each = std::max(1, static_cast<int>(std::llround(population / replicas)));
    l.concurrency = each;
    l.requests = each;
    return l;
  }

  [[nodiscard]] Outcome batch(bool online) const {
    const Configuration& c = p.configuration;
    const double together = online ? c.requests.value_or(1000) : replicas;
    Load l = load(Load::Kind::batch, c.concurrency.value_or(together));
    l.requests = std::min(l.requests, std::max(effort.burst_requests, 1));
    Outcome o;
    set_rates(o, run_load(model, c.scheduler, online ? front : FrontEnd{}, l), replicas);
    return o;
  }

  /// Clients behind the most requests that a log saw within one second: those that run and those that start in that second, whose
  /// number varies as Poisson's does (three deviations out over a run of a minute or two).
  [[nodiscard]] double clients_of_peak(double peak) const {
    const Configuration& c = p.configuration;
    double low = 1, high = peak;
    for (int i = 0; i < 12 && high - low > 0.25; ++i) {
      const double mid = 0.5 * (low + high);
      Batch b;
      b.decode_sequences = std::max(1, static_cast<int>(std::llround(mid / replicas)));
      b.decode_context = b.decode_sequences * (c.input + 0.5 * c.output);
      Batch prompt;
      prompt.add_prefill(0, static_cast<int>(c.input));
      const double answer = model.time(prompt).base() * mid / replicas + model.time(b).base() * c.output / model.plan().speculation.accepted_length;
      const double starts = mid / answer;
      (mid + starts + 3.0 * std::sqrt(starts) > peak ? high : low) = mid;
    }
    return std::max(1.0, std::round(0.5 * (low + high)));
  }

  [[nodiscard]] Outcome closed_loop() const {
    const Configuration& c = p.configuration;
    double clients = c.concurrency.value_or(16.0 * replicas);
    if (c.peak_concurrency) clients = clients_of_peak(clients);
    Load l = load(Load::Kind::closed_loop, clients);
    // The clients of InferenceX send ten waves; a row that tells its number of requests is taken at its word.
    l.requests = c.requests ? std::max(l.concurrency, *c.requests / replicas) : 10 * l.concurrency;
    l.simulate_at_most = effort.closed_loop_requests;
    Outcome o;
    set_rates(o, run_load(model, c.scheduler, front, l), replicas);
    add_wait(o.ttft, wait * o.tpot.p50);
    return o;
  }

  [[nodiscard]] Outcome open_loop(double rate, int requests) const {
    const Configuration& c = p.configuration;
    Load l = load(Load::Kind::open_loop, 1);
    l.rate = rate / replicas;
    l.requests = requests;
    l.concurrency = 1;
    Outcome o;
    set_rates(o, run_load(model, c.scheduler, front, l), replicas);
    add_wait(o.ttft, wait * o.tpot.p50);
    return o;
  }

  [[nodiscard]] Outcome offline() const {
    const Configuration& c = p.configuration;
    SchedulerDefaults s = c.scheduler;
    if (c.concurrency) s.max_sequences = std::min(s.max_sequences, std::max(1, static_cast<int>(*c.concurrency / replicas)));
    const SteadyState full = saturated(model, s, c.input, c.output, reserve_share(model.plan().engine));
    Outcome o;
    o.output_per_second = full.output_per_second * replicas;
    o.requests_per_second = o.output_per_second / c.output;
    o.input_per_second = o.requests_per_second * c.input;
    const double step = full.sequences / full.output_per_second;
    o.tpot = {step, step, step, step};
    const double all = step * c.output;
    o.latency = {all, all, all, all};
    return o;
  }

  /// Passes of prompts only, `concurrency` at once or as many as the budget holds.
  [[nodiscard]] Outcome prefill_only() const {
    const Configuration& c = p.configuration;
    const double budget = static_cast<double>(c.scheduler.token_budget) * model.plan().attention_dp;
    const double prompts = c.concurrency ? std::max(1.0, *c.concurrency / replicas) : std::max(1.0, std::floor(budget / c.input));
    double left = prompts, time = 0;
    const double at_once = std::max<double>(model.plan().attention_dp, std::floor(budget / c.input));
    while (left >= 1) {
      const double n = std::min(left, at_once);
      Batch b;
      b.prefill_sequences = static_cast<int>(n);
      b.prefill_tokens = static_cast<int>(n * c.input);
      b.prefill_context = n * Batch::prefill_pairs(0, c.input);
      time += model.time(b).base();
      left -= n;
    }
    Outcome o;
    o.input_per_second = prompts * c.input / time * replicas;
    o.requests_per_second = prompts / time * replicas;
    o.output_per_second = o.requests_per_second;
    const double t = time;
    o.ttft = {t, t, t, t};
    o.latency = o.ttft;
    return o;
  }

  [[nodiscard]] Outcome decode_only() const {
    const Configuration& c = p.configuration;
    const double per_sequence = c.input + 0.5 * c.output;
    double sequences = c.concurrency ? *c.concurrency / replicas
                                     : std::min(model.kv_capacity().base() / (c.input + c.output),
                                                static_cast<double>(c.scheduler.max_sequences) * model.plan().attention_dp);
    sequences = std::max(1.0, std::floor(sequences));
    Batch b;
    b.decode_sequences = static_cast<int>(sequences);
    b.decode_context = sequences * per_sequence;
    const double step = model.time(b).base() / model.plan().speculation.accepted_length;
    Outcome o;
    o.output_per_second = sequences / step * replicas;
    o.requests_per_second = o.output_per_second / c.output;
    o.tpot = {step, step, step, step};
    return o;
  }

  /// The highest Poisson rate at which the limits hold, by bisection between a trickle and the saturated rate.
  [[nodiscard]] Outcome slo_capacity() const {
    const Configuration& c = p.configuration;
    const Outcome top = offline();
    const auto holds = [&](const Outcome& o) {
      return (!c.limits.ttft || o.ttft.p99 <= *c.limits.ttft) && (!c.limits.tpot || o.tpot.p99 <= *c.limits.tpot);
    };
    double low = 0.02 * top.requests_per_second, high = top.requests_per_second;
    // Long enough for the queue to show: a few times what is in flight when full.
    const auto requests = [&](double rate) {
      return static_cast<int>(std::clamp(4.0 * rate / replicas * top.latency.mean, 500.0, 8000.0));
    };
    Outcome best = open_loop(low, requests(low));
    for (int i = 0; i < 7; ++i) {
      const double mid = 0.5 * (low + high);
      Outcome o = open_loop(mid, requests(mid));
      o.output_per_second = mid * c.output;
      o.input_per_second = mid * c.input;
      o.requests_per_second = mid;
      if (holds(o)) {
        low = mid;
        best = o;
      } else {
        high = mid;
      }
    }
    return best;
  }
};

Outcome run_pools(const Prepared& p, const AnalyticModel& decode, const Rates& rates, const FrontEnd& front) {
  const Configuration& c = p.configuration;
  const PrefillPool& pool = *c.prefill;
  const AnalyticModel prefill(p.shape, p.ratings, pool.plan, rates, 2.0);
  const double concurrency = c.concurrency.value_or(24.0 * pool.decode_workers);
  const double transfer = std::max(p.ratings.scaleout, 25e9) * 0.5 * pool.plan.tp;
  const PoolResult r = disaggregated(prefill, pool.workers, decode, pool.decode_workers, front, transfer, c.input, c.output, concurrency);
  Outcome o;
  o.requests_per_second = r.requests_per_second;
  o.output_per_second = r.requests_per_second * c.output;
  o.input_per_second = r.requests_per_second * c.input;
  o.ttft = {r.ttft, r.ttft, 2 * r.ttft, 4 * r.ttft};
  o.tpot = {r.tpot, r.tpot, r.tpot, r.tpot};
  const double all = r.ttft + r.tpot * c.output;
  o.latency = {all, all, all, all};
  return o;
}

/// What stops the throughput of a task: the cache, the sequence limit of the scheduler, the offered load or the latency limits.
std::string limit_of(const Configuration& c, const AnalyticModel& model, int replicas) {
  if (c.task == Task::slo_capacity) return "latency";
  const double fit = model.kv_capacity().base() / (c.input + c.output);
  const double slots = static_cast<double>(c.scheduler.max_sequences) * model.plan().attention_dp;
  const double asked = c.task == Task::offline_max && !c.concurrency ? 1e18 : c.concurrency.value_or(1.0) / replicas;
  if (asked <= std::min(fit, slots)) return "load";
  return fit < slots ? "memory" : "sequences";
}

Outcome run(const Prepared& p, const ReplicaPlan& plan, int replicas, const Rates& rates, const Effort& effort) {
  const Configuration& c = p.configuration;
  const AnalyticModel model(p.shape, p.ratings, plan, rates, p.overcommit);
  const FrontEnd front{rates[Rate::prompt_time], rates[Rate::prompt_token_time], rates[Rate::admission_time],
                       rates[Rate::handover_time]};
  const Runner runner{p, model, front, wait_passes(rates, plan), effort, replicas};
  const auto answer = [&]() -> Outcome {
    switch (c.task) {
      case Task::static_batch: return runner.batch(false);
      case Task::burst: return runner.batch(true);
      case Task::offline_max: return runner.offline();
      case Task::closed_loop: return runner.closed_loop();
      case Task::open_loop: return runner.open_loop(c.rate.value_or(1.0), std::min(effort.open_loop_requests, c.requests.value_or(effort.open_loop_requests)));
      case Task::prefill: return runner.prefill_only();
      case Task::decode: return runner.decode_only();
      case Task::slo_capacity: return runner.slo_capacity();
      case Task::disaggregated: return run_pools(p, model, rates, front);
    }
    return {};
  };
  Outcome o = answer();
  if (c.times_content_only) {
    for (double* t : {&o.tpot.mean, &o.tpot.p50, &o.tpot.p90, &o.tpot.p99}) *t *= rates[Rate::content_share];
  }
  o.limit = limit_of(c, model, replicas);
  o.plan = plan;
  o.replicas = replicas;
  return o;
}

}  // namespace

Prepared prepare(Configuration configuration, const ConstantSet& constants) {
  Prepared p;
  p.configuration = std::move(configuration);
  const Configuration& c = p.configuration;
  p.shape = shape_of(c.architecture);
  p.ratings = ratings_of(*c.chip);
  if (c.chip_share != 1.0) p.ratings = scaled(p.ratings, c.chip_share);
  p.binding = constants.bind(*c.chip, c.plan);
  if (c.plan_open) {
    p.plans = open_plans(c.plan, p.shape, c.accelerators);
  } else {
    p.plans = {c.plan};
    if (c.attention_dp_open) {
      ReplicaPlan other = c.plan;
      other.attention_dp = other.ep = c.plan.tp;
      other.tp = 1;
      p.plans.push_back(other);
    }
  }
  return p;
}

namespace {

Outcome best_of_plans(const Prepared& p, const Rates& rates, const Effort& effort) {
  if (p.plans.size() == 1) {
    return run(p, p.plans.front(), p.configuration.replicas, rates, effort);
  }
  std::optional<Outcome> best;
  std::optional<OutOfMemory> none;
  for (const ReplicaPlan& plan : p.plans) {
    try {
      const int replicas = std::max(1, p.configuration.accelerators / plan.devices());
      Outcome o = run(p, plan, replicas, rates, effort);
      if (!best || o.requests_per_second > best->requests_per_second) best = o;
    } catch (const OutOfMemory& e) {
      none = e;
    }
  }
  if (!best) throw *none;
  return *best;
}

}  // namespace

Outcome estimate(const Prepared& p, const ConstantSet& constants, const Effort& effort) {
  const Rates rates = constants.resolve(p.binding);
  try {
    return best_of_plans(p, rates, effort);
  } catch (const OutOfMemory&) {
    if (p.configuration.tp_told) throw;
    const auto plan = smallest_layout(p.shape, p.ratings, p.configuration.plan, rates);
    if (!plan) throw;
    Outcome o = run(p, *plan, 1, rates, effort);
    o.widened = true;
    return o;
  }
}

std::optional<double> value_of(const Outcome& o, const Configuration& c, std::string_view metric) {
  const double devices = o.widened ? o.plan.devices() : c.accelerators;
  double scale = 1;
  if (metric.ends_with("_per_gpu")) {
    scale = 1.0 / devices;
    metric.remove_suffix(8);
  } else if (metric.ends_with("_per_node")) {
    scale = 8.0 / devices;
    metric.remove_suffix(9);
  }
  if (metric == "output_tokens_per_s") return o.output_per_second * scale;
  if (metric == "total_tokens_per_s") return (o.output_per_second + o.input_per_second) * scale;
  if (metric == "input_tokens_per_s") return o.input_per_second * scale;
  if (metric == "requests_per_s" || metric == "queries_per_s") return o.requests_per_second * scale;
  if (metric == "tokens_per_s_per_user") return o.tpot.mean > 0 ? std::optional(1.0 / o.tpot.mean) : std::nullopt;
  const auto pick = [&](const Summary& s, std::string_view prefix) {
    return 1e3 * (prefix == "p50_" ? s.p50 : prefix == "p90_" ? s.p90 : prefix == "p99_" ? s.p99 : s.mean);
  };
  for (const std::string_view prefix : {std::string_view("p50_"), std::string_view("p90_"), std::string_view("p99_"), std::string_view()}) {
    if (!metric.starts_with(prefix)) continue;
    const std::string_view rest = metric.substr(prefix.size());
    if (rest == "ttft_ms") return pick(o.ttft, prefix);
    if (rest == "tpot_ms") return pick(o.tpot, prefix);
    if (rest == "latency_ms") return pick(o.latency, prefix);
  }
  return std::nullopt;
}

std::string_view metric_family(std::string_view metric) {
  if (metric.starts_with("p90_") || metric.starts_with("p99_")) return "tail";
  if (metric.find("tokens_per_s_per_user") != std::string_view::npos || metric.find("tpot") != std::string_view::npos) return "tpot";
  if (metric.find("ttft") != std::string_view::npos) return "ttft";
  if (metric.find("latency") != std::string_view::npos) return "latency";
  if (metric.find("tokens_per_s") != std::string_view::npos) return "throughput";
  if (metric == "requests_per_s" || metric == "queries_per_s") return "requests";
  return "";
}

}  // namespace headroom::serving
