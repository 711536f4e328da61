#include "sim/serving/request_trace.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <fstream>

#include "models/text/csv.hpp"
#include "models/text/nearest.hpp"
#include "models/text/number.hpp"

namespace headroom::sim_serving {
namespace {

constexpr std::array<std::string_view, 5> columns{"arrival_s", "arrival_ms", "input_tokens", "output_tokens", "prefix_block_ids"};
/// Beyond this the nanoseconds of a time are no longer kept by the sums of a run (about 30 years).
constexpr double latest_s = 1e9;

void check_header(const text::CsvReader& table) {
  const std::vector<std::string> known(columns.begin(), columns.end());
  for (const std::string& name : table.header()) {
    bool found = false;
    for (const std::string& column : known) found = found || column == name;
    if (!found) {
      throw table.fault(fmt::format("unknown column \"{}\"{}; a trace of requests has {}", name, did_you_mean(name, known),
                                    fmt::join(columns, ", ")));
    }
  }
  if (table.find_column("arrival_s").has_value() && table.find_column("arrival_ms").has_value()) {
    throw table.fault("has both arrival_s and arrival_ms; expected one of them");
  }
}

std::uint32_t count(const text::CsvReader& table, std::size_t column) {
  const std::int64_t value = table.integer(column);
  if (value < 0 || value > 0xffffffffLL) {
    throw table.fault(fmt::format("{} is {}; expected a whole number from 0 to {}", table.header()[column], value, 0xffffffffLL));
  }
  return static_cast<std::uint32_t>(value);
}

void read_blocks(const text::CsvReader& table, std::size_t column, TraceRequest& request, RequestTrace& trace) {
  std::string_view rest = table[column];
  request.first_block = static_cast<std::uint32_t>(trace.block_ids.size());
  while (!rest.empty()) {
    const std::size_t gap = rest.find(' ');
    const std::string_view word = rest.substr(0, gap);
    const auto id = text::parse_int(word);
    if (!id || *id < 0) throw table.fault(fmt::format("prefix_block_ids holds \"{}\"; expected whole numbers separated by spaces", word));
    trace.block_ids.push_back(static_cast<std::uint64_t>(*id));
    rest = gap == std::string_view::npos ? std::string_view{} : rest.substr(gap + 1);
  }
  request.blocks = static_cast<std::uint32_t>(trace.block_ids.size()) - request.first_block;
}

RequestTrace read(text::CsvReader& table, std::optional<std::uint32_t> context_limit) {
  check_header(table);
  const bool in_ms = table.find_column("arrival_ms").has_value();
  const std::size_t arrival = table.column(in_ms ? "arrival_ms" : "arrival_s");
  const std::size_t input = table.column("input_tokens");
  const std::size_t output = table.column("output_tokens");
  const auto blocks = table.find_column("prefix_block_ids");
  RequestTrace trace;
  trace.has_blocks = blocks.has_value();
  while (table.next()) {
    TraceRequest request;
    const double at = table.number(arrival) / (in_ms ? 1e3 : 1.0);
    if (at < 0 || at > latest_s) throw table.fault(fmt::format("{} is {}; expected a time from 0 to {} s", table.header()[arrival], table[arrival], latest_s));
    request.arrival = std::llround(at * 1e9);
    if (!trace.requests.empty() && request.arrival < trace.requests.back().arrival) {
      throw table.fault(fmt::format("{} is {}, before the row above; expected rows in order of arrival", table.header()[arrival], table[arrival]));
    }
    request.input = count(table, input);
    request.output = count(table, output);
    if (context_limit && std::uint64_t{request.input} + request.output > *context_limit) {
      throw table.fault(fmt::format("input_tokens + output_tokens is {}, longer than the context of {}",
                                    std::uint64_t{request.input} + request.output, *context_limit));
    }
    if (blocks) read_blocks(table, *blocks, request, trace);
    trace.requests.push_back(request);
  }
  if (trace.requests.empty()) throw table.fault("has no requests below its header");
  return trace;
}

}  // namespace

RequestTrace read_request_trace(const std::filesystem::path& file, std::optional<std::uint32_t> context_limit) {
  text::CsvReader table(file);
  RequestTrace trace = read(table, context_limit);
  if (file.extension() != ".gz") {  // a packed file has a checksum
    std::ifstream end(file, std::ios::binary | std::ios::ate);
    end.seekg(-1, std::ios::end);
    trace.last_line_open = end.get() != '\n';
  }
  return trace;
}

RequestTrace read_request_trace(std::string_view content, std::string name, std::optional<std::uint32_t> context_limit) {
  text::CsvReader table(content, std::move(name));
  return read(table, context_limit);
}

}  // namespace headroom::sim_serving
