#pragma once

#include <string>
#include <vector>

#include "tools/verbs.hpp"

namespace headroom::tools {

/// The option --strict of every verb that answers from models: exit code 4 if the answer rests on something outside the range in which
/// it was validated (sim/fleet/strict.hpp says what that is).
void describe_strict(po::options_description& options);

/// Under --strict, with a reason: names each on standard error, one a line, and returns out_of_range. Else `otherwise`.
[[nodiscard]] int strict_code(const Arguments& arguments, const std::vector<std::string>& reasons, int otherwise);

}  // namespace headroom::tools
