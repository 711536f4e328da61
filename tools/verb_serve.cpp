#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/units/parse.hpp"
#include "sim/fleet/strict.hpp"
#include "sim/serving/saturation.hpp"
#include "sim/workloads/request_mix.hpp"
#include "tools/serve_spec.hpp"
#include "tools/strict.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

using namespace sim_serving;

std::unique_ptr<serving::IterationModel> make_model(const ServeSpec& spec, const ReplicaSpec& replica) {
  if (spec.times) return std::make_unique<LinearModel>(*spec.times, replica.plan);
  const catalog::Architecture* architecture = catalog::find_architecture(spec.architecture);
  const catalog::Chip* chip = catalog::find_chip(replica.chip);
  try {
    return serving::find_iteration_model(spec.performance_model).make(*architecture, *chip, replica.plan, {});
  } catch (const std::invalid_argument& e) {
    throw InputError(e.what());
  }
}

/// A service, its load and how long it runs, ready to be made again and again.
class Case {
 public:
  Case(const ServeSpec& spec, const std::optional<std::string>& trace_file) : spec_(spec) {
    decode_ = make_model(spec, spec.replica);
    PoolSpec pool = pool_of(*decode_, spec.replica, spec.prefill ? Role::decode : Role::mixed);
    if (spec.prefill) {
      prefill_ = make_model(spec, *spec.prefill);
      service_.pools.push_back(pool_of(*prefill_, *spec.prefill, Role::prefill));
    }
    service_.pools.push_back(pool);
    service_.routing = spec.routing;
    service_.transfer_bandwidth = spec.transfer_bandwidth;
    service_.transfer_latency = spec.transfer_latency;
    service_.autoscale = spec.autoscale;
    service_.failures = spec.failures;
    service_.power = spec.power;
    service_.slo = spec.slo;
    run_.seed = spec.seed;
    run_.warm_up = nanos(spec.warm_up);
    if (spec.context_limit) run_.context_limit = static_cast<std::uint32_t>(*spec.context_limit);
    if (trace_file) {
      read_trace(*trace_file);
    } else {
      plan_arrivals();
    }
  }

  [[nodiscard]] const ServiceSpec& service() const { return service_; }
  [[nodiscard]] const RunSpec& run() const { return run_; }
  [[nodiscard]] const serving::IterationModel& model() const { return *decode_; }
  [[nodiscard]] const std::optional<RequestTrace>& trace() const { return trace_; }
  [[nodiscard]] const RequestMix& mix() const { return mix_; }

  [[nodiscard]] std::unique_ptr<ArrivalSource> source() const {
    if (trace_) return std::make_unique<TraceArrivals>(*trace_);
    if (spec_.arrivals == ServeSpec::Arrivals::agents) return std::make_unique<AgentArrivals>(agents_, run_.end, spec_.seed);
    if (spec_.arrivals == ServeSpec::Arrivals::closed) {
      const auto clients = static_cast<std::uint32_t>(spec_.clients);
      const std::uint64_t requests = spec_.requests ? static_cast<std::uint64_t>(*spec_.requests) : 20 * static_cast<std::uint64_t>(clients);
      return std::make_unique<ClosedArrivals>(clients, nanos(spec_.think), requests, mix_, spec_.seed);
    }
    const auto most = spec_.requests ? static_cast<std::uint64_t>(*spec_.requests) : ~std::uint64_t{0};
    return std::make_unique<OpenArrivals>(rate_, spec_.burst, mix_, run_.end, spec_.seed, most);
  }

 private:
  static Nanos nanos(Seconds s) { return std::llround(s.base() * 1e9); }

  PoolSpec pool_of(const serving::IterationModel& model, const ReplicaSpec& replica, Role role) const {
    PoolSpec pool;
    pool.role = role;
    pool.model = &model;
    pool.policy = spec_.engine;
    pool.kv_capacity = spec_.kv_capacity;
    pool.replicas = static_cast<std::uint32_t>(replica.replicas);
    try {
      check(pool.policy);
    } catch (const std::invalid_argument& e) {
      throw InputError(fmt::format("engine: {}", e.what()));
    }
    return pool;
  }

