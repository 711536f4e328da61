#include "sim/engine/sketch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "models/units/math.hpp"

namespace headroom::engine {
namespace {

constexpr double ratio = (1 + QuantileSketch::accuracy) / (1 - QuantileSketch::accuracy);
constexpr double log_of_ratio = 0x1.47b0e059d057dp-6;  // log((1 + accuracy) / (1 - accuracy))

/// Bucket i holds the values in (ratio^(i-1), ratio^i].
int bucket_of(double value) { return static_cast<int>(std::ceil(math::log(value) / log_of_ratio)); }
double upper_end(int index) { return math::exp(index * log_of_ratio); }
/// Within 1 % of every value of its bucket.
double representative(int index) { return 2 * upper_end(index) / (ratio + 1); }

void put(std::string& out, std::uint64_t word) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(word >> (8 * i)));
}
std::uint64_t take(std::string_view& in) {
  if (in.size() < 8) throw std::invalid_argument("a quantile sketch ends too early");
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(8);
  return word;
}

}  // namespace

void QuantileSketch::add(double value, std::uint64_t count) {
  if (!(value >= 0 && value <= greatest)) {
    throw std::domain_error(fmt::format("a quantile sketch takes values from 0 to {:g}, not {}", greatest, value));
  }
  if (count == 0) return;
  value += 0.0;  // no negative zero: it would make equal content unequal bytes
  count_ += count;
  lowest_ = std::min(lowest_, value);
  highest_ = std::max(highest_, value);
  if (value < least) {
    zeros_ += count;
  } else {
    add_bucket(bucket_of(value), count);
  }
}

void QuantileSketch::add_bucket(int index, std::uint64_t count) {
  if (buckets_.empty()) first_ = index;
  if (index < first_) {
    buckets_.insert(buckets_.begin(), static_cast<std::size_t>(first_ - index), 0);
    first_ = index;
  }
  const auto at = static_cast<std::size_t>(index - first_);
  if (at >= buckets_.size()) buckets_.resize(at + 1, 0);
  buckets_[at] += count;
}

void QuantileSketch::merge(const QuantileSketch& other) { merge(other, 1); }

void QuantileSketch::merge(const QuantileSketch& other, std::uint64_t times) {
  if (times == 0 || other.count_ == 0) return;
  const QuantileSketch copy = &other == this ? other : QuantileSketch{};
  const QuantileSketch& from = &other == this ? copy : other;
  count_ += times * from.count_;
  zeros_ += times * from.zeros_;
  lowest_ = std::min(lowest_, from.lowest_);
  highest_ = std::max(highest_, from.highest_);
  if (from.buckets_.empty()) return;
  // The ends first, so that the middle needs no more room.
  const int last = from.first_ + static_cast<int>(from.buckets_.size()) - 1;
  add_bucket(from.first_, times * from.buckets_.front());
  if (last != from.first_) add_bucket(last, times * from.buckets_.back());
  for (int index = from.first_ + 1; index < last; ++index) {
    buckets_[static_cast<std::size_t>(index - first_)] +=
        times * from.buckets_[static_cast<std::size_t>(index - from.first_)];
  }
}

void QuantileSketch::merge_later(const QuantileSketch& other, double delay) {
  if (delay == 0 || other.count_ == 0) {
    merge(other);
    return;
  }
  QuantileSketch later;
  later.add(delay, other.zeros_);
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) later.add(delay + representative(other.first_ + static_cast<int>(i)), other.buckets_[i]);
  later.lowest_ = other.lowest_ + delay;
  later.highest_ = other.highest_ + delay;
  merge(later);
}

void QuantileSketch::merge_scaled(const QuantileSketch& other, double factor) {
  if (factor == 1 || other.count_ == 0) {
    merge(other);
    return;
  }
  QuantileSketch scaled;
  scaled.add(0, other.zeros_);
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) scaled.add(factor * representative(other.first_ + static_cast<int>(i)), other.buckets_[i]);
  scaled.lowest_ = other.lowest_ * factor;
  scaled.highest_ = other.highest_ * factor;
  merge(scaled);
}

