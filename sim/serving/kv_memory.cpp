#include "sim/serving/kv_memory.hpp"

#include <stdexcept>
#include <string>

namespace headroom::sim_serving {

KvMemory::KvMemory(std::uint64_t pages, std::uint32_t page_tokens, std::uint32_t block_tokens, bool keep)
    : total_(pages),
      clean_(pages),
      page_tokens_(page_tokens),
      block_tokens_(block_tokens),
      pages_per_block_(block_tokens / page_tokens),
      keep_(keep),
      cache_(pages_per_block_) {}

void KvMemory::take(std::uint64_t pages) {
  if (pages > clean_) clean_ += cache_.evict(pages - clean_);
  if (pages > clean_) throw std::logic_error("cache memory: took more pages than are available");
  clean_ -= pages;
  private_ += pages;
}

void KvMemory::give_back(std::uint64_t pages) {
  if (pages > private_) throw std::logic_error("cache memory: returned more pages than were taken");
  private_ -= pages;
  if (keep_) {
    cache_.add_anonymous(static_cast<std::uint32_t>(pages));
  } else {
    clean_ += pages;
  }
}

std::uint32_t KvMemory::match(const PrefixChain& chain, std::uint32_t limit) const {
  if (!keep_) return 0;
  std::uint32_t blocks = 0;
  while (blocks < limit && cache_.contains(chain.key(blocks))) ++blocks;
  return blocks;
}

void KvMemory::hold(const PrefixChain& chain, std::uint32_t blocks) {
  for (std::uint32_t i = 0; i < blocks; ++i) {
    if (!cache_.acquire(chain.key(i))) throw std::logic_error("cache memory: held a block that is not cached");
  }
}

void KvMemory::publish(const PrefixChain& chain, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t i = from; i < to; ++i) {
    private_ -= pages_per_block_;
    if (cache_.acquire(chain.key(i))) clean_ += pages_per_block_;  // somebody else computed the same block meanwhile
  }
}

void KvMemory::release(const PrefixChain& chain, std::uint32_t blocks) {
  while (blocks > 0) cache_.release(chain.key(--blocks));
}

void KvMemory::check() const {
  const std::uint64_t sum = clean_ + private_ + cache_.held_pages() + cache_.evictable_pages();
  if (sum == total_) return;
  throw std::logic_error("cache memory: clean " + std::to_string(clean_) + " + private " + std::to_string(private_) + " + held " +
                         std::to_string(cache_.held_pages()) + " + evictable " + std::to_string(cache_.evictable_pages()) +
                         " is not the total " + std::to_string(total_));
}

}  // namespace headroom::sim_serving
