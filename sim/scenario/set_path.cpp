#include "sim/scenario/set_path.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "models/units/nearest.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/json_reader.hpp"
#include "models/text/utf8.hpp"

namespace headroom::scenario {

namespace {

struct Token {
  std::string text;
  std::uint32_t column = 1;
};

/// Moves the positions of a value that was read from the middle of a line.
void shift(Node& node, std::uint32_t by) {
  if (node.position.line == 1) node.position.column += by;
  for (Node& item : node.items) shift(item, by);
  for (Node::Member& m : node.members) {
    if (m.position.line == 1) m.position.column += by;
    shift(m.value, by);
  }
}

class Setting {
 public:
  Setting(const std::string& argument, std::uint32_t source, const std::string& name, std::vector<Issue>& issues)
      : argument_(argument), source_(source), name_(name), issues_(issues) {}

  void apply(Node& root) {
    const auto equals = split();
    if (!equals) return;
    auto node = value(*equals + 1);
    if (node && root.is(Node::Kind::object)) descend(root, 0, std::move(*node), "");
  }

 private:
  void fault(std::uint32_t column, const std::string& pointer, std::string problem, std::string expected,
             std::string near = {}) {
    issues_.push_back({name_, 1, static_cast<int>(column), pointer, std::move(problem), std::move(expected), std::move(near),
                       Issue::Level::error});
  }

  /// Fills the tokens of the path; the offset of '=' in the argument, or nothing (reported).
  std::optional<std::size_t> split() {
    bool in_quotes = false;
    Token token{"", 1};
    for (std::size_t i = 0; i < argument_.size(); ++i) {
      const char c = argument_[i];
      if (c == '"') {
        in_quotes = !in_quotes;
      } else if (!in_quotes && (c == '.' || c == '=')) {
        if (token.text.empty()) {
          fault(token.column, "", "an empty name in the path", "PATH=VALUE, e.g. workloads.chat.tokens_per_day=2e12");
          return std::nullopt;
        }
        tokens_.push_back(std::exchange(token, Token{"", text::characters(std::string_view(argument_).substr(0, i + 1)) + 1}));
        if (c == '=') return i;
      } else {
        token.text += c;
      }
    }
    fault(1, "", "no '=' after the path", "PATH=VALUE, e.g. workloads.chat.tokens_per_day=2e12");
    return std::nullopt;
  }

  std::optional<Node> value(std::size_t offset) {
    const std::string text = argument_.substr(offset);
    const std::uint32_t before = text::characters(std::string_view(argument_).substr(0, offset));
    std::vector<Issue> found;
    Node node = read_json(text, source_, name_, found);
    if (found.empty()) {
      shift(node, before);
      return node;
    }
    const char first = text.empty() ? '\0' : text[text.find_first_not_of(' ') == std::string::npos ? 0 : text.find_first_not_of(' ')];
    if (first == '{' || first == '[' || first == '"') {
      for (Issue& issue : found) {
        if (issue.line == 1) issue.column += static_cast<int>(before);
        issues_.push_back(std::move(issue));
      }
      return std::nullopt;
    }
    Node plain;
    plain.kind = Node::Kind::string;
    plain.position = {source_, 1, before + 1};
    plain.text = text;
    return plain;
  }

  /// Tokens [from, from + n) with their points.
  std::string joined(std::size_t from, std::size_t n) const {
    std::string text = tokens_[from].text;
    for (std::size_t i = 1; i < n; ++i) text += "." + tokens_[from + i].text;
    return text;
  }

  void descend(Node& node, std::size_t from, Node value, const std::string& pointer) {
    if (node.is(Node::Kind::object)) {
      into_object(node, from, std::move(value), pointer);
    } else if (node.is(Node::Kind::array)) {
      into_list(node, from, std::move(value), pointer);
    } else if (!node.is(Node::Kind::broken)) {
      fault(tokens_[from].column, pointer, fmt::format("{} has no part {}", describe(node.kind), json_string(tokens_[from].text)),
            "a path to a value");
    }
  }

