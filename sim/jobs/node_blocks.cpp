#include "sim/jobs/node_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace headroom::jobs {

namespace {

constexpr std::uint64_t ones(int n) { return n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1; }

/// By byte and n < 8: the place of its set bit number n.
constexpr auto places_in_byte = [] {
  std::array<std::array<std::uint8_t, 8>, 256> places{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::size_t n = 0;
    for (std::uint8_t place = 0; place < 8; ++place) {
      if ((byte >> place & 1) != 0) places[byte][n++] = place;
    }
  }
  return places;
}();

/// The `n` lowest of the bits that are set, of which there must be more. Finds the place of bit number n by counts of whole
/// bytes (S. Vigna, Broadword implementation of rank/select queries, WEA 2008): the same few steps whatever the bits, where
/// going from run to run missed a branch at most calls.
std::uint64_t lowest(std::uint64_t bits, std::int32_t n) {
  constexpr std::uint64_t each = 0x0101010101010101;
  std::uint64_t sums = bits - (bits >> 1 & 0x55 * each);
  sums = (sums & 0x33 * each) + (sums >> 2 & 0x33 * each);
  sums = ((sums + (sums >> 4)) & 0x0f * each) * each;  // in byte i: the bits set in bytes 0 to i
  const auto rank = static_cast<std::uint64_t>(n);
  const std::uint64_t before = ((rank * each | 0x80 * each) - sums) >> 7 & each;  // 1 in each byte that ends before it
  const std::uint64_t shift = (before * each >> 56) * 8;
  const std::uint64_t in_byte = rank - (sums << 8 >> shift & 0xff);
  return bits & ones(static_cast<int>(shift) + places_in_byte[bits >> shift & 0xff][in_byte]);
}

}  // namespace

NodeBlocks::NodeBlocks(std::int32_t nodes, std::int32_t gpus_per_node) : nodes_(nodes), width_(gpus_per_node) {
  if (nodes < 1 || gpus_per_node < 1 || gpus_per_node > 1024) throw std::invalid_argument("a site has at least one node, and 1 to 1024 accelerators a node");
  free_gpus_ = gpus();
  free_nodes_ = nodes;
  blocks_.resize((at(nodes) + 63) / 64);
  idle_in_.assign((blocks_.size() + 15) / 16 * 16, 0);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const int n = static_cast<int>(std::min<std::size_t>(64, at(nodes) - 64 * b));
    blocks_[b].idle = ones(n);
    idle_in_[b] = static_cast<std::uint8_t>(n);
  }
  part_free_.assign(at(nodes), 0);
  by_free_.assign(at(width_), scheduling::NodeSet(nodes));
}

bool NodeBlocks::fits_whole(std::int32_t gpus) const {
  const std::int32_t whole = gpus / width_;
  const std::int32_t rest = gpus % width_;
  if (free_nodes_ != whole) return free_nodes_ > whole;
  return rest == 0 || fewest_free(rest) > 0;
}

/// The least number free, at least `at_least`, on a node held in parts; 0 if none has.
std::int32_t NodeBlocks::fewest_free(std::int32_t at_least) const {
  for (std::int32_t free = at_least; free < width_; ++free) {
    if (!by_free_[at(free)].empty()) return free;
  }
  return 0;
}

void NodeBlocks::make_busy(std::size_t block, Bits nodes, std::int32_t n) {
  blocks_[block].idle &= ~nodes;
  idle_in_[block] = static_cast<std::uint8_t>(idle_in_[block] - n);
  free_nodes_ -= n;
  free_gpus_ -= std::int64_t{n} * width_;
}

void NodeBlocks::make_idle(std::size_t block, Bits nodes, std::int32_t n) {
  blocks_[block].idle |= nodes;
  idle_in_[block] = static_cast<std::uint8_t>(idle_in_[block] + n);
  free_nodes_ += n;
  free_gpus_ += std::int64_t{n} * width_;
  first_idle_ = std::min(first_idle_, block);
}

