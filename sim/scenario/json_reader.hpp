#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/issue.hpp"
#include "sim/scenario/node.hpp"

namespace headroom::scenario {

/// Deepest nesting of lists and objects that is read.
inline constexpr int max_depth = 64;
/// Faults of one text after which reading stops.
inline constexpr std::size_t max_text_issues = 20;

/// Reads JSON (RFC 8259) with // and /* */ comments into a tree of nodes whose positions name `source`.
///
/// Stricter than most readers, because a silent repair would change a plan: duplicate keys, trailing commas, NaN,
/// numbers out of range or with more digits than a double keeps, a byte order mark, invalid UTF-8 and control characters
/// are faults. Reading goes on after a fault where the rest can still be understood; each is appended to `issues` (with
/// `file` as their file) and what could not be read is a `broken` node.
[[nodiscard]] Node read_json(std::string_view text, std::uint32_t source, const std::string& file,
                             std::vector<Issue>& issues);

}  // namespace headroom::scenario
