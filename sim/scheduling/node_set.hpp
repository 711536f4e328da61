#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace headroom::scheduling {

/// Bits that are set. std::popcount is a library call where the processor is not named.
inline int ones_in(std::uint64_t x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  return static_cast<int>(((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
}

/// A set of small integers that knows its least member: bits, with a summary bit for every 64 of them on each level above.
/// One member costs a step a level (three levels for 262,144 members), a range of 64 about as much as one member.
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
  /// The members as bits, 64 a word.
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return levels_[0]; }
  /// Number of consecutive members from `begin` on, at most `most`.
  [[nodiscard]] std::int32_t run_from(std::int32_t begin, std::int32_t most) const {
    std::int32_t n = 0;
    while (n < most) {
      const auto at = static_cast<std::size_t>(begin + n);
      if (at / 64 >= levels_[0].size()) break;
      const int ones = std::countr_one(levels_[0][at / 64] >> at % 64);
      const int left = 64 - static_cast<int>(at % 64);
      n += std::min(ones, left);
      if (ones < left) break;
    }
    return std::min(n, most);
  }
  [[nodiscard]] bool contains(std::int32_t member) const {
    return (levels_[0][static_cast<std::size_t>(member) / 64] >> member % 64 & 1) != 0;
  }
  /// The greatest member below `end`, -1 if there is none.
  [[nodiscard]] std::int32_t last_below(std::int32_t end) const {
    for (std::int32_t at = end; at > 0;) {
      const int bits = (at - 1) % 64 + 1;
      const std::uint64_t below = levels_[0][static_cast<std::size_t>(at - 1) / 64] << (64 - bits);
      if (below != 0) return at - 1 - std::countl_zero(below);
      at -= bits;
    }
    return -1;
  }
  /// Number of consecutive members that end with `last`, at most `most`.
  [[nodiscard]] std::int32_t run_to(std::int32_t last, std::int32_t most) const {
    std::int32_t n = 0;
    while (n < most && last - n >= 0) {
      const int bits = (last - n) % 64 + 1;
      const int ones = std::countl_one(levels_[0][static_cast<std::size_t>(last - n) / 64] << (64 - bits));
      n += std::min(ones, bits);
      if (ones < bits) break;
    }
    return std::min(n, most);
  }
  /// The least integer from `begin` on, below `end`, that is no member; `end` if all are.
  [[nodiscard]] std::int32_t first_missing(std::int32_t begin, std::int32_t end) const { return begin + run_from(begin, end - begin); }
  /// The least member from `begin` on, below `end`; `end` if there is none.
  [[nodiscard]] std::int32_t next(std::int32_t begin, std::int32_t end) const {
    if (count_ == 0) return end;
    for (std::int32_t at = begin; at < end; at = (at / 64 + 1) * 64) {
      const std::uint64_t word = levels_[0][static_cast<std::size_t>(at) / 64] >> at % 64;
      if (word != 0) return std::min(end, at + std::countr_zero(word));
    }
    return end;
  }
  /// Whether any of `n` consecutive integers is a member.
  [[nodiscard]] bool any_of(std::int32_t begin, std::int32_t n) const { return next(begin, begin + n) < begin + n; }
  /// Adds `n` consecutive integers, none of which is a member.
  void insert(std::int32_t begin, std::int32_t n = 1) {
    count_ += n;
    for_words(begin, n, [&](std::size_t word, std::uint64_t mask) {
      const bool was_empty = levels_[0][word] == 0;
      levels_[0][word] |= mask;
      for (std::size_t level = 1, at = word; was_empty && level < levels_.size(); ++level, at /= 64) {
        levels_[level][at / 64] |= std::uint64_t{1} << at % 64;
      }
    });
  }
  /// Removes `n` consecutive integers, all of which are members.
  void erase(std::int32_t begin, std::int32_t n = 1) {
    count_ -= n;
    for_words(begin, n, [&](std::size_t word, std::uint64_t mask) {
      levels_[0][word] &= ~mask;
      bool emptied = levels_[0][word] == 0;
      for (std::size_t level = 1, at = word; emptied && level < levels_.size(); ++level, at /= 64) {
        levels_[level][at / 64] &= ~(std::uint64_t{1} << at % 64);
        emptied = levels_[level][at / 64] == 0;
      }
    });
  }

 private:
  template <class Visit>
  static void for_words(std::int32_t begin, std::int32_t n, const Visit& visit) {
    for (std::int32_t at = begin; at < begin + n;) {
      const int offset = at % 64;
      const int bits = std::min<std::int32_t>(64 - offset, begin + n - at);
      const std::uint64_t ones = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      visit(static_cast<std::size_t>(at / 64), ones << offset);
      at += bits;
    }
  }

  std::vector<std::vector<std::uint64_t>> levels_;
  std::int32_t count_ = 0;
};

}  // namespace headroom::scheduling
