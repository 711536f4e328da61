#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "sim/scheduling/job.hpp"

namespace headroom::scheduling {

/// Jobs in the order of their expected ends, ties by id: sorted pieces of an array, so that walking through them finds neighbours in
/// neighbouring memory and a change moves one piece.
class EndOrder {
 public:
  using Entry = std::pair<SimTime, JobId>;

  class Iterator {
   public:
    Iterator(const std::vector<std::vector<Entry>>& pieces, std::size_t piece) : pieces_(&pieces), piece_(piece) {}
    [[nodiscard]] const Entry& operator*() const { return (*pieces_)[piece_][at_]; }
    [[nodiscard]] const Entry* operator->() const { return &**this; }
    Iterator& operator++() {
      if (++at_ == (*pieces_)[piece_].size()) {
        ++piece_;
        at_ = 0;
      }
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.piece_ == b.piece_ && a.at_ == b.at_; }

   private:
    const std::vector<std::vector<Entry>>* pieces_;
    std::size_t piece_, at_ = 0;
  };

  [[nodiscard]] Iterator begin() const { return {pieces_, 0}; }
  [[nodiscard]] Iterator end() const { return {pieces_, pieces_.size()}; }

  void insert(const Entry& entry) {
    if (pieces_.empty()) pieces_.emplace_back();
    auto piece = piece_of(entry);
    if (piece == pieces_.end()) --piece;
    piece->insert(std::lower_bound(piece->begin(), piece->end(), entry), entry);
    if (piece->size() < longest) return;
    const auto middle = piece->begin() + longest / 2;
    std::vector<Entry> later(middle, piece->end());
    piece->erase(middle, piece->end());
    pieces_.insert(piece + 1, std::move(later));
  }
  /// The entry must be there.
  void erase(const Entry& entry) {
    const auto piece = piece_of(entry);
    piece->erase(std::lower_bound(piece->begin(), piece->end(), entry));
    if (piece->empty()) pieces_.erase(piece);
  }

 private:
  static constexpr int longest = 256;
  /// The first piece that does not end before an entry.
  [[nodiscard]] std::vector<std::vector<Entry>>::iterator piece_of(const Entry& entry) {
    return std::partition_point(pieces_.begin(), pieces_.end(), [&](const auto& piece) { return !piece.empty() && piece.back() < entry; });
  }

  std::vector<std::vector<Entry>> pieces_;  ///< none is empty
};

}  // namespace headroom::scheduling
