#include "sim/scenario/reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "models/units/nearest.hpp"

namespace headroom::scenario {

Reader::Step::Step(Reader& reader, std::string token, std::string name) : reader_(reader) {
  reader_.path_.push_back({std::move(token), std::move(name)});
}
Reader::Step::~Step() { reader_.path_.pop_back(); }

Reader::Step Reader::step(std::size_t index, std::string_view name) {
  std::string token = std::to_string(index);
  return {*this, token, name.empty() ? token : std::string(name)};
}

std::string Reader::pointer() const {
  std::string text;
  for (const Token& t : path_) text += "/" + pointer_token(t.token);
  return text;
}

std::string Reader::named_pointer() const {
  std::string text;
  for (const Token& t : path_) text += "/" + pointer_token(t.name);
  return text;
}

const std::string& Reader::key() const {
  static const std::string none;
  return path_.empty() ? none : path_.back().token;
}

Place Reader::place(const Node& node) const {
  return {document_.sources[node.position.source].name, static_cast<int>(node.position.line),
          static_cast<int>(node.position.column), named_pointer()};
}

std::string Reader::origin(const Node& node) const {
  const Source& source = document_.sources[node.position.source];
  if (source.kind == Source::Kind::set) return source.name;
  return fmt::format("{}:{}:{}", source.name, node.position.line, node.position.column);
}

void Reader::fault(const Position& at, std::string problem, std::string expected, std::string nearest) {
  document_.issues.push_back({document_.sources[at.source].name, static_cast<int>(at.line), static_cast<int>(at.column),
                              pointer(), std::move(problem), std::move(expected), std::move(nearest), Issue::Level::error});
}

namespace {

/// Follows `path` from `node` as far as it goes; the pointer text is the whole path.
std::pair<Position, std::string> locate(const Node& node, std::string_view path) {
  const Node* at = &node;
  std::string pointer;
  bool lost = false;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view token = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    pointer += "/" + pointer_token(token);
    if (lost) continue;
    const Node* next = at->find(token);
    if (at->is(Node::Kind::array)) {
      std::size_t index = at->items.size();
      std::from_chars(token.data(), token.data() + token.size(), index);
      next = index < at->items.size() ? &at->items[index] : nullptr;
    }
    if (next == nullptr) {
      lost = true;
    } else {
      at = next;
    }
  }
  return {at->position, pointer};
}

}  // namespace

void Reader::fault_below(const Node& here, std::string_view path, std::string problem, std::string expected,
                         std::string nearest) {
  const auto [position, rest] = locate(here, path);
  fault(position, std::move(problem), std::move(expected), std::move(nearest));
  document_.issues.back().pointer += rest;
}

