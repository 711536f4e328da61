#pragma once

namespace headroom::power {

/// Returns `load`. Throws std::domain_error with its value unless it is from 0 to 1.
double checked_load(double load);

}  // namespace headroom::power