/// The first block with at least `wanted` idle nodes (1 to 64), or `none`; there are none before `from`, a multiple of 8.
/// Eight counts are compared at a time: each is at most 64, so that adding 128 - wanted sets its byte's highest bit if it is
/// large enough.
std::size_t NodeBlocks::block_with(std::int32_t wanted, std::size_t from) const {
  constexpr std::uint64_t each = 0x0101010101010101;
  const std::uint64_t shortage = each * static_cast<std::uint64_t>(128 - wanted);
  for (std::size_t b = from; b < idle_in_.size(); b += 8) {
    std::uint64_t counts;
    std::memcpy(&counts, &idle_in_[b], 8);
    const std::uint64_t enough = (counts + shortage) & (each << 7);
    if (enough != 0) return b + static_cast<std::size_t>(std::countr_zero(enough)) / 8;
  }
  return none;
}

/// The first block with at least `wanted` idle nodes (1 to 64), else the first of those with the most.
std::size_t NodeBlocks::block_for(std::int32_t wanted) const {
  if (const std::size_t block = block_with(wanted, 0); block != none) return block;
  std::array<std::uint8_t, 16> most{};
  for (std::size_t b = 0; b < idle_in_.size(); b += most.size()) {
    for (std::size_t i = 0; i < most.size(); ++i) most[i] = std::max(most[i], idle_in_[b + i]);
  }
  return block_with(*std::max_element(most.begin(), most.end()), 0);
}

std::size_t NodeBlocks::first_idle_block() {
  first_idle_ = block_with(1, first_idle_ / 8 * 8);
  return first_idle_;
}

void NodeBlocks::add_piece(std::int32_t holder, std::size_t block, Bits nodes, Chain& chain) {
  std::int32_t p = unused_pieces_;
  if (p == nothing) {
    p = static_cast<std::int32_t>(pieces_.size());
    pieces_.emplace_back();
  } else {
    unused_pieces_ = pieces_[at(p)].next;
  }
  std::int32_t& head = blocks_[block].first_piece;
  if (head != nothing) pieces_[at(head)].previous_in_block = p;
  pieces_[at(p)] = {nodes, static_cast<std::int32_t>(block), holder, chain, head, nothing};
  head = p;
  chain = p;
}

/// Takes the first piece, which has no nodes any more, out of chain and block.
void NodeBlocks::drop_first(Chain& chain) {
  const std::int32_t p = chain;
  Piece& piece = pieces_[at(p)];
  std::int32_t& link = piece.previous_in_block == nothing ? blocks_[at(piece.block)].first_piece : pieces_[at(piece.previous_in_block)].next_in_block;
  link = piece.next_in_block;
  if (piece.next_in_block != nothing) pieces_[at(piece.next_in_block)].previous_in_block = piece.previous_in_block;
  chain = piece.next;
  piece.next = unused_pieces_;
  unused_pieces_ = p;
}

void NodeBlocks::take_neighbours(std::int32_t holder, std::int32_t n, Chain& chain) {
  while (n > 0) {
    const std::size_t block = block_for(std::min(n, 64));
    const std::int32_t here = std::min<std::int32_t>(n, idle_in_[block]);
    const Bits nodes = here == idle_in_[block] ? blocks_[block].idle : lowest(blocks_[block].idle, here);
    make_busy(block, nodes, here);
    add_piece(holder, block, nodes, chain);
    n -= here;
  }
}

