#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace headroom::scheduling {

/// Gangs in a line, each as long as it has nodes: where nodes are only counted, this says whose is the first, the second and so on. A gang
/// keeps its slot, and its place as long as none before it comes or goes.
class GangLine {
 public:
  /// Nodes of all gangs.
  [[nodiscard]] std::int32_t nodes() const { return nodes_; }

  /// A gang of at least one node comes, into the last gap or to the end. Its slot.
  std::int32_t insert(std::int32_t nodes) {
    nodes_ += nodes;
    if (gaps_.empty()) {
      length_.push_back(nodes);
      std::int32_t sum = nodes;
      const std::size_t i = length_.size();  // sums_[i - 1] is over the slots from i - lowest_bit(i) to i - 1
      for (std::size_t part = 1; part < lowest_bit(i); part *= 2) sum += sums_[i - part - 1];
      sums_.push_back(sum);
      return static_cast<std::int32_t>(i - 1);
    }
    const std::int32_t slot = gaps_.back();
    gaps_.pop_back();
    lengthen(slot, nodes);
    return slot;
  }
  void erase(std::int32_t slot) {
    const std::int32_t nodes = length_[static_cast<std::size_t>(slot)];
    nodes_ -= nodes;
    lengthen(slot, -nodes);
    gaps_.push_back(slot);
  }

  struct Place {
    std::int32_t slot;
    std::int32_t left;  ///< nodes of the gang from here on
  };
  /// Who stands at a place, 0 to nodes() - 1.
  [[nodiscard]] Place at(std::int32_t place) const {
    std::size_t slot = 0;
    for (std::size_t step = std::bit_floor(sums_.size()); step > 0; step /= 2) {
      if (slot + step > sums_.size() || sums_[slot + step - 1] > place) continue;
      slot += step;
      place -= sums_[slot - 1];
    }
    return {static_cast<std::int32_t>(slot), length_[slot] - place};
  }

 private:
  static std::size_t lowest_bit(std::size_t i) { return i & (~i + 1); }
  void lengthen(std::int32_t slot, std::int32_t more) {
    length_[static_cast<std::size_t>(slot)] += more;
    for (std::size_t i = static_cast<std::size_t>(slot) + 1; i <= sums_.size(); i += lowest_bit(i)) sums_[i - 1] += more;
  }

  std::vector<std::int32_t> length_;  ///< by slot; 0 in a gap
  std::vector<std::int32_t> sums_;    ///< over the slots before, as a binary indexed tree
  std::vector<std::int32_t> gaps_;
  std::int32_t nodes_ = 0;
};

}  // namespace headroom::scheduling
