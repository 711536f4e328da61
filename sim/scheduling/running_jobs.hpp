#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/scheduling/job.hpp"
#include "sim/scheduling/sorted_pieces.hpp"

namespace headroom::scheduling {

/// The jobs that run, each with its expected end. They are put in the order of those ends once somebody asks for it, and kept in it from
/// then on.
class RunningJobs {
 public:
  using Entry = std::pair<SimTime, JobId>;

  explicit RunningJobs(std::size_t jobs) : at_(jobs, -1) {}
  /// In no order that means anything, but the same in each run.
  [[nodiscard]] std::span<const Entry> all() const { return all_; }
  /// Ties by id.
  [[nodiscard]] const SortedPieces<Entry>& by_end() const {
    if (!by_end_) {
      by_end_.emplace();
      for (const Entry& entry : all_) by_end_->insert(entry);
    }
    return *by_end_;
  }
  /// Requires that the job runs.
  [[nodiscard]] SimTime expected_end(JobId id) const { return all_[place_of(id)].first; }

  void insert(JobId id, SimTime expected_end) {
    at_[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(all_.size());
    all_.emplace_back(expected_end, id);
    if (by_end_) by_end_->insert(all_.back());
  }
  void erase(JobId id) {
    const std::size_t place = place_of(id);
    if (by_end_) by_end_->erase(all_[place]);
    all_[place] = all_.back();
    at_[static_cast<std::size_t>(all_[place].second)] = static_cast<std::int32_t>(place);
    all_.pop_back();
  }

 private:
  [[nodiscard]] std::size_t place_of(JobId id) const { return static_cast<std::size_t>(at_[static_cast<std::size_t>(id)]); }

  std::vector<Entry> all_;
  std::vector<std::int32_t> at_;  ///< by job that runs: its place there
  mutable std::optional<SortedPieces<Entry>> by_end_;
};

}  // namespace headroom::scheduling
