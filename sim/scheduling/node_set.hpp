#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace headroom::scheduling {

/// Bits that are set. std::popcount is a library call where the processor is not named.
inline int ones_in(std::uint64_t x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  return static_cast<int>(((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
}

/// A set of small integers that knows its least and greatest members: bits, 64 a word, and the words between which they lie. A range of 64
/// costs about as much as one member.
class NodeSet {
 public:
  /// For members 0 to size - 1.
  explicit NodeSet(std::int32_t size = 0) : words_((static_cast<std::size_t>(size) + 63) / 64, 0), counts_((words_.size() + 7) / 8 * 8, 0), first_word_(words_.size()) {}
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::int32_t size() const { return count_; }
  /// The least member. Requires that there is one.
  [[nodiscard]] std::int32_t first() const {
    while (words_[first_word_] == 0) ++first_word_;
    return static_cast<std::int32_t>(first_word_ * 64) + std::countr_zero(words_[first_word_]);
  }
  /// The members as bits, 64 a word.
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
  /// The first word that has at least `n` members, of those from `from` on; the number of words if none has.
  [[nodiscard]] std::size_t word_with(int n, std::size_t from) const {
    // Eight counts at a time: a sum of 128 sets the top bit of its byte.
    const std::uint64_t to_128 = static_cast<std::uint64_t>(128 - n) * 0x0101010101010101;
    while (from < words_.size()) {
      if (from % 8 == 0) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, counts_.data() + from, sizeof eight);
        if (((eight + to_128) & 0x8080808080808080) == 0) {
          from += 8;
          continue;
        }
      }
      if (counts_[from] >= n) return from;
      ++from;
    }
    return words_.size();
  }
  /// The first of the words with the most members.
  [[nodiscard]] std::size_t fullest_word() const {
    return static_cast<std::size_t>(std::max_element(counts_.begin(), counts_.end()) - counts_.begin());
  }
  [[nodiscard]] bool contains(std::int32_t member) const { return (word_of(member) >> member % 64 & 1) != 0; }
  /// Number of consecutive members from `begin` on, at most `most`.
  [[nodiscard]] std::int32_t run_from(std::int32_t begin, std::int32_t most) const {
    std::int32_t n = 0;
    while (n < most && static_cast<std::size_t>(begin + n) / 64 < words_.size()) {
      const int offset = (begin + n) % 64;
      const int ones = std::countr_one(word_of(begin + n) >> offset);
      n += std::min(ones, 64 - offset);
      if (ones < 64 - offset) break;
    }
    return std::min(n, most);
  }
  /// Number of consecutive members that end with `last`, at most `most`.
  [[nodiscard]] std::int32_t run_to(std::int32_t last, std::int32_t most) const {
    std::int32_t n = 0;
    while (n < most && last - n >= 0) {
      const int bits = (last - n) % 64 + 1;
      const int ones = std::countl_one(word_of(last - n) << (64 - bits));
      n += std::min(ones, bits);
      if (ones < bits) break;
    }
    return std::min(n, most);
  }
  /// The greatest member below `end`, -1 if there is none.
  [[nodiscard]] std::int32_t last_below(std::int32_t end) const {
    if (count_ == 0) return -1;
    while (words_[last_word_] == 0) --last_word_;
    for (std::int32_t at = std::min(end, static_cast<std::int32_t>(last_word_ + 1) * 64); at > 0;) {
      const int bits = (at - 1) % 64 + 1;
      const std::uint64_t below = word_of(at - 1) << (64 - bits);
      if (below != 0) return at - 1 - std::countl_zero(below);
      at -= bits;
    }
    return -1;
  }
  /// The least member from `begin` on, below `end`; `end` if there is none.
  [[nodiscard]] std::int32_t next(std::int32_t begin, std::int32_t end) const {
    if (count_ == 0) return end;
    for (std::int32_t at = begin; at < end; at = (at / 64 + 1) * 64) {
      const std::uint64_t word = word_of(at) >> at % 64;
      if (word != 0) return std::min(end, at + std::countr_zero(word));
    }
    return end;
  }
  /// Whether any of `n` consecutive integers is a member.
  [[nodiscard]] bool any_of(std::int32_t begin, std::int32_t n) const { return next(begin, begin + n) < begin + n; }

  /// Adds `n` consecutive integers, none of which is a member. False, and the size is wrong from then on, if one was.
  bool insert(std::int32_t begin, std::int32_t n = 1) {
    count_ += n;
    reach(static_cast<std::size_t>(begin) / 64, static_cast<std::size_t>(begin + n - 1) / 64);
    std::uint64_t twice = 0;
    for_words(begin, n, [&](std::size_t at, std::uint64_t mask, int bits) {
      twice |= words_[at] & mask;
      words_[at] |= mask;
      counts_[at] = static_cast<std::uint8_t>(counts_[at] + bits);
    });
    return twice == 0;
  }
  /// Removes `n` consecutive integers, all of which are members. False, and the size is wrong from then on, if one was not.
  bool erase(std::int32_t begin, std::int32_t n = 1) {
    count_ -= n;
    std::uint64_t missing = 0;
    for_words(begin, n, [&](std::size_t at, std::uint64_t mask, int bits) {
      missing |= ~words_[at] & mask;
      words_[at] &= ~mask;
      counts_[at] = static_cast<std::uint8_t>(counts_[at] - bits);
    });
    return missing == 0;
  }
  /// The same of `n` integers given as the bits of a word.
  void insert_bits(std::size_t word, std::uint64_t bits, std::int32_t n) {
    count_ += n;
    reach(word, word);
    words_[word] |= bits;
    counts_[word] = static_cast<std::uint8_t>(counts_[word] + n);
  }
  void erase_bits(std::size_t word, std::uint64_t bits, std::int32_t n) {
    count_ -= n;
    words_[word] &= ~bits;
    counts_[word] = static_cast<std::uint8_t>(counts_[word] - n);
  }

 private:
  [[nodiscard]] std::uint64_t word_of(std::int32_t member) const { return words_[static_cast<std::size_t>(member) / 64]; }

  void reach(std::size_t first, std::size_t last) {
    first_word_ = std::min(first_word_, first);
    last_word_ = std::max(last_word_, last);
  }

  template <class Visit>
  static void for_words(std::int32_t begin, std::int32_t n, const Visit& visit) {
    for (std::int32_t at = begin; at < begin + n;) {
      const int offset = at % 64;
      const int bits = std::min<std::int32_t>(64 - offset, begin + n - at);
      const std::uint64_t ones = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      visit(static_cast<std::size_t>(at) / 64, ones << offset, bits);
      at += bits;
    }
  }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint8_t> counts_;  ///< members by word; padded with nothing to eights
  mutable std::size_t first_word_, last_word_ = 0;  ///< all before and after are empty; they close in when they are asked for
  std::int32_t count_ = 0;
};

}  // namespace headroom::scheduling
