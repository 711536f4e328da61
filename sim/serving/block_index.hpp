#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace headroom::sim_serving {

/// Mixes the bits of a key (the finaliser of SplitMix64, Steele et al. 2014): keys are counters and need spreading.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Where the block of a key is kept: a table with linear probing, never iterated, so its order reaches no result.
class BlockIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffffU;

  /// The slot of `key`, or `none`.
  [[nodiscard]] std::uint32_t find(std::uint64_t key) const {
    if (cells_.empty()) return none;
    for (std::size_t at = home(key);; at = (at + 1) & mask_) {
      if (cells_[at].slot == none) return none;
      if (cells_[at].key == key) return cells_[at].slot;
    }
  }
  /// Requires that `key` is absent.
  void insert(std::uint64_t key, std::uint32_t slot);
  /// Requires that `key` is present.
  void erase(std::uint64_t key);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Cell {
    std::uint64_t key = 0;
    std::uint32_t slot = none;
  };
  [[nodiscard]] std::size_t home(std::uint64_t key) const { return static_cast<std::size_t>(mix_bits(key)) & mask_; }
  void grow();

  std::vector<Cell> cells_;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace headroom::sim_serving
