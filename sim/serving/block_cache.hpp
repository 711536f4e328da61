#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/block_index.hpp"

namespace headroom::sim_serving {

/// Blocks of computed context that can be found again by key, in order of last use. A block in use is held by one or more
/// references and cannot be evicted; one without is kept until room is needed, the least recently released first.
/// Memory that was freed without a key stands in the same order (`add_anonymous`), because an engine's free list is one
/// queue: old content of no further use pushes shared prefixes out too.
class BlockCache {
 public:
  /// `pages_per_block`: pages of memory that one keyed block takes.
  explicit BlockCache(std::uint32_t pages_per_block = 1) : pages_per_block_(pages_per_block) {}

  [[nodiscard]] bool contains(std::uint64_t key) const { return index_.find(key) != BlockIndex::none; }
  /// Takes a reference to `key`; makes the block if it is absent. True if it was there.
  bool acquire(std::uint64_t key);
  /// Gives a reference back; the last one makes the block the most recent of the evictable.
  /// Throws std::logic_error if the block is absent or not held.
  void release(std::uint64_t key);
  /// Puts `pages` without a key at the most recent end of the evictable.
  void add_anonymous(std::uint32_t pages);
  /// Frees up to `pages` of the least recently released memory and says how many were freed. A keyed block goes as a whole.
  std::uint64_t evict(std::uint64_t pages);

  [[nodiscard]] std::uint64_t blocks() const { return index_.size(); }             ///< with a key
  [[nodiscard]] std::uint64_t evictable_pages() const { return evictable_pages_; }  ///< without a reference
  [[nodiscard]] std::uint64_t held_pages() const { return held_pages_; }            ///< with a reference

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t references = 0;
    std::uint32_t pages = 0;
    std::uint32_t previous = BlockIndex::none;
    std::uint32_t next = BlockIndex::none;
    bool keyed = false;
  };
  std::uint32_t make();
  void append(std::uint32_t slot);
  void unlink(std::uint32_t slot);

  std::uint32_t pages_per_block_;
  BlockIndex index_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> unused_;
  std::uint32_t oldest_ = BlockIndex::none;
  std::uint32_t newest_ = BlockIndex::none;
  std::uint64_t evictable_pages_ = 0;
  std::uint64_t held_pages_ = 0;
};

}  // namespace headroom::sim_serving
