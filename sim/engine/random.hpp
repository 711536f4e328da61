#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace headroom::engine {

/// Philox4x32 with 10 rounds: 128 random bits as a function of a 128-bit counter and a 64-bit key.
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

/// 64-bit hash of a name, the same for ever and everywhere (FNV-1a, then the finisher of SplitMix64).
[[nodiscard]] std::uint64_t name_hash(std::string_view name);

/// The random numbers of one named thing. Draw i is a function of (seed, replication, name, indices, i) alone: adding a
/// chip, a thread or another stream changes nothing here, and two plans compared see the same world.
class Stream {
 public:
  /// `name` says what is random ("failure", "demand/doubao"); `indices` which one ({site, chip, slot, renewal}).
  Stream(std::uint64_t seed, std::uint64_t replication, std::string_view name,
         std::initializer_list<std::uint64_t> indices = {});

  /// The stream of a part of this thing; independent of this one and of its other parts.
  [[nodiscard]] Stream part(std::string_view name) const;
  [[nodiscard]] Stream part(std::uint64_t index) const;

  /// Draw number i, whatever was drawn before.
  [[nodiscard]] std::uint64_t bits_at(std::uint64_t i) const;
  /// In (0, 1), never an end: a multiple of 2^-53, so that 1 - u is exact.
  [[nodiscard]] double uniform_at(std::uint64_t i) const { return to_uniform(bits_at(i)); }

  /// The next draw.
  std::uint64_t bits();
  double uniform() { return to_uniform(bits()); }
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  Stream(std::uint64_t key, std::uint64_t identity) : key_(key), identity_(identity) {}
  static double to_uniform(std::uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }
  [[nodiscard]] std::array<std::uint64_t, 2> block(std::uint64_t number) const;

  std::uint64_t key_;       ///< of seed and replication
  std::uint64_t identity_;  ///< of name and indices; upper half of the counter
  std::uint64_t position_ = 0;
  std::uint64_t second_ = 0;  ///< a block of 128 bits serves two draws
};

}  // namespace headroom::engine
