#include "sim/scenario/json_cursor.hpp"

#include <utility>

#include <fmt/format.h>

#include "models/text/utf8.hpp"
#include "sim/scenario/json_reader.hpp"

namespace headroom::scenario {

void JsonCursor::step() {
  if (text_[pos_] == '\n') {
    ++line_;
    column_ = 1;
    ++pos_;
    return;
  }
  int length = text::utf8_length(text_.substr(pos_));
  if (length == 0) {
    if (!bad_utf8_) {
      report(here(), fmt::format("byte 0x{:02x} is not valid UTF-8", static_cast<unsigned char>(text_[pos_])),
             "a file in UTF-8");
    }
    bad_utf8_ = true;
    length = 1;
  }
  pos_ += static_cast<std::size_t>(length);
  ++column_;
}

void JsonCursor::report(Position at, std::string problem, std::string expected) {
  issues_.push_back({file_, static_cast<int>(at.line), static_cast<int>(at.column), {}, std::move(problem),
                     std::move(expected), {}, Issue::Level::error});
  if (++reported_ >= max_text_issues) throw Abandon{};
}

std::string JsonCursor::seen() const {
  if (at_end()) return "the end of the file";
  const auto byte = static_cast<unsigned char>(text_[pos_]);
  const int length = text::utf8_length(text_.substr(pos_));
  if (byte < 0x20 || byte == 0x7F) return fmt::format("control character 0x{:02x}", byte);
  if (length == 0) return fmt::format("byte 0x{:02x}", byte);
  return fmt::format("'{}'", text_.substr(pos_, static_cast<std::size_t>(length)));
}

void JsonCursor::start() {
  const auto begins = [&](std::string_view mark) { return text_.substr(0, mark.size()) == mark; };
  if (begins("\xEF\xBB\xBF")) {
    report(here(), "the file begins with a byte order mark", "UTF-8 without one");
    pos_ += 3;
  } else if (begins("\xFF\xFE") || begins("\xFE\xFF")) {
    report(here(), "the file is in UTF-16", "UTF-8");
    throw Abandon{};
  }
}

void JsonCursor::blank() {
  while (!at_end()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      step();
    } else if (c == '/' && peek(1) == '/') {
      while (!at_end() && peek() != '\n') step();
    } else if (c == '/' && peek(1) == '*') {
      const Position from = here();
      step();
      step();
      while (!at_end() && !(peek() == '*' && peek(1) == '/')) step();
      if (at_end()) {
        report(from, "this comment has no end", "*/");
        throw Abandon{};
      }
      step();
      step();
    } else {
      return;
    }
  }
}

}  // namespace headroom::scenario
