#pragma once

#include <string>

#include "sim/scenario/load.hpp"

namespace headroom::scenario {

/// The merged scenario as JSON with a comment behind each value that says where it came from; it reads back as a scenario.
[[nodiscard]] std::string print_merged(const Document& document);
/// A line for each value, defaults included: pointer, value, origin.
[[nodiscard]] std::string print_resolved(const Loaded& loaded);

}  // namespace headroom::scenario
