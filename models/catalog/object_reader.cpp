#include "models/catalog/object_reader.hpp"

#include <algorithm>

#include "models/text/nearest.hpp"

namespace headroom::catalog {

CatalogError::CatalogError(const std::string& name, const std::vector<Fault>& faults)
    : InputError([&] {
        std::string text;
        for (const Fault& f : faults) {
          text += fmt::format("{}{}: {}{}", text.empty() ? "" : "\n", name, f.pointer.empty() ? "" : f.pointer + ": ", f.message);
        }
        return text;
      }()) {}

const nlohmann::json* ObjectReader::find(std::string_view key) const {
  if (!object_->is_object()) return nullptr;
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

const nlohmann::json* ObjectReader::take(std::string_view key) {
  known_.emplace_back(key);
  return find(key);
}

void ObjectReader::fault(std::string_view key, std::string message) {
  faults_->push_back({key.empty() ? pointer_ : pointer_ + "/" + std::string(key), std::move(message)});
}

void ObjectReader::read(std::string_view key, std::string& out) {
  const nlohmann::json* json = take(key);
  if (!json) return;
  if (!json->is_string()) return fault(key, "expected a text");
  out = json->get<std::string>();
}

void ObjectReader::read(std::string_view key, std::vector<std::string>& out) {
  const nlohmann::json* json = take(key);
  if (!json) return;
  const bool texts = json->is_array() && std::all_of(json->begin(), json->end(), [](const auto& item) { return item.is_string(); });
  if (!texts) return fault(key, "expected a list of texts");
  out = json->get<std::vector<std::string>>();
}

void ObjectReader::read(std::string_view key, int& out) {
  const nlohmann::json* json = take(key);
  if (!json) return;
  if (!json->is_number_integer()) return fault(key, "expected a whole number");
  out = json->get<int>();
}

void ObjectReader::read(std::string_view key, std::optional<int>& out) {
  int value = 0;
  if (!has(key)) {
    known_.emplace_back(key);
    return;
  }
  read(key, value);
  out = value;
}

void ObjectReader::read(std::string_view key, double& out) {
  const nlohmann::json* json = take(key);
  if (!json) return;
  if (!json->is_number()) return fault(key, "expected a number");
  out = json->get<double>();
}

void ObjectReader::read(std::string_view key, bool& out) {
  const nlohmann::json* json = take(key);
  if (!json) return;
  if (!json->is_boolean()) return fault(key, "expected true or false");
  out = json->get<bool>();
}

void ObjectReader::read_word(std::string_view key, std::string& out, std::initializer_list<std::string_view> words) {
  if (!has(key)) {
    known_.emplace_back(key);
    return;
  }
  std::string word;
  read(key, word);
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    return fault(key, fmt::format("\"{}\" is none of {}{}", word, fmt::join(words, ", "), did_you_mean(word, words)));
  }
  out = word;
}

Provenance ObjectReader::provenance() {
  Provenance from;
  read("source", from.source);
  read("as_of", from.as_of);
  read("note", from.note);
  std::string status = "assumed";
  read_word("status", status, {"measured", "reported", "derived", "assumed"});
  from.status = *parse_status(status);
  return from;
}

void ObjectReader::finish() {
  if (!object_->is_object()) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    fault(key, fmt::format("unknown key{}", did_you_mean(key, known_)));
  }
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::measured: return "measured";
    case Status::reported: return "reported";
    case Status::derived: return "derived";
    case Status::assumed: break;
  }
  return "assumed";
}

std::optional<Status> parse_status(std::string_view word) {
  for (const Status s : {Status::measured, Status::reported, Status::derived, Status::assumed}) {
    if (to_string(s) == word) return s;
  }
  return std::nullopt;
}

}  // namespace headroom::catalog
