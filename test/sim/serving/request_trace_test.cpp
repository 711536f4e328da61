#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "../../published/case.hpp"
#include "models/text/csv.hpp"
#include "sim/serving/request_trace.hpp"
#include "sim/serving/trace_summary.hpp"

using namespace headroom;
using namespace headroom::sim_serving;
using Catch::Contains;

namespace {
RequestTrace parse(const std::string& text) { return read_request_trace(std::string_view(text), "trace.csv"); }
std::optional<std::string> data_folder() {
  const char* folder = std::getenv("HEADROOM_DATA");
  if (folder != nullptr) return std::string(folder);
  WARN("not run: HEADROOM_DATA is not set; the traces are public (github.com/Azure/AzurePublicDataset, github.com/kvcache-ai/Mooncake)");
  return std::nullopt;
}
}  // namespace

TEST_CASE("a trace keeps times to the nanosecond and blocks in order", "[serving][trace]") {
  const RequestTrace trace = parse("arrival_ms,input_tokens,output_tokens,prefix_block_ids\n0,600,5,7 8\n1.5,10,0,\n");
  REQUIRE(trace.requests.size() == 2);
  CHECK(trace.requests[1].arrival == 1'500'000);
  REQUIRE(trace.blocks_of(trace.requests[0]).size() == 2);
  CHECK(trace.blocks_of(trace.requests[0])[1] == 8);
  CHECK(trace.blocks_of(trace.requests[1]).empty());
}

TEST_CASE("a bad trace is refused with its file and line", "[serving][trace]") {
  const std::string head = "arrival_s,input_tokens,output_tokens\n";
  CHECK_THROWS_WITH(parse(head + "1,5,5\n0.5,5,5\n"), Contains("trace.csv:3:") && Contains("order of arrival"));
  CHECK_THROWS_WITH(parse(head + "1,-5,5\n"), Contains("trace.csv:2: input_tokens is -5"));
  CHECK_THROWS_WITH(parse(head + "1,5,5.5\n"), Contains("trace.csv:2: output_tokens"));
  CHECK_THROWS_WITH(parse(head + "-1,5,5\n"), Contains("trace.csv:2:"));
  CHECK_THROWS_WITH(parse(head + "0,5,5\n1,5\n"), Contains("trace.csv:3:"));
  CHECK_THROWS_WITH(parse(head), Contains("trace.csv:") && Contains("no requests"));
  CHECK_THROWS_WITH(parse(""), Contains("trace.csv:1:"));
  CHECK_THROWS_WITH(parse("arrival_s,input_tokens,output_token\n0,1,1\n"), Contains("trace.csv:1:") && Contains("output_tokens"));
  CHECK_THROWS_WITH(parse("arrival_s,input_tokens,output_tokens,prefix_block_ids\n0,5,5,1 x\n"), Contains("trace.csv:2:"));
  CHECK_THROWS_WITH(read_request_trace(std::string_view(head + "0,90,20\n"), "trace.csv", 100),
                    Contains("trace.csv:2:") && Contains("longer than the context of 100"));
}

TEST_CASE("concurrency of two requests that overlap by half", "[serving][trace]") {
  // 0 to 10 s and 5 to 15 s: 20 s of service in 15 s; the second starts before the first ends.
  const TraceSummary summary = summarise(parse("arrival_s,input_tokens,output_tokens\n0,1,10\n5,1,10\n"), seconds(1));
  CHECK(summary.mean_concurrency == Approx(20.0 / 15));
  CHECK(summary.peak_concurrency == 2);
  CHECK(summarise(parse("arrival_s,input_tokens,output_tokens\n0,1,5\n5,1,10\n"), seconds(1)).peak_concurrency == 1);
}

TEST_CASE("a prefix cache hits the longest cached start only and drops the least recent", "[serving][trace]") {
  const RequestTrace trace = parse("arrival_s,input_tokens,output_tokens,prefix_block_ids\n"
                                   "0,1000,1,1 2\n"   // misses both
                                   "1,1000,1,9 2\n"   // 2 is cached, but not behind 9
                                   "2,600,1,1 2\n");  // 1 and 2: hit while three fit; 88 tokens of the second block
  CHECK(replay_prefixes(trace, {}).hit_blocks == 2);
  CHECK(replay_prefixes(trace, {}).hit_tokens == 600);
  CHECK(replay_prefixes(trace, 2).hit_blocks == 0);  // 9 and 2 pushed 1 out
}

TEST_CASE("the Azure conversation trace has its published counts (V3)", "[serving][trace][data][published]") {
  const auto folder = data_folder();
  if (!folder) return;
  const TraceSummary s = summarise(read_request_trace(*folder + "/traces/azure2023_conv.csv"), milliseconds(20));
  published::Case v3("V3");
  const auto exact = [&](const char* what, double expected, auto obtained) { v3.within(what, expected, static_cast<double>(obtained), 0); };
  exact("requests", 19366, s.requests);
  exact("input tokens", 22361870, s.input_tokens);
  exact("output tokens", 4088665, s.output_tokens);
  v3.within("last arrival (s)", 3501.722, s.last_arrival.base(), 0.0005);
  exact("input p50", 1020, s.input.p50);
  exact("input p90", 2735, s.input.p90);
  exact("input p99", 4142, s.input.p99);
  exact("output p50", 129, s.output.p50);
  exact("output p90", 424, s.output.p90);
  exact("output p99", 601, s.output.p99);
  exact("busiest minute", 507, s.busiest_minute);
  v3.within("mean concurrency", 23.30, s.mean_concurrency, 0.01);
  exact("peak concurrency", 47, s.peak_concurrency);
}

TEST_CASE("the Mooncake conversation trace has its published hit ratios (V4)", "[serving][trace][data][published]") {
  const auto folder = data_folder();
  if (!folder) return;
  const RequestTrace trace = read_request_trace(*folder + "/traces/mooncake_conversation.csv.gz");
  const TraceSummary s = summarise(trace, milliseconds(20));
  published::Case v4("V4");
  v4.within("requests", 12031, static_cast<double>(s.requests), 0);
  v4.within("mean input", 12035, static_cast<double>(s.input_tokens) / 12031, 0.5);
  v4.within("mean output", 343, static_cast<double>(s.output_tokens) / 12031, 0.5);
  const PrefixHits all = replay_prefixes(trace, {});
  CHECK(all.blocks == 288500);
  v4.within("hit ratio of blocks, unlimited pool", 0.366, all.block_ratio(), 0.0005);
  v4.within("hit ratio of tokens, unlimited pool", 0.374, all.token_ratio(), 0.0005);
  v4.within("the same beside FAST'25, table 2", 0.40, all.token_ratio(), 0.04);
  const std::pair<std::uint64_t, double> cases[] = {{100000, 0.363688}, {50000, 0.354558}, {30000, 0.325709}, {10000, 0.211165}, {1000, 0.044475}};
  for (const auto& [capacity, ratio] : cases)
    v4.within(fmt::format("hit ratio of blocks, {} blocks", capacity), ratio, replay_prefixes(trace, capacity).block_ratio(), 5e-7);
}
