#include "sim/scenario/json_reader.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "models/text/utf8.hpp"
#include "sim/scenario/json_cursor.hpp"

// A small reader of our own instead of nlohmann/json's: that one stops at the first fault, keeps the last of two equal
// keys without a word, turns a 30-digit integer into a double, and knows the position only of a token's end. A test reads
// the same documents with both and compares the trees.

namespace headroom::scenario {

namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.' ||
         c == '_';
}

/// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
bool is_json_number(std::string_view word, bool& integral) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < word.size() && word[i] >= '0' && word[i] <= '9') ++i;
    return i - from;
  };
  integral = true;
  if (i < word.size() && word[i] == '-') ++i;
  const std::size_t whole = i;
  if (digits() == 0) return false;
  if (word[whole] == '0' && i - whole > 1) return false;
  if (i < word.size() && word[i] == '.') {
    integral = false;
    ++i;
    if (digits() == 0) return false;
  }
  if (i < word.size() && (word[i] == 'e' || word[i] == 'E')) {
    integral = false;
    ++i;
    if (i < word.size() && (word[i] == '+' || word[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == word.size();
}

class JsonReader : private JsonCursor {
 public:
  using JsonCursor::JsonCursor;

  Node document() {
    Node root;
    root.kind = Node::Kind::broken;
    try {
      start();
      blank();
      if (at_end()) {
        report(here(), "the file is empty", "a JSON object");
      } else {
        root = value(0);
        blank();
        if (!at_end()) {
          report(here(), fmt::format("{} after the end of the document", seen()), "nothing more");
        }
      }
    } catch (const Abandon&) {
      root.damaged = true;
    }
    return root;
  }

 private:
  // --- values ---
  Node broken(Position at) const {
    Node node;
    node.kind = Node::Kind::broken;
    node.position = at;
    return node;
  }

  Node value(int depth) {
    const Position at = here();
    const char c = peek();
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"') {
      Node node;
      node.kind = Node::Kind::string;
      node.position = at;
      if (auto text = string()) {
        node.text = std::move(*text);
      } else {
        node.kind = Node::Kind::broken;
      }
      return node;
    }
    if (is_word(c)) return word();
    if (c == '\'') {
      report(at, "a string in single quotes", "double quotes");
    } else {
      report(at, fmt::format("{} where a value should begin", seen()),
             "a string, number, object, list, true, false or null");
    }
    skip_value();
    return broken(at);
  }

  Node word() {
    const Position at = here();
    const std::size_t from = pos_;
    while (!at_end() && is_word(peek())) step();
    const std::string_view word = text_.substr(from, pos_ - from);
    Node node;
    node.position = at;
    node.text = std::string(word);
    if (word == "true" || word == "false") {
      node.kind = Node::Kind::boolean;
      node.boolean = word == "true";
      return node;
    }
    if (word == "null") return node;
    node.kind = Node::Kind::number;
    if (is_json_number(word, node.integral)) {
      if (number(node)) return node;
    } else {
      bad_word(at, word);
    }
    return broken(at);
  }

  void bad_word(Position at, std::string_view word) {
    std::string lower;
    for (const char c : word) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    const bool sign = !lower.empty() && (lower[0] == '-' || lower[0] == '+');
    const std::string bare = sign ? lower.substr(1) : lower;
    if (bare == "nan" || bare == "inf" || bare == "infinity") {
      report(at, fmt::format("{} is not a number that a plan can hold", word), "a finite number");
    } else if (lower == "true" || lower == "false" || lower == "null") {
      report(at, fmt::format("{} is not a JSON word", word), lower);
    } else if (!bare.empty() && ((bare[0] >= '0' && bare[0] <= '9') || bare[0] == '.')) {
      report(at, fmt::format("{} is not a JSON number", word), "digits such as 0.5, 12 or 85e9; a quantity in quotes");
    } else {
      report(at, fmt::format("{} without quotes", word), fmt::format("\"{}\"", word));
    }
  }

  /// Value of a well-formed number; false (reported) if a double cannot hold it.
  bool number(Node& node) {
    const char* end = node.text.data() + node.text.size();
    const auto result = std::from_chars(node.text.data(), end, node.number);
    if (result.ec == std::errc::result_out_of_range || !std::isfinite(node.number)) {
      const bool small = node.text.find("e-") != std::string::npos || node.text.find("E-") != std::string::npos;
      report(node.position, fmt::format("{} is too {} for a number", cut(node.text), small ? "small" : "large"),
             "at most 1.797e308 and at least 2.3e-308 in size");
      return false;
    }
    if (node.integral && std::abs(node.number) >= 9007199254740992.0 && fmt::format("{:.0f}", node.number) != node.text) {
      report(node.position, fmt::format("{} has more digits than a number keeps", cut(node.text)),
             fmt::format("at most 9007199254740992, or an exponent: {:.6g}", node.number));
      return false;
    }
    return true;
  }

  static std::string cut(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 37) + "..."; }

  /// The characters of a string; nothing (reported) if it is faulty. Stands after it in either case.
  std::optional<std::string> string() {
    const Position from = here();
    std::string out;
    bool good = true;
    step();
    while (true) {
      if (at_end() || peek() == '\n') {
        lost_comma_ = true;  // if there was one, it is within the string
        report(from, "this string has no closing quote", "\" before the end of the line");
        return std::nullopt;
      }
      const char c = peek();
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"') {
        step();
        return good ? std::optional<std::string>(std::move(out)) : std::nullopt;
      }
      if (c == '\\') {
        good = escape(out) && good;
      } else if (byte < 0x20) {
        report(here(), fmt::format("control character 0x{:02x} in a string", byte), "an escape such as \\t or \\n");
        good = false;
        step();
      } else {
        const std::size_t begin = pos_;
        const bool was_bad = bad_utf8_;
        step();
        out += text_.substr(begin, pos_ - begin);
        good = good && was_bad == bad_utf8_;
      }
    }
  }

  bool escape(std::string& out) {
    const Position from = here();
    step();
    static constexpr std::string_view names = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (const auto i = names.find(c); c != '\0' && i != std::string_view::npos) {
      out += meanings[i];
      step();
      return true;
    }
    if (c == 'u') {
      step();
      return unicode_escape(from, out);
    }
    report(from, "an unknown escape in a string", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    return false;
  }

  bool unicode_escape(Position from, std::string& out) {
    unsigned code = 0;
    if (!hex4(code)) {
      report(from, "an unfinished \\u escape", "\\u and four hexadecimal digits");
      return false;
    }
    if (code >= 0xD800 && code < 0xDC00 && peek() == '\\' && peek(1) == 'u') {
      step();
      step();
      unsigned low = 0;
      if (hex4(low) && low >= 0xDC00 && low < 0xE000) {
        text::append_utf8(out, 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00));
        return true;
      }
    }
    if (code >= 0xD800 && code < 0xE000) {
      report(from, "half of a surrogate pair", "both halves, as in \\ud83d\\ude00");
      return false;
    }
    text::append_utf8(out, code);
    return true;
  }

  bool hex4(unsigned& code) {
    code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a') + 10;
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A') + 10;
      } else {
        return false;
      }
      code = code * 16 + digit;
      step();
    }
    return true;
  }

  // --- containers ---
  void enter(Position at, int depth) {
    if (depth < max_depth) return;
    report(at, fmt::format("nested more than {} deep", max_depth), "a flatter document");
    throw Abandon{};
  }

  Node array(int depth) {
    Node node;
    node.kind = Node::Kind::array;
    node.position = here();
    enter(node.position, depth);
    step();
    std::optional<Position> comma;
    while (true) {
      blank();
      if (closes(']', node, comma)) return node;
      node.items.push_back(value(depth + 1));
      node.damaged = node.damaged || node.items.back().is(Node::Kind::broken);
      comma = separator(']', node);
    }
  }

  Node object(int depth) {
    Node node;
    node.kind = Node::Kind::object;
    node.position = here();
    enter(node.position, depth);
    step();
    std::optional<Position> comma;
    while (true) {
      blank();
      if (closes('}', node, comma)) return node;
      member(node, depth);
      comma = separator('}', node);
    }
  }

  void member(Node& node, int depth) {
    const Position at = here();
    std::optional<std::string> key;
    if (peek() == '"') {
      key = string();
    } else if (is_word(peek())) {
      const std::size_t from = pos_;
      while (!at_end() && is_word(peek())) step();
      report(at, fmt::format("key {} without quotes", text_.substr(from, pos_ - from)),
             fmt::format("\"{}\"", text_.substr(from, pos_ - from)));
      key = std::string(text_.substr(from, pos_ - from));
    } else {
      report(at, fmt::format("{} where a key should begin", seen()), "a key in double quotes");
      skip_value();
      node.damaged = true;
      return;
    }
    blank();
    if (peek() == ':' && !at_end()) {
      step();
      blank();
    } else {
      report(here(), fmt::format("{} after the key {}", seen(), key ? json_string(*key) : "here"), "':' and a value");
      node.damaged = true;
      if (at_end() || peek() == ',' || peek() == '}') return;
    }
    Node read = value(depth + 1);
    if (!key) {
      node.damaged = true;
      return;
    }
    for (const Node::Member& m : node.members) {
      if (m.key != *key) continue;
      report(at, fmt::format("key {} stands twice in this object (first at line {})", json_string(*key), m.position.line),
             "each key once");
      return;
    }
    node.members.push_back({std::move(*key), at, std::move(read)});
  }

  /// True after the closing bracket of `node`; reports a comma before it, and throws when the wrong bracket closes it.
  bool closes(char bracket, Node& node, const std::optional<Position>& comma) {
    if (at_end()) {
      report(node.position, fmt::format("this {} is not closed before the end of the file", bracket == ']' ? "list" : "object"),
             fmt::format("'{}'", bracket));
      throw Abandon{};
    }
    const char c = peek();
    if (c == bracket) {
      if (comma) report(*comma, fmt::format("a comma before '{}'", bracket), "no comma after the last entry");
      step();
      return true;
    }
    if (c == ']' || c == '}') {
      report(here(), fmt::format("'{}' closes the {} of line {}", c, bracket == ']' ? "list" : "object", node.position.line),
             fmt::format("'{}'", bracket));
      throw Abandon{};
    }
    return false;
  }

  /// Steps over the comma after an entry and returns its position; a missing one is reported where it should stand.
  std::optional<Position> separator(char bracket, Node& node) {
    const Position after = here();
    blank();
    if (at_end() || peek() == ']' || peek() == '}') return std::nullopt;
    if (peek() == ',') {
      const Position comma = here();
      step();
      blank();
      while (!at_end() && peek() == ',') {
        report(here(), "a second comma", "one comma between entries");
        step();
        blank();
      }
      return comma;
    }
    if (peek() == '"' || peek() == '{' || peek() == '[' || is_word(peek())) {
      if (!std::exchange(lost_comma_, false)) report(after, fmt::format("no comma between this entry and the next (line {})", here().line), "','");
      return std::nullopt;
    }
    report(here(), fmt::format("{} after an entry", seen()), fmt::format("',' or '{}'", bracket));
    node.damaged = true;
    skip_value();
    if (peek() == ',' && !at_end()) step();
    return std::nullopt;
  }

  /// Steps to the next comma or closing bracket of the present level, over strings and whole nested values.
  void skip_value() {
    int open = 0;
    while (!at_end()) {
      const char c = peek();
      if (open == 0 && (c == ',' || c == ']' || c == '}')) return;
      if (c == '[' || c == '{') ++open;
      if (c == ']' || c == '}') --open;
      if (c == '"') {
        skip_string();
      } else {
        step();
      }
    }
  }

  void skip_string() {
    step();
    while (!at_end() && peek() != '"' && peek() != '\n') {
      if (peek() == '\\' && peek(1) != '\n' && pos_ + 1 < text_.size()) step();
      step();
    }
    if (!at_end() && peek() == '"') step();
  }

  bool lost_comma_ = false;  ///< an unfinished string may have taken the comma behind it
};

}  // namespace

Node read_json(std::string_view text, std::uint32_t source, const std::string& file, std::vector<Issue>& issues) {
  return JsonReader(text, source, file, issues).document();
}

}  // namespace headroom::scenario
