#pragma once

#include <filesystem>
#include <string>

#include "sim/sweep/sweep.hpp"
#include "tools/gate.hpp"

namespace headroom::tools {

/// Exit code of a whole sweep: failure if a point failed, under --strict out_of_range if one lies outside the validated range,
/// threshold if one missed an expectation.
[[nodiscard]] int verdict(const Arguments& arguments, const sweep::Tally& tally);
/// "63 of 63 points: 18 ok, 45 missed an expectation, 0 failed", with the line's end.
[[nodiscard]] std::string tally_text(const sweep::Tally& tally);
/// A tick or a cross for each point of a whole sweep's result in `folder`.
void report_points(const Arguments& arguments, const std::filesystem::path& folder, const sweep::Tally& tally);

}  // namespace headroom::tools
