#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include "sim/serving/block_index.hpp"

namespace headroom::sim_serving {

/// Nanoseconds since the start of the run.
using Nanos = std::int64_t;
inline constexpr Nanos never = std::numeric_limits<Nanos>::max();

using RequestId = std::uint32_t;
inline constexpr RequestId no_request = 0xffffffffU;

/// The keys of the blocks of a context, first to last. Equal keys mean equal content from the start.
struct PrefixChain {
  std::uint64_t own = 0;            ///< what follows the shared start: a session, or a request of its own
  std::uint64_t group = 0;          ///< the shared start: a system prompt
  std::uint32_t group_blocks = 0;
  std::uint32_t blocks = 0;         ///< blocks of the input that have a key
  const std::uint64_t* ids = nullptr;  ///< keys read from a trace; then `own` and `group` do not matter

  [[nodiscard]] std::uint64_t key(std::uint32_t block) const {
    if (ids != nullptr) return ids[block];
    return block < group_blocks ? mix_bits(group * 0x9e3779b97f4a7c15ULL + block)
                                : mix_bits(mix_bits(own + 0x9e3779b97f4a7c15ULL) + block);
  }
};

/// A request that is in the system. Finished ones are forgotten, so that memory follows the live ones.
struct Request {
  enum class State : std::uint8_t { waiting, prefilling, decoding, exporting, swapped, in_transfer };

  Nanos arrival = 0;
  Nanos first_token = -1;
  std::uint64_t last_pass = 0;         ///< decoding: the replica's pass that completes the request
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  std::uint32_t generated = 0;         ///< tokens emitted before the present stay in the batch
  std::uint32_t prefilled = 0;         ///< tokens of context in the cache, matched ones included; decoding: at the join
  std::uint32_t held_blocks = 0;       ///< keyed blocks to which the request holds a reference
  std::uint32_t private_pages = 0;
  std::uint32_t chain = no_request;    ///< index of its PrefixChain, or none
  std::uint32_t session = no_request;
  RequestId next = no_request;         ///< neighbour in the list that the state puts it in
  union {
    std::uint32_t cached = 0;          ///< up to its first token: input tokens found in the cache when it first started
    RequestId previous;                ///< decoding: the other neighbour
  };
  std::uint16_t replica = 0;
  std::uint16_t first_page = 0;        ///< decoding: passes from the join to its first new page (see Replica)
  std::uint8_t priority = 0;           ///< 0 is served first
  State state = State::waiting;
  bool started = false;

  /// Tokens that a prefill has to bring into the cache: the prompt and what was emitted before a preemption.
  [[nodiscard]] std::uint32_t context_to_prefill() const { return input + generated; }
};
static_assert(sizeof(Request) <= 72, "live requests are kept small");

/// Items in numbered slots that are used again. Grows by small pieces, so that a large table does not move and a small one does not
/// stand half empty; an unused slot holds the number of the next one.
template <class T>
class Slab {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) >= sizeof(std::uint32_t), "an unused item's bytes hold a number");

 public:
  [[nodiscard]] std::uint32_t add(const T& item) {
    ++live_;
    if (unused_ != none) {
      const std::uint32_t slot = unused_;
      std::memcpy(&unused_, &(*this)[slot], sizeof unused_);
      (*this)[slot] = item;
      return slot;
    }
    if (used_ % piece == 0) pieces_.push_back(std::make_unique<T[]>(piece));
    (*this)[used_] = item;
    return used_++;
  }
  void remove(std::uint32_t slot) {
    std::memcpy(static_cast<void*>(&(*this)[slot]), &unused_, sizeof unused_);
    unused_ = slot;
    --live_;
  }
  T& operator[](std::uint32_t slot) { return pieces_[slot / piece][slot % piece]; }
  const T& operator[](std::uint32_t slot) const { return pieces_[slot / piece][slot % piece]; }
  [[nodiscard]] std::uint32_t live() const { return live_; }
  /// With what the allocator keeps beside each piece.
  [[nodiscard]] std::size_t capacity_bytes() const { return pieces_.size() * (piece * sizeof(T) + 16) + pieces_.capacity() * sizeof(void*); }

 private:
  static constexpr std::uint32_t piece = 8, none = 0xffffffffU;
  std::vector<std::unique_ptr<T[]>> pieces_;
  std::uint32_t unused_ = none;
  std::uint32_t used_ = 0;
  std::uint32_t live_ = 0;
};

/// The requests in the system and their prefixes, shared by the replicas of one simulation.
struct RequestTable {
  Slab<Request> requests;
  Slab<PrefixChain> chains;
};

}  // namespace headroom::sim_serving
