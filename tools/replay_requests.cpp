#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/serving/request_trace.hpp"
#include "sim/serving/trace_summary.hpp"
#include "tools/replay.hpp"

namespace headroom::tools {
namespace {

using Milliseconds = Number<0, 1'000'000'000>;
using sim_serving::PrefixHits;
using sim_serving::RequestTrace;
using sim_serving::TraceSummary;

void describe(po::options_description& options) {
  options.add_options()("prefix-blocks", po::value<Whole<1, 1'000'000'000>>()->value_name("N"),
                        "requests: blocks that the prefix cache holds; absent: unlimited")(
      "tpot-ms", po::value<Milliseconds>()->default_value({20}, "20")->value_name("MS"), "requests: milliseconds for each output token, without queueing");
}

nlohmann::ordered_json to_json(const TraceSummary& s, const std::optional<PrefixHits>& hits) {
  nlohmann::ordered_json out;
  out["requests"] = s.requests;
  out["input_tokens"] = s.input_tokens;
  out["output_tokens"] = s.output_tokens;
  out["last_arrival_s"] = s.last_arrival.base();
  out["input_p50"] = s.input.p50;
  out["input_p90"] = s.input.p90;
  out["input_p99"] = s.input.p99;
  out["output_p50"] = s.output.p50;
  out["output_p90"] = s.output.p90;
  out["output_p99"] = s.output.p99;
  out["busiest_minute"] = s.busiest_minute;
  out["mean_concurrency"] = s.mean_concurrency;
  out["peak_concurrency"] = s.peak_concurrency;
  out["hit_ratio_blocks"] = hits ? nlohmann::ordered_json(hits->block_ratio()) : nlohmann::ordered_json();
  out["hit_ratio_tokens"] = hits ? nlohmann::ordered_json(hits->token_ratio()) : nlohmann::ordered_json();
  return out;
}

void print_text(const TraceSummary& s, const std::optional<PrefixHits>& hits) {
  const double n = static_cast<double>(s.requests);
  fmt::print("requests            {}\n", s.requests);
  fmt::print("input tokens        {}  (mean {:.1f}, p50 {}, p90 {}, p99 {})\n", s.input_tokens, static_cast<double>(s.input_tokens) / n,
             s.input.p50, s.input.p90, s.input.p99);
  fmt::print("output tokens       {}  (mean {:.1f}, p50 {}, p90 {}, p99 {})\n", s.output_tokens, static_cast<double>(s.output_tokens) / n,
             s.output.p50, s.output.p90, s.output.p99);
  fmt::print("last arrival        {:.3f} s\n", s.last_arrival.base());
  fmt::print("busiest minute      {} requests\n", s.busiest_minute);
  fmt::print("concurrency         mean {:.2f}, peak {}\n", s.mean_concurrency, s.peak_concurrency);
  if (hits) {
    fmt::print("prefix cache        {} of {} blocks hit ({:.6f}), {:.6f} of input tokens\n", hits->hit_blocks, hits->blocks,
               hits->block_ratio(), hits->token_ratio());
  } else {
    fmt::print("prefix cache        the trace has no prefix_block_ids\n");
  }
}

int run(const Arguments& arguments) {
  const std::vector<std::string> files = arguments.list("FILES");
  if (files.size() != 1) throw UsageError("replay requests: expected one trace");
  const double tpot = arguments.get<Milliseconds>("tpot-ms").value;
  std::optional<std::uint64_t> capacity;
  if (arguments.has("prefix-blocks")) capacity = static_cast<std::uint64_t>(arguments.get<Whole<1, 1'000'000'000>>("prefix-blocks").value);
  const RequestTrace trace = sim_serving::read_request_trace(std::filesystem::path(files.front()));
  if (capacity && !trace.has_blocks) throw UsageError("--prefix-blocks: the trace has no column prefix_block_ids");
  if (trace.last_line_open) fmt::print(stderr, "headroom: {}: ends without a line end; if the file was cut, its last row is wrong\n", files.front());
  const TraceSummary summary = sim_serving::summarise(trace, milliseconds(tpot));
  std::optional<PrefixHits> hits;
  if (trace.has_blocks) hits = sim_serving::replay_prefixes(trace, capacity);
  if (arguments.get<std::string>("format") == "json") {
    fmt::print("{}\n", to_json(summary, hits).dump(2));
  } else {
    print_text(summary, hits);
  }
  return Exit::ok;
}

}  // namespace

ReplayKind replay_requests() {
  return {"requests", "counts, concurrency and prefix hits of a request trace", describe, run};
}

}  // namespace headroom::tools
