#pragma once

#include <string>
#include <string_view>

namespace headroom::text {

/// A text cell that a spreadsheet will not run: an apostrophe goes before a first character that begins a formula
/// (= + - @, tab, carriage return; OWASP "CSV injection"). For text only: a negative number is not a text.
[[nodiscard]] inline std::string disarmed(std::string_view cell) {
  constexpr std::string_view begins_formula = "=+-@\t\r";
  std::string safe;
  if (!cell.empty() && begins_formula.find(cell.front()) != std::string_view::npos) safe = "'";
  return safe.append(cell);
}

}  // namespace headroom::text
