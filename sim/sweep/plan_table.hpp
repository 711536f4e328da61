#pragma once

#include "sim/scenario/fields.hpp"
#include "sim/sweep/plan.hpp"

namespace headroom::sweep {

/// The keys of a plan: how they are read, what they mean, the conditions between them.
[[nodiscard]] const scenario::Table<Plan>& plan_table();

/// JSON Schema (draft 7) of a plan, and its key reference in Markdown.
[[nodiscard]] std::string plan_schema();
[[nodiscard]] std::string plan_keys();

}  // namespace headroom::sweep