void NodeBlocks::take_first(std::int32_t holder, std::int32_t n, Chain& chain) {
  while (n > 0) {
    const std::size_t block = first_idle_block();
    const std::int32_t here = std::min<std::int32_t>(n, idle_in_[block]);
    const Bits nodes = here == idle_in_[block] ? blocks_[block].idle : lowest(blocks_[block].idle, here);
    make_busy(block, nodes, here);
    n -= here;
    std::int32_t p = chain;  // mostly that is the piece in question
    if (p == nothing || at(pieces_[at(p)].block) != block) {
      p = blocks_[block].first_piece;
      while (p != nothing && pieces_[at(p)].holder != holder) p = pieces_[at(p)].next_in_block;
    }
    if (p == nothing) {
      add_piece(holder, block, nodes, chain);
    } else {
      pieces_[at(p)].nodes |= nodes;
    }
  }
}

void NodeBlocks::give(Chain& chain) {
  while (chain != nothing) {
    const Piece& piece = pieces_[at(chain)];
    make_idle(at(piece.block), piece.nodes, scheduling::ones_in(piece.nodes));
    drop_first(chain);
  }
}

void NodeBlocks::give(Chain& chain, std::int32_t n) {
  while (n > 0) {
    Piece& piece = pieces_[at(chain)];
    const std::int32_t here = scheduling::ones_in(piece.nodes);
    const std::int32_t given = std::min(n, here);
    const Bits kept = given == here ? 0 : lowest(piece.nodes, here - given);
    make_idle(at(piece.block), piece.nodes & ~kept, given);
    piece.nodes = kept;
    n -= given;
    if (kept == 0) drop_first(chain);
  }
}

std::int32_t NodeBlocks::take_part(std::int32_t gpus) {
  std::int32_t node = 0;
  if (const std::int32_t free = fewest_free(gpus); free > 0) {
    node = by_free_[at(free)].first();
    by_free_[at(free)].erase(node);
    free_gpus_ -= gpus;
    part_free_[at(node)] = static_cast<std::int16_t>(free - gpus);
  } else {
    const std::size_t block = first_idle_block();
    const Bits lone = blocks_[block].idle & -blocks_[block].idle;
    node = static_cast<std::int32_t>(block) * 64 + std::countr_zero(lone);
    make_busy(block, lone, 1);
    free_gpus_ += width_ - gpus;
    part_free_[at(node)] = static_cast<std::int16_t>(width_ - gpus);
  }
  if (part_free_[at(node)] > 0) by_free_[at(part_free_[at(node)])].insert(node);
  return node;
}

void NodeBlocks::give_part(std::int32_t node, std::int32_t gpus) {
  const std::int32_t before = part_free_[at(node)];
  const std::int32_t free = before + gpus;
  if (before > 0) by_free_[at(before)].erase(node);
  part_free_[at(node)] = static_cast<std::int16_t>(free);
  if (free == width_) {
    make_idle(block_of(node), bit(node), 1);
    free_gpus_ -= before;  // counted already
  } else {
    by_free_[at(free)].insert(node);
    free_gpus_ += gpus;
  }
}

/// The piece that a node which is neither idle nor held in parts belongs to, or nothing.
std::int32_t NodeBlocks::piece_with(std::int32_t node) const {
  std::int32_t p = blocks_[block_of(node)].first_piece;
  while (p != nothing && (pieces_[at(p)].nodes & bit(node)) == 0) p = pieces_[at(p)].next_in_block;
  return p;
}

std::int32_t NodeBlocks::holder_of(std::int32_t node) const {
  const std::int32_t p = piece_with(node);
  return p == nothing ? nobody : pieces_[at(p)].holder;
}

void NodeBlocks::take_down(std::int32_t node) {
  Block& block = blocks_[block_of(node)];
  if ((block.idle & bit(node)) != 0) {
    make_busy(block_of(node), bit(node), 1);
  } else if (const std::int32_t p = piece_with(node); p != nothing) {
    pieces_[at(p)].nodes &= ~bit(node);
  }
  block.down |= bit(node);
}

void NodeBlocks::bring_up(std::int32_t node) {
  blocks_[block_of(node)].down &= ~bit(node);
  make_idle(block_of(node), bit(node), 1);
}

}  // namespace headroom::jobs
