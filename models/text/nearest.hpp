#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace headroom {

/// The name among `names` that `word` most likely meant: fewest edits (insert, delete, replace, swap of neighbours; case
/// does not count), the first of equals. Nothing if over a third of the word (at least one letter) would have to change.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> names);

/// "; did you mean \"x\"?" for messages, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> names);

}  // namespace headroom
