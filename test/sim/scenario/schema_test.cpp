#include "sim/scenario/schema.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>

#include "fixture.hpp"
#include "sim/scenario/json_reader.hpp"
#include "sim/scenario/templates.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Enough of draft 7 to judge an instance by our schema; the name of the first key or value that is not allowed, or nothing.
class Judge {
 public:
  explicit Judge(const nlohmann::json& schema) : schema_(schema) {}

  std::optional<std::string> fault(const nlohmann::json& value, const nlohmann::json& rule, const std::string& at) const {
    if (rule.contains("$ref")) return fault(value, schema_.at(nlohmann::json::json_pointer(rule["$ref"].get<std::string>().substr(1))), at);
    for (const auto& part : rule.value("allOf", nlohmann::json::array())) {
      if (auto found = fault(value, part, at)) return found;
    }
    if (rule.contains("anyOf")) {
      const auto& any = rule["anyOf"];
      if (std::none_of(any.begin(), any.end(), [&](const auto& part) { return !fault(value, part, at); })) return at;
    }
    if (rule.contains("enum") && std::find(rule["enum"].begin(), rule["enum"].end(), value) == rule["enum"].end()) return at;
    if (rule.contains("type") && !of_type(value, rule["type"])) return at;
    if (value.is_number() && (value < rule.value("minimum", value) || value > rule.value("maximum", value))) return at;
    if (value.is_string() && rule.contains("pattern") &&
        !std::regex_search(value.get<std::string>(), std::regex(rule["pattern"].get<std::string>()))) return at;
    if (value.is_array() && rule.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (auto found = fault(value[i], rule["items"], at + "/" + std::to_string(i))) return found;
      }
    }
    return value.is_object() ? object_fault(value, rule, at) : std::nullopt;
  }

 private:
  static bool of_type(const nlohmann::json& value, const nlohmann::json& type) {
    if (type.is_array()) return std::any_of(type.begin(), type.end(), [&](const auto& t) { return of_type(value, t); });
    const std::string name = value.is_number_integer() ? "integer" : value.type_name();
    return name == type || (type == "number" && value.is_number());
  }

  std::optional<std::string> object_fault(const nlohmann::json& value, const nlohmann::json& rule, const std::string& at) const {
    for (const auto& key : rule.value("required", nlohmann::json::array())) {
      if (!value.contains(key)) return at + "/" + key.get<std::string>();
    }
    const auto properties = rule.value("properties", nlohmann::json::object());
    for (const auto& [key, entry] : value.items()) {
      const std::string below = at + "/" + key;
      if (properties.contains(key)) {
        if (auto found = fault(entry, properties[key], below)) return found;
      } else if (rule.contains("additionalProperties")) {
        const auto& more = rule["additionalProperties"];
        if (more == false) return below;
        if (auto found = fault(entry, more, below)) return found;
      }
    }
    return std::nullopt;
  }

  const nlohmann::json& schema_;
};

std::string judged(const std::string& text) {
  const auto schema = nlohmann::json::parse(schema_json());
  return Judge(schema).fault(nlohmann::json::parse(text, nullptr, true, true), schema, "").value_or("valid");
}

}  // namespace

TEST_CASE("the schema takes plans that are valid and finds keys, kinds and words that are not", "[scenario]") {
  CHECK(judged(good_plan()) == "valid");
  for (const Template& t : templates()) CHECK(judged(std::string(t.text)) == "valid");
  for (const auto& entry : std::filesystem::directory_iterator("scenarios")) {
    if (entry.path().extension() != ".json") continue;
    INFO(entry.path());
    const Loaded loaded = inspect({entry.path().string(), {}, {}});
    INFO(lines(loaded.issues));
    CHECK(loaded.valid());
    CHECK(judged(to_json(loaded.document.root)) == "valid");
  }
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = good_plan();
    return judged(text.replace(text.find(from), from.size(), to));
  };
  CHECK(with("\"pue\": 1.25", "\"peu\": 1.25") == "/sites/0/pue");
  CHECK(with("\"location\": \"cn\"", "\"locaton\": \"cn\"") == "/sites/0/locaton");
  CHECK(with("\"count\": 20000", "\"count\": \"many\"") == "/fleet/0/count");
  CHECK(with("\"kind\": \"training\"", "\"kind\": \"pretraining\"") == "/workloads/1/kind");
  CHECK(with("\"tier\": 2", "\"tier\": 0") == "/workloads/1/tier");
}

TEST_CASE("the schema and the key reference in the tree are those of the tables", "[scenario]") {
  // `headroom show --schema > scenarios/schema/scenario.schema.json`, `headroom show --keys > scenarios/schema/keys.md`
  CHECK(file("scenarios/schema/scenario.schema.json") == schema_json());
  CHECK(file("scenarios/schema/keys.md") == key_reference());
}

TEST_CASE("every key is documented by a sentence and can be told apart", "[scenario]") {
  std::set<std::string> names;
  for (const FieldTable* table : all_tables()) {
    INFO(table->name());
    CHECK(names.insert(table->name()).second);
    CHECK(table->doc().back() == '.');
    std::set<std::string> keys;
    for (const FieldInfo& field : table->fields()) {
      INFO(field.key);
      CHECK(keys.insert(field.key).second);
      CHECK(field.doc.size() > 4);
      CHECK(field.doc.back() == '.');
      CHECK_FALSE(field.form.name.empty());
      CHECK((field.is_required || field.is_later || field.default_text.find('"') == std::string::npos || field.default_text.size() > 2));
    }
  }
}

TEST_CASE("examples of the key reference are JSON", "[scenario]") {
  for (const FieldTable* table : all_tables()) {
    for (const FieldInfo& field : table->fields()) {
      for (const std::string& example : {field.example, field.form.example}) {
        if (example.empty()) continue;
        INFO(table->name() << "/" << field.key << ": " << example);
        std::vector<Issue> issues;
        (void)read_json(example, 0, "example", issues);
        CHECK(issues.empty());
      }
    }
  }
}

TEST_CASE("every reference of the schema leads to a definition", "[scenario]") {
  const auto schema = nlohmann::json::parse(schema_json());
  std::vector<const nlohmann::json*> open{&schema};
  int references = 0;
  while (!open.empty()) {
    const nlohmann::json& at = *open.back();
    open.pop_back();
    for (const auto& [key, value] : at.items()) {
      if (at.is_object() && key == "$ref") {
        ++references;
        CHECK(schema.contains(nlohmann::json::json_pointer(value.get<std::string>().substr(1))));
      } else if (value.is_structured()) {
        open.push_back(&value);
      }
    }
  }
  CHECK(references > 20);
}
