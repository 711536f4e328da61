#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace headroom::scheduling {

/// Bits that are set in each byte. std::popcount is a library call where the processor is not named.
inline std::uint64_t ones_by_byte(std::uint64_t x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
}
/// Bits that are set.
inline int ones_in(std::uint64_t x) { return static_cast<int>(ones_by_byte(x) * 0x0101010101010101 >> 56); }

/// Visits the words of `n` consecutive bits, with the bits that belong to them.
template <class Visit>
void for_words(std::int32_t begin, std::int32_t n, const Visit& visit) {
  for (std::int32_t at = begin; at < begin + n;) {
    const int offset = at % 64;
    const int bits = std::min<std::int32_t>(64 - offset, begin + n - at);
    visit(static_cast<std::size_t>(at) / 64, (~std::uint64_t{0} >> (64 - bits)) << offset);
    at += bits;
  }
}

/// A set of small integers as bits, 64 a word. A range of 64 costs about as much as one member.
class NodeBits {
 public:
  /// For members 0 to size - 1.
  explicit NodeBits(std::int32_t size = 0) : words_((static_cast<std::size_t>(size) + 63) / 64, 0) {}
  /// The members as bits, 64 a word.
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
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
    if (end <= 0) return -1;
    auto at = static_cast<std::size_t>(end - 1) / 64;
    std::uint64_t word = words_[at] & ~std::uint64_t{0} >> (63 - (end - 1) % 64);
    while (word == 0) {
      if (at == 0) return -1;
      word = words_[--at];
    }
    return static_cast<std::int32_t>(at * 64) + 63 - std::countl_zero(word);
  }
  /// The least member from `begin` on, below `end`; `end` if there is none.
  [[nodiscard]] std::int32_t next(std::int32_t begin, std::int32_t end) const {
    if (begin >= end) return end;
    auto at = static_cast<std::size_t>(begin) / 64;
    const auto last = static_cast<std::size_t>(end - 1) / 64;
    std::uint64_t word = words_[at] & ~std::uint64_t{0} << begin % 64;
    while (word == 0) {
      if (at == last) return end;
      word = words_[++at];
    }
    return std::min(end, static_cast<std::int32_t>(at * 64) + std::countr_zero(word));
  }

  void insert(std::int32_t member) { insert_bits(static_cast<std::size_t>(member) / 64, std::uint64_t{1} << member % 64); }
  void erase(std::int32_t member) { erase_bits(static_cast<std::size_t>(member) / 64, std::uint64_t{1} << member % 64); }
  /// The same of integers given as the bits of a word.
  void insert_bits(std::size_t word, std::uint64_t bits) { words_[word] |= bits; }
  void erase_bits(std::size_t word, std::uint64_t bits) { words_[word] &= ~bits; }

 private:
  [[nodiscard]] std::uint64_t word_of(std::int32_t member) const { return words_[static_cast<std::size_t>(member) / 64]; }

  std::vector<std::uint64_t> words_;
};

