#pragma once

#include <span>
#include <string_view>

namespace headroom::scenario {

/// A commented scenario to start from.
struct Template {
  std::string_view name;
  std::string_view summary;
  std::string_view text;
};

/// All templates; the first is the one without a name.
[[nodiscard]] std::span<const Template> templates();

}  // namespace headroom::scenario
