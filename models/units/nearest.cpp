#include "models/units/nearest.hpp"

#include <algorithm>
#include <utility>

namespace headroom {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view beginning) {
  if (text.size() < beginning.size()) return false;
  for (std::size_t i = 0; i < beginning.size(); ++i) {
    if (lower(text[i]) != lower(beginning[i])) return false;
  }
  return true;
}

/// Optimal string alignment distance; `same` tells which letters are equal.
template <class Same>
int distance_by(std::string_view a, std::string_view b, Same same) {
  // Three rows of the table: a swap of neighbours looks two rows back.
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  return distance_by(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> names) {
  const int limit = std::max(1, static_cast<int>(word.size()) / 3);
  std::optional<std::string> best;
  std::pair<int, int> best_distance{limit + 1, 0};
  for (const std::string_view name : names) {
    int distance = edit_distance(word, name);
    if (word.size() >= 3 && begins_with(name, word)) distance = std::min(distance, limit);
    // A word of one or two letters of which all differ is no misspelling.
    if (distance > limit || distance >= static_cast<int>(std::max(word.size(), name.size()))) continue;
    // Of names equally far the one whose capitals agree: "TFLOPSS" is nearer to "TFLOPS" than to "TFLOPs".
    const std::pair<int, int> with_case{distance, distance_by(word, name, [](char x, char y) { return x == y; })};
    if (!best || with_case < best_distance) {
      best = std::string(name);
      best_distance = with_case;
    }
  }
  return best;
}

}  // namespace headroom
