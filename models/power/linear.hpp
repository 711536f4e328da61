#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "models/power/power_model.hpp"

namespace headroom::power {

/// P(load) = idle + (all-in - idle) x load.
///
/// All-in is `provision`. Idle is `idle_share` of it, 0.35 unless the options say otherwise (an assumption: servers on but
/// without work draw a quarter to a half of their peak). It meets the one published mean: a server at a load of 0.62 draws
/// 0.75 of its rating [EPR]. The interval is +-15 % at load 1 and +-40 % of the idle part, both assumptions.
/// Options: `{"idle_share": 0..1}`.
[[nodiscard]] std::unique_ptr<PowerModel> make_linear(const catalog::Chip& chip, const nlohmann::json& options);

}  // namespace headroom::power
