#include "sim/serving/trace_summary.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "sim/serving/block_cache.hpp"

namespace headroom::sim_serving {
namespace {

NearestRanks nearest_ranks(std::vector<std::uint32_t> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t percent) { return values[(percent * values.size() + 99) / 100 - 1]; };
  return {at(50), at(90), at(99)};
}

std::uint64_t fullest_minute(const RequestTrace& trace) {
  constexpr Nanos minute = 60'000'000'000;
  std::uint64_t fullest = 0;
  std::uint64_t in_this = 0;
  Nanos current = -1;
  for (const TraceRequest& r : trace.requests) {
    if (r.arrival / minute != current) {
      current = r.arrival / minute;
      in_this = 0;
    }
    fullest = std::max(fullest, ++in_this);
  }
  return fullest;
}

}  // namespace

TraceSummary summarise(const RequestTrace& trace, Seconds per_output_token) {
  TraceSummary summary;
  std::vector<std::uint32_t> inputs, outputs;
  std::priority_queue<Nanos, std::vector<Nanos>, std::greater<>> ends;
  double time_in_service = 0;
  Nanos last_end = 0;
  for (const TraceRequest& r : trace.requests) {
    summary.input_tokens += r.input;
    summary.output_tokens += r.output;
    inputs.push_back(r.input);
    outputs.push_back(r.output);
    const double duration = per_output_token.base() * r.output;
    time_in_service += duration;
    while (!ends.empty() && ends.top() <= r.arrival) ends.pop();
    const Nanos end = r.arrival + std::llround(duration * 1e9);
    last_end = std::max(last_end, end);
    if (end > r.arrival) ends.push(end);
    summary.peak_concurrency = std::max<std::uint64_t>(summary.peak_concurrency, ends.size());
  }
  summary.requests = trace.requests.size();
  summary.last_arrival = Seconds{static_cast<double>(trace.requests.back().arrival) / 1e9};
  summary.input = nearest_ranks(std::move(inputs));
  summary.output = nearest_ranks(std::move(outputs));
  summary.busiest_minute = fullest_minute(trace);
  summary.mean_concurrency = last_end == 0 ? 0 : time_in_service / (static_cast<double>(last_end) / 1e9);
  return summary;
}

PrefixHits replay_prefixes(const RequestTrace& trace, std::optional<std::uint64_t> capacity, std::uint32_t block_tokens) {
  PrefixHits hits;
  BlockCache cache;
  for (const TraceRequest& r : trace.requests) {
    const auto blocks = trace.blocks_of(r);
    std::uint64_t hit = 0;
    while (hit < blocks.size() && cache.contains(blocks[hit])) ++hit;
    for (const std::uint64_t id : blocks) {
      cache.acquire(id);
      cache.release(id);
      if (capacity && cache.blocks() > *capacity) cache.evict(cache.blocks() - *capacity);
    }
    hits.blocks += blocks.size();
    hits.hit_blocks += hit;
    hits.tokens += r.input;
    hits.hit_tokens += std::min<std::uint64_t>(hit * block_tokens, r.input);
  }
  return hits;
}

}  // namespace headroom::sim_serving
