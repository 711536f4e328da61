#include "models/serving/configuration.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "models/text/number.hpp"

namespace headroom::serving {
namespace {

/// The number behind `key` in the notes ("--max-num-seqs 256", "--ep-size=4", "tp4"), nothing if there is none.
std::optional<double> number_after(std::string_view notes, std::string_view key) {
  std::size_t at = notes.find(key);
  while (at != std::string_view::npos) {
    std::size_t i = at + key.size();
    while (i < notes.size() && (notes[i] == ' ' || notes[i] == '=' || notes[i] == ':')) ++i;
    std::size_t end = i;
    while (end < notes.size() && (std::isdigit(static_cast<unsigned char>(notes[end])) || notes[end] == '.')) ++end;
    while (end > i && notes[end - 1] == '.') --end;
    if (end > i) return text::parse_double(notes.substr(i, end - i));
    at = notes.find(key, at + 1);
  }
  return std::nullopt;
}

/// The whole number before `word` ("500 requests"), nothing if there is none.
std::optional<int> number_before(std::string_view notes, std::string_view word) {
  const std::size_t at = notes.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(notes[begin - 1]))) --begin;
  const auto value = text::parse_int(notes.substr(begin, at - begin));
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool contains(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

struct Release {
  Engine engine;
  int major, minor;
  Date date;
};

/// First days of minor releases (GitHub release pages of the engines; quarters where only that is known).
std::span<const Release> releases() {
  static const std::vector<Release> table{
      {Engine::vllm, 0, 2, date(2023, 10, 1)},   {Engine::vllm, 0, 3, date(2024, 2, 1)},    {Engine::vllm, 0, 4, date(2024, 4, 1)},
      {Engine::vllm, 0, 5, date(2024, 7, 1)},    {Engine::vllm, 0, 6, date(2024, 9, 5)},    {Engine::vllm, 0, 7, date(2025, 1, 27)},
      {Engine::vllm, 0, 8, date(2025, 3, 18)},   {Engine::vllm, 0, 9, date(2025, 5, 27)},   {Engine::vllm, 0, 10, date(2025, 7, 24)},
      {Engine::vllm, 0, 11, date(2025, 10, 2)},  {Engine::vllm, 0, 12, date(2025, 12, 3)},  {Engine::vllm, 0, 13, date(2025, 12, 18)},
      {Engine::vllm, 0, 14, date(2026, 1, 20)},  {Engine::vllm, 0, 15, date(2026, 2, 1)},   {Engine::vllm, 0, 18, date(2026, 3, 15)},
      {Engine::vllm, 0, 19, date(2026, 4, 5)},   {Engine::sglang, 0, 2, date(2024, 7, 25)}, {Engine::sglang, 0, 3, date(2024, 9, 4)},
      {Engine::sglang, 0, 4, date(2024, 12, 4)}, {Engine::sglang, 0, 5, date(2025, 8, 23)}, {Engine::trtllm, 0, 5, date(2023, 10, 19)},
      {Engine::trtllm, 0, 6, date(2023, 12, 4)}, {Engine::trtllm, 0, 7, date(2023, 12, 25)}, {Engine::trtllm, 0, 8, date(2024, 2, 29)},
      {Engine::trtllm, 0, 9, date(2024, 4, 16)}, {Engine::trtllm, 0, 10, date(2024, 6, 5)},  {Engine::trtllm, 0, 11, date(2024, 7, 17)},
      {Engine::trtllm, 0, 12, date(2024, 8, 29)}, {Engine::trtllm, 0, 13, date(2024, 9, 30)}, {Engine::trtllm, 0, 14, date(2024, 11, 1)},
      {Engine::trtllm, 0, 15, date(2024, 12, 4)}, {Engine::trtllm, 0, 16, date(2024, 12, 24)}, {Engine::trtllm, 0, 17, date(2025, 2, 7)},
      {Engine::trtllm, 0, 18, date(2025, 4, 2)}, {Engine::trtllm, 0, 19, date(2025, 5, 9)},  {Engine::trtllm, 0, 20, date(2025, 6, 19)},
      {Engine::trtllm, 0, 21, date(2025, 7, 4)}, {Engine::trtllm, 1, 0, date(2025, 8, 15)},  {Engine::trtllm, 1, 1, date(2025, 11, 15)},
      {Engine::trtllm, 1, 2, date(2026, 1, 15)}, {Engine::trtllm, 1, 3, date(2026, 3, 1)},
  };
  return table;
}

/// The newest release in the table: no measurement in it used later software.
Date last_release() {
  return std::max_element(releases().begin(), releases().end(), [](const Release& a, const Release& b) { return a.date < b.date; })->date;
}

/// Date of the public software that is as fast as what a round of MLPerf Inference ran: submitters show kernels that releases bring
/// about half a year later (assumed, after recalled results of an earlier round had come out far too slow), so half a year after the results.
std::optional<Date> mlperf_round(std::string_view source) {
  if (!contains(source, "mlperf")) return std::nullopt;
  static const std::array<std::pair<std::string_view, Date>, 6> rounds{{
      {"v3.0", date(2023, 4, 5)}, {"v3.1", date(2023, 9, 11)}, {"v4.0", date(2024, 3, 27)}, {"v4.1", date(2024, 8, 28)}, {"v5.0", date(2025, 4, 2)},
      {"v5.1", date(2025, 9, 9)}}};
  for (const auto& [round, day] : rounds) {
    if (contains(source, round)) return day + std::chrono::days{183};
  }
  return std::nullopt;
}

/// Date of the software: the month of the measurement if the notes tell it, else the engine version's; nothing if a row has neither.
std::optional<Date> software_date(const Row& row, Engine engine) {
  const std::string notes = lower(row.notes);
  if (const auto at = notes.find("measured 20"); at != std::string::npos) {
    const std::string_view month(notes.data() + at + 9, std::min<std::size_t>(7, notes.size() - at - 9));
    if (month.size() == 7) {
      if (const auto d = parse_date(std::string(month) + "-15")) return *d;
    }
  }
  std::size_t at = notes.find("engine version ");
  std::string_view version;
  if (at != std::string::npos) {
    version = std::string_view(notes).substr(at + 15);
  } else if (at = notes.find("v0."); at != std::string::npos) {
    version = std::string_view(notes).substr(at + 1);
  } else if (at = lower(row.source).find('('); at != std::string::npos) {  // "... perf-overview (1.1/1.2)"
    version = std::string_view(row.source).substr(at + 1);
  }
  return version.empty() ? mlperf_round(lower(row.source)) : release_date(engine, version);
}

bool served(Task task) { return task == Task::closed_loop || task == Task::burst || task == Task::open_loop; }

void read_software(const Row& row, Configuration& c) {
  c.plan.engine = parse_engine(row.engine);
  const std::optional<Date> told = software_date(row, c.plan.engine);
  c.plan.released = told.value_or(std::min(date(row.year, 7, 1), last_release()));
  // A server whose measurement does not even tell its release is one that somebody started with its defaults.
  if (!told && served(c.task)) {
    c.plan.setup = Setup::stock;
    c.doubts += "release of the engine not told: its defaults and the middle of the year, or the newest known release, are meant; ";
  }
}

Precision weights_of(const Row& row, std::string& doubts) {
  const std::string text = lower(row.precision_weights);
  // The one published checkpoint; tables label it by the format of its activations.
  if (contains(lower(row.model), "gpt-oss") && !contains(text, "16")) return Precision::mxfp4;
  if (const auto p = parse_precision(text)) return *p;
  for (const std::string_view word : {"nvfp4", "mxfp4", "fp4", "awq", "gptq", "int4", "w4a", "fp8", "w8a8", "int8", "bf16", "fp16"}) {
    if (contains(text, word)) return parse_precision(word == "w4a" ? "w4a16" : word).value_or(Precision::bf16);
  }
  // "as published checkpoint", "unstated": the format of the published weights.
  const std::string model = lower(row.model), notes = lower(row.notes);
  if (contains(notes, "fp8")) return Precision::fp8;
  if (contains(model, "deepseek-v3") || contains(model, "deepseek-r1") || contains(model, "minimax-m2") || contains(model, "kimi-k2")) {
    return contains(model, "thinking") || contains(model, "k2.5") ? Precision::int4 : Precision::fp8;
  }
  doubts += "weights taken as bf16; ";
  return Precision::bf16;
}

Precision compute_of(const Row& row, Precision weights) {
  if (weights == Precision::mxfp4) return contains(lower(row.model), "gpt-oss") ? Precision::mxfp4 : Precision::fp4;
  if (weights == Precision::int4) return Precision::bf16;
  if (contains(lower(row.precision_weights), "a16")) return Precision::bf16;
  return weights;
}

/// Checkpoints quantised by NVIDIA's ModelOpt carry 8-bit cache scales and TensorRT-LLM follows them; vLLM's published recipes
/// for 8- and 4-bit checkpoints ask for an 8-bit cache since the autumn of 2025, which its default ("auto", the model's own type) does not.
Precision default_cache_format(const ReplicaPlan& plan) {
  const bool narrow = plan.weights == Precision::fp8 || plan.weights == Precision::fp4 || plan.weights == Precision::mxfp4;
  if (narrow && plan.engine == Engine::trtllm) return Precision::fp8;
  if (narrow && plan.engine == Engine::vllm && plan.setup == Setup::maintained && plan.released >= date(2025, 10, 1)) return Precision::fp8;
  return Precision::bf16;
}

/// A divisor of `whole` near `wanted`, from below.
int divisor_below(int whole, int wanted) {
  for (int d = std::min(whole, wanted); d > 1; --d) {
    if (whole % d == 0) return d;
  }
  return 1;
}

void read_layout(const Row& row, Configuration& c) {
  ReplicaPlan& p = c.plan;
  const std::string notes = lower(row.notes);
  const bool sparse = c.architecture.experts > 0;
  c.accelerators = std::max(1, row.accelerators);
  int devices = c.accelerators;
  c.plan_open = !row.tp && !row.dp && devices > 1;
  c.tp_told = row.tp.has_value();
  p.tp = row.tp.value_or(c.plan_open ? devices : 1);
  p.pp = row.pp.value_or(1);
  int dp = row.dp.value_or(1);
  if (contains(notes, "enable-dp-attention") && dp == 1) {
    dp = static_cast<int>(number_after(notes, "--dp-size").value_or(number_after(notes, "--dp").value_or(p.tp)));
    dp = divisor_below(p.tp, dp);
    p.tp /= dp;
  }
  if (c.task == Task::disaggregated) devices = std::max(devices, p.tp * dp * p.pp);
  if (row.accelerators == 0) devices = c.accelerators = p.tp * p.pp * std::max(1, dp);
  if (p.tp > devices) p.tp = devices;  // rows that count cores of a chip
  if (p.tp * p.pp > devices) p.pp = std::max(1, devices / p.tp);
  if (sparse && dp > 1) {
    if (p.tp * p.pp * dp > devices) p.tp = std::max(1, devices / (dp * p.pp));
    if (p.tp * p.pp * dp > devices) dp = std::max(1, devices / p.pp);
    p.attention_dp = dp;
  }
  int ep = row.ep.value_or(1);
  if (!row.ep || *row.ep <= 1) {
    if (const auto n = number_after(notes, "--ep-size")) ep = static_cast<int>(*n);
    if (contains(notes, "enable-expert-parallel") || contains(notes, " -ep")) ep = p.tp * p.attention_dp;
  }
  p.ep = sparse ? divisor_below(p.tp * p.attention_dp, std::max(1, ep)) : 1;
  if (sparse && p.attention_dp > 1 && p.ep == 1) p.ep = p.tp * p.attention_dp;  // attention DP is run with experts spread
  c.attention_dp_open = sparse && p.tp > 1 && p.attention_dp == 1 && contains(notes, "may use attention-dp");
  c.replicas = std::max(1, devices / p.devices());
}

/// Tokens gained per pass with 0 to 8 drafted ones where a row does not tell: means of 11 models' golden acceptance lengths
/// (InferenceX, SPEED-Bench coding); relaxed acceptance and easy text gain more.
constexpr std::array<double, 9> usual_acceptance{1.0, 1.85, 2.49, 2.95, 3.28, 3.51, 3.65, 3.75, 3.83};

/// Drafting that the notes tell of: "MTP3 acceptance length 2.82", "draft tokens=3", "--speculative-num-steps 3",
/// "num_speculative_tokens\":1".
void read_speculation(const Row& row, Configuration& c) {
  const std::string notes = lower(row.notes);
  for (const std::string_view without : {"no mtp", "without mtp", "mtp off", "no speculative", "without speculative"}) {
    if (contains(notes, without)) return;
  }
  std::optional<double> drafted, accepted;
  for (const std::string_view key : {"draft tokens", "drafted tokens", "num_speculative_tokens\"", "num_speculative_tokens", "--speculative-num-steps",
                                     "mtp-", "mtp", "nextn"}) {
    if (!drafted) drafted = number_after(notes, key);
  }
  for (const std::string_view key : {"acceptance length", "accept length", "accepted length", "acceptance_length", "accept_length"}) {
    if (!accepted) accepted = number_after(notes, key);
  }
  const bool named = contains(notes, "mtp") || contains(notes, "eagle") || contains(notes, "speculative") || contains(notes, "nextn");
  if (!named && !accepted) return;
  if (drafted && (*drafted < 1 || *drafted > 16)) drafted.reset();
  if (accepted && (*accepted <= 1 || *accepted > 17)) accepted.reset();
  Speculation& s = c.plan.speculation;
  s.draft_tokens = static_cast<int>(drafted.value_or(accepted ? std::max(1.0, std::ceil(*accepted * 1.1 - 1.0)) : 3.0));
  if (accepted) {
    s.accepted_length = std::min(*accepted, s.draft_tokens + 1.0);
  } else {
    s.accepted_length = usual_acceptance[static_cast<std::size_t>(std::min(s.draft_tokens, 8))];
    c.doubts += "acceptance length taken as " + std::to_string(s.accepted_length).substr(0, 4) + "; ";
  }
}

/// Mean lengths of the MLPerf inference data sets, whose logs do not print them (mlcommons/inference, language/*/README and
/// the processed data sets): OpenOrca samples, OpenOrca + GSM8K + MBXP, CNN/DailyMail, reasoning prompts. Those of Llama 3.1 405B
/// (long documents) are from memory: assumed.
struct DataSet {
  std::string_view model;
  double input, output;
};
constexpr std::array<DataSet, 8> mlperf_sets{{{"llama2-70b", 294, 294},
                                              {"llama-2-70b", 294, 294},
                                              {"llama-3.1-405b", 9428, 684},
                                              {"llama3.1-405b", 9428, 684},
                                              {"mixtral", 263, 146},
                                              {"gpt-j", 923, 66},
                                              {"llama-3.1-8b", 871, 73},
                                              {"deepseek-r1", 800, 3880}}};

/// "prefill 5x(tp1 pp1 dp8 ep1) =40 GPU, decode 1x =32 GPU".
void read_pools(const Row& row, Configuration& c) {
  const std::string notes = lower(row.notes);
  PrefillPool pool;
  pool.plan = c.plan;
  c.prefill = pool;
  const auto at = notes.find("prefill ");
  if (at == std::string::npos) {
    c.prefill->workers = std::max(1, c.replicas / 2);
    c.prefill->decode_workers = std::max(1, c.replicas - c.prefill->workers);
    c.doubts += "pool sizes assumed equal; ";
    return;
  }
  const std::string_view part = std::string_view(notes).substr(at);
  const auto count = [&](std::string_view key, double other) { return static_cast<int>(number_after(part, key).value_or(other)); };
  c.prefill->workers = std::max(1, count("prefill ", 1));
  c.prefill->decode_workers = std::max(1, count("decode ", 1));
  ReplicaPlan& p = c.prefill->plan;
  p.tp = std::max(1, count("(tp", c.plan.tp));
  p.pp = std::max(1, count("pp", 1));
  p.attention_dp = c.architecture.experts > 0 ? std::max(1, count(" dp", 1)) : 1;
  if (c.architecture.experts == 0) c.prefill->workers *= std::max(1, count(" dp", 1));
  p.ep = divisor_below(p.tp * p.attention_dp, std::max(1, count(" ep", 1)));
  if (p.attention_dp > 1 && p.ep == 1) p.ep = p.tp * p.attention_dp;
}

void read_lengths(const Row& row, Configuration& c) {
  const std::string notes = lower(row.notes);
  c.input = row.input.value_or(0);
  c.output = std::max(1.0, row.output.value_or(0));
  if ((!row.input || *row.input < 1) && contains(lower(row.source), "mlperf")) {
    for (const DataSet& set : mlperf_sets) {
      if (!contains(lower(row.model), set.model)) continue;
      c.input = set.input;
      if (!row.output || *row.output < 1) c.output = set.output;
      c.spread = LengthSpread::chat;
      c.doubts += "lengths of the benchmark's data set; ";
      return;
    }
  }
  if (!row.input || *row.input < 1) {
    c.input = c.task == Task::decode ? 1024 : 512;
    c.doubts += "input length assumed " + std::to_string(static_cast<int>(c.input)) + "; ";
  }
  if (!row.output || *row.output < 1) {
    c.output = c.task == Task::prefill ? 1 : 512;
    if (c.task != Task::prefill) c.doubts += "output length assumed 512; ";
  }
  const bool whole = std::floor(c.input) == c.input && std::floor(c.output) == c.output;
  if (contains(notes, "near the nominal")) {
    c.spread = LengthSpread::near;
  } else if (contains(notes, "sharegpt") || (!whole && c.input < 600)) {
    c.spread = LengthSpread::chat;
  }
}

void read_limits(const Row& row, Configuration& c) {
  const std::string notes = lower(row.notes);
  const auto limit = [&](std::string_view key) -> std::optional<double> {
    const std::size_t at = notes.find(key);
    if (at == std::string::npos) return std::nullopt;
    std::size_t i = at + key.size();
    while (i < notes.size() && !std::isdigit(static_cast<unsigned char>(notes[i]))) ++i;
    std::size_t end = i;
    while (end < notes.size() && (std::isdigit(static_cast<unsigned char>(notes[end])) || notes[end] == '.')) ++end;
    const auto value = text::parse_double(std::string_view(notes).substr(i, end - i));
    if (!value) return std::nullopt;
    std::size_t unit = end;
    while (unit < notes.size() && notes[unit] == ' ') ++unit;
    const bool in_seconds = notes.compare(unit, 2, "ms") != 0 && unit < notes.size() && notes[unit] == 's';
    return in_seconds ? *value : *value * 1e-3;
  };
  c.limits.ttft = limit("ttft");
  c.limits.tpot = limit("tpot");
  if (!c.limits.tpot) c.limits.tpot = limit("itl");
}

void read_scheduler(const Row& row, Configuration& c) {
  const std::string notes = lower(row.notes);
  c.scheduler = scheduler_defaults(c.plan.engine, c.plan.released, *c.chip);
  for (const std::string_view key : {"--max-num-batched-tokens", "--max_num_tokens", "--max-num-tokens"}) {
    if (const auto n = number_after(notes, key)) c.scheduler.token_budget = static_cast<int>(std::max(16.0, *n));
  }
  for (const std::string_view key : {"--max-num-seqs", "--max_batch_size", "--max-running-requests"}) {
    if (const auto n = number_after(notes, key)) c.scheduler.max_sequences = static_cast<int>(std::max(1.0, *n));
  }
  if (const auto n = number_after(notes, "max batch ")) c.scheduler.max_sequences = static_cast<int>(std::max(1.0, *n));
  // Submitters of MLPerf choose the batch by what memory holds, whatever an engine starts with.
  if (contains(lower(row.source), "mlperf")) c.scheduler.max_sequences = std::max(c.scheduler.max_sequences, 4096);
  if (c.task == Task::static_batch) {
    c.scheduler.order = StepOrder::prefill_first;
    if (row.concurrency) c.scheduler.max_sequences = std::max(c.scheduler.max_sequences, static_cast<int>(*row.concurrency));
  }
}

Task read_task(const Row& row) {
  static constexpr std::array<std::pair<std::string_view, Task>, 9> tasks{{
      {"static_batch", Task::static_batch}, {"offline_max", Task::offline_max}, {"closed_loop", Task::closed_loop},
      {"burst", Task::burst}, {"open_loop", Task::open_loop}, {"prefill", Task::prefill}, {"decode", Task::decode},
      {"slo_capacity", Task::slo_capacity}, {"disaggregated", Task::disaggregated},
  }};
  for (const auto& [name, task] : tasks) {
    if (row.task == name) return task;
  }
  throw Unreadable("task: \"" + row.task + "\" is not one that the model answers");
}

}  // namespace

std::optional<Date> release_date(Engine engine, std::string_view version) {
  std::size_t dot = version.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = text::parse_int(version.substr(0, dot));
  std::size_t end = dot + 1;
  while (end < version.size() && std::isdigit(static_cast<unsigned char>(version[end]))) ++end;
  const auto minor = text::parse_int(version.substr(dot + 1, end - dot - 1));
  if (!major || !minor) return std::nullopt;
  std::optional<Date> best;
  for (const Release& r : releases()) {
    if (r.engine == engine && (r.major < *major || (r.major == *major && r.minor <= *minor))) best = r.date;
  }
  return best;
}

Configuration read_configuration(const Row& row) {
  Configuration c;
  c.task = read_task(row);
  c.chip = catalog::find_chip(row.accelerator_id);
  if (c.chip == nullptr) throw Unreadable("accelerator_id: \"" + row.accelerator_id + "\" is not in the catalogue");
  if (const catalog::Architecture* a = catalog::find_architecture(row.model)) {
    c.architecture = *a;
  } else {
    c.architecture.id = row.model;
    c.architecture.params_total = row.params_total;
    c.architecture.params_active = row.params_active;
    c.doubts += "architecture guessed from the counts of parameters; ";
  }
  if (contains(row.accelerator_id, "ascend_910c")) c.chip_share = 0.5;
  read_software(row, c);
  c.plan.weights = weights_of(row, c.doubts);
  c.plan.compute = compute_of(row, c.plan.weights);
  const auto kv = parse_precision(row.precision_kv);
  c.plan.kv = kv ? *kv : default_cache_format(c.plan);
  read_layout(row, c);
  read_lengths(row, c);
  read_speculation(row, c);
  c.concurrency = row.concurrency;
  c.rate = row.rate;
  // Means with fractions are read off a client's log, and so is what it prints as its peak.
  const bool logged = std::floor(c.input) != c.input || std::floor(c.output) != c.output;
  c.peak_concurrency = c.task == Task::closed_loop && row.concurrency && logged && c.plan.setup == Setup::stock;
  c.times_content_only = c.plan.engine == Engine::vllm && served(c.task) && contains(lower(row.notes), "--reasoning-parser");
  c.requests = number_before(row.notes, " requests");
  if (!c.requests) c.requests = number_before(row.notes, " prompts");
  if (c.task == Task::disaggregated) read_pools(row, c);
  read_limits(row, c);
  read_scheduler(row, c);
  return c;
}

}  // namespace headroom::serving
