#pragma once

#include <compare>
#include <memory>
#include <span>
#include <string_view>

#include "sim/scheduling/gang_scheduler.hpp"

namespace headroom::scheduling {

/// A job's place in a queue: least first, then by time of submission, then in the order of the list.
struct Rank {
  std::int64_t first = 0;
  std::int64_t submit = 0;
  JobId id = 0;
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

/// A queue in the order of a fixed key. The first job that cannot be placed blocks all behind it.
class StrictQueue : public QueuePolicy {
 public:
  void enqueue(JobId id, const Desk& desk) override { waiting_.insert(rank(id, desk)); }
  void decide(Desk& desk) override;

 protected:
  /// The key of a job; must not change while it waits.
  [[nodiscard]] virtual std::int64_t key(JobId id, const Desk& desk) const = 0;
  [[nodiscard]] Rank rank(JobId id, const Desk& desk) const { return {key(id, desk), desk.job(id).submit.count(), id}; }

  SortedPieces<Rank> waiting_;
};

/// First come, first served.
class Fifo final : public StrictQueue {
  [[nodiscard]] std::int64_t key(JobId, const Desk&) const override { return 0; }
};

/// Shortest job first, by its whole duration.
class ShortestFirst final : public StrictQueue {
  [[nodiscard]] std::int64_t key(JobId id, const Desk& desk) const override { return desk.job(id).duration.count(); }
};

/// Earliest deadline first; jobs without one come last. Says nothing about whether deadlines can be met.
class EarliestDeadline final : public StrictQueue {
  [[nodiscard]] std::int64_t key(JobId id, const Desk& desk) const override {
    return desk.job(id).deadline.value_or(engine::latest).count();
  }
};

/// Shortest remaining time first, preemptive. All jobs, running or waiting, in the order of what is left (restart included):
/// each is chosen if its number of accelerators is still within those that are up. Running ones that were not chosen go
/// back, at the price of Job::restart; chosen ones start if a whole place is free, which fragmentation may deny.
/// This is the rule of the HeliosArtifact simulator (SC'21) without its one-second steps.
class ShortestRemaining final : public StrictQueue {
 public:
  void decide(Desk& desk) override;

 private:
  [[nodiscard]] std::int64_t key(JobId id, const Desk& desk) const override { return desk.remaining(id).count(); }
  [[nodiscard]] bool room_for_all(const Desk& desk) const;
  void choose(Desk& desk, std::vector<Rank>& chosen, std::vector<JobId>& evicted) const;
};

/// Highest priority first; a waiting job evicts running ones of strictly lower priority, the lowest and then the latest
/// started first, and only if that makes room for all of it. Equal priorities are served in order of submission.
class Priority final : public StrictQueue {
 public:
  void decide(Desk& desk) override;

 private:
  [[nodiscard]] std::int64_t key(JobId id, const Desk& desk) const override { return -desk.job(id).priority; }
  bool make_room(JobId id, Desk& desk);
};

struct QueuePolicyEntry {
  std::string_view name;
  std::string_view what;
  std::unique_ptr<QueuePolicy> (*make)();
};

/// Every queue policy that needs no parameters, in the order in which help shows them.
[[nodiscard]] std::span<const QueuePolicyEntry> queue_policies();

}  // namespace headroom::scheduling
