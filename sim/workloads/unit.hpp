#pragma once

#include <string>

#include "models/units/evidence.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::workloads {

/// Of a rate of the workload's load: "tokens/s", "candidates/s", "clip-seconds/s", "reference accelerators".
[[nodiscard]] std::string unit_of(const scenario::Workload& workload);

/// The grade that a scenario's word means; the reader admits no other words.
[[nodiscard]] Grade grade_of(const std::string& word);

}  // namespace headroom::workloads
