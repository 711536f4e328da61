#pragma once

#include <string>
#include <vector>

#include "models/units/evidence.hpp"
#include "sim/fleet/outcome.hpp"

namespace headroom::fleet {

/// Whether a model's answer lies where the model was validated: where it was measured, or between measured points.
[[nodiscard]] constexpr bool is_validated(Grade grade) { return grade == Grade::measured || grade == Grade::interpolated; }

/// What the central world rests on outside the range in which it was validated, a line each: answers of performance models that are
/// neither measured nor interpolated, and written rates that say they are extrapolated, of workloads and chips that did work.
[[nodiscard]] std::vector<std::string> outside_validated_range(const Outcome& outcome);

}  // namespace headroom::fleet
