#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace headroom::scheduling {

/// A sorted set in pieces of an array: walking through it finds neighbours in neighbouring memory, a change moves a part of one piece, and
/// nothing is allocated but now and then a piece.
template <class T>
class SortedPieces {
  using Pieces = std::vector<std::vector<T>>;

 public:
  class Iterator {
   public:
    Iterator(const Pieces& pieces, std::size_t piece, std::size_t at = 0) : pieces_(&pieces), piece_(piece), at_(at) {}
    [[nodiscard]] const T& operator*() const { return (*pieces_)[piece_][at_]; }
    [[nodiscard]] const T* operator->() const { return &**this; }
    Iterator& operator++() {
      if (++at_ == (*pieces_)[piece_].size()) {
        ++piece_;
        at_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.piece_ == b.piece_ && a.at_ == b.at_; }

   private:
    friend class SortedPieces;
    const Pieces* pieces_;
    std::size_t piece_, at_;
  };

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] Iterator begin() const { return {pieces_, 0}; }
  [[nodiscard]] Iterator end() const { return {pieces_, pieces_.size()}; }

  /// The value must not be there yet.
  void insert(const T& value) {
    if (pieces_.empty()) {
      pieces_.push_back(std::move(spare_));
      pieces_.back().assign(1, value);
      return;
    }
    auto piece = piece_of(value);
    if (piece == pieces_.end()) --piece;
    if (piece->back() < value) piece->push_back(value);
    else piece->insert(std::lower_bound(piece->begin(), piece->end(), value), value);
    if (piece->size() < longest) return;
    const auto middle = piece->begin() + longest / 2;
    std::vector<T> later(middle, piece->end());
    piece->erase(middle, piece->end());
    pieces_.insert(piece + 1, std::move(later));
  }
  /// The value must be there.
  void erase(const T& value) {
    const auto piece = piece_of(value);
    erase({pieces_, static_cast<std::size_t>(piece - pieces_.begin()), static_cast<std::size_t>(std::lower_bound(piece->begin(), piece->end(), value) - piece->begin())});
  }
  /// The one after it.
  Iterator erase(Iterator it) {
    auto& piece = pieces_[it.piece_];
    piece.erase(piece.begin() + static_cast<std::ptrdiff_t>(it.at_));
    if (piece.empty()) {
      spare_ = std::move(piece);
      pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(it.piece_));
      return it;
    }
    return it.at_ == piece.size() ? Iterator{pieces_, it.piece_ + 1} : it;
  }

 private:
  static constexpr int longest = 128;
  /// The first piece that does not end before a value.
  [[nodiscard]] typename Pieces::iterator piece_of(const T& value) {
    return std::partition_point(pieces_.begin(), pieces_.end(), [&](const auto& piece) { return piece.back() < value; });
  }

  Pieces pieces_;  ///< none is empty
  std::vector<T> spare_;  ///< memory for the first piece: queues are often empty
};

}  // namespace headroom::scheduling
