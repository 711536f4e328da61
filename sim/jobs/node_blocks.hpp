#pragma once

#include <cstdint>
#include <vector>

#include "sim/scheduling/node_set.hpp"

namespace headroom::jobs {

/// Equal nodes of accelerators in blocks of 64 neighbours, and who holds them. A holder is a number of the caller's and has
/// whole nodes as a chain of pieces, each the nodes of one block as bits: taking, giving and the search of a failed node's
/// holder cost a few steps for each block, not for each node. Parts of nodes are taken and given one node at a time. A node
/// is up or down; a down node belongs to nobody.
class NodeBlocks {
 public:
  /// What a holder has: the index of its first piece.
  using Chain = std::int32_t;
  static constexpr Chain nothing = -1;
  static constexpr std::int32_t nobody = -1;

  NodeBlocks(std::int32_t nodes, std::int32_t gpus_per_node);

  [[nodiscard]] std::int32_t gpus_per_node() const { return width_; }
  [[nodiscard]] std::int64_t gpus() const { return std::int64_t{nodes_} * width_; }
  [[nodiscard]] std::int64_t free_gpus() const { return free_gpus_; }    ///< on nodes that are up
  [[nodiscard]] std::int32_t free_nodes() const { return free_nodes_; }  ///< idle and up
  [[nodiscard]] bool up(std::int32_t node) const { return (blocks_[block_of(node)].down & bit(node)) == 0; }
  /// Whether an idle cluster of this shape could ever hold such a gang.
  [[nodiscard]] bool ever_fits(std::int32_t gpus) const { return (std::int64_t{gpus} + width_ - 1) / width_ <= nodes_; }
  /// Whether whole idle nodes, and one more for what does not fill a node, hold a gang now.
  [[nodiscard]] bool fits(std::int32_t gpus) const { return gpus <= free_gpus_ && fits_whole(gpus); }

  /// Takes `n` idle nodes, which there must be: from the first block that has as many as are left to take (64 at most), else
  /// from the one with the most, so that a gang lies in few blocks. Puts a piece for each at the head of the chain.
  void take_neighbours(std::int32_t holder, std::int32_t n, Chain& chain);
  /// Takes `n` idle nodes, which there must be: the first ones.
  void take_first(std::int32_t holder, std::int32_t n, Chain& chain);
  /// Gives all back.
  void give(Chain& chain);
  /// Gives `n` nodes back, which the chain must have: of its first pieces, the last nodes first.
  void give(Chain& chain, std::int32_t n);

  /// Takes accelerators of one node, fewer than it has: of the first of those with the fewest free that has enough. Returns
  /// the node. There must be one.
  std::int32_t take_part(std::int32_t gpus);
  void give_part(std::int32_t node, std::int32_t gpus);

  /// Who holds all of a node, or nobody.
  [[nodiscard]] std::int32_t holder_of(std::int32_t node) const;
  /// Takes a node down that is idle or held as a whole; in the latter case its holder has it no longer.
  void take_down(std::int32_t node);
  void bring_up(std::int32_t node);

 private:
  using Bits = std::uint64_t;
  struct Block {
    Bits idle = 0;
    Bits down = 0;
    std::int32_t first_piece = nothing;
  };
  struct Piece {
    Bits nodes = 0;  ///< may have become none, if all failed
    std::int32_t block = 0;
    std::int32_t holder = nobody;
    std::int32_t next = nothing;  ///< of the chain, or of the pieces that wait to be used again
    std::int32_t next_in_block = nothing;
    std::int32_t previous_in_block = nothing;
  };

  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
  static std::size_t block_of(std::int32_t node) { return static_cast<std::size_t>(node) / 64; }
  static Bits bit(std::int32_t node) { return Bits{1} << (node % 64); }
  [[nodiscard]] bool fits_whole(std::int32_t gpus) const;
  [[nodiscard]] std::int32_t fewest_free(std::int32_t at_least) const;
  static constexpr std::size_t none = ~std::size_t{0};
  [[nodiscard]] std::size_t block_with(std::int32_t wanted, std::size_t from) const;
  [[nodiscard]] std::size_t block_for(std::int32_t wanted) const;
  [[nodiscard]] std::size_t first_idle_block();
  [[nodiscard]] std::int32_t piece_with(std::int32_t node) const;
  void make_busy(std::size_t block, Bits nodes, std::int32_t n);
  void make_idle(std::size_t block, Bits nodes, std::int32_t n);
  void add_piece(std::int32_t holder, std::size_t block, Bits nodes, Chain& chain);
  void drop_first(Chain& chain);

  std::int32_t nodes_;
  std::int32_t width_;
  std::int64_t free_gpus_;
  std::int32_t free_nodes_;
  std::size_t first_idle_ = 0;  ///< no block before it has an idle node
  std::vector<Block> blocks_;
  std::vector<std::uint8_t> idle_in_;  ///< by block: idle nodes; zeros up to a multiple of 16 blocks
  std::vector<Piece> pieces_;
  std::int32_t unused_pieces_ = nothing;
  std::vector<std::int16_t> part_free_;        ///< by node that is held in parts
  std::vector<scheduling::NodeSet> by_free_;   ///< nodes held in parts, by what is free on them; [0] is not used
};

}  // namespace headroom::jobs
