#pragma once

#include <string>
#include <vector>

#include "sim/scenario/form.hpp"

namespace headroom::scenario {

/// JSON Schema (draft 7) of the scenario file, from the field tables. It knows keys, kinds, words and ranges; units, names,
/// dates and conditions between keys are known to `headroom validate` only.
[[nodiscard]] std::string schema_json();
/// The same of another file that is read by tables, from its outermost one.
[[nodiscard]] std::string schema_json(const FieldTable& root, const std::string& title);
/// The key reference in Markdown, from the same tables.
[[nodiscard]] std::string key_reference();
/// Its part of tables alone: a section for each table that `root` can reach.
[[nodiscard]] std::string key_tables(const FieldTable& root);
/// Every table that a scenario can reach, the scenario's first, in the order of their keys.
[[nodiscard]] std::vector<const FieldTable*> all_tables();
[[nodiscard]] std::vector<const FieldTable*> all_tables(const FieldTable& root);

}  // namespace headroom::scenario
