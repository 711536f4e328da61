#include "tools/curve_folder.hpp"

#include <cstdlib>
#include <string>

namespace headroom::tools {

namespace {

/// A variable of the environment; nothing if it is not set.
std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

}  // namespace

std::optional<std::filesystem::path> curve_folder() {
  if (const auto own = variable("HEADROOM_CACHE")) return own->empty() ? std::nullopt : std::optional<std::filesystem::path>{*own};
  const auto cache = variable("XDG_CACHE_HOME"), home = variable("HOME");
  if (cache && !cache->empty()) return std::filesystem::path(*cache) / "headroom" / "curves";
  if (home && !home->empty()) return std::filesystem::path(*home) / ".cache" / "headroom" / "curves";
  return std::nullopt;
}

}  // namespace headroom::tools
