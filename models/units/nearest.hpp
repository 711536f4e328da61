#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// Number of letters to insert, delete, replace or swap with a neighbour to turn `a` into `b`; upper and lower case are equal.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The valid name closest to a misspelt `word`: at most a third of its letters (at least one) differ, or the word is the
/// beginning of a name (three letters or more). Nothing if no name is that close, so that nonsense gets no suggestion.
/// Of equally close names the one whose capitals agree better, then the first.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> names);

/// The same over any range whose elements convert to `std::string_view`.
template <class Range>
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, const Range& names) {
  std::vector<std::string_view> views;
  for (const auto& name : names) views.emplace_back(name);
  return nearest(word, std::span<const std::string_view>(views));
}

/// "; did you mean \"x\"?" for the end of a message, or nothing.
template <class Range>
[[nodiscard]] std::string did_you_mean(std::string_view word, const Range& names) {
  const auto near = nearest(word, names);
  return near ? "; did you mean \"" + *near + "\"?" : std::string();
}

}  // namespace headroom
