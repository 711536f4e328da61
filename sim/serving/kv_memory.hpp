#pragma once

#include <cstdint>

#include "sim/serving/block_cache.hpp"
#include "sim/serving/request.hpp"

namespace headroom::sim_serving {

/// Cache memory of one replica in pages: clean, private to a sequence, or in keyed blocks that sequences share.
/// clean + private + held + evictable = total at any time (`check`).
class KvMemory {
 public:
  /// `pages`: all there are. With `keep` false nothing is kept for a later request.
  KvMemory(std::uint64_t pages, std::uint32_t page_tokens, std::uint32_t block_tokens, bool keep);

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t available() const { return clean_ + cache_.evictable_pages(); }
  [[nodiscard]] std::uint64_t in_use() const { return total_ - available(); }
  [[nodiscard]] std::uint32_t pages_for(std::uint64_t tokens) const {
    return static_cast<std::uint32_t>((tokens + page_tokens_ - 1) / page_tokens_);
  }
  [[nodiscard]] std::uint32_t pages_per_block() const { return pages_per_block_; }
  [[nodiscard]] std::uint32_t block_tokens() const { return block_tokens_; }

  /// Makes `pages` private. Requires pages <= available().
  void take(std::uint64_t pages);
  /// Returns private pages.
  void give_back(std::uint64_t pages);

  /// Leading blocks of the chain that are cached, at most `limit`.
  [[nodiscard]] std::uint32_t match(const PrefixChain& chain, std::uint32_t limit) const;
  /// Takes references to the first `blocks` blocks, which are cached.
  void hold(const PrefixChain& chain, std::uint32_t blocks);
  /// Turns private pages into the keyed blocks [from, to), holding them; pages of blocks that are cached already are returned.
  void publish(const PrefixChain& chain, std::uint32_t from, std::uint32_t to);
  /// Gives back references to the first `blocks` blocks, last first, so that the end of a context is evicted before its start.
  void release(const PrefixChain& chain, std::uint32_t blocks);

  /// Throws std::logic_error unless all pages are accounted for.
  void check() const;
  [[nodiscard]] std::uint64_t held() const { return cache_.held_pages(); }
  [[nodiscard]] std::uint64_t privately_held() const { return private_; }

 private:
  std::uint64_t total_;
  std::uint64_t clean_;
  std::uint64_t private_ = 0;
  std::uint32_t page_tokens_;
  std::uint32_t block_tokens_;
  std::uint32_t pages_per_block_;
  bool keep_;
  BlockCache cache_;
};

}  // namespace headroom::sim_serving
