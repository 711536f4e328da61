#include "sim/scheduling/sharing.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace headroom::scheduling {

namespace {

std::int32_t least_size(const Job& job) { return job.min_gpus > 0 ? std::min(job.min_gpus, job.gpus) : job.gpus; }
std::int32_t largest_size(const Job& job) { return std::max(job.max_gpus, job.gpus); }

/// Running jobs that satisfy a condition, latest started first, ties by the larger id.
template <class Condition>
std::vector<JobId> latest_started(const Desk& desk, const Condition& condition) {
  std::vector<RunningJob> jobs;
  for (const RunningJob& job : desk.running()) {
    if (condition(job.id)) jobs.push_back(job);
  }
  std::sort(jobs.begin(), jobs.end(), [](const RunningJob& a, const RunningJob& b) { return a.since != b.since ? a.since > b.since : a.id > b.id; });
  std::vector<JobId> ids;
  for (const RunningJob& job : jobs) ids.push_back(job.id);
  return ids;
}

}  // namespace

std::int64_t FairShare::weight(std::int32_t tenant) const {
  const auto i = static_cast<std::size_t>(tenant);
  return i < weights_.size() ? weights_[i] : 1;
}

AcceleratorTime FairShare::used(std::int32_t tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? AcceleratorTime{0} : found->second.used;
}

void FairShare::enqueue(JobId id, const Desk& desk) {
  const Job& job = desk.job(id);
  tenants_[job.tenant].waiting.insert({0, job.submit.count(), id});
}

void FairShare::decide(Desk& desk) {
  for (auto& [name, tenant] : tenants_) {
    tenant.used += AcceleratorTime{tenant.held} * (desk.now() - last_).count();
    tenant.held = 0;
  }
  last_ = desk.now();
  for (const RunningJob& job : desk.running()) tenants_[desk.job(job.id).tenant].held += desk.width(job.id);

  std::set<std::int32_t> passed_over;
  while (true) {
    // Least use for its weight; equal ones by what they hold for it, then by number.
    std::int32_t best = -1;
    const auto less = [&](std::int32_t a, std::int32_t b) {
      const Tenant& ta = tenants_[a];
      const Tenant& tb = tenants_[b];
      const AcceleratorTime ua = ta.used * weight(b);
      const AcceleratorTime ub = tb.used * weight(a);
      if (ua != ub) return ua < ub;
      return ta.held * weight(b) < tb.held * weight(a);
    };
    for (const auto& [name, tenant] : tenants_) {
      if (tenant.waiting.empty() || passed_over.count(name) != 0) continue;
      if (best < 0 || less(name, best)) best = name;
    }
    if (best < 0) return;
    Tenant& tenant = tenants_[best];
    const JobId id = tenant.waiting.begin()->id;
    if (desk.start(id)) {
      tenant.waiting.erase(tenant.waiting.begin());
      tenant.held += desk.width(id);
    } else {
      passed_over.insert(best);
    }
  }
}

TenantQuota QuotaSharing::quota(std::int32_t tenant) const {
  const auto i = static_cast<std::size_t>(tenant);
  return i < quotas_.size() ? quotas_[i] : TenantQuota{0, std::numeric_limits<std::int32_t>::max(), 0};
}

void QuotaSharing::enqueue(JobId id, const Desk& desk) {
  const Job& job = desk.job(id);
  waiting_[job.tenant].insert({0, job.submit.count(), id});
}

/// What all borrow together, this start included, must be covered by what the others lend.
bool QuotaSharing::may_borrow(std::int32_t tenant, std::int64_t gpus) const {
  std::int64_t lent = 0;
  std::int64_t borrowed = 0;
  for (std::int32_t t = 0; t < static_cast<std::int32_t>(quotas_.size()); ++t) {
    const TenantQuota q = quota(t);
    const auto found = used_.find(t);
    const std::int64_t used = (found == used_.end() ? 0 : found->second) + (t == tenant ? gpus : 0);
    if (t == tenant && used > q.nominal + q.may_borrow) return false;
    borrowed += std::max<std::int64_t>(0, used - q.nominal);
    lent += std::min(q.lends, std::max<std::int64_t>(0, q.nominal - used));
  }
  for (const auto& [t, used] : used_) {
    if (t >= static_cast<std::int32_t>(quotas_.size())) borrowed += used;
  }
  if (tenant >= static_cast<std::int32_t>(quotas_.size())) borrowed += gpus;
  return borrowed <= lent;
}

