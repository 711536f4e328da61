#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs::detail {

/// Books what stood idle and what services held since the last change.
void Fleet::account(Site& site) {
  const std::int64_t passed = (now_ - site.accounted).count();
  if (passed == 0) return;
  outcome_.fates.idle += Int128{site.nodes.free_gpus()} * passed;
  outcome_.fates.service += Int128{site.service_nodes * site.nodes.gpus_per_node()} * passed;
  site.accounted = now_;
}

bool Fleet::start(std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  Site& site = sites_[at(s.site)];
  if (!site.nodes.fits(s.gpus)) return false;
  account(site);
  const std::int32_t width = site.nodes.gpus_per_node();
  site.nodes.take_neighbours(slot, s.gpus / width, s.nodes);
  if (const std::int32_t rest = s.gpus % width; rest > 0) {
    s.part_node = site.nodes.take_part(rest);
    std::int32_t& owner = record(site, s.part_node).part_owner;
    s.next_on_node = owner;
    owner = slot;
  }
  note_free(site);
  if (!s.started) outcome_.classes[at(s.job_class)].waits.add(engine::to_seconds(now_ - s.since).base() / 3600);
  s.started = true;
  s.since = now_;
  auto& running = running_list(site, s);
  s.position = static_cast<std::int32_t>(running.size());
  running.push_back(slot);
  ++running_;
  s.ends_at = now_ + s.restart_left + s.left;
  expect(s.ends_at, Kind::end, slot, s.run);
  return true;
}

/// Books the run that stops now. `saved`: nothing is lost.
void Fleet::close_run(std::int32_t slot, bool saved) {
  Slot& s = slots_[at(slot)];
  const SimTime elapsed = now_ - s.since;
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
  ++s.run;
  Site& site = sites_[at(s.site)];
  account(site);
  site.nodes.give(s.nodes);
  if (s.part_node != nobody) {
    std::int32_t* link = &record(site, s.part_node).part_owner;
    while (*link != slot) link = &slots_[at(*link)].next_on_node;
    *link = s.next_on_node;
    site.nodes.give_part(s.part_node, s.gpus % site.nodes.gpus_per_node());
    s.part_node = s.next_on_node = nobody;
  }
  note_free(site);
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
    for (std::size_t i = 0; i < queue.size() && site.nodes.free_gpus() > 0;) {
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

/// The run that is to end now may have been interrupted since its event was set: then it ends later.
void Fleet::end_due(std::int32_t slot, std::uint32_t run) {
  Slot& s = slots_[at(slot)];
  if (s.run != run || s.ends_at > now_) {
    if (s.run == run) expect(s.ends_at, Kind::end, slot, run);
    --outcome_.events;  // nothing happens
    return;
  }
  close_run(slot, true);
  release(slot);
  ++outcome_.classes[at(s.job_class)].finished;
  free_slots_.push_back(slot);
  drain(sites_[at(s.site)]);
}

/// A failure stops the job; its work since the last checkpoint is lost.
void Fleet::interrupt(std::int32_t slot) {
  Slot& s = slots_[at(slot)];
  close_run(slot, false);
  ++outcome_.classes[at(s.job_class)].failures;
  s.restart_left = restarts_[at(s.job_class)];
}

}  // namespace headroom::jobs::detail
