#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "models/serving/fit.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

/// Rank of a metric inside its family, as the scorer prefers them.
int preference(std::string_view metric) {
  static constexpr std::array<std::string_view, 15> order{
      "output_tokens_per_s", "output_tokens_per_s_per_gpu", "output_tokens_per_s_per_node", "total_tokens_per_s",
      "total_tokens_per_s_per_gpu", "input_tokens_per_s", "input_tokens_per_s_per_gpu", "input_tokens_per_s_per_node",
      "tpot_ms", "p50_tpot_ms", "tokens_per_s_per_user", "ttft_ms", "p50_ttft_ms", "latency_ms", "p50_latency_ms"};
  const auto* at = std::find(order.begin(), order.end(), metric);
  return static_cast<int>(at - order.begin());
}

void mark_primaries(Case& c) {
  for (const std::string_view family : {"throughput", "tpot", "ttft", "latency"}) {
    Target* best = nullptr;
    for (Target& t : c.targets) {
      if (t.family == family && (best == nullptr || preference(t.metric) < preference(best->metric))) best = &t;
    }
    if (best != nullptr) best->primary = true;
  }
}

}  // namespace

std::string group_of(std::string_view id) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 23> groups{{
      {"AICX", "inferencex"}, {"AICG", "gap-analysis"}, {"IXE", "inferencex-experimental"}, {"GPS", "gpustack"}, {"ANL", "argonne"},
      {"MLP51", "mlperf-v5.1"}, {"MLP41", "mlperf-v4.1"}, {"DST", "dstack-deepseek"}, {"DSL", "dstack-llama405b"},
      {"NEU", "aws-neuron"}, {"ASC", "vllm-ascend"}, {"TPU", "google-tpu"}, {"AMT", "amd-mi300x-sglang"}, {"VBL", "vllm-blog"},
      {"DSK", "production"}, {"DSP", "production"}, {"H20", "production"}, {"SGE", "production"}, {"SGG", "production"},
      {"K2H", "production"}, {"CM3", "production"}, {"TRTON", "trtllm-online"}, {"TRB", "trtllm-blogs"},
  }};
  const std::string_view prefix = id.substr(0, id.rfind('-'));
  for (const auto& [key, group] : groups) {
    if (prefix == key) return std::string(group);
  }
  return prefix.starts_with("TRT") ? "trtllm-offline" : std::string(prefix);
}

std::vector<Case> read_cases(const std::filesystem::path& file) {
  const std::vector<Row> rows = read_rows(file);
  const std::map<std::string, double> values = read_values(file);
  std::map<std::string, std::size_t> by_run;
  std::vector<Case> cases;
  for (const Row& row : rows) {
    const auto value = values.find(row.id);
    const std::string_view family = metric_family(row.metric);
    if (!row.scoreable || value == values.end() || family.empty()) continue;
    const std::string& key = row.run_id.empty() ? row.id : row.run_id;
    auto at = by_run.find(key);
    if (at == by_run.end()) {
      Case c;
      try {
        c.configuration = read_configuration(row);
      } catch (const Unreadable&) {
        continue;
      }
      c.group = group_of(row.id);
      const auto text_of = [](const auto& x) { return x ? fmt::format("{}", *x) : std::string(); };
      c.question = fmt::format("{}|{}|{}|{}|{}|{}", row.model, row.task, text_of(row.input), text_of(row.output), text_of(row.concurrency), text_of(row.rate));
      c.setting = fmt::format("{}|{}|{}|{}|{}|{}|{}", row.accelerator, row.accelerators, row.engine, row.precision_weights, text_of(row.tp), text_of(row.ep), text_of(row.dp));
      at = by_run.emplace(key, cases.size()).first;
      cases.push_back(std::move(c));
    }
    cases[at->second].targets.push_back({row.id, row.metric, family, math::log(value->second), 1.0, false});
  }
  for (Case& c : cases) mark_primaries(c);
  return cases;
}

std::vector<std::string> chips_of(const std::vector<Case>& cases, std::string_view leave_out) {
  std::set<std::string> chips;
  for (const Case& c : cases) {
    if (c.group != leave_out) chips.insert(c.configuration.chip->id);
  }
  return {chips.begin(), chips.end()};
}

}  // namespace headroom::serving
