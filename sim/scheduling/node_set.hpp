#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace headroom::scheduling {

/// A set of small integers that knows its least member: bits with summaries of 64 words each. Every operation costs one
/// step a level (three for 262,144 members).
class NodeSet {
 public:
  /// For members 0 to size - 1.
  explicit NodeSet(std::int32_t size = 0) {
    auto words = static_cast<std::size_t>(size);
    do {
      words = (words + 63) / 64;
      levels_.emplace_back(words, 0);
    } while (words > 1);
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::int32_t size() const { return count_; }
  /// The least member. Requires that there is one.
  [[nodiscard]] std::int32_t first() const {
    std::size_t at = 0;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
      at = at * 64 + static_cast<std::size_t>(std::countr_zero((*level)[at]));
    }
    return static_cast<std::int32_t>(at);
  }
  /// Requires that it is not a member.
  void insert(std::int32_t member) {
    ++count_;
    auto at = static_cast<std::size_t>(member);
    for (auto& level : levels_) {
      level[at / 64] |= std::uint64_t{1} << at % 64;
      at /= 64;
    }
  }
  /// Requires that it is a member.
  void erase(std::int32_t member) {
    --count_;
    auto at = static_cast<std::size_t>(member);
    for (auto& level : levels_) {
      level[at / 64] &= ~(std::uint64_t{1} << at % 64);
      if (level[at / 64] != 0) return;
      at /= 64;
    }
  }

 private:
  std::vector<std::vector<std::uint64_t>> levels_;
  std::int32_t count_ = 0;
};

}  // namespace headroom::scheduling
