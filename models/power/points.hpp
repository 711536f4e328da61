#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "models/power/power_model.hpp"

namespace headroom::power {

/// Straight lines between points that the scenario gives, measured or from a vendor.
/// Options: `{"points": [{"load": 0, "power": "300 W"}, {"load": 1, "power": "1.7 kW"}], "status": "measured"}`: loads rise
/// from 0 to 1, powers do not fall. The grade is `measured` at a point, `interpolated` between two if the status is
/// measured, else `datasheet` (reported) or `assumed`. The interval is +-5 %, an assumption.
/// Throws InputError for a missing, falling or unsorted point.
[[nodiscard]] std::unique_ptr<PowerModel> make_points(const catalog::Chip& chip, const nlohmann::json& options);

}  // namespace headroom::power
