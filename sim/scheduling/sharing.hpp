#pragma once

#include <map>
#include <vector>

#include "sim/scheduling/queue_policies.hpp"

namespace headroom::scheduling {

/// The tenant that has used the least accelerator time for its weight goes first, running jobs counted up to now; within a
/// tenant first come, first served. A tenant whose first job finds no place is passed over until the next decision, so wide
/// jobs may wait long beside narrow ones: nothing is promised.
class FairShare final : public QueuePolicy {
 public:
  /// Weights by tenant, whole numbers above 0; tenants beyond the list weigh 1.
  explicit FairShare(std::vector<std::int64_t> weights = {}) : weights_(std::move(weights)) {}
  void enqueue(JobId id, const Desk& desk) override;
  void decide(Desk& desk) override;
  /// Accelerator time that a tenant has held up to the last decision.
  [[nodiscard]] AcceleratorTime used(std::int32_t tenant) const;

 private:
  struct Tenant {
    SortedPieces<Rank> waiting;
    AcceleratorTime used = 0;
    std::int64_t held = 0;  ///< accelerators since the last decision
  };
  [[nodiscard]] std::int64_t weight(std::int32_t tenant) const;

  std::vector<std::int64_t> weights_;
  std::map<std::int32_t, Tenant> tenants_;
  SimTime last_{0};
};

/// What one tenant owns of a shared cluster, and how far it shares.
struct TenantQuota {
  std::int64_t nominal = 0;       ///< accelerators that are its own
  std::int64_t may_borrow = 0;    ///< beyond them
  std::int64_t lends = 0;         ///< of its unused own ones
};

/// Quotas with borrowing: within its nominal quota a tenant's job starts as soon as a place can be made, if need be by
/// evicting jobs of tenants beyond theirs, latest started first ("returned on demand"); beyond it only while others lend
/// what they do not use. Within a tenant first come, first served, strict.
class QuotaSharing final : public QueuePolicy {
 public:
  /// By tenant; a tenant beyond the list owns nothing and may borrow without limit.
  explicit QuotaSharing(std::vector<TenantQuota> quotas) : quotas_(std::move(quotas)) {}
  void enqueue(JobId id, const Desk& desk) override;
  void decide(Desk& desk) override;

 private:
  [[nodiscard]] TenantQuota quota(std::int32_t tenant) const;
  [[nodiscard]] bool may_borrow(std::int32_t tenant, std::int64_t gpus) const;
  bool reclaim(JobId id, Desk& desk);

  std::vector<TenantQuota> quotas_;
  std::map<std::int32_t, SortedPieces<Rank>> waiting_;
  std::map<std::int32_t, std::int64_t> used_;
};

/// Elastic sizes: jobs are admitted, earliest deadline first and then in order of submission, with their nominal size if it is
/// free, else with their least, strictly; running elastic jobs shrink to their least size, latest started first, to let the
/// next one in. What nobody waits for goes to running elastic jobs, in the same order, up to their largest size, where the
/// time saved exceeds the restart that it costs.
class Elastic final : public QueuePolicy {
 public:
  void enqueue(JobId id, const Desk& desk) override;
  void decide(Desk& desk) override;

 private:
  bool shrink_for(JobId id, Desk& desk);
  void grow(Desk& desk);
  SortedPieces<Rank> waiting_;
};

}  // namespace headroom::scheduling
