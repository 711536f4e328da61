#include "sim/scenario/document.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "models/units/nearest.hpp"
#include "sim/scenario/json_reader.hpp"
#include "sim/scenario/merge.hpp"
#include "sim/scenario/set_path.hpp"

namespace headroom::scenario {

namespace {

/// Files, overlays and settings in the order of their effect.
class Assembly {
 public:
  explicit Assembly(const ReadFile& read_file) : read_file_(read_file) {}

  Document document(const Request& request) {
    std::optional<Node> root = file(request.path, Source::Kind::file, std::nullopt);
    out_.root = root ? std::move(*root) : broken();
    for (const std::string& path : request.overlays) {
      if (auto top = file(path, Source::Kind::overlay, std::nullopt)) lay_over(out_.root, std::move(*top), UnusedNull::refuse);
    }
    for (const std::string& set : request.sets) apply(set);
    return std::move(out_);
  }

 private:
  static Node broken() {
    Node node;
    node.kind = Node::Kind::broken;
    node.damaged = true;
    return node;
  }

  void fault(const Position& at, const std::string& pointer, std::string problem, std::string expected, std::string near) {
    out_.issues.push_back({out_.sources[at.source].name, static_cast<int>(at.line), static_cast<int>(at.column), pointer,
                           std::move(problem), std::move(expected), std::move(near), Issue::Level::error});
  }

  void lay_over(Node& base, Node top, UnusedNull nulls) {
    if (!base.is(Node::Kind::object)) {  // what it is has been reported; the top still shows its own faults
      base = std::move(top);
      base.damaged = true;
      return;
    }
    merge(base, std::move(top), "", nulls, [this](const Position& at, const std::string& pointer, std::string problem,
                                           std::string expected, std::string near) {
      fault(at, pointer, std::move(problem), std::move(expected), std::move(near));
    });
  }

  /// A file over its includes. `from` is where another file names it.
  std::optional<Node> file(const std::string& path, Source::Kind kind, std::optional<Position> from) {
    auto text = read_file_(path);
    if (!text) {
      unreadable(path, from);
      return std::nullopt;
    }
    const auto source = static_cast<std::uint32_t>(out_.sources.size());
    out_.sources.push_back({kind, path, std::move(*text)});
    Node top = read_json(std::string(out_.sources[source].text), source, path, out_.issues);
    if (top.is(Node::Kind::broken)) return top;
    if (!top.is(Node::Kind::object)) {
      fault(top.position, "", fmt::format("{} at the top of the file", describe(top.kind)), "an object: { ... }", "");
      return broken();
    }
    open_.push_back(std::filesystem::path(path).lexically_normal().string());
    Node base;
    base.kind = Node::Kind::object;
    base.position = top.position;
    includes(top, path, base);
    open_.pop_back();
    lay_over(base, std::move(top), kind == Source::Kind::file ? UnusedNull::refuse : UnusedNull::keep);
    return base;
  }

  void unreadable(const std::string& path, const std::optional<Position>& from) {
    if (from) {
      fault(*from, "/include", fmt::format("{} cannot be read", json_string(path)), "a file beside the including one", "");
    } else {
      out_.issues.push_back({path, 1, 1, "", "this file cannot be read", "an existing file", "", Issue::Level::error});
    }
  }

  /// Takes the key `include` out of `top` and lays what it names into `base`, in order.
  void includes(Node& top, const std::string& path, Node& base) {
    const auto is_include = [](const Node::Member& m) { return m.key == "include"; };
    const auto at = std::find_if(top.members.begin(), top.members.end(), is_include);
    if (at == top.members.end()) return;
    Node names = std::move(at->value);
    top.members.erase(at);
    std::vector<Node> entries;
    if (names.is(Node::Kind::string)) {
      entries.push_back(std::move(names));
    } else if (names.is(Node::Kind::array)) {
      entries = std::move(names.items);
    } else if (!names.is(Node::Kind::broken)) {
      fault(names.position, "/include", fmt::format("{} where files are named", describe(names.kind)),
            "a list of paths relative to this file", "");
    }
    for (const Node& entry : entries) include(entry, path, base);
  }

  void include(const Node& entry, const std::string& path, Node& base) {
    if (entry.is(Node::Kind::broken)) return;
    if (!entry.is(Node::Kind::string) || entry.text.empty()) {
      fault(entry.position, "/include", fmt::format("{} where a file is named", describe(entry.kind)),
            "a path relative to this file", "");
      return;
    }
    const auto target = (std::filesystem::path(path).parent_path() / entry.text).lexically_normal().string();
    if (const auto begin = std::find(open_.begin(), open_.end(), target); begin != open_.end()) {
      std::string cycle;
      for (auto i = begin; i != open_.end(); ++i) cycle += *i + " -> ";
      fault(entry.position, "/include", fmt::format("the includes form a cycle: {}{}", cycle, target), "no file in itself", "");
      base.damaged = true;
      return;
    }
    auto part = file(target, Source::Kind::include, entry.position);
    if (part && part->is(Node::Kind::object)) {
      lay_over(base, std::move(*part), UnusedNull::keep);
    } else {
      base.damaged = true;
    }
  }

  void apply(const std::string& argument) {
    const auto source = static_cast<std::uint32_t>(out_.sources.size());
    out_.sources.push_back({Source::Kind::set, "--set " + argument, argument});
    set_path(out_.root, argument, source, out_.sources.back().name, out_.issues);
  }

  const ReadFile& read_file_;
  Document out_;
  std::vector<std::string> open_;  ///< files being read, outermost first
};

}  // namespace

std::string_view to_string(Source::Kind kind) {
  switch (kind) {
    case Source::Kind::file: return "file";
    case Source::Kind::include: return "include";
    case Source::Kind::overlay: return "overlay";
    case Source::Kind::set: return "--set";
    case Source::Kind::csv: return "csv";
  }
  return "";
}

std::optional<std::string> read_from_disk(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Document read_document(const Request& request, const ReadFile& read_file) { return Assembly(read_file).document(request); }

}  // namespace headroom::scenario
