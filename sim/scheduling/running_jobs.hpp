#pragma once

#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "sim/scheduling/job.hpp"
#include "sim/scheduling/sorted_pieces.hpp"

namespace headroom::scheduling {

/// What decides in which order running jobs end or must go.
struct RunningJob {
  SimTime expected_end{0};  ///< by estimate
  JobId id = 0;
  std::int32_t priority = 0;
  SimTime since{0};
  friend bool operator<(const RunningJob& a, const RunningJob& b) { return a.expected_end != b.expected_end ? a.expected_end < b.expected_end : a.id < b.id; }
  /// Whether it goes before another if one must: the lowest priority, then the latest start, then the last in the list.
  [[nodiscard]] bool goes_before(const RunningJob& other) const {
    return std::tuple{priority, other.since, other.id} < std::tuple{other.priority, since, id};
  }
};

/// The jobs that run. They are put in the order of their ends once somebody asks for it, and kept in it from then on.
class RunningJobs {
 public:
  explicit RunningJobs(std::size_t jobs) : at_(jobs, -1) {}
  /// In no order that means anything, but the same in each run.
  [[nodiscard]] std::span<const RunningJob> all() const { return all_; }
  /// Ties by id.
  [[nodiscard]] const SortedPieces<RunningJob>& by_end() const {
    if (!by_end_) {
      by_end_.emplace();
      for (const RunningJob& job : all_) by_end_->insert(job);
    }
    return *by_end_;
  }
  /// Requires that the job runs.
  [[nodiscard]] const RunningJob& of(JobId id) const { return all_[place_of(id)]; }

  void insert(const RunningJob& job) {
    at_[static_cast<std::size_t>(job.id)] = static_cast<std::int32_t>(all_.size());
    all_.push_back(job);
    if (by_end_) by_end_->insert(job);
  }
  void erase(JobId id) {
    const std::size_t place = place_of(id);
    if (by_end_) by_end_->erase(all_[place]);
    all_[place] = all_.back();
    at_[static_cast<std::size_t>(all_[place].id)] = static_cast<std::int32_t>(place);
    all_.pop_back();
  }

 private:
  [[nodiscard]] std::size_t place_of(JobId id) const { return static_cast<std::size_t>(at_[static_cast<std::size_t>(id)]); }

  std::vector<RunningJob> all_;
  std::vector<std::int32_t> at_;  ///< by job that runs: its place there
  mutable std::optional<SortedPieces<RunningJob>> by_end_;
};

}  // namespace headroom::scheduling
