#pragma once

#include <filesystem>
#include <optional>

namespace headroom::tools {

/// Where capacity curves are kept between runs: $HEADROOM_CACHE, else $XDG_CACHE_HOME/headroom/curves, else
/// ~/.cache/headroom/curves. Nothing where HEADROOM_CACHE is set and empty, or there is no home: then they are computed anew.
[[nodiscard]] std::optional<std::filesystem::path> curve_folder();

}  // namespace headroom::tools
