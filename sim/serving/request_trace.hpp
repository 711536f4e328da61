#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/serving/request.hpp"

namespace headroom::text {
class CsvReader;
}

namespace headroom::sim_serving {

/// One request of a trace.
struct TraceRequest {
  Nanos arrival = 0;        ///< since the trace's zero
  std::uint32_t input = 0;  ///< tokens, cached ones included
  std::uint32_t output = 0;
  std::uint32_t first_block = 0;  ///< index into RequestTrace::block_ids
  std::uint32_t blocks = 0;
};

/// Requests in order of arrival, as recorded.
struct RequestTrace {
  std::vector<TraceRequest> requests;
  std::vector<std::uint64_t> block_ids;  ///< of all requests, one after another
  bool has_blocks = false;               ///< the trace has a column of prefix blocks
  bool last_line_open = false;           ///< the file ends without a line end: its last number may be cut

  [[nodiscard]] std::span<const std::uint64_t> blocks_of(const TraceRequest& r) const {
    return std::span<const std::uint64_t>(block_ids).subspan(r.first_block, r.blocks);
  }
};

/// Reads a table with the columns `arrival_s` (seconds) or `arrival_ms`, `input_tokens`, `output_tokens` and, if prefixes are
/// known, `prefix_block_ids` (whole numbers >= 0 separated by spaces; equal ids mean the same tokens from the start of the
/// prompt). Files named *.gz are unpacked. Times are kept to the nanosecond.
/// Throws text::CsvError ("FILE:LINE: ...") for a missing, doubled or unknown column, a table without rows, a cut row or file,
/// times that are negative or go back, token counts that are not whole numbers >= 0 (below 2^32), and, with `context_limit`, for
/// a request whose input and output together are longer.
[[nodiscard]] RequestTrace read_request_trace(const std::filesystem::path& file, std::optional<std::uint32_t> context_limit = {});
/// The same from a text; `name` stands for the file in messages.
[[nodiscard]] RequestTrace read_request_trace(std::string_view content, std::string name, std::optional<std::uint32_t> context_limit = {});

}  // namespace headroom::sim_serving
