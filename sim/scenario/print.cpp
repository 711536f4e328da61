#include "sim/scenario/print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace headroom::scenario {

namespace {

/// Short values and lists of plain values stand on one line.
bool on_one_line(const Node& node) {
  if (node.is(Node::Kind::array)) {
    return to_json(node).size() <= 100 && std::none_of(node.items.begin(), node.items.end(), [](const Node& n) {
      return n.is(Node::Kind::object);
    });
  }
  return !node.is(Node::Kind::object) || node.members.empty();
}

class Printer {
 public:
  explicit Printer(const Document& document) : document_(document) {}

  std::string print() {
    value(document_.root, 0, "");
    out_ += "\n";
    return std::move(out_);
  }

 private:
  /// `after`: the comma behind the value, before the comment.
  void value(const Node& node, int depth, std::string_view after) {
    if (on_one_line(node)) {
      out_ += to_json(node) + std::string(after) + "  // " + origin(node);
      return;
    }
    const bool list = node.is(Node::Kind::array);
    out_ += list ? "[" : "{";
    const std::size_t size = list ? node.items.size() : node.members.size();
    for (std::size_t i = 0; i < size; ++i) {
      out_ += "\n" + std::string(static_cast<std::size_t>(2 * (depth + 1)), ' ');
      if (!list) out_ += json_string(node.members[i].key) + ": ";
      value(list ? node.items[i] : node.members[i].value, depth + 1, i + 1 < size ? "," : "");
    }
    out_ += "\n" + std::string(static_cast<std::size_t>(2 * depth), ' ') + (list ? "]" : "}") + std::string(after);
  }

  std::string origin(const Node& node) const {
    const Source& source = document_.sources[node.position.source];
    std::string text = source.name;
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (source.kind == Source::Kind::set) return text;
    return fmt::format("{}:{}", text, node.position.line);
  }

  const Document& document_;
  std::string out_;
};

}  // namespace

std::string print_merged(const Document& document) { return Printer(document).print(); }

std::string print_resolved(const Loaded& loaded) {
  std::string out;
  for (const ResolvedValue& v : loaded.resolved) out += fmt::format("{} = {}  ({})\n", v.pointer, v.value, v.origin);
  return out;
}

}  // namespace headroom::scenario
