#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs::detail {

void Fleet::account_idle(Site& site) {
  outcome_.fates.idle += Int128{site.cluster.free_gpus()} * (queue_.now() - site.idle_since).count();
  site.idle_since = queue_.now();
}

bool Fleet::start(std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  Site& site = sites_[at(s.site)];
  account_idle(site);
  if (!site.cluster.take(s.gpus, scheduling::GangRule::neighbours, s.placement)) return false;
  for (const NodeRun& run : s.placement) {
    if (run.gpus == site.cluster.gpus_per_node()) {
      std::fill_n(site.whole_owner.begin() + run.node, run.nodes, slot);
    } else {
      s.next_on_node = site.part_owner[at(run.node)];
      site.part_owner[at(run.node)] = slot;
    }
  }
  if (!s.started) outcome_.classes[at(s.job_class)].waits.add(engine::to_seconds(queue_.now() - s.since).base() / 3600);
  s.started = true;
  s.since = queue_.now();
  auto& running = running_list(site, s);
  s.position = static_cast<std::int32_t>(running.size());
  running.push_back(slot);
  ++running_;
  s.end = queue_.schedule_after(s.restart_left + s.left, Phase::release, {Kind::end, slot});
  return true;
}

/// Books the run that stops now. `saved`: nothing is lost.
void Fleet::close_run(std::int32_t slot, bool saved) {
  Slot& s = slots_[at(slot)];
  const SimTime elapsed = queue_.now() - s.since;
  const SimTime restart = std::min(elapsed, s.restart_left);
  SimTime done = elapsed - restart;
  SimTime lost{0};
  if (!saved) {
    lost = std::min(done, (s.saved + done) % checkpoints_[at(s.job_class)]);
    done -= lost;
  }
  s.saved += done;
  s.left -= done;
  s.restart_left -= restart;
  outcome_.fates.useful += Int128{s.gpus} * done.count();
  outcome_.fates.lost += Int128{s.gpus} * lost.count();
  outcome_.fates.restart += Int128{s.gpus} * restart.count();
}

/// Gives the accelerators back.
void Fleet::release(std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  Site& site = sites_[at(s.site)];
  account_idle(site);
  for (const NodeRun& run : s.placement) {
    if (run.gpus == site.cluster.gpus_per_node()) {
      std::fill_n(site.whole_owner.begin() + run.node, run.nodes, nobody);
      continue;
    }
    std::int32_t* link = &site.part_owner[at(run.node)];
    while (*link != slot) link = &slots_[at(*link)].next_on_node;
    *link = s.next_on_node;
    s.next_on_node = nobody;
  }
  site.cluster.give(s.placement);
  s.placement.clear();
  auto& running = running_list(site, s);
  running[at(s.position)] = running.back();
  slots_[at(running.back())].position = s.position;
  running.pop_back();
  --running_;
}

void Fleet::wait(std::int32_t slot, bool first_in_line) {
  Slot& s = slots_[at(slot)];
  Site& site = sites_[at(s.site)];
  auto& queue = site.waiting[at(spec_.classes[at(s.job_class)].tier)];
  first_in_line ? queue.push_front(slot) : queue.push_back(slot);
  site.queued_gpus += s.gpus;
  ++site.queued;
  ++waiting_;
}

/// Starts what fits, tier by tier, in order. A job that does not fit may be overtaken, but only so often.
void Fleet::drain(Site& site) {
  if (site.queued == 0) return;
  std::int32_t blocked = nobody;
  for (auto& queue : site.waiting) {
    std::int32_t tried = 0;
    for (std::size_t i = 0; i < queue.size() && site.cluster.free_gpus() > 0;) {
      const std::int32_t slot = queue[i];
      if (start(slot)) {
        queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
        site.queued_gpus -= slots_[at(slot)].gpus;
        --site.queued;
        --waiting_;
        if (blocked != nobody && ++slots_[at(blocked)].overtaken >= spec_.overtaking) return;
        continue;
      }
      if (blocked == nobody) blocked = slot;
      if (slots_[at(blocked)].overtaken >= spec_.overtaking) return;
      ++i;
      if (++tried >= look_ahead) break;
    }
  }
}

void Fleet::end(std::int32_t slot) {
  close_run(slot, true);
  release(slot);
  ++outcome_.classes[at(slots_[at(slot)].job_class)].finished;
  Site& site = sites_[at(slots_[at(slot)].site)];
  free_slots_.push_back(slot);
  drain(site);
}

/// A failure stops the job; its work since the last checkpoint is lost.
void Fleet::interrupt(std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  queue_.cancel(s.end);
  close_run(slot, false);
  ++outcome_.classes[at(s.job_class)].failures;
  s.restart_left = restarts_[at(s.job_class)];
}

}  // namespace headroom::jobs::detail