/// The same with the number of its members, by word and in all, and with the words between which they lie.
class NodeSet {
 public:
  /// For members 0 to size - 1.
  explicit NodeSet(std::int32_t size = 0) : bits_(size), counts_((words().size() + 7) / 8 * 8, 0), first_word_(words().size()) {}
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::int32_t size() const { return count_; }
  [[nodiscard]] const NodeBits& bits() const { return bits_; }
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return bits_.words(); }
  [[nodiscard]] bool contains(std::int32_t member) const { return bits_.contains(member); }
  /// The least member. Requires that there is one.
  [[nodiscard]] std::int32_t first() const {
    while (words()[first_word_] == 0) ++first_word_;
    return static_cast<std::int32_t>(first_word_ * 64) + std::countr_zero(words()[first_word_]);
  }
  /// The greatest member below `end`, -1 if there is none.
  [[nodiscard]] std::int32_t last_below(std::int32_t end) const {
    if (count_ == 0) return -1;
    while (words()[last_word_] == 0) --last_word_;
    return bits_.last_below(std::min(end, static_cast<std::int32_t>(last_word_ + 1) * 64));
  }
  /// The least member from `begin` on, below `end`; `end` if there is none.
  [[nodiscard]] std::int32_t next(std::int32_t begin, std::int32_t end) const { return count_ == 0 ? end : bits_.next(begin, end); }
  /// The first word that has at least `n` members (1 to 64), of those from `from` on; the number of words if none has.
  [[nodiscard]] std::size_t word_with(int n, std::size_t from) const {
    // Eight counts at a time: a sum of 128 sets the top bit of its byte.
    const std::uint64_t to_128 = static_cast<std::uint64_t>(128 - n) * 0x0101010101010101;
    std::uint64_t asked = ~std::uint64_t{0} << from % 8 * 8;
    for (std::size_t base = from / 8 * 8; base < words().size(); base += 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, counts_.data() + base, sizeof eight);
      if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
      const std::uint64_t enough = (eight + to_128) & 0x8080808080808080 & asked;
      if (enough != 0) return base + static_cast<std::size_t>(std::countr_zero(enough)) / 8;
      asked = ~std::uint64_t{0};
    }
    return words().size();
  }
  /// The first of the words with the most members. Requires that there is one.
  [[nodiscard]] std::size_t fullest_word() const {
    std::size_t best = word_with(1, first_word_);
    for (std::size_t more = best; more < words().size();) {
      best = more;
      if (counts_[best] == 64) break;
      more = word_with(counts_[best] + 1, best + 1);
    }
    return best;
  }

  /// Number of members from `begin` on, below `end`.
  [[nodiscard]] std::int32_t count(std::int32_t begin, std::int32_t end) const {
    std::int32_t n = 0;
    if (count_ > 0) for_words(begin, end - begin, [&](std::size_t word, std::uint64_t mask) { n += ones_in(words()[word] & mask); });
    return n;
  }
  /// Number of members below `end`, for long ways.
  [[nodiscard]] std::int32_t count_below(std::int32_t end) const {
    if (count_ == 0) return 0;
    const std::size_t last = static_cast<std::size_t>(end) / 64, eights = last / 8 * 8;
    std::int32_t n = end % 64 == 0 ? 0 : ones_in(words()[last] & ~(~std::uint64_t{0} << end % 64));
    for (std::size_t word = eights; word < last; ++word) n += counts_[word];
    for (std::size_t base = 0; base < eights; base += 8) {  // eight counts at a time, added in two halves of 16 bits each
      std::uint64_t eight = 0;
      std::memcpy(&eight, counts_.data() + base, sizeof eight);
      constexpr std::uint64_t even = 0x00ff00ff00ff00ff;
      n += static_cast<std::int32_t>(((eight & even) + (eight >> 8 & even)) * 0x0001000100010001 >> 48);
    }
    return n;
  }

  /// Adds consecutive integers, none of which may be a member.
  void insert(std::int32_t begin, std::int32_t n = 1) {
    for_words(begin, n, [&](std::size_t word, std::uint64_t mask) { insert_bits(word, mask, ones_in(mask)); });
  }
  /// Removes consecutive integers, all of which must be members.
  void erase(std::int32_t begin, std::int32_t n = 1) {
    for_words(begin, n, [&](std::size_t word, std::uint64_t mask) { erase_bits(word, mask, ones_in(mask)); });
  }
  /// The same of `n` integers given as the bits of a word.
  void insert_bits(std::size_t word, std::uint64_t bits, std::int32_t n) {
    bits_.insert_bits(word, bits);
    counts_[word] = static_cast<std::uint8_t>(counts_[word] + n);
    count_ += n;
    first_word_ = std::min(first_word_, word);
    last_word_ = std::max(last_word_, word);
  }
  void erase_bits(std::size_t word, std::uint64_t bits, std::int32_t n) {
    bits_.erase_bits(word, bits);
    counts_[word] = static_cast<std::uint8_t>(counts_[word] - n);
    count_ -= n;
  }

 private:
  NodeBits bits_;
  std::vector<std::uint8_t> counts_;  ///< members by word; padded with nothing to eights
  mutable std::size_t first_word_, last_word_ = 0;  ///< all before and after are empty; they close in when they are asked for
  std::int32_t count_ = 0;
};

}  // namespace headroom::scheduling
