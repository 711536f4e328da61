#include "sim/engine/random.hpp"

namespace headroom::engine {
namespace {

/// SplitMix64's finisher (G. Steele, D. Lea, C. Flood, OOPSLA 2014): one-to-one.
constexpr std::uint64_t finished(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Order matters, so that {1, 2} and {2, 1} differ.
constexpr std::uint64_t combined(std::uint64_t hash, std::uint64_t value) {
  return finished(hash * 0x9e3779b97f4a7c15 + finished(value + 0x9e3779b97f4a7c15));
}

constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xd2511f53} * c[0];
    const std::uint64_t second = std::uint64_t{0xcd9e8d57} * c[2];
    c = {high(second) ^ c[1] ^ key[0], low(second), high(first) ^ c[3] ^ key[1], low(first)};
    key[0] += 0x9e3779b9;
    key[1] += 0xbb67ae85;
  }
  return c;
}

std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return finished(hash);
}

Stream::Stream(std::uint64_t seed, std::uint64_t replication, std::string_view name,
               std::initializer_list<std::uint64_t> indices)
    : key_(combined(finished(seed), replication)), identity_(name_hash(name)) {
  for (const std::uint64_t index : indices) identity_ = combined(identity_, index);
}

Stream Stream::part(std::string_view name) const { return {key_, combined(identity_, name_hash(name))}; }
Stream Stream::part(std::uint64_t index) const { return {key_, combined(identity_, index)}; }

std::array<std::uint64_t, 2> Stream::block(std::uint64_t number) const {
  const auto r = philox({low(number), high(number), low(identity_), high(identity_)}, {low(key_), high(key_)});
  return {(std::uint64_t{r[1]} << 32) | r[0], (std::uint64_t{r[3]} << 32) | r[2]};
}

std::uint64_t Stream::bits_at(std::uint64_t i) const { return block(i / 2)[i % 2]; }

std::uint64_t Stream::bits() {
  if (position_ % 2 == 1) {
    ++position_;
    return second_;
  }
  const auto pair = block(position_ / 2);
  second_ = pair[1];
  ++position_;
  return pair[0];
}

}  // namespace headroom::engine
