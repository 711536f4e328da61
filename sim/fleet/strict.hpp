#pragma once

#include <string>
#include <vector>

#include "sim/fleet/outcome.hpp"

namespace headroom::fleet {

/// What the central world rests on outside the range in which it was validated, a line each: answers of performance models that are
/// neither measured nor interpolated, and written rates that say they are extrapolated, of workloads and chips that did work.
[[nodiscard]] std::vector<std::string> outside_validated_range(const Outcome& outcome);

}  // namespace headroom::fleet
