#include "tools/serve_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/serving/plan_search.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/issue.hpp"
#include "sim/scenario/tables.hpp"

// The keys of a SPEC are those of a serving workload of a scenario where both have them, so that a service can be cut out
// of a plan; what only a plan needs (regions, tier, chips) is read and has no effect here.

namespace headroom::tools {
namespace {

using namespace scenario;  // the field tables are its language

const Table<sim_serving::LinearTimes>& times_table() {
  static const Table<sim_serving::LinearTimes> table = [] {
    using T = sim_serving::LinearTimes;
    Table<T> t("times", "Times of passes, linear in what a pass holds.");
    t.add("pass", &T::pass, quantity<Seconds>(), "Of any pass.").required().example("\"6 ms\"");
    t.add("per_prefill_token", &T::per_prefill_token, quantity<Seconds>(), "Of a new prompt token.").example("\"30 us\"");
    t.add("per_prefill_pair", &T::per_prefill_pair, quantity<Seconds>(), "Of a key that a new prompt token attends to.").example("\"4 ns\"");
    t.add("per_decode_sequence", &T::per_decode_sequence, quantity<Seconds>(), "Of a decoding sequence.").example("\"20 us\"");
    t.add("per_context_token", &T::per_context_token, quantity<Seconds>(), "Of a token in the cache of a decoding sequence.").example("\"50 ns\"");
    t.add("kv_capacity", &T::kv_capacity, quantity<Tokens>(positive), "Tokens that the cache holds.");
    t.add("kv_per_token", &T::kv_per_token, quantity<Bytes>(), "Bytes of a token in the cache.");
    t.add("weights", &T::weights, quantity<Bytes>(), "Bytes to load for a replica.");
    return t;
  }();
  return table;
}

const Table<ReplicaSpec>& prefill_table() {
  static const Table<ReplicaSpec> table = [] {
    Table<ReplicaSpec> t("prefill", "Replicas that do prompts only and send the cache to the others.");
    t.add("chip", &ReplicaSpec::chip, name_of("chip"), "Chip.").absent("that of the decode replicas");
    t.add_with<std::vector<std::string>>("chips", list_of(name_of("chip")), [](ReplicaSpec& r, std::vector<std::string> v) { if (r.chip.empty() && !v.empty()) r.chip = v.front(); }, "Of a plan; the first stands for an absent chip.");
    t.add_with<ReplicaLayout>("plan", object(replica_layout_table), [](ReplicaSpec& r, ReplicaLayout v) { r.plan = std::move(v.plan); r.widths_told = !v.searched; }, "Layout.");
    t.add("replicas", &ReplicaSpec::replicas, count(1, 50'000), "How many.");
    return t;
  }();
  return table;
}

const Table<ServeSpec>& serve_engine_table() {
  static const Table<ServeSpec> table = [] {
    using namespace sim_serving;
    using E = EnginePolicy;
    Table<ServeSpec> t("engine", "Software and scheduler; what is not written is the engine's default.");
    t.add("name", &ServeSpec::engine_name, words<std::string>({{"vllm", "vllm"}, {"sglang", "sglang"}, {"trtllm", "trtllm"}}), "Engine whose defaults hold.");
    t.add("released", &ServeSpec::engine_released, day(), "Day of the engine's release.").absent("the middle of the measured ones");
    t.add("setup", &ServeSpec::engine_setup, engine_setup(), "Settings searched for the model and the chip, or the engine's defaults.");
    const auto set = [&t](std::string key, auto type, auto member, std::string doc) {
      using V = std::remove_reference_t<decltype(std::declval<E>().*member)>;
      return t.add_with<V>(std::move(key), type, [member](ServeSpec& s, V v) { s.engine.*member = v; }, std::move(doc));
    };
    set("order", words<serving::StepOrder>({{"mixed", serving::StepOrder::mixed}, {"prefill_first", serving::StepOrder::prefill_first}}), &E::order, "Decodes and chunks in one pass, or prompts first and alone.");
    set("token_budget", small_integer(1, 10'000'000), &E::token_budget, "Tokens of one pass.");
    set("max_sequences", small_integer(1, 1'000'000), &E::max_sequences, "Sequences that run at once.");
    set("chunked", truth(), &E::chunked, "Prompts may be split over passes.");
    set("admission", words<Admission>({{"chunk", Admission::chunk}, {"reserve", Admission::reserve}, {"full", Admission::full}}), &E::admission, "Memory that a request must find free to start.");
    set("watermark", share(), &E::watermark, "With admission \"chunk\": share of the cache that stays free when a request starts beside others.");
    set("output_reserve", share(), &E::output_reserve, "With admission \"reserve\": share of the output to come at first; falls to 0.14 of that.");
    set("preemption", words<Preemption>({{"recompute", Preemption::recompute}, {"swap", Preemption::swap}}), &E::preemption, "What becomes of the cache of a sequence that is put back.");
    set("swap_bandwidth", quantity<BytesPerSecond>(positive), &E::swap_bandwidth, "To and from host memory, of each accelerator.");
    set("page_tokens", small_integer(1, 1024), &E::page_tokens, "Tokens of a page.");
    set("prefix_cache", truth(), &E::prefix_cache, "Contexts are kept and found again.");
    set("prefix_block_tokens", small_integer(1, 65'536), &E::prefix_block_tokens, "Tokens of a block with a key.");
    t.add("kv_capacity", &ServeSpec::kv_capacity, quantity<Tokens>(positive), "Tokens that the cache of a replica holds.").absent("from the chip's memory");
    t.add("context_limit", &ServeSpec::context_limit, count(1), "Longer requests are refused.").absent("the cache's size");
    return t;
  }();
  return table;
}

const Table<ServeSpec>& serve_slo_table() {
  static const Table<ServeSpec> table = [] {
    Table<ServeSpec> t("slo", "Service levels.");
    t.add_with<Seconds>("ttft_p95", quantity<Seconds>(positive), [](ServeSpec& s, Seconds v) { s.slo.ttft = v; }, "95th percentile of the time to the first token.").absent("no target").example("\"2 s\"");
    t.add_with<Seconds>("tpot_p95", quantity<Seconds>(positive), [](ServeSpec& s, Seconds v) { s.slo.tpot = v; }, "95th percentile of the time per output token.").absent("no target").example("\"50 ms\"");
    return t;
  }();
  return table;
}

const Table<ServeSpec>& serve_shape_table() {
  static const Table<ServeSpec> table = [] {
    Table<ServeSpec> t("shape", "How the load moves within the day.");
    t.add("hourly", &ServeSpec::hourly, list_of(number(not_negative), 1), "Factor of each hour; divided by their mean.");
    t.check([](Reader& r, const Node& node, ServeSpec& s) {
      const double sum = std::accumulate(s.hourly.begin(), s.hourly.end(), 0.0);
      if (s.hourly.size() != 24 || !(sum > 0)) {
        r.fault_below(node, "hourly", fmt::format("{} factors", s.hourly.size()), "24 of them, not all 0");
        return;
      }
      for (double& f : s.hourly) f *= 24 / sum;
    });
    return t;
  }();
  return table;
}

const Table<ServeSpec>& agents_table() {
  static const Table<ServeSpec> table = [] {
    using sim_serving::PausePolicy;
    Table<ServeSpec> t("agents", "Sessions of many turns; each prompt is the whole context so far and something new.");
    t.add_with<double>("sessions_per_second", number(positive), [](ServeSpec& s, double v) { s.agents.sessions.per_second = {v}; }, "Sessions that begin.").required();
    t.add("turns", &ServeSpec::turns, object(length_table), "Turns of a session.").required();
    t.add("first_input", &ServeSpec::first_input, object(length_table), "New tokens of the first turn.").required();
    t.add("added_input", &ServeSpec::added_input, object(length_table), "New tokens of each later turn.").required();
    t.add_with<LengthLaw>("output", object(length_table), [](ServeSpec& s, LengthLaw l) { s.lengths.output = l; }, "Tokens of each answer.").required();
    t.add("pause", &ServeSpec::pause, quantity<Seconds>(), "Mean time that a tool takes (exponential).");
    t.add_with<std::int64_t>("shared_prefix", count(0, 10'000'000), [](ServeSpec& s, std::int64_t v) { s.agents.shared_prefix = static_cast<std::uint32_t>(v); }, "System prompt and tools.", "1000");
    t.add_with<std::int64_t>("longest_context", count(1, 100'000'000), [](ServeSpec& s, std::int64_t v) { s.agents.longest_context = static_cast<std::uint32_t>(v); }, "A session ends before it passes this.", "128000");
    t.add_with<PausePolicy>("pause_policy", words<PausePolicy>({{"cached", PausePolicy::cached}, {"pinned", PausePolicy::pinned}, {"dropped", PausePolicy::dropped}}), [](ServeSpec& s, PausePolicy p) { s.agents.pause = p; }, "What becomes of the context while a tool runs.", "\"cached\"");
    return t;
  }();
  return table;
}

const Table<sim_serving::AutoscaleSpec>& autoscale_table() {
  static const Table<sim_serving::AutoscaleSpec> table = [] {
    using A = sim_serving::AutoscaleSpec;
    const auto whole = [](std::int64_t least) { return converted<std::int64_t, std::uint32_t>(count(least, 50'000), [](std::int64_t n) { return static_cast<std::uint32_t>(n); }); };
    Table<A> t("autoscale", "Replicas come and go with the load.");
    t.add("least", &A::least, whole(1), "Fewest replicas.").required();
    t.add("most", &A::most, whole(1), "Most replicas.").required();
    t.add("target", &A::target, number(positive), "Requests waiting and running per ready replica.");
    t.add("interval", &A::interval, quantity<Seconds>(positive), "Between looks.");
    t.add("schedule", &A::schedule, quantity<Seconds>(), "From the decision to the start of loading.");
    t.add("storage", &A::storage, quantity<BytesPerSecond>(positive), "Bandwidth that all loading replicas share.");
    t.add("warm_up", &A::warm_up, quantity<Seconds>(), "After loading.");
    t.add("cool_down", &A::cool_down, quantity<Seconds>(), "How long the need must be lower before a replica goes.");
    return t;
  }();
  return table;
}

const Table<sim_serving::FailureSpec>& failure_table() {
  static const Table<sim_serving::FailureSpec> table = [] {
    using F = sim_serving::FailureSpec;
    Table<F> t("failures", "Replicas fail; their requests start again elsewhere.");
    t.add("mean_time_between", &F::mean_time_between, quantity<Seconds>(positive), "Of one replica.").required().example("\"200 h\"");
    t.add("repair", &F::repair, quantity<Seconds>(positive), "Until it is ready again.").required().example("\"10 min\"");
    return t;
  }();
  return table;
}

const Table<sim_serving::PowerSpec>& power_table() {
  static const Table<sim_serving::PowerSpec> table = [] {
    using P = sim_serving::PowerSpec;
    Table<P> t("power", "Draw of one replica at the server's wall.");
    t.add("idle", &P::idle, quantity<Watts>(), "Without a pass.").required();
    t.add("prefill", &P::prefill, quantity<Watts>(), "In a pass with prompt tokens.").required();
    t.add("decode", &P::decode, quantity<Watts>(), "In a pass of decodes alone.").required();
    return t;
  }();
  return table;
}

const Table<ServeSpec::Published::Explanation>& explanation_table() {
  static const Table<ServeSpec::Published::Explanation> table = [] {
    using E = ServeSpec::Published::Explanation;
    Table<E> t("explained_by", "Why ours differ, to be shown by a second run.");
    t.add("reason", &E::reason, scenario::text(), "In words.").required();
    t.add("times", &E::times, object(times_table), "Times of passes with which the same service meets the numbers.").required();
    return t;
  }();
  return table;
}

const Table<ServeSpec::Published>& published_table() {
  static const Table<ServeSpec::Published> table = [] {
    using P = ServeSpec::Published;
    Table<P> t("published", "Numbers of somebody else for the same case.");
    t.add("source", &P::source, scenario::text(), "Who says so.").required();
    t.add("ttft_mean", &P::ttft_mean, quantity<Seconds>(positive), "Mean time to the first token.");
    t.add("itl_mean", &P::itl_mean, quantity<Seconds>(positive), "Mean time between tokens.");
    t.add("e2e_mean", &P::e2e_mean, quantity<Seconds>(positive), "Mean time to the last token.");
    t.add("output_rate", &P::output_rate, quantity<TokensPerSecond>(positive), "Output tokens a second.");
    t.add("ttft_factor", &P::ttft_factor, number({1, 100}), "Largest ratio of TTFT that passes.");
    t.add("tolerance", &P::tolerance, share(), "Largest relative difference of the others that passes.");
    t.add("explained_by", &P::explained_by, object(explanation_table), "Why ours differ where they do.").absent("nothing");
    return t;
  }();
  return table;
}

void check_spec(Reader& r, const Node& node, ServeSpec& s) {
  if (!s.times) {
    if (s.architecture.empty()) r.fault(node, "key \"model\" is missing", "an architecture of the catalogue, or \"times\"");
    if (s.replica.chip.empty()) r.fault(node, "key \"chip\" is missing", "a chip of the catalogue, or \"times\"");
  }
  if (node.find("agents") != nullptr) s.arrivals = ServeSpec::Arrivals::agents;
  if (s.requests_per_second && s.tokens) r.fault_below(node, "requests_per_second", "both a rate of requests and of tokens", "\"requests_per_second\" or \"tokens_per_day\"");
  if (node.find("lengths") == nullptr && node.find("agents") == nullptr) {
    constexpr double prompt = 1000;
    s.lengths.output.mean = s.output_share ? prompt * *s.output_share / (1 - *s.output_share) : prompt / 4;
    s.lengths.shared_prefix = static_cast<std::int64_t>(s.cached_share * prompt);
    s.lengths.input.mean = prompt - static_cast<double>(s.lengths.shared_prefix);
    s.lengths_assumed = true;
  }
  if (s.prefill && s.prefill->chip.empty()) s.prefill->chip = s.replica.chip;
}

const Table<ServeSpec>& spec_table() {
  static const Table<ServeSpec> table = [] {
    Table<ServeSpec> t("service", "One serving workload with its replicas.");
    t.add("id", &ServeSpec::id, id(), "Name.");
    t.add("note", &ServeSpec::note, scenario::text(), "Printed with the result.");
    t.add_with<std::string>("kind", words<std::string>({{"serving", "serving"}}), [](ServeSpec&, std::string) {}, "Kind of workload.", "\"serving\"");
    t.add("model", &ServeSpec::architecture, name_of("architecture"), "Architecture of the catalogue.").absent("none").example("\"llama-3.1-8b\"");
    t.add("performance_model", &ServeSpec::performance_model, scenario::text(), "Name of the iteration model.");
    t.add("times", &ServeSpec::times, object(times_table), "Times of passes, instead of model and chip.").absent("none");
    t.add_with<std::string>("chip", name_of("chip"), [](ServeSpec& s, std::string v) { s.replica.chip = std::move(v); }, "Chip of the replicas.").example("\"h100\"");
    t.add_with<ReplicaLayout>("plan", object(replica_layout_table), [](ServeSpec& s, ReplicaLayout v) { s.replica.plan = std::move(v.plan); s.replica.widths_told = !v.searched; }, "Layout of a replica; widths that are not written are 1, tp the smallest that holds the model where none is written.");
    t.add_with<std::int64_t>("replicas", count(1, 50'000), [](ServeSpec& s, std::int64_t v) { s.replica.replicas = v; }, "How many.", "1");
    t.add_group("engine", serve_engine_table, "Software and scheduler.");
    t.add("prefill", &ServeSpec::prefill, object(prefill_table), "A pool of its own for prompts.").absent("none");
    t.add("transfer_bandwidth", &ServeSpec::transfer_bandwidth, quantity<BytesPerSecond>(positive), "Of a prefill replica for caches.");
    t.add("transfer_latency", &ServeSpec::transfer_latency, quantity<Seconds>(), "Of a transfer.");
    t.add("routing", &ServeSpec::routing, words<sim_serving::Routing>({{"round_robin", sim_serving::Routing::round_robin}, {"least_loaded", sim_serving::Routing::least_loaded}, {"prefix_aware", sim_serving::Routing::prefix_aware}}), "How requests find a replica.");
    t.add_group("slo", serve_slo_table, "Service levels.");
    t.add("arrivals", &ServeSpec::arrivals, words<ServeSpec::Arrivals>({{"open", ServeSpec::Arrivals::open}, {"closed", ServeSpec::Arrivals::closed}}), "Independent requests, or clients that wait for their answers.");
    t.add("requests_per_second", &ServeSpec::requests_per_second, number(positive), "Mean rate.").absent("from tokens_per_day");
    t.add("tokens_per_day", &ServeSpec::tokens, converted<double, std::optional<TokensPerSecond>>(number(positive), [](double v) { return std::optional(TokensPerSecond{v / 86400}); }), "Input and output.").absent("from requests_per_second");
    t.add("output_share", &ServeSpec::output_share, share({0.0001, 0.9999}), "Share of tokens; sets the answer's length where `lengths` is absent.").absent("from the lengths");
    t.add("cached_share", &ServeSpec::cached_share, share({0, 0.999}), "Share of input that all prompts have in common, where `lengths` is absent.").absent("0");
    t.add_with<int>("tier", small_integer(1, 9), [](ServeSpec&, int) {}, "Of a plan; without effect here.", "1");
    t.add_with<std::vector<std::string>>("chips", list_of(name_of("chip")), [](ServeSpec& s, std::vector<std::string> v) { if (s.replica.chip.empty() && !v.empty()) s.replica.chip = v.front(); }, "Of a plan; the first stands for an absent chip.");
    t.add_with<std::vector<double>>("regions", map_of<double, double>(share(), "regions", [](const std::string&, double v) { return v; }), [](ServeSpec&, std::vector<double>) {}, "Of a plan; without effect here.");
    t.add_group("shape", serve_shape_table, "How the load moves within the day.");
    t.add("burst", &ServeSpec::burst, number({0, 100}), "Standard deviation / mean of the gaps between requests; 1 is Poisson.");
    t.add("clients", &ServeSpec::clients, count(1, 100'000'000), "With closed arrivals.");
    t.add("think", &ServeSpec::think, quantity<Seconds>(), "Of a client between answer and next request.");
    t.add("lengths", &ServeSpec::lengths, object(lengths_table), "Tokens of prompts and answers.").absent("assumed");
    t.add("urgent_share", &ServeSpec::urgent_share, share(), "Share of requests that go first.");
    t.add_group("agents", agents_table, "Sessions of many turns, instead of lengths.");
    t.add("requests", &ServeSpec::requests, count(1), "Stop after so many requests, whatever the duration.").absent("duration");
    t.add("duration", &ServeSpec::duration, quantity<Seconds>(positive), "Of the arrivals.");
    t.add("warm_up", &ServeSpec::warm_up, quantity<Seconds>(), "Requests before are not measured.");
    t.add("seed", &ServeSpec::seed, seed_number(), "Of the draws.");
    t.add("trace_block_tokens", &ServeSpec::prefix_block_tokens, count(1, 65'536), "Tokens of one block of a trace's prefix_block_ids.").absent("512");
    t.add("autoscale", &ServeSpec::autoscale, object(autoscale_table), "Replicas come and go.").absent("none");
    t.add("failures", &ServeSpec::failures, object(failure_table), "Replicas fail.").absent("none");
    t.add("power", &ServeSpec::power, object(power_table), "Draw of a replica.").absent("not known");
    t.add("published", &ServeSpec::published, object(published_table), "Numbers to compare with.").absent("none");
    t.check(check_spec);
    return t;
  }();
  return table;
}

/// A replica whose widths are not written takes the smallest tensor-parallel width that holds the model; the note says so where one
/// accelerator does not. What the model cannot time is left to whoever builds it, who says why.
void spread(ServeSpec& spec, ReplicaSpec& replica) {
  const catalog::Architecture* architecture = catalog::find_architecture(spec.architecture);
  const catalog::Chip* chip = catalog::find_chip(replica.chip);
  if (architecture == nullptr || chip == nullptr) return;
  try {
    const auto plan = serving::smallest_layout(*architecture, *chip, replica.plan);
    if (!plan || plan->tp == 1) return;
    replica.plan = *plan;
    spec.note += fmt::format("{}{} does not fit one {} and no width is written: tp {}", spec.note.empty() ? "" : "; ", architecture->id, chip->id, plan->tp);
  } catch (const serving::UnsupportedPlan&) {
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

ServeSpec load_serve_spec(const std::string& path, const std::vector<std::string>& sets) {
  const ReadFile read = read_from_disk;
  Document document = read_document({path, {}, sets}, read);
  ServeSpec spec;
  if (document.issues.empty()) {
    Reader reader(document, read);
    for (const catalog::Chip& chip : catalog::chips()) reader.declare("chip", chip.id);
    for (const catalog::Architecture& a : catalog::architectures()) {
      reader.declare("architecture", a.id);
      for (const std::string& alias : a.aliases) reader.declare("architecture", alias);
    }
    // The engine's defaults come first, so that what is written beside its name changes them.
    const Node* engine = document.root.find("engine");
    const Node* name = engine != nullptr ? engine->find("name") : nullptr;
    if (name != nullptr && name->is(Node::Kind::string)) {
      spec.engine = sim_serving::engine_policy(serving::parse_engine(name->text), serving::ReplicaPlan::date_of_record);
    }
    spec_table().read(reader, document.root, spec);
  }
  const bool failed = std::any_of(document.issues.begin(), document.issues.end(), [](const Issue& i) { return i.level == Issue::Level::error; });
  if (failed) throw ScenarioError(sorted(document.issues));
  for (ReplicaSpec* replica : {&spec.replica, spec.prefill ? &*spec.prefill : nullptr}) {
    if (replica == nullptr) continue;
    if (spec.engine_name) replica->plan.engine = serving::parse_engine(*spec.engine_name);
    if (spec.engine_released) replica->plan.released = *spec.engine_released;
    replica->plan.setup = spec.engine_setup;
    if (!replica->widths_told && !spec.times && spec.performance_model == "analytic") spread(spec, *replica);
  }
  return spec;
}

}  // namespace headroom::tools
