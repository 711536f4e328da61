#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::engine {

/// Quantiles of non-negative values to 1 % relative accuracy, in buckets that grow geometrically: DDSketch (C. Masson,
/// J. E. Rim, H. K. Lee, PVLDB 12 (2019)) with integer counts and without collapsing, so that merging in any order
/// gives the same bytes. Values from 1e-9 (smaller ones count as 0) to 1e15: at most 2 765 buckets of 8 bytes.
class QuantileSketch {
 public:
  static constexpr double accuracy = 0.01;
  static constexpr double least = 1e-9;
  static constexpr double greatest = 1e15;

  /// Throws std::domain_error if `value` is negative, not finite or above `greatest`.
  void add(double value, std::uint64_t count = 1);
  void merge(const QuantileSketch& other);
  /// The values of `other`, each counted `times` times: how a mixture of pools weighs its members.
  void merge(const QuantileSketch& other, std::uint64_t times);

  /// The values of `other`, each raised by `delay` >= 0; to 1 %, the extremes exactly.
  void merge_later(const QuantileSketch& other, double delay);
  /// The values of `other`, each times `factor` > 0; to 2 %, the extremes exactly.
  void merge_scaled(const QuantileSketch& other, double factor);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Exact.
  [[nodiscard]] double min() const { return lowest_; }
  [[nodiscard]] double max() const { return highest_; }
  /// The value with rank floor(q (count - 1)), within 1 %; q in [0, 1]. Throws std::logic_error if empty.
  [[nodiscard]] double quantile(double q) const;
  /// Share of the values that are at most `limit`, interpolated inside its bucket; 0 if empty.
  [[nodiscard]] double share_up_to(double limit) const;
  /// Mean within 1 %.
  [[nodiscard]] double mean() const;

  /// The content as bytes, the same for the same content; decode() reverses it and throws std::invalid_argument
  /// otherwise.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static QuantileSketch decode(std::string_view bytes);

  friend bool operator==(const QuantileSketch&, const QuantileSketch&) = default;

 private:
  void add_bucket(int index, std::uint64_t count);

  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;  ///< values below `least`
  double lowest_ = std::numeric_limits<double>::infinity();
  double highest_ = -std::numeric_limits<double>::infinity();
  int first_ = 0;                       ///< index of buckets_[0]
  std::vector<std::uint64_t> buckets_;  ///< first and last are never 0, so that equal content is equal memory
};

}  // namespace headroom::engine
