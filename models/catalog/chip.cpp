#include "models/catalog/chip.hpp"

#include <fmt/format.h>

#include "models/catalog/catalog_files.hpp"
#include "models/catalog/object_reader.hpp"
#include "models/catalog/sources.hpp"
#include "models/text/nearest.hpp"

namespace headroom::catalog {
namespace {

void read_members(ObjectReader& reader, Chip& chip) {
  reader.read("id", chip.id);
  reader.read("vendor", chip.vendor);
  reader.read("name", chip.name);
  reader.read("generation", chip.generation);
  reader.read("origin", chip.origin);
  reader.read_word("state", chip.state, {"announced", "sampling", "shipping", "cancelled", "rumoured"});
  reader.read("grade", chip.grade);
  reader.read("export_note", chip.export_note);
  reader.read("aliases", chip.aliases);
  for_each_fact(chip, [&](const char* key, auto& fact) { reader.read_fact(key, fact); });
  name_facts(chip);
}

Chip read_catalogued(const nlohmann::json& json, std::vector<Fault>& faults) {
  Chip chip;
  ObjectReader reader(json, "", faults);
  for (const char* key : {"id", "vendor", "name", "origin", "state", "grade"}) reader.require(key);
  read_members(reader, chip);
  reader.finish();
  return chip;
}

/// Lower case without blanks and dashes: "H100-SXM" and "h100_sxm" are the same name.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-' || c == '_' || c == ' ') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

std::span<const Chip> chips() {
  static const std::vector<Chip> all = read_files<Chip>(embedded::chips(), read_catalogued);
  return all;
}

void name_facts(Chip& chip) {
  for_each_fact(chip, [&](const char* key, auto& fact) { fact.name("chips." + chip.id, key); });
}

const Chip* find_chip(std::string_view id) { return find_by_id(chips(), id); }

std::vector<std::string> suggest_chips(std::string_view name) {
  const std::string wanted = plain(name);
  std::vector<std::string> ids;
  for (const Chip& chip : chips()) {
    const bool alias = std::any_of(chip.aliases.begin(), chip.aliases.end(), [&](const auto& a) { return plain(a) == wanted; });
    if (alias || plain(chip.id) == wanted || plain(chip.name) == wanted) ids.push_back(chip.id);
  }
  if (!ids.empty()) return ids;
  if (wanted.size() >= 2) {
    for (const Chip& chip : chips()) {
      if (plain(chip.id).starts_with(wanted)) ids.push_back(chip.id);
    }
  }
  if (!ids.empty()) return ids;
  std::vector<std::string> names, owners;
  for (const Chip& chip : chips()) {
    names.push_back(chip.id), owners.push_back(chip.id);
    for (const std::string& alias : chip.aliases) names.push_back(alias), owners.push_back(chip.id);
  }
  const auto near = nearest(name, names);
  if (!near) return {};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == *near && std::find(ids.begin(), ids.end(), owners[i]) == ids.end()) ids.push_back(owners[i]);
  }
  return ids;
}

Chip parse_chip(const nlohmann::json& object, std::vector<Fault>& faults) {
  ObjectReader reader(object, "", faults);
  std::string id, base;
  reader.require("id");
  reader.read("id", id);
  reader.read("based_on", base);
  const Chip* start = find_chip(base.empty() ? id : base);
  if (!base.empty() && !start) {
    const auto near = suggest_chips(base);
    reader.fault("based_on", fmt::format("no chip \"{}\" in the catalogue{}", base,
                                         near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near.front())));
  }
  Chip chip = start ? *start : Chip{};
  if (!start && base.empty()) {
    reader.require("origin");
    chip.state = "announced";
    chip.grade = "own";
    chip.name = id;
  }
  chip.kind = start && start->id == id ? Chip::Kind::changed : Chip::Kind::own;
  if (chip.kind == Chip::Kind::own) chip.aliases.clear();
  read_members(reader, chip);
  reader.finish();
  return chip;
}

}  // namespace headroom::catalog
