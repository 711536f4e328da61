#include "sim/scheduling/backfill.hpp"

#include <algorithm>
#include <vector>

namespace headroom::scheduling {

void EasyBackfill::decide(Desk& desk) {
  while (!waiting_.empty() && desk.start(waiting_.begin()->id)) waiting_.erase(waiting_.begin());
  if (waiting_.empty()) return;

  const JobId head = waiting_.begin()->id;
  const Ask wanted = desk.ask(head);
  Partitions& later = later_;  // as it will be when the head starts, without the head
  later = desk.cluster();
  SimTime promised = engine::latest;   // stays so if nodes are down and the head must wait for one
  for (const RunningJob& job : desk.running_by_end()) {
    later.give(desk.placement(job.id));
    if (later.fits(wanted)) {
      promised = std::max(job.expected_end, desk.now());
      break;
    }
  }
  if (promised < engine::latest) promises_.emplace(head, promised);

  Partitions& now = now_;
  now = desk.cluster();
  for (auto next = ++waiting_.begin(); next != waiting_.end() && now.free_gpus() > 0;) {
    const JobId id = next->id;
    const auto place = now.take(desk.ask(id));
    if (!place) {
      ++next;
      continue;
    }
    bool harmless = desk.expected_end(id, *place) <= promised;
    if (!harmless) {
      later.take(place->nodes);
      harmless = later.fits(wanted);
      if (!harmless) later.give(place->nodes);
    }
    if (harmless) {
      desk.start_on(id, *place);
      next = waiting_.erase(next);
    } else {
      now.give(place->nodes);
      ++next;
    }
  }
}

namespace {

/// What is free from a time on, until the next point.
struct Point {
  SimTime from;
  Partitions free;
};

/// The plan is split at `t`, so that a point begins there. Returns its index.
std::size_t point_at(std::vector<Point>& plan, SimTime t) {
  std::size_t i = 0;
  while (i < plan.size() && plan[i].from < t) ++i;
  if (i < plan.size() && plan[i].from == t) return i;
  plan.insert(plan.begin() + static_cast<std::ptrdiff_t>(i), Point{t, plan[i - 1].free});
  return i;
}

}  // namespace

void ConservativeBackfill::decide(Desk& desk) {
  std::vector<Point> plan{{desk.now(), desk.cluster()}};
  for (const RunningJob& job : desk.running_by_end()) {
    const std::size_t from = point_at(plan, std::max(job.expected_end, desk.now() + SimTime{1}));
    for (std::size_t p = from; p < plan.size(); ++p) plan[p].free.give(desk.placement(job.id));
  }
  std::size_t planned = 0;
  for (auto next = waiting_.begin(); next != waiting_.end() && planned < depth_; ++planned) {
    const JobId id = next->id;
    const SimTime at_best = std::max(SimTime{1}, desk.expected_end(id) - desk.now());
    bool started = false;
    for (std::size_t p = 0; p < plan.size(); ++p) {
      // A slower place takes longer: it must be free for that long.
      std::optional<Stand> place;
      SimTime length = at_best;
      while (true) {
        Partitions free = plan[p].free;
        for (std::size_t q = p + 1; q < plan.size() && plan[q].from < plan[p].from + length && free.fits(desk.ask(id)); ++q) {
          free.meet(plan[q].free);
        }
        place = free.take(desk.ask(id));
        const SimTime needed = place ? desk.expected_end(id, *place) - desk.now() : SimTime{0};
        if (needed <= length) break;
        length = needed;
      }
      if (!place) continue;
      const std::size_t last = point_at(plan, std::min(plan[p].from + length, never));
      for (std::size_t q = p; q < last; ++q) plan[q].free.take(place->nodes);
      if (p == 0) {
        desk.start_on(id, *place);
        started = true;
      }
      break;
    }
    started ? next = waiting_.erase(next) : ++next;
  }
}

}  // namespace headroom::scheduling
