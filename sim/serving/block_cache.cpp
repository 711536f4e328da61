#include "sim/serving/block_cache.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom::sim_serving {
namespace {
constexpr std::uint32_t none = BlockIndex::none;
}

bool BlockCache::acquire(std::uint64_t key) {
  std::uint32_t slot = index_.find(key);
  const bool present = slot != none;
  if (!present) {
    slot = make();
    entries_[slot].key = key;
    entries_[slot].keyed = true;
    entries_[slot].pages = pages_per_block_;
    index_.insert(key, slot);
  } else if (entries_[slot].references == 0) {
    unlink(slot);
    evictable_pages_ -= pages_per_block_;
  }
  if (entries_[slot].references++ == 0) held_pages_ += pages_per_block_;
  return present;
}

void BlockCache::release(std::uint64_t key) {
  const std::uint32_t slot = index_.find(key);
  if (slot == none || entries_[slot].references == 0) throw std::logic_error("block cache: released a block that is not held");
  if (--entries_[slot].references == 0) {
    held_pages_ -= pages_per_block_;
    evictable_pages_ += pages_per_block_;
    append(slot);
  }
}

void BlockCache::add_anonymous(std::uint32_t pages) {
  if (pages == 0) return;
  evictable_pages_ += pages;
  if (newest_ != none && !entries_[newest_].keyed) {  // neighbours without a key are one
    entries_[newest_].pages += pages;
    return;
  }
  const std::uint32_t slot = make();
  entries_[slot].pages = pages;
  append(slot);
}

std::uint64_t BlockCache::evict(std::uint64_t pages) {
  std::uint64_t freed = 0;
  while (freed < pages && oldest_ != none) {
    const std::uint32_t slot = oldest_;
    Entry& entry = entries_[slot];
    if (!entry.keyed && entry.pages > pages - freed) {
      entry.pages -= static_cast<std::uint32_t>(pages - freed);
      freed = pages;
      break;
    }
    freed += entry.pages;
    unlink(slot);
    if (entry.keyed) index_.erase(entry.key);
    unused_.push_back(slot);
  }
  evictable_pages_ -= freed;
  return freed;
}

std::uint32_t BlockCache::make() {
  if (unused_.empty()) {
    entries_.emplace_back();
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t slot = unused_.back();
  unused_.pop_back();
  entries_[slot] = Entry{};
  return slot;
}

void BlockCache::append(std::uint32_t slot) {
  Entry& entry = entries_[slot];
  entry.previous = newest_;
  entry.next = none;
  (newest_ == none ? oldest_ : entries_[newest_].next) = slot;
  newest_ = slot;
}

void BlockCache::unlink(std::uint32_t slot) {
  const Entry& entry = entries_[slot];
  (entry.previous == none ? oldest_ : entries_[entry.previous].next) = entry.next;
  (entry.next == none ? newest_ : entries_[entry.next].previous) = entry.previous;
}

}  // namespace headroom::sim_serving
