#include "sim/scheduling/queue_policies.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "sim/scheduling/backfill.hpp"
#include "sim/scheduling/sharing.hpp"

namespace headroom::scheduling {

void StrictQueue::decide(Desk& desk) {
  while (!waiting_.empty() && desk.start(waiting_.begin()->id)) waiting_.erase(waiting_.begin());
}

/// Whether all that waits has room beside all that runs, by number.
bool ShortestRemaining::room_for_all(const Desk& desk) const {
  if (waiting_.empty()) return true;
  if (desk.cluster().parts() > 1) return false;  // who goes where depends on the order
  std::int64_t free = desk.cluster().free_gpus();
  for (auto job = waiting_.begin(); free >= 0 && job != waiting_.end(); ++job) free -= desk.width(job->id);
  return free >= 0;
}

void ShortestRemaining::choose(Desk& desk, std::vector<Rank>& chosen, std::vector<JobId>& evicted) const {
  std::vector<Rank> running;
  for (const RunningJob& job : desk.running()) running.push_back(rank(job.id, desk));
  std::sort(running.begin(), running.end());
  std::vector<std::int64_t> left;  // by part
  std::int64_t all_left = 0;
  for (std::int32_t p = 0; p < desk.cluster().parts(); ++p) all_left += left.emplace_back(desk.cluster().part(p).up_gpus());
  const auto take = [&](std::span<const Way> ways, std::int32_t gpus) {
    for (const Way& way : ways) {
      std::int64_t& first = left[static_cast<std::size_t>(way.part)];
      std::int64_t& second = left[static_cast<std::size_t>(way.second_part)];
      const std::int64_t needed = gpus + (way.second_part == way.part ? way.second_gpus : 0);
      if (needed > first || way.second_gpus > second) continue;
      first -= gpus;
      second -= way.second_gpus;
      all_left -= gpus + way.second_gpus;
      return true;
    }
    return false;
  };
  auto waiting = waiting_.begin();
  auto run = running.begin();
  while (run != running.end() || (waiting != waiting_.end() && all_left > 0)) {
    const bool runs = waiting == waiting_.end() || all_left == 0 || (run != running.end() && *run < *waiting);
    const Rank next = runs ? *run++ : *waiting++;
    const Ask ask = runs ? desk.ask_in_place(next.id, desk.state(next.id).gpus) : desk.ask(next.id);
    if (take(ask.ways, ask.gpus)) {
      if (!runs) chosen.push_back(next);
    } else if (runs) {
      evicted.push_back(next.id);
    }
  }
}

void ShortestRemaining::decide(Desk& desk) {
  std::vector<Rank> chosen;
  std::vector<JobId> evicted;
  if (room_for_all(desk)) {
    for (const Rank& next : waiting_) chosen.push_back(next);
  } else {
    choose(desk, chosen, evicted);
  }
  for (const JobId id : evicted) desk.preempt(id);
  for (const Rank& next : chosen) {
    if (desk.start(next.id)) waiting_.erase(next);
  }
}

bool Priority::make_room(JobId id, Desk& desk) {
  std::vector<RunningJob> victims;
  for (const RunningJob& other : desk.running()) {
    if (other.priority < desk.job(id).priority) victims.push_back(other);
  }
  std::sort(victims.begin(), victims.end(), [](const RunningJob& a, const RunningJob& b) { return a.goes_before(b); });
  Partitions what_if = desk.cluster();
  std::size_t needed = 0;
  while (!what_if.fits(desk.ask(id))) {
    if (needed == victims.size()) return false;
    what_if.give(desk.placement(victims[needed++].id));
  }
  // One that was taken on the way but does not help (its node is not used) stays.
  for (std::size_t v = 0; v + 1 < needed; ++v) {
    what_if.take(desk.placement(victims[v].id));
    if (what_if.fits(desk.ask(id))) {
      victims[v].id = -1;
    } else {
      what_if.give(desk.placement(victims[v].id));
    }
  }
  for (std::size_t v = 0; v < needed; ++v) {
    if (victims[v].id >= 0) desk.preempt(victims[v].id);
  }
  return true;
}

void Priority::decide(Desk& desk) {
  while (!waiting_.empty()) {
    const Rank head = *waiting_.begin();
    if (!desk.fits(head.id) && !make_room(head.id, desk)) return;
    if (!desk.start(head.id)) return;
    waiting_.erase(head);
  }
}

std::span<const QueuePolicyEntry> queue_policies() {
  static constexpr std::array entries{
      QueuePolicyEntry{"fifo", "first come, first served, strict",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<Fifo>(); }},
      QueuePolicyEntry{"sjf", "shortest job first, strict, not preemptive",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<ShortestFirst>(); }},
      QueuePolicyEntry{"srtf", "shortest remaining time first, preemptive with a restart cost",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<ShortestRemaining>(); }},
      QueuePolicyEntry{"deadline", "earliest deadline first, strict",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<EarliestDeadline>(); }},
      QueuePolicyEntry{"priority", "highest priority first, evicts lower ones",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<Priority>(); }},
      QueuePolicyEntry{"easy", "first come, first served; later jobs may start if the first is not delayed",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<EasyBackfill>(); }},
      QueuePolicyEntry{"conservative", "as easy, but no job before is delayed; up to some hundred nodes",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<ConservativeBackfill>(); }},
      QueuePolicyEntry{"fairshare", "the tenant that used least so far, equal weights",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<FairShare>(); }},
      QueuePolicyEntry{"elastic", "earliest deadline first, else first come, first served; elastic jobs grow and shrink",
                       []() -> std::unique_ptr<QueuePolicy> { return std::make_unique<Elastic>(); }},
  };
  return entries;
}

}  // namespace headroom::scheduling
