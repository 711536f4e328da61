#include "sim/serving/block_index.hpp"

#include <stdexcept>
#include <utility>

namespace headroom::sim_serving {

void BlockIndex::insert(std::uint64_t key, std::uint32_t slot) {
  if (2 * (size_ + 1) > cells_.size()) grow();
  std::size_t at = home(key);
  while (cells_[at].slot != none) at = (at + 1) & mask_;
  cells_[at] = {key, slot};
  ++size_;
}

void BlockIndex::erase(std::uint64_t key) {
  std::size_t at = home(key);
  while (cells_[at].key != key || cells_[at].slot == none) {
    if (cells_[at].slot == none) throw std::logic_error("block index: erasing a key that is not there");
    at = (at + 1) & mask_;
  }
  // Moves later cells of the same run back, so that no tombstones pile up.
  std::size_t hole = at;
  for (std::size_t next = (hole + 1) & mask_; cells_[next].slot != none; next = (next + 1) & mask_) {
    const std::size_t distance_home = (next - home(cells_[next].key)) & mask_;
    if (distance_home >= ((next - hole) & mask_)) {
      cells_[hole] = cells_[next];
      hole = next;
    }
  }
  cells_[hole].slot = none;
  --size_;
}

void BlockIndex::grow() {
  std::vector<Cell> old = std::exchange(cells_, std::vector<Cell>(cells_.empty() ? 64 : 2 * cells_.size()));
  mask_ = cells_.size() - 1;
  size_ = 0;
  for (const Cell& cell : old) {
    if (cell.slot != none) insert(cell.key, cell.slot);
  }
}

}  // namespace headroom::sim_serving