  void read_trace(const std::string& file) {
    std::optional<std::uint32_t> limit = run_.context_limit;
    for (const PoolSpec& pool : service_.pools) {
      const double tokens = pool.kv_capacity.value_or(pool.model->kv_capacity()).base();
      const auto most = static_cast<std::uint32_t>(std::min(tokens, 4e9));
      limit = std::min(limit.value_or(most), most);
    }
    trace_ = read_request_trace(std::filesystem::path(file), limit);
    if (trace_->last_line_open) fmt::print(stderr, "headroom: {}: ends without a line end; if the file was cut, its last row is wrong\n", file);
    if (trace_->has_blocks) {  // the keys of a trace stand for its own blocks
      const int tokens = static_cast<int>(spec_.prefix_block_tokens > 0 ? spec_.prefix_block_tokens : 512);
      for (PoolSpec& pool : service_.pools) {
        if (tokens % pool.policy.page_tokens != 0) throw InputError("trace_block_tokens must be a multiple of the engine's page_tokens");
        pool.policy.prefix_block_tokens = tokens;
      }
    }
  }

  void plan_arrivals() {
    mix_ = workloads::mix_of(spec_.lengths, static_cast<std::uint32_t>(spec_.engine.prefix_block_tokens));
    mix_.urgent_share = spec_.urgent_share;
    run_.end = nanos(spec_.duration);
    if (spec_.arrivals == ServeSpec::Arrivals::closed) {
      run_.end = never;
      return;
    }
    if (spec_.arrivals == ServeSpec::Arrivals::agents) {
      agents_ = spec_.agents;
      agents_.turns = workloads::law_of(spec_.turns);
      agents_.first_input = workloads::law_of(spec_.first_input);
      agents_.added_input = workloads::law_of(spec_.added_input);
      agents_.output = workloads::law_of(spec_.lengths.output);
      agents_.pause_s = engine::Exponential{std::max(1e-9, spec_.pause.base())};
      agents_.block_tokens = mix_.block_tokens;
      return;
    }
    double per_second = spec_.requests_per_second.value_or(0);
    if (spec_.tokens) {
      const auto mean = workloads::mean_tokens(mix_);
      per_second = spec_.tokens->base() / (mean.input + mean.output);
    }
    if (!(per_second > 0)) throw InputError("the SPEC has no load: give requests_per_second or tokens_per_day, or a trace with --trace");
    if (spec_.hourly.empty()) {
      rate_.per_second = {per_second};
    } else {
      rate_.per_second.clear();
      for (const double f : spec_.hourly) rate_.per_second.push_back(f * per_second);
    }
    if (spec_.requests) run_.end = never;
  }

  ServeSpec spec_;
  std::unique_ptr<serving::IterationModel> decode_, prefill_;
  ServiceSpec service_;
  RunSpec run_;
  std::optional<RequestTrace> trace_;
  RequestMix mix_;
  AgentMix agents_;
  RateCurve rate_;
};

/// The load against the knee. Nothing for clients that wait for their answers: they cannot offer more than is served.
std::optional<SaturationVerdict> judge(const ServeSpec& spec, const Case& c, const ServiceReport& r) {
  if (!c.trace() && spec.arrivals != ServeSpec::Arrivals::open) return std::nullopt;
  if (spec.autoscale || r.completed == 0 || r.last_arrival.base() <= 0) return std::nullopt;
  return saturation_verdict(c.service(), c.trace() ? &*c.trace() : nullptr, c.mix(), static_cast<double>(r.arrived) / r.last_arrival.base());
}

