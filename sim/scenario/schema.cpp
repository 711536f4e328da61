#include "sim/scenario/schema.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/text/number.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

using Json = nlohmann::ordered_json;

std::string definition_name(const std::string& name) {
  std::string out = name;
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

Json words_json(std::initializer_list<const char*> words) {
  Json list = Json::array();
  for (const char* word : words) list.push_back(word);
  return list;
}

Json string_json() { return {{"type", "string"}}; }

/// Adds the keys that say where a number comes from.
void add_provenance_keys(Json& properties) {
  properties["as_of"] = string_json();
  properties["source"] = string_json();
  properties["status"] = {{"enum", words_json({"measured", "reported", "derived", "assumed"})}};
  properties["note"] = string_json();
}

Json closed_object(Json properties, Json required = Json::array()) {
  Json out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

void add_fragments(Json& definitions) {
  Json plain{{"type", Json::array({"string", "number", "boolean"})}};
  Json valued{{"value", plain}, {"low", plain}, {"high", plain}};
  add_provenance_keys(valued);
  definitions["valued"] = closed_object(valued, Json::array({"value"}));
  definitions["valued"]["description"] = "A value with its range and where it comes from.";

  Json point{{"type", "array"}, {"minItems", 2}, {"maxItems", 2}};
  Json points{{"type", "array"}, {"items", point}, {"minItems", 1}};
  Json series;
  for (const char* key : {"points", "steps"}) series[key] = points;
  series["start"] = plain;
  for (const char* key : {"from", "csv", "column", "date", "unit"}) series[key] = string_json();
  series["where"] = {{"type", "object"}};
  series["interpolation"] = {{"enum", words_json({"step", "linear", "exponential"})}};
  series["after"] = {{"enum", words_json({"none", "hold", "grow"})}};
  series["factor_per_year"] = {{"type", "number"}};
  add_provenance_keys(series);
  definitions["series"] = closed_object(series);
  definitions["series"]["description"] = "A value over time: points, steps, growth from a start, or columns of a CSV file.";

  definitions["price_process"] = closed_object({{"process", string_json()}}, Json::array({"process"}));
  definitions["price_process"]["description"] = "The name of a process of kind price.";

  Json distribution{{"distribution", {{"enum", words_json({"uniform", "triangular", "normal", "lognormal", "exponential", "weibull", "gamma"})}}}};
  for (const char* key : {"low", "mode", "high", "mean", "sd", "median", "sigma", "scale", "shape"}) {
    distribution[key] = {{"type", Json::array({"string", "number"})}};
  }
  add_provenance_keys(distribution);
  Json both = closed_object(distribution, Json::array({"distribution"}));
  definitions["distribution"] = {{"anyOf", Json::array({both, {{"$ref", "#/definitions/valued"}}})}};

  definitions["csv_list"] = closed_object({{"csv", string_json()}, {"where", {{"type", "object"}}}, {"note", string_json()}},
                                          Json::array({"csv"}));
  definitions["csv_list"]["description"] = "A CSV file with a row for each entry; columns are keys.";
}

Json number_json(double value) {
  if (value == std::floor(value) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

Json form_json(const Form& form) {
  Json out;
  if (!form.fragment.empty()) return {{"$ref", "#/definitions/" + form.fragment}};
  switch (form.kind) {
    case Form::Kind::string:
      if (!form.words.empty()) {
        Json list = Json::array();
        for (const std::string& word : form.words) list.push_back(word);
        return {{"enum", list}};
      }
      out["type"] = "string";
      if (!form.pattern.empty()) out["pattern"] = form.pattern;
      break;
    case Form::Kind::number:
      out["type"] = form.name == "number" || form.name == "share" ? Json::array({"number", "string"}) : Json("number");
      break;
    case Form::Kind::integer: out["type"] = "integer"; break;
    case Form::Kind::boolean: out["type"] = "boolean"; break;
    case Form::Kind::list:
      out["type"] = "array";
      out["items"] = form_json(form.parts.front());
      if (form.exactly) out["minItems"] = out["maxItems"] = *form.exactly;
      break;
    case Form::Kind::map:
      out["type"] = "object";
      out["additionalProperties"] = form_json(form.parts.front());
      break;
    case Form::Kind::object:
      if (form.table) return {{"$ref", "#/definitions/" + definition_name(form.table().name())}};
      out["type"] = "object";
      break;
    case Form::Kind::any_of: {
      Json list = Json::array();
      for (const Form& part : form.parts) list.push_back(form_json(part));
      return {{"anyOf", list}};
    }
  }
  if (form.kind == Form::Kind::number || form.kind == Form::Kind::integer) {
    if (form.least) out["minimum"] = number_json(*form.least);
    if (form.most) out["maximum"] = number_json(*form.most);
  }
  return out;
}

Json table_json(const FieldTable& table) {
  Json properties;
  Json required = Json::array();
  for (const FieldInfo& field : table.fields()) {
    if (field.is_later) continue;
    Json entry;
    entry["description"] = field.doc;
    const Json form = form_json(field.form);
    for (const auto& [key, value] : form.items()) entry[key] = value;
    if (entry.contains("$ref")) {  // draft 7 ignores what stands beside a reference
      entry = {{"description", field.doc}, {"allOf", Json::array({{{"$ref", entry["$ref"]}}})}};
    }
    properties[field.key] = std::move(entry);
    if (field.is_required && field.when_key.empty()) required.push_back(field.key);
  }
  if (!properties.contains("note")) properties["note"] = {{"description", "A remark."}, {"type", "string"}};
  Json out = closed_object(std::move(properties), std::move(required));
  out["description"] = table.doc();
  return out;
}

void collect(const Form& form, std::vector<const FieldTable*>& out);

void collect(const FieldTable& table, std::vector<const FieldTable*>& out) {
  if (std::find(out.begin(), out.end(), &table) != out.end()) return;
  out.push_back(&table);
  for (const FieldInfo& field : table.fields()) collect(field.form, out);
}

void collect(const Form& form, std::vector<const FieldTable*>& out) {
  if (form.table) collect(form.table(), out);
  for (const Form& part : form.parts) collect(part, out);
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string type_cell(const FieldInfo& field) {
  const Form& form = field.form;
  std::string text = form.name;
  if (!form.words.empty()) {
    text.clear();
    for (const std::string& word : form.words) text += (text.empty() ? "" : ", ") + ("`" + word + "`");
  }
  if (form.least || form.most) {
    text += form.least && form.most ? fmt::format(", {} to {}", text::shortest(*form.least), text::shortest(*form.most))
            : form.least ? fmt::format(", from {}", text::shortest(*form.least))
                         : fmt::format(", to {}", text::shortest(*form.most));
  }
  return text;
}

}  // namespace

std::vector<const FieldTable*> all_tables(const FieldTable& root) {
  std::vector<const FieldTable*> out;
  collect(root, out);
  return out;
}

std::vector<const FieldTable*> all_tables() { return all_tables(scenario_table()); }

std::string schema_json() { return schema_json(scenario_table(), "Headroom scenario"); }

std::string schema_json(const FieldTable& table_of_root, const std::string& title) {
  Json root;
  root["$schema"] = "http://json-schema.org/draft-07/schema#";
  root["title"] = title;
  const Json top = table_json(table_of_root);
  for (const auto& [key, value] : top.items()) root[key] = value;
  root["properties"]["include"] = {{"description", "Files that this one lies over, relative to it."},
                                   {"anyOf", Json::array({string_json(), {{"type", "array"}, {"items", string_json()}}})}};
  Json definitions;
  add_fragments(definitions);
  for (const FieldTable* table : all_tables(table_of_root)) {
    if (table != &table_of_root) definitions[definition_name(table->name())] = table_json(*table);
  }
  root["definitions"] = std::move(definitions);
  return root.dump(1) + "\n";
}

std::string key_reference() {
  std::string out =
      "# Keys of a scenario\n\n"
      "Written by `headroom show --keys` from the tables that read the file. Every object may also carry `note`. Wherever a\n"
      "number, quantity or amount stands, `{\"value\": ..., \"low\": ..., \"high\": ..., \"source\": ..., \"as_of\": ..., \"status\": ...}`\n"
      "may stand too; status is `measured`, `reported`, `derived` or `assumed`. A value \"over time\" is a plain value or one of\n\n"
      "- `{\"points\": [[\"2025-01-01\", v], ...], \"interpolation\": \"linear|step|exponential\", \"after\": \"none|hold|grow\", \"factor_per_year\": 2}`\n"
      "- `{\"steps\": [[\"2025-01-01\", v], ...]}`: each holds until the next, the last for good\n"
      "- `{\"start\": v, \"factor_per_year\": 2.5, \"from\": \"2025-01-01\"}`: exponential growth\n"
      "- `{\"csv\": \"file.csv\", \"column\": \"v\", \"date\": \"date\", \"unit\": \"MW\", \"where\": {\"site\": \"x\"}}`: points of a table\n\n"
      "`include` names files that the scenario lies over. Overlays merge objects by key and lists by `id` (budgets by year and\n"
      "purpose, `2026:chips`); null deletes. `--set workloads.chat.tokens_per_day=2e12` comes last.\n";
  return out + key_tables(scenario_table());
}

std::string key_tables(const FieldTable& root) {
  std::string out;
  for (const FieldTable* table : all_tables(root)) {
    out += fmt::format("\n## {}\n\n{}\n\n| key | value | without it | meaning |\n|---|---|---|---|\n", table->name(), table->doc());
    for (const FieldInfo& field : table->fields()) {
      if (field.is_later) {
        out += fmt::format("| `{}` | not simulated yet | | {} |\n", field.key, cell(field.doc));
        continue;
      }
      std::string meaning = field.doc;
      if (!field.when_key.empty()) meaning += fmt::format(" Only with {} {}.", field.when_key, fmt::join(field.when_words, ", "));
      const std::string example = field.example.empty() ? field.form.example : field.example;
      if (!example.empty() && field.form.words.empty()) meaning += fmt::format(" E.g. `{}`", example);
      out += fmt::format("| `{}` | {} | {} | {} |\n", field.key, cell(type_cell(field)),
                         field.is_required ? "**required**" : cell(field.default_text), cell(meaning));
    }
  }
  return out;
}

}  // namespace headroom::scenario