  void into_object(Node& node, std::size_t from, Node value, const std::string& pointer) {
    const std::size_t left = tokens_.size() - from;
    for (std::size_t n = left; n > 0; --n) {  // names may hold points: the longest that exists
      const std::string key = joined(from, n);
      const auto same = [&](const Node::Member& m) { return m.key == key; };
      const auto found = std::find_if(node.members.begin(), node.members.end(), same);
      if (found == node.members.end()) continue;
      if (n < left) {
        descend(found->value, from + n, std::move(value), pointer + "/" + pointer_token(key));
      } else if (value.is(Node::Kind::null)) {
        node.members.erase(found);
      } else {
        found->position = {source_, 1, tokens_[from].column};
        found->value = std::move(value);
      }
      return;
    }
    const Token& token = tokens_[from];
    if (value.is(Node::Kind::null)) {
      std::vector<std::string> keys;
      for (const Node::Member& m : node.members) keys.push_back(m.key);
      fault(token.column, pointer + "/" + pointer_token(token.text),
            fmt::format("null deletes {}, which is not there", json_string(token.text)), "", nearest(token.text, keys).value_or(""));
      return;
    }
    Node fresh;
    fresh.kind = Node::Kind::object;
    fresh.position = {source_, 1, token.column};
    if (left == 1) {
      fresh = std::move(value);
    } else {
      into_object(fresh, from + 1, std::move(value), pointer + "/" + pointer_token(token.text));
    }
    node.members.push_back({token.text, {source_, 1, token.column}, std::move(fresh)});
  }

  void into_list(Node& list, std::size_t from, Node value, const std::string& pointer) {
    const auto names = entry_names(list);
    const auto place = find_entry(list, names, from);
    if (!place) {
      if (names && !names->empty()) {
        fault(tokens_[from].column, pointer + "/" + pointer_token(tokens_[from].text),
              fmt::format("there is no entry {}", json_string(tokens_[from].text)), "one of " + some_of(*names),
              nearest(tokens_[from].text, *names).value_or(""));
      } else {
        fault(tokens_[from].column, pointer + "/" + pointer_token(tokens_[from].text),
              fmt::format("there is no entry {}", json_string(tokens_[from].text)),
              fmt::format("a number below {}, the entries of this list have no names", list.items.size()));
      }
      return;
    }
    const auto [at, n] = *place;
    if (from + n < tokens_.size()) {
      descend(list.items[at], from + n, std::move(value), pointer + "/" + std::to_string(at));
    } else if (value.is(Node::Kind::null)) {
      list.items.erase(list.items.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      list.items[at] = std::move(value);
    }
  }

  /// Position of the entry that the path names next and how many tokens name it.
  std::optional<std::pair<std::size_t, std::size_t>> find_entry(const Node& list,
                                                               const std::optional<std::vector<std::string>>& names,
                                                               std::size_t from) const {
    if (names) {
      for (std::size_t n = tokens_.size() - from; n > 0; --n) {
        const auto found = std::find(names->begin(), names->end(), joined(from, n));
        if (found != names->end()) return std::pair(static_cast<std::size_t>(found - names->begin()), n);
      }
      // "2026" is enough for "2026:chips" where the year has one line
      const std::string prefix = tokens_[from].text + ":";
      const auto begins = [&](const std::string& name) { return name.starts_with(prefix); };
      if (std::count_if(names->begin(), names->end(), begins) == 1) {
        const auto found = std::find_if(names->begin(), names->end(), begins);
        return std::pair(static_cast<std::size_t>(found - names->begin()), std::size_t{1});
      }
      return std::nullopt;
    }
    const std::string& text = tokens_[from].text;
    if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    const std::size_t at = std::stoul(text);
    if (at >= list.items.size()) return std::nullopt;
    return std::pair(at, std::size_t{1});
  }

  static std::string some_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < 8; ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > 8 ? text + ", ..." : text;
  }

  const std::string& argument_;
  std::uint32_t source_;
  const std::string& name_;
  std::vector<Issue>& issues_;
  std::vector<Token> tokens_;
};

}  // namespace

void set_path(Node& root, const std::string& argument, std::uint32_t source, const std::string& name,
              std::vector<Issue>& issues) {
  Setting(argument, source, name, issues).apply(root);
}

}  // namespace headroom::scenario
