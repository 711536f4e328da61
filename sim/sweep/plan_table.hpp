#pragma once

#include "sim/scenario/fields.hpp"
#include "sim/sweep/plan.hpp"

namespace headroom::sweep {

/// The keys of a plan: how they are read, what they mean, the conditions between them.
[[nodiscard]] const scenario::Table<Plan>& plan_table();

}  // namespace headroom::sweep
