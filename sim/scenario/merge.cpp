#include "sim/scenario/merge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "models/units/nearest.hpp"
#include "sim/scenario/document.hpp"

namespace headroom::scenario {

namespace {

std::string scalar_text(const Node* node) {
  if (node == nullptr) return {};
  return node->is(Node::Kind::string) || node->is(Node::Kind::number) ? node->text : std::string();
}

std::string below(const std::string& pointer, const std::string& token) { return pointer + "/" + pointer_token(token); }

void merge_object(Node& base, Node top, const std::string& pointer, UnusedNull nulls, const MergeFault& fault) {
  base.damaged = base.damaged || top.damaged;
  for (Node::Member& m : top.members) {
    const auto same = [&](const Node::Member& other) { return other.key == m.key; };
    const auto old = std::find_if(base.members.begin(), base.members.end(), same);
    if (m.value.is(Node::Kind::null)) {
      if (old != base.members.end()) {
        base.members.erase(old);
      } else if (nulls == UnusedNull::keep) {
        base.members.push_back(std::move(m));
      } else {
        std::vector<std::string> keys;
        for (const Node::Member& other : base.members) keys.push_back(other.key);
        fault(m.value.position, below(pointer, m.key), fmt::format("null deletes {}, which is not there", json_string(m.key)), "",
              nearest(m.key, keys).value_or(""));
      }
    } else if (old != base.members.end()) {
      old->position = m.position;
      merge(old->value, std::move(m.value), below(pointer, m.key), nulls, fault);
    } else {
      base.members.push_back(std::move(m));
    }
  }
}

void merge_list(Node& base, Node top, std::vector<std::string> names, const std::vector<std::string>& top_names,
                const std::string& pointer, UnusedNull nulls, const MergeFault& fault) {
  base.damaged = base.damaged || top.damaged;
  for (std::size_t i = 0; i < top.items.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), top_names[i]);
    if (found == names.end()) {
      base.items.push_back(std::move(top.items[i]));
      names.push_back(top_names[i]);
    } else {
      const auto at = static_cast<std::size_t>(found - names.begin());
      merge(base.items[at], std::move(top.items[i]), below(pointer, std::to_string(at)), nulls, fault);
    }
  }
}

/// An object over a list of named entries: each key names an entry that must exist.
void merge_by_name(Node& base, Node top, std::vector<std::string> names, const std::string& pointer,
                   UnusedNull nulls, const MergeFault& fault) {
  for (Node::Member& m : top.members) {
    const auto found = std::find(names.begin(), names.end(), m.key);
    if (found == names.end()) {
      fault(m.position, below(pointer, m.key), fmt::format("there is no entry {} to change", json_string(m.key)),
            "the name of an entry; a list adds new ones", nearest(m.key, names).value_or(""));
      continue;
    }
    const auto at = found - names.begin();
    if (m.value.is(Node::Kind::null)) {
      base.items.erase(base.items.begin() + at);
      names.erase(found);
    } else {
      merge(base.items[static_cast<std::size_t>(at)], std::move(m.value), below(pointer, std::to_string(at)), nulls, fault);
    }
  }
}

}  // namespace

std::string entry_name(const Node& entry) {
  if (!entry.is(Node::Kind::object)) return {};
  if (const std::string id = scalar_text(entry.find("id")); !id.empty()) return id;
  if (const std::string year = scalar_text(entry.find("year")); !year.empty()) {
    for (const std::string_view key : {"purpose", "supplier"}) {
      if (const std::string what = scalar_text(entry.find(key)); !what.empty()) return year + ":" + what;
    }
    return year;
  }
  for (const std::string_view key : {"currency", "origin", "region", "architecture", "chip"}) {
    if (std::string name = scalar_text(entry.find(key)); !name.empty()) return name;
  }
  return {};
}

std::optional<std::vector<std::string>> entry_names(const Node& list) {
  if (!list.is(Node::Kind::array)) return std::nullopt;
  std::vector<std::string> names;
  for (const Node& item : list.items) {
    names.push_back(entry_name(item));
    if (names.back().empty()) return std::nullopt;
  }
  std::vector<std::string> ordered = names;
  std::sort(ordered.begin(), ordered.end());
  if (std::adjacent_find(ordered.begin(), ordered.end()) != ordered.end()) return std::nullopt;
  return names;
}

void merge(Node& base, Node top, const std::string& pointer, UnusedNull nulls, const MergeFault& fault) {
  if (top.is(Node::Kind::broken)) {
    base.damaged = true;
    return;
  }
  if (base.is(Node::Kind::object) && top.is(Node::Kind::object)) {
    merge_object(base, std::move(top), pointer, nulls, fault);
    return;
  }
  if (const auto names = entry_names(base); names && !base.items.empty()) {
    if (top.is(Node::Kind::object)) {
      if (top.find("csv") == nullptr) {
        merge_by_name(base, std::move(top), *names, pointer, nulls, fault);
        return;
      }
    } else if (const auto top_names = entry_names(top)) {
      merge_list(base, std::move(top), *names, *top_names, pointer, nulls, fault);
      return;
    }
  }
  base = std::move(top);
}

}  // namespace headroom::scenario
