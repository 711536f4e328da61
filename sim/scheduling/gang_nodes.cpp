// What befalls the nodes of a GangScheduler, and which jobs stand on them.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_set>

#include "sim/scheduling/gang_scheduler.hpp"

namespace headroom::scheduling {

using engine::Phase;

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Each job once, where it comes first.
void keep_first(std::vector<JobId>& jobs) {
  if (jobs.size() < 2) return;
  std::unordered_set<JobId> seen;
  std::erase_if(jobs, [&](JobId id) { return !seen.insert(id).second; });
}

}  // namespace

void GangScheduler::add_outage(std::int32_t node, SimTime from, SimTime length) {
  if (length <= SimTime{0}) throw std::invalid_argument("an outage takes no time");
  queue_.schedule(from, Phase::failure, {Kind::down, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

void GangScheduler::add_maintenance(std::int32_t node, SimTime from, SimTime length) {
  if (length <= SimTime{0}) throw std::invalid_argument("a maintenance takes no time");
  queue_.schedule(from, Phase::failure, {Kind::drained, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

/// The nodes of a run under which its holder is noted: the first if it holds them as a whole, else each.
template <class Visit>
void GangScheduler::for_noted(const NodeRun& run, const Visit& visit) const {
  const bool whole = run.gpus == cluster_.width_of(run.node);
  for (std::int32_t n = run.node; n < (whole ? run.node + 1 : run.node + run.nodes); ++n) visit(n, run.gpus, whole);
}

/// The job has taken its nodes. One that it shares has no holder.
void GangScheduler::note_holder(JobId id) {
  for (NodeRun& run : placements_[at(id)]) {
    const std::int32_t part = cluster_.part_of(run.node);
    if (cluster_.part(part).is_counted()) {
      run.node = cluster_.first_node(part) + counted_[at(part)].line.insert(run.nodes);
      holders_[at(run.node)] = id;
      continue;
    }
    for_noted(run, [&](std::int32_t node, std::int32_t gpus, bool whole) {
      run_starts_.insert(node);
      holders_[at(node)] = whole || cluster_.held_on(node) == gpus ? id : several;
    });
  }
}

/// The job has given its nodes back.
void GangScheduler::forget_holder(JobId id) {
  for (const NodeRun& run : placements_[at(id)]) {
    const std::int32_t part = cluster_.part_of(run.node);
    if (cluster_.part(part).is_counted()) {
      counted_[at(part)].line.erase(run.node - cluster_.first_node(part));
      continue;
    }
    for_noted(run, [&](std::int32_t node, std::int32_t, bool whole) {
      if (whole || cluster_.held_on(node) == 0) run_starts_.erase(node);
    });
  }
}

/// Into `found`: the running jobs that hold accelerators of neighbours of a part, node by node; of one node the first to end by estimate
/// first. Only of a node that several share they are searched, until all that is held is found.
void GangScheduler::find_jobs_on(std::int32_t node, std::int32_t nodes, std::vector<JobId>& found) const {
  found.clear();
  const std::int32_t part = cluster_.part_of(node);
  if (cluster_.part(part).is_counted()) return find_counted(part, node, nodes, found);
  std::vector<JobId> sharing;
  for (std::int32_t n = node; n < node + nodes; ++n) {
    std::int32_t held = cluster_.held_on(n);
    if (held == 0) continue;
    const JobId holder = holders_[at(run_starts_.last_below(n + 1))];
    if (holder != several) {
      if (found.empty() || found.back() != holder) found.push_back(holder);
      continue;
    }
    sharing.clear();
    const auto running = running_.all();
    for (auto job = running.begin(); held > 0 && job != running.end(); ++job) {
      std::int32_t here = 0;
      for (const NodeRun& run : placements_[at(job->id)]) here += run.holds(n) && cluster_.part_of(run.node) == part ? run.gpus : 0;
      held -= here;
      if (here > 0) sharing.push_back(job->id);
    }
    std::sort(sharing.begin(), sharing.end(), [&](JobId a, JobId b) { return running_.of(a) < running_.of(b); });
    found.insert(found.end(), sharing.begin(), sharing.end());
  }
  keep_first(found);
}

/// The same of a counted part. Nodes that are broken or have left are nobody's.
void GangScheduler::find_counted(std::int32_t part, std::int32_t node, std::int32_t nodes, std::vector<JobId>& found) const {
  const std::int32_t first = cluster_.first_node(part);
  const Counted& counted = counted_[at(part)];
  const std::int32_t end = std::min(node + nodes, first + counted.present);
  const std::int32_t failed = first > 0 ? failed_.count_below(node) - failed_.count_below(first) : failed_.count_below(node);
  std::int32_t whole = node - first - failed;  // nodes before this one
  for (std::int32_t n = node; n < end && whole < counted.line.nodes();) {
    if (failed_.contains(n)) {
      ++n;
      continue;
    }
    const auto [slot, left] = counted.line.at(whole);
    found.push_back(holders_[at(first + slot)]);
    for (std::int32_t passed = 0; passed < left && n < end; ++n) passed += failed_.contains(n) ? 0 : 1;
    whole += left;
  }
  keep_first(found);
}

std::optional<JobId> GangScheduler::on_node(std::int32_t node) const {
  std::vector<JobId> jobs;
  find_jobs_on(node, 1, jobs);
  return jobs.empty() ? std::nullopt : std::optional{jobs.front()};
}

void GangScheduler::leave(std::int32_t node) {
  const std::int32_t part = cluster_.part_of(node);
  away_[at(part)].insert(node - cluster_.first_node(part));
  if (!failed_.contains(node)) empty_node(node, true);
}

std::int32_t GangScheduler::present(std::int32_t part) const {
  return cluster_.part(part).is_counted() ? counted_[at(part)].present : cluster_.part(part).nodes() - away_[at(part)].size();
}

bool GangScheduler::here(std::int32_t node) const {
  const std::int32_t part = cluster_.part_of(node);
  if (cluster_.part(part).is_counted()) return node - cluster_.first_node(part) < counted_[at(part)].present;
  return !away_[at(part)].contains(node - cluster_.first_node(part));
}

/// Nodes of a part that are idle or down leave, the last first, until it has only so many or no such node is left.
void GangScheduler::leave_idle(std::int32_t part, std::int32_t nodes) {
  const GangCluster& there = cluster_.part(part);
  const std::int32_t first = cluster_.first_node(part);
  NodeSet& away = away_[at(part)];
  const auto failed_below = [&](std::int32_t end) {
    while ((end = failed_.last_below(first + end) - first) >= 0 && away.contains(end)) {}
    return end;
  };
  std::int32_t end = there.nodes(), failed = failed_below(end);
  while (present(part) > nodes) {
    const std::int32_t idle = there.last_idle(end);
    if (idle < 0 && failed < 0) return;
    if (failed > idle) {
      end = failed;
      away.insert(end);
      failed = failed_below(end);
      continue;
    }
    const std::int32_t count = there.idle_run_to(idle, present(part) - nodes);
    end = idle + 1 - count;
    away.insert(end, count);
    cluster_.set_idle_up(first + end, count, false);
  }
}

/// Nodes of a part that have left and are not barred come back, the first first, until it has so many.
void GangScheduler::come_back(std::int32_t part, std::int32_t nodes, std::span<const char> barred) {
  const GangCluster& there = cluster_.part(part);
  const std::int32_t first = cluster_.first_node(part), end = there.nodes();
  NodeSet& away = away_[at(part)];
  const auto may = [&](std::int32_t n) { return barred.empty() || barred[at(n)] == 0; };
  if (away.empty()) return;
  for (std::int32_t n = away.first(); present(part) < nodes && n < end; n = away.next(n, end)) {
    if (!may(n)) {
      ++n;
      continue;
    }
    std::int32_t count = 1;  // of neighbours that come back at once
    if (!failed_.contains(first + n)) {
      const std::int32_t most = std::min({nodes - present(part), there.group_end(n) - n, failed_.next(first + n, first + end) - first - n});
      count = away.bits().run_from(n, most);
      for (std::int32_t k = 1; !barred.empty() && k < count; ++k) count = may(n + k) ? count : k;
      cluster_.set_idle_up(first + n, count, true);
    }
    away.erase(n, count);
    n += count;
  }
}

/// The job on a part's nodes that goes before the others if one must.
JobId GangScheduler::first_to_go(std::int32_t part) const {
  const auto stands_there = [&](JobId id) {
    const GangPlacement& runs = placements_[at(id)];
    return cluster_.parts() == 1 || std::any_of(runs.begin(), runs.end(), [&](const NodeRun& run) { return cluster_.part_of(run.node) == part; });
  };
  const RunningJob* victim = nullptr;
  for (const RunningJob& job : running_.all()) {
    if ((victim == nullptr || job.goes_before(*victim)) && stands_there(job.id)) victim = &job;
  }
  return victim->id;
}

void GangScheduler::set_counted(std::int32_t part, std::int32_t nodes) {
  const std::int32_t first = cluster_.first_node(part);
  Counted& counted = counted_[at(part)];
  const std::int32_t failed = nodes > counted.present ? counted.failed + failed_.count(first + counted.present, first + nodes)
                                                      : counted.failed - failed_.count(first + nodes, first + counted.present);
  while (counted.line.nodes() > nodes - failed) send_back(first_to_go(part), true);
  cluster_.count_up(part, (nodes - failed) - (counted.present - counted.failed));
  counted.present = nodes;
  counted.failed = failed;
}

void GangScheduler::set_nodes(std::int32_t nodes, std::int32_t part, std::span<const char> barred) {
  const std::int32_t first = cluster_.first_node(part), end = first + cluster_.part(part).nodes();
  if (nodes < 0 || nodes > end - first) throw std::invalid_argument("a cluster of " + std::to_string(end - first) + " nodes cannot have " + std::to_string(nodes));
  const bool counted = cluster_.part(part).is_counted();
  if (counted && !barred.empty()) throw std::invalid_argument("of counted nodes none can be barred");
  for (Moment next = this->next(); next.at == queue_.now() && next.phase <= Phase::failure; next = this->next()) pass(next);
  bool changed = nodes != present(part);
  for (std::int32_t n = first; n < end && !barred.empty(); ++n) {
    if (barred[at(n - first)] == 0 || !here(n)) continue;
    leave(n);
    changed = true;
  }
  if (!changed) return;
  undecided_ = true;
  if (counted) return set_counted(part, nodes);
  come_back(part, nodes, barred);
  leave_idle(part, nodes);
  while (present(part) > nodes) {
    const GangPlacement& runs = placements_[at(first_to_go(part))];
    leave(std::find_if(runs.begin(), runs.end(), [&](const NodeRun& run) { return cluster_.part_of(run.node) == part; })->node);
    leave_idle(part, nodes);
  }
}

void GangScheduler::bring_up(std::int32_t node) {
  if (--outages_[at(node)] > 0) return;
  failed_.erase(node);
  if (here(node)) set_up(node, true);
}

/// A node that is there is mended, or it breaks and nobody stands on it.
void GangScheduler::set_up(std::int32_t node, bool up) {
  const std::int32_t part = cluster_.part_of(node);
  if (!cluster_.part(part).is_counted()) return cluster_.set_up(node, up);
  counted_[at(part)].failed += up ? -1 : 1;
  cluster_.count_up(part, up ? 1 : -1);
}

void GangScheduler::take_down(std::int32_t node, bool announced) {
  if (++outages_[at(node)] > 1) return;
  if (here(node)) empty_node(node, announced);
  failed_.insert(node);
}

/// Jobs on a node that was up queue again, and it is down from now on.
void GangScheduler::empty_node(std::int32_t node, bool announced) {
  find_jobs_on(node, 1, hit_);
  for (const JobId id : hit_) send_back(id, announced);
  set_up(node, false);
}

/// The job loses its nodes, and what it has not saved unless that was announced, and queues again.
void GangScheduler::send_back(JobId id, bool announced) {
  stop(id, announced);
  count_stop(id, announced);
  of(id).restart_left = jobs_[at(id)].restart;
  policy_->enqueue(id, Desk(*this));
}

/// The nodes stay, so jobs that wait in place keep them; for the others they are gone and back at once.
void GangScheduler::strike_now(const Coming& coming) {
  find_jobs_on(coming.of, coming.nodes, hit_);
  const auto failing = std::stable_partition(hit_.begin(), hit_.end(), [&](JobId id) { return jobs_[at(id)].stays; });
  if (!coming.stop.spares_staying) std::for_each(hit_.begin(), failing, [&](JobId id) { interrupt_now(id, coming.stop); });
  std::for_each(failing, hit_.end(), [&](JobId id) { send_back(id, coming.stop.announced); });
}

}  // namespace headroom::scheduling