/// Evicts jobs of tenants that hold more than their own until the job fits, or nobody if that would not help.
bool QuotaSharing::reclaim(JobId id, Desk& desk) {
  std::map<std::int32_t, std::int64_t> used = used_;
  std::vector<JobId> victims;
  Partitions what_if = desk.cluster();
  for (const JobId other : latest_started(desk, [](JobId) { return true; })) {
    if (what_if.fits(desk.ask(id))) break;
    const std::int32_t tenant = desk.job(other).tenant;
    if (tenant == desk.job(id).tenant || used[tenant] <= quota(tenant).nominal) continue;
    used[tenant] -= desk.width(other);
    what_if.give(desk.placement(other));
    victims.push_back(other);
  }
  if (!what_if.fits(desk.ask(id))) return false;
  for (const JobId victim : victims) {
    used_[desk.job(victim).tenant] -= desk.width(victim);
    desk.preempt(victim);
  }
  return true;
}

void QuotaSharing::decide(Desk& desk) {
  used_.clear();
  for (const RunningJob& job : desk.running()) used_[desk.job(job.id).tenant] += desk.width(job.id);
  // Owners first, so that a borrower does not take what an owner of the same instant asks for.
  for (const bool borrowing : {false, true}) {
    for (bool progress = true; progress;) {
      progress = false;
      for (auto& [tenant, queue] : waiting_) {
        if (queue.empty()) continue;
        const JobId id = queue.begin()->id;
        const std::int64_t gpus = desk.width(id);
        const bool own = used_[tenant] + gpus <= quota(tenant).nominal;
        if (own == borrowing || (!own && !may_borrow(tenant, gpus))) continue;
        if (!desk.fits(id) && (!own || !reclaim(id, desk))) continue;
        if (!desk.start(id)) continue;
        waiting_[tenant].erase(waiting_[tenant].begin());
        used_[tenant] += gpus;
        progress = true;
      }
    }
  }
}

void Elastic::enqueue(JobId id, const Desk& desk) {
  waiting_.insert({desk.job(id).deadline.value_or(engine::latest).count(), desk.job(id).submit.count(), id});
}

bool Elastic::shrink_for(JobId id, Desk& desk) {
  const Ask least = desk.ask(id, least_size(desk.job(id)));
  Partitions what_if = desk.cluster();
  std::vector<JobId> shrunk;
  const auto elastic = latest_started(desk, [&](JobId other) { return desk.state(other).gpus > least_size(desk.job(other)); });
  for (const JobId other : elastic) {
    if (what_if.fits(least)) break;
    what_if.give(desk.placement(other));
    if (!what_if.take(desk.ask_in_place(other, least_size(desk.job(other))))) return false;
    shrunk.push_back(other);
  }
  if (!what_if.fits(least)) return false;
  for (const JobId other : shrunk) desk.resize(other, least_size(desk.job(other)));
  return desk.fits(id, least.gpus);
}

void Elastic::grow(Desk& desk) {
  std::vector<Rank> order;
  for (const RunningJob& running : desk.running()) {
    const JobId id = running.id;
    const Job& job = desk.job(id);
    if (desk.state(id).gpus < largest_size(job) && job.max_gpus > 0) order.push_back({job.deadline.value_or(engine::latest).count(), job.submit.count(), id});
  }
  std::sort(order.begin(), order.end());
  for (const Rank& next : order) {
    const Job& job = desk.job(next.id);
    const std::int32_t now = desk.state(next.id).gpus;
    if (desk.state(next.id).run_since == desk.now()) continue;
    const Way& way = desk.ask_in_place(next.id, now).ways.front();
    const std::int64_t place = desk.state(next.id).place_ppm;  // of a larger gang it is not known yet
    const GangCluster& part = desk.cluster().part(way.part);
    const auto most = static_cast<std::int32_t>(std::min<std::int64_t>(largest_size(job), now + part.free_gpus()));
    // What is free may be scattered: then as many whole nodes as there are.
    for (const std::int32_t size : {most, most - most % part.gpus_per_node()}) {
      if (size <= now) break;
      const double work = static_cast<double>(desk.remaining(next.id).count()) * 1e6;
      const double saved = work / static_cast<double>(speed_ppm(job, now, way, place)) - work / static_cast<double>(speed_ppm(job, size, way, place));
      if (saved > static_cast<double>(job.restart.count()) && desk.resize(next.id, size)) break;
    }
  }
}

void Elastic::decide(Desk& desk) {
  while (!waiting_.empty()) {
    const JobId id = waiting_.begin()->id;
    const std::int32_t least = least_size(desk.job(id));
    if (!desk.fits(id, least) && !shrink_for(id, desk)) return;
    const std::int32_t size = desk.fits(id) ? desk.job(id).gpus : least;
    if (!desk.start(id, size)) return;
    waiting_.erase(waiting_.begin());
  }
  grow(desk);
}

}  // namespace headroom::scheduling