void Reader::fault_at_latest(const Node& here, const std::vector<std::string>& paths, std::string problem, std::string expected) {
  const auto rank = [&](const std::string& path) {
    const std::uint32_t source = locate(here, path).first.source;
    static constexpr std::array<int, 5> of_kind{1, 0, 2, 3, 1};  // file, include, overlay, set, csv
    return std::pair(of_kind[static_cast<std::size_t>(document_.sources[source].kind)], source);
  };
  const auto latest = std::max_element(paths.begin(), paths.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  fault_below(here, *latest, std::move(problem), std::move(expected));
}

void Reader::fault_at(const Position& at, const std::string& pointer, std::string problem, std::string expected) {
  fault(at, std::move(problem), std::move(expected));
  document_.issues.back().pointer = pointer;
}

void Reader::warn(const Node& here, std::string_view path, std::string problem, std::string expected) {
  fault_below(here, path, std::move(problem), std::move(expected));
  document_.issues.back().level = Issue::Level::warning;
  ++warnings_;
}

void Reader::wrong_kind(const Node& node, std::string expected) {
  if (node.is(Node::Kind::broken)) return;
  if (node.is(Node::Kind::object) || node.is(Node::Kind::array)) {
    fault(node, std::string(describe(node.kind)) + " where it does not belong", std::move(expected));
  } else {
    fault(node, fmt::format("{} is {}", to_json(node, 60), node.is(Node::Kind::null) ? "no value" : describe(node.kind)),
          std::move(expected));
  }
}

void Reader::declare(std::string_view what, std::string name) {
  auto& list = names_[std::string(what)];
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(std::move(name));
}

const std::vector<std::string>& Reader::names(std::string_view what) const {
  static const std::vector<std::string> none;
  const auto found = names_.find(what);
  return found == names_.end() ? none : found->second;
}

bool Reader::known(std::string_view what, std::string_view name) const {
  const auto& list = names(what);
  return std::find(list.begin(), list.end(), name) != list.end();
}

void Reader::use(Currency currency, const Node& node) { currency_uses_.push_back({currency, node.position, pointer()}); }

/// "2025", "2025-06", "2025-06-30"; quarters as "2025Q2" occur in sources.
bool is_date_like(std::string_view text) {
  if (parse_date(text)) return true;
  if (text.size() == 7 && text[4] == '-') return parse_date(std::string(text) + "-01").has_value();
  if (text.size() == 6 && text[4] == 'Q') return text[5] >= '1' && text[5] <= '4';
  return text.size() == 4 && parse_date(std::string(text) + "-01-01").has_value();
}

bool Reader::provenance_member(const std::string& key, const Node& node, Provenance& from) {
  if (key != "as_of" && key != "source" && key != "status" && key != "note") return false;
  const auto here = step(key);
  if (!node.is(Node::Kind::string)) {
    wrong_kind(node, "a string");
    return true;
  }
  if (key == "as_of") {
    if (!is_date_like(node.text)) fault(node, json_string(node.text) + " is not a date", "an ISO date, month or year, e.g. \"2025-06\"");
    from.as_of = node.text;
  } else if (key == "source") {
    from.source = node.text;
  } else if (key == "note") {
    from.note = node.text;
  } else {
    static constexpr std::array<std::string_view, 4> words{"measured", "reported", "derived", "assumed"};
    const auto found = std::find(words.begin(), words.end(), node.text);
    if (found == words.end()) {
      fault(node, json_string(node.text) + " is not a state of evidence", "measured, reported, derived or assumed",
            nearest(node.text, words).value_or(""));
    } else {
      from.status = static_cast<Status>(found - words.begin());
    }
  }
  return true;
}

Reader::Unwrapped Reader::unwrap(const Node& node) {
  Unwrapped out;
  if (!node.is(Node::Kind::object)) {
    out.value = node.is(Node::Kind::broken) ? nullptr : &node;
    return out;
  }
  if (node.find("distribution") != nullptr) {
    fault(node, "a distribution is not simulated at this key", "a value, or {value, low, high, as_of, source, status}");
    return out;
  }
  const std::size_t before = faults();
  static constexpr std::array<std::string_view, 7> keys{"value", "low", "high", "as_of", "source", "status", "note"};
  for (const Node::Member& m : node.members) {
    if (m.key == "value") {
      out.value = &m.value;
    } else if (m.key == "low") {
      out.low = &m.value;
    } else if (m.key == "high") {
      out.high = &m.value;
    } else if (!provenance_member(m.key, m.value, out.from)) {
      const auto here = step(m.key);
      fault(m.position, fmt::format("unknown key {}", json_string(m.key)), "value, low, high, as_of, source, status or note",
            nearest(m.key, keys).value_or(""));
    }
  }
  if (out.value == nullptr && !node.damaged) {
    if (faults() == before) fault(node, "an object without \"value\"", "a value, or {value, low, high, as_of, source, status}");
  } else if (out.value != nullptr && out.value->is(Node::Kind::broken)) {
    out.value = nullptr;
  } else if (out.value != nullptr && out.value->is(Node::Kind::object)) {
    const auto here = step("value");
    wrong_kind(*out.value, "a plain value");
    out.value = nullptr;
  }
  return out;
}

std::optional<std::uint32_t> Reader::open_csv(const Node& name) {
  if (!name.is(Node::Kind::string) || name.text.empty()) {
    wrong_kind(name, "the path of a CSV file, relative to this file");
    return std::nullopt;
  }
  const Source& from = document_.sources[name.position.source];
  const std::filesystem::path folder =
      from.kind == Source::Kind::set ? std::filesystem::path() : std::filesystem::path(from.name).parent_path();
  const std::string path = (folder / name.text).lexically_normal().string();
  if (const auto found = csv_sources_.find(path); found != csv_sources_.end()) return found->second;
  auto text = read_file_(path);
  if (!text) {
    fault(name, fmt::format("{} cannot be read", json_string(path)), "a CSV file beside this one");
    return std::nullopt;
  }
  const auto index = static_cast<std::uint32_t>(document_.sources.size());
  document_.sources.push_back({Source::Kind::csv, path, std::move(*text)});
  csv_sources_.emplace(path, index);
  return index;
}

void Reader::record(const Node& node) {
  resolved.push_back({named_pointer(), to_json(node), origin(node), false});
}

void Reader::record_default(std::string_view key, std::string value) {
  resolved.push_back({named_pointer() + "/" + pointer_token(key), std::move(value), "default", true});
}

}  // namespace headroom::scenario
