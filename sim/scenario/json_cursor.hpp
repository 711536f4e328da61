#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/issue.hpp"
#include "sim/scenario/node.hpp"

namespace headroom::scenario {

/// Thrown by the JSON reader, and caught by it, when the rest of a text cannot be understood; the fault has been reported.
struct Abandon {};

/// A reading position in a JSON text: steps over characters, white space and comments, counts lines and columns, and reports
/// faults with their place. Bytes that are no UTF-8 are reported once.
class JsonCursor {
 public:
  JsonCursor(std::string_view text, std::uint32_t source, const std::string& file, std::vector<Issue>& issues)
      : text_(text), source_(source), file_(file), issues_(issues) {}

  [[nodiscard]] bool at_end() const { return pos_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  [[nodiscard]] Position here() const { return {source_, line_, column_}; }
  /// The character at the reading position, for messages.
  [[nodiscard]] std::string seen() const;
  /// Steps over one character; a bad byte counts as one.
  void step();
  /// Steps over white space and comments.
  void blank();
  /// Refuses a byte order mark and UTF-16 at the beginning of the text.
  void start();
  /// Appends a fault. Throws Abandon after max_text_issues of them.
  void report(Position at, std::string problem, std::string expected = {});

 protected:
  std::string_view text_;
  std::size_t pos_ = 0;
  bool bad_utf8_ = false;    ///< a byte that is no UTF-8 was met

 private:
  std::uint32_t source_;
  const std::string& file_;
  std::vector<Issue>& issues_;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  std::size_t reported_ = 0;
};

}  // namespace headroom::scenario
