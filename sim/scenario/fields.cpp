#include "sim/scenario/fields.hpp"

#include <fmt/format.h>

namespace headroom::scenario::detail {

void refuse_unknown_keys(Reader& reader, const Node& node, const FieldTable& table) {
  std::vector<std::string_view> keys;
  for (const FieldInfo& info : table.fields()) keys.push_back(info.key);
  for (const Node::Member& m : node.members) {
    if (std::find(keys.begin(), keys.end(), m.key) != keys.end()) continue;
    const auto here = reader.step(m.key);
    if (m.key == "note") {  // every object may carry a remark
      if (!m.value.is(Node::Kind::string)) reader.wrong_kind(m.value, "a string");
      continue;
    }
    std::string expected = table.name() + " has";
    if (keys.size() <= 8) {
      for (std::size_t i = 0; i < keys.size(); ++i) expected += (i == 0 ? " " : ", ") + std::string(keys[i]);
    } else {
      expected = "a key of " + table.name();
    }
    const auto near = nearest(m.key, keys);
    reader.fault(m.position, fmt::format("unknown key {}", json_string(m.key)),
                 near && keys.size() > 8 ? std::string() : expected, near.value_or(""));
  }
}

const Node* find_key(Reader& reader, const Node& node, const FieldInfo& info) {
  const Node* value = node.find(info.key);
  bool holds = true;
  if (!info.when_key.empty()) {
    const Node* word = node.find(info.when_key);
    const std::string chosen = word == nullptr ? "" : word->text;
    holds = std::find(info.when_words.begin(), info.when_words.end(), chosen) != info.when_words.end();
    if (word != nullptr && !word->is(Node::Kind::string)) holds = true;  // reported elsewhere
  }
  if (value == nullptr) {
    if (info.is_required && holds && !node.damaged) {
      reader.fault(node, fmt::format("key {} is missing", json_string(info.key)),
                   info.form.name + (info.example.empty() && info.form.example.empty()
                                         ? ""
                                         : ", e.g. " + (info.example.empty() ? info.form.example : info.example)));
    } else if (holds && !info.default_text.empty()) {
      reader.record_default(info.key, info.default_text);
    }
    return nullptr;
  }
  if (!holds) {
    const auto here = reader.step(info.key);
    const Node* word = node.find(info.when_key);
    reader.fault(*value, fmt::format("{} does not go with {} {}", json_string(info.key), info.when_key,
                                     word == nullptr ? std::string("(absent)") : to_json(*word)),
                 fmt::format("{} {}", info.when_key, fmt::join(info.when_words, " or ")));
    return nullptr;
  }
  return value;
}

}  // namespace headroom::scenario::detail
