#pragma once

#include <map>

#include "sim/scheduling/queue_policies.hpp"

namespace headroom::scheduling {

/// First come, first served, where later jobs may start if they do not delay the first in the queue by what is known (EASY:
/// D. G. Feitelson and A. M. Weil, IPPS 1998). The first one is promised the earliest time at which the running jobs, by their
/// estimates, leave it a whole place. With exact estimates and without failures it starts no later than promised; jobs
/// further back are promised nothing.
class EasyBackfill final : public QueuePolicy {
 public:
  void enqueue(JobId id, const Desk& desk) override { waiting_.insert({0, desk.job(id).submit.count(), id}); }
  void decide(Desk& desk) override;
  /// The first promise that each job was given.
  [[nodiscard]] const std::map<JobId, SimTime>& promises() const { return promises_; }

 private:
  SortedPieces<Rank> waiting_;
  std::map<JobId, SimTime> promises_;
  Partitions later_, now_;  ///< of the present decision; they keep their memory
};

/// Every waiting job, up to a depth, holds a place in a plan made anew at each decision in the order of submission; none may
/// delay one before it. Costs depth x points x nodes each time: for clusters of up to some hundred nodes.
class ConservativeBackfill final : public QueuePolicy {
 public:
  explicit ConservativeBackfill(std::size_t depth = 32) : depth_(depth) {}
  void enqueue(JobId id, const Desk& desk) override { waiting_.insert({0, desk.job(id).submit.count(), id}); }
  void decide(Desk& desk) override;

 private:
  std::size_t depth_;
  SortedPieces<Rank> waiting_;
};

}  // namespace headroom::scheduling
