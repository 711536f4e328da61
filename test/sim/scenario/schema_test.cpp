#include "sim/scenario/schema.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "fixture.hpp"
#include "sim/scenario/json_reader.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

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