double QuantileSketch::quantile(double q) const {
  if (count_ == 0) throw std::logic_error("a quantile of no values");
  if (!(q >= 0 && q <= 1)) throw std::domain_error(fmt::format("a quantile lies between 0 and 1, not at {}", q));
  const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(count_ - 1));
  if (rank == 0) return lowest_;
  if (rank >= count_ - 1) return highest_;
  std::uint64_t seen = zeros_;
  if (rank < seen) return std::clamp(0.0, lowest_, highest_);
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (rank < seen) return std::clamp(representative(first_ + static_cast<int>(i)), lowest_, highest_);
  }
  return highest_;
}

double QuantileSketch::share_up_to(double limit) const {
  if (count_ == 0 || !(limit >= lowest_)) return 0;
  if (limit >= highest_) return 1;
  if (limit < least) return static_cast<double>(zeros_) / static_cast<double>(count_);
  const int index = bucket_of(limit);
  std::uint64_t below = zeros_;
  const auto whole = std::clamp<std::ptrdiff_t>(index - first_, 0, static_cast<std::ptrdiff_t>(buckets_.size()));
  for (std::ptrdiff_t i = 0; i < whole; ++i) below += buckets_[static_cast<std::size_t>(i)];
  double part = 0;
  if (index >= first_ && whole < static_cast<std::ptrdiff_t>(buckets_.size())) {
    // Inside one bucket the values lie between its ends, or the extremes if these are inside it.
    const double low = std::max(upper_end(index - 1), lowest_);
    const double high = std::min(upper_end(index), highest_);
    const double share = high > low ? std::clamp((limit - low) / (high - low), 0.0, 1.0) : 1.0;
    part = share * static_cast<double>(buckets_[static_cast<std::size_t>(whole)]);
  }
  return (static_cast<double>(below) + part) / static_cast<double>(count_);
}

double QuantileSketch::mean() const {
  double sum = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    sum += static_cast<double>(buckets_[i]) * representative(first_ + static_cast<int>(i));
  }
  return count_ == 0 ? 0 : std::clamp(sum / static_cast<double>(count_), lowest_, highest_);
}

std::string QuantileSketch::encode() const {
  std::string out;
  out.reserve(48 + 8 * buckets_.size());
  put(out, count_);
  put(out, zeros_);
  put(out, std::bit_cast<std::uint64_t>(lowest_));
  put(out, std::bit_cast<std::uint64_t>(highest_));
  put(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(buckets_.empty() ? 0 : first_)));
  put(out, buckets_.size());
  for (const std::uint64_t bucket : buckets_) put(out, bucket);
  return out;
}

QuantileSketch QuantileSketch::decode(std::string_view bytes) {
  QuantileSketch sketch;
  sketch.count_ = take(bytes);
  sketch.zeros_ = take(bytes);
  sketch.lowest_ = std::bit_cast<double>(take(bytes));
  sketch.highest_ = std::bit_cast<double>(take(bytes));
  sketch.first_ = static_cast<int>(static_cast<std::int64_t>(take(bytes)));
  const std::uint64_t buckets = take(bytes);
  if (bytes.size() % 8 != 0 || buckets != bytes.size() / 8)
    throw std::invalid_argument("a quantile sketch of the wrong length");
  std::uint64_t counted = sketch.zeros_;
  for (std::uint64_t i = 0; i < buckets; ++i) counted += sketch.buckets_.emplace_back(take(bytes));
  if (counted != sketch.count_ || (buckets != 0 && (sketch.buckets_.front() == 0 || sketch.buckets_.back() == 0))) {
    throw std::invalid_argument("a quantile sketch whose counts do not add up");
  }
  return sketch;
}

}  // namespace headroom::engine