nlohmann::ordered_json percentiles(const engine::QuantileSketch& s, double mean) {
  nlohmann::ordered_json out;
  out["mean"] = mean;
  for (const auto& [name, q] : {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p95", 0.95), std::pair("p99", 0.99)}) {
    out[name] = s.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(s.quantile(q));
  }
  return out;
}

nlohmann::ordered_json to_json(const ServeSpec& spec, const ServiceReport& r, const std::optional<SaturationVerdict>& v) {
  nlohmann::ordered_json out;
  out["service"] = spec.id;
  out["requests"] = {{"arrived", r.arrived}, {"completed", r.completed}, {"refused", r.refused}, {"unfinished", r.unfinished}, {"measured", r.measured}};
  out["ttft_s"] = percentiles(r.ttft, r.mean_ttft);
  out["tpot_s"] = percentiles(r.tpot, r.mean_tpot);
  out["itl_s"] = percentiles(r.itl, r.mean_itl);
  out["e2e_s"] = percentiles(r.e2e, r.mean_e2e);
  out["slo_attainment"] = r.attainment();
  out["requests_per_second"] = r.requests_per_second;
  out["tokens_per_second"] = {{"input_uncached", r.input_uncached.base()}, {"input_cached", r.input_cached.base()}, {"output", r.output.base()}};
  out["makespan_s"] = r.last_end.base();
  out["mean_in_system"] = r.mean_in_system;
  out["mean_queue"] = r.mean_queue;
  out["peak_queue"] = r.peak_queue;
  out["kv_use"] = r.kv_use;
  out["busy"] = r.busy;
  out["mean_replicas"] = r.mean_replicas;
  out["preemptions"] = r.preemptions;
  out["recomputed_tokens"] = r.recomputed_tokens;
  out["transfers"] = r.transfers;
  out["failures"] = r.failures;
  out["energy_j"] = r.energy ? nlohmann::ordered_json(r.energy->base()) : nlohmann::ordered_json();
  out["passes"] = r.passes;
  out["events"] = r.events;
  if (v) out["saturation"] = {{"verdict", v->word}, {"load", v->load}, {"knee_requests_per_second", v->knee}, {"low", v->low}, {"high", v->high}};
  return out;
}

void print_line(std::string_view name, const engine::QuantileSketch& s, double mean, double scale) {
  if (s.empty()) return;
  fmt::print("{:<14}{:>10.4g}{:>10.4g}{:>10.4g}{:>10.4g}{:>10.4g}\n", name, mean * scale, s.quantile(0.5) * scale, s.quantile(0.9) * scale,
             s.quantile(0.95) * scale, s.quantile(0.99) * scale);
}

void print_text(const ServeSpec& spec, const Case& c, const ServiceReport& r, const std::optional<SaturationVerdict>& v) {
  fmt::print("{}: {} replica{} of {}\n", spec.id, spec.replica.replicas, spec.replica.replicas == 1 ? "" : "s",
             spec.times ? std::string("given pass times") : fmt::format("{} x {} with {}", spec.replica.plan.devices(), spec.replica.chip, spec.architecture));
  if (!spec.note.empty()) fmt::print("{}\n", spec.note);
  if (spec.lengths_assumed && !c.trace()) fmt::print("lengths are assumed: the SPEC has none\n");
  fmt::print("\nrequests      {} arrived, {} completed, {} refused, {} put back, {} restarted after {} failures\n", r.arrived, r.completed, r.refused,
             r.preemptions, r.restarted, r.failures);
  fmt::print("\n{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "mean", "p50", "p90", "p95", "p99");
  print_line("TTFT (s)", r.ttft, r.mean_ttft, 1);
  print_line("TPOT (ms)", r.tpot, r.mean_tpot, 1e3);
  print_line("ITL (ms)", r.itl, r.mean_itl, 1e3);
  print_line("E2E (s)", r.e2e, r.mean_e2e, 1);
  fmt::print("\nthroughput    {:.4g} requests/s; tokens/s: input {:.5g} computed + {:.5g} cached, output {:.5g}\n", r.requests_per_second,
             r.input_uncached.base(), r.input_cached.base(), r.output.base());
  fmt::print("memory        {:.1f} % of the cache in use; {} tokens computed again\n", 100 * r.kv_use, r.recomputed_tokens);
  fmt::print("queue         {:.3g} waiting on average, {} at most; {:.3g} in the system; busy {:.1f} %\n", r.mean_queue, r.peak_queue, r.mean_in_system, 100 * r.busy);
  if (spec.autoscale || spec.failures) fmt::print("replicas      {:.2f} on average\n", r.mean_replicas);
  if (r.energy) fmt::print("energy        {}\n", to_text(*r.energy));
  if (spec.slo.ttft.base() > 0 || spec.slo.tpot.base() > 0) fmt::print("SLO           {:.2f} % of requests meet all targets\n", 100 * r.attainment());
  if (v) fmt::print("load          {}: {:.2f} of the knee at {:.4g} requests/s (80 % band {:.4g} to {:.4g})\n", v->word, v->load, v->knee, v->low, v->high);
}

struct ComparedLine {
  std::string_view name;
  double expected, obtained;
  bool passes;
};

std::vector<ComparedLine> compared(const ServeSpec::Published& p, const ServiceReport& r) {
  std::vector<ComparedLine> lines;
  const auto add = [&](std::string_view name, const auto& expected, double obtained, bool as_factor) {
    if (!expected) return;
    const double ratio = obtained / expected->base();
    lines.push_back({name, expected->base(), obtained, as_factor ? ratio <= p.ttft_factor && ratio >= 1 / p.ttft_factor : std::abs(ratio - 1) <= p.tolerance});
  };
  add("TTFT mean (s)", p.ttft_mean, r.mean_ttft, true);
  add("ITL mean (s)", p.itl_mean, r.mean_itl, false);
  add("E2E mean (s)", p.e2e_mean, r.mean_e2e, false);
  add("output (tokens/s)", p.output_rate, r.output.base(), false);
  return lines;
}

/// Prints our numbers beside the published ones. False if one neither passes nor is explained: by the same service, with the times of
/// passes that the SPEC holds responsible in place of the model's, meeting that number.
bool compare(const ServeSpec::Published& p, const ServiceReport& r, const std::optional<ServiceReport>& explaining) {
  bool all = true;
  const auto print = [](const ComparedLine& l, std::string_view verdict) {
    fmt::print("{:<22}{:>12.5g}{:>12.5g}{:>+11.1f}%  {}\n", l.name, l.expected, l.obtained, 100 * (l.obtained / l.expected - 1), verdict);
  };
  const std::vector<ComparedLine> ours = compared(p, r);
  const std::vector<ComparedLine> theirs = explaining ? compared(p, *explaining) : std::vector<ComparedLine>{};
  fmt::print("\nbeside {}\n{:<22}{:>12}{:>12}{:>12}  {}\n", p.source, "", "published", "obtained", "difference", "passes");
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool explained = !theirs.empty() && theirs[i].passes;
    print(ours[i], ours[i].passes ? "yes" : explained ? "explained" : "NO");
    all = all && (ours[i].passes || explained);
  }
  if (!explaining) return all;
  fmt::print("\nwhy: {}\n{:<22}{:>12}{:>12}{:>12}  {}\n", p.explained_by->reason, "", "published", "with those", "difference", "passes");
  for (const ComparedLine& l : theirs) print(l, l.passes ? "yes" : "NO");
  return all;
}

/// The same service with the times of passes that explain why ours differ from what was published.
std::optional<ServiceReport> explaining_run(const ServeSpec& spec, const std::optional<std::string>& trace, const RunSpec& run) {
  if (!spec.published || !spec.published->explained_by) return std::nullopt;
  ServeSpec other = spec;
  other.times = spec.published->explained_by->times;
  const Case c(other, trace);
  const auto source = c.source();
  return Simulation(c.service(), run, *source).run();
}

void describe(po::options_description& options) {
  options.add_options()("trace", po::value<std::string>()->value_name("FILE"), "requests with the columns arrival_s or arrival_ms, input_tokens, output_tokens[, prefix_block_ids]")(
      "set", po::value<std::vector<std::string>>()->composing()->value_name("PATH=VALUE"), "set one value of the SPEC; repeatable")(
      "pass-by-pass", po::bool_switch(), "each pass is an event of its own")("format", po::value<std::string>()->default_value("text")->value_name("text|json"), "how the figures are written");
  describe_strict(options);
}

/// What the run rests on outside the range in which its models of passes were validated; times that the SPEC gives are its own word.
std::vector<std::string> outside_of(const ServeSpec& spec, const Case& c) {
  std::vector<std::string> found;
  for (const PoolSpec& pool : c.service().pools) {
    serving::Batch batch;
    if (pool.role == Role::prefill) {
      batch.add_prefill(0, 1000);
    } else {
      batch.decode_sequences = 32;
      batch.decode_context = 32.0 * 1024;
    }
    const Grade grade = pool.model->iteration(batch).grade;
    if (spec.times || fleet::is_validated(grade)) continue;
    const std::string& chip = pool.role == Role::prefill ? spec.prefill->chip : spec.replica.chip;
    found.push_back(fmt::format("{} on {}: the model's answer is \"{}\"", spec.architecture, chip, to_string(grade)));
  }
  return found;
}

int run(const Arguments& arguments) {
  const ServeSpec spec = load_serve_spec(arguments.positional("SPEC"), arguments.list("set"));
  const auto trace = arguments.has("trace") ? std::optional(arguments.get<std::string>("trace")) : std::nullopt;
  const Case c(spec, trace);
  RunSpec run = c.run();
  run.aggregate = !arguments.get<bool>("pass-by-pass");
  const auto source = c.source();
  const ServiceReport report = Simulation(c.service(), run, *source).run();
  const auto verdict = judge(spec, c, report);
  if (arguments.get<std::string>("format") == "json") {
    fmt::print("{}\n", to_json(spec, report, verdict).dump(2));
    return strict_code(arguments, outside_of(spec, c), Exit::ok);
  }
  print_text(spec, c, report, verdict);
  const bool agrees = !spec.published || compare(*spec.published, report, explaining_run(spec, trace, run));
  return strict_code(arguments, outside_of(spec, c), agrees ? Exit::ok : Exit::threshold);
}

}  // namespace

Verb verb_serve() {
  return {"serve",
          "simulates one service request by request",
          {{"SPEC", "a serving workload with its replicas, as JSON", true, false, "FILE.json"}},
          describe,
          run,
          {"headroom serve scenarios/serving/blis-8b-a.json", "headroom serve scenarios/serving/chat-h100.json --trace azure2023_conv.csv --format json"}};
}

}  // namespace headroom::tools
