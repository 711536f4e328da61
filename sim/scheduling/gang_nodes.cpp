// What befalls the nodes of a GangScheduler, and which jobs stand on them.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>

#include "sim/scheduling/gang_scheduler.hpp"

namespace headroom::scheduling {

using engine::Phase;

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

void GangScheduler::add_outage(std::int32_t node, SimTime from, SimTime length) {
  queue_.schedule(from, Phase::failure, {Kind::down, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

void GangScheduler::add_maintenance(std::int32_t node, SimTime from, SimTime length) {
  queue_.schedule(from, Phase::failure, {Kind::drained, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

/// Notes who stands on the nodes that a job has taken. Nothing is noted when it leaves: an idle node has no holder, whatever is noted.
void GangScheduler::note_holder(JobId id) {
  for (const NodeRun& run : placements_[at(id)]) {
    const bool whole = run.gpus == cluster_.part(cluster_.part_of(run.node)).gpus_per_node();
    if (whole) std::fill_n(holders_.begin() + run.node, run.nodes, id);
    else for (std::int32_t n = run.node; n < run.node + run.nodes; ++n) holders_[at(n)] = cluster_.held_on(n) == run.gpus ? id : several;
  }
}

/// The running jobs that hold accelerators of a node, first to end by estimate first. The search ends where all that is held is found.
std::vector<JobId> GangScheduler::jobs_on(std::int32_t node) const {
  std::int32_t held = cluster_.held_on(node);
  if (held == 0) return {};
  if (holders_[at(node)] != several) return {holders_[at(node)]};
  std::vector<JobId> found;
  for (auto job = running_.begin(); held > 0 && job != running_.end(); ++job) {
    bool here = false;
    for (const NodeRun& run : placements_[at(job->second)]) {
      if (!run.holds(node)) continue;
      held -= run.gpus;
      here = true;
    }
    if (here) found.push_back(job->second);
  }
  return found;
}

std::optional<JobId> GangScheduler::on_node(std::int32_t node) const {
  const std::vector<JobId> jobs = jobs_on(node);
  return jobs.empty() ? std::nullopt : std::optional{jobs.front()};
}

void GangScheduler::leave(std::int32_t node) {
  here_.erase(node);
  if (broken_.contains(node)) broken_.erase(node);
  --present_[at(cluster_.part_of(node))];
  take_down(node, true);
}

/// Nodes of a part that are idle or down leave, the last first, until it has only so many or no such node is left.
void GangScheduler::leave_idle(std::int32_t part, std::int32_t nodes) {
  const GangCluster& there = cluster_.part(part);
  const std::int32_t first = cluster_.first_node(part);
  std::int32_t& present = present_[at(part)];
  for (std::int32_t end = first + there.nodes(); present > nodes;) {
    const std::int32_t idle = there.last_idle(end - first), broken = broken_.last_below(end) - first;
    if (idle < 0 && broken < 0) return;
    if (broken > idle) {
      end = first + broken;
      leave(end);
      continue;
    }
    const std::int32_t count = there.idle_run_to(idle, present - nodes);
    end = first + idle + 1 - count;
    here_.erase(end, count);
    std::fill_n(outages_.begin() + end, count, 1);
    cluster_.set_idle_up(end, count, false);
    present -= count;
  }
}

/// Nodes of a part that have left and are not barred come back, the first first, until it has so many.
void GangScheduler::come_back(std::int32_t part, std::int32_t nodes, std::span<const char> barred) {
  const GangCluster& there = cluster_.part(part);
  const std::int32_t first = cluster_.first_node(part), end = first + there.nodes();
  std::int32_t& present = present_[at(part)];
  const auto may = [&](std::int32_t n) { return barred.empty() || barred[at(n - first)] == 0; };
  for (std::int32_t n = first; present < nodes && (n = here_.first_missing(n, end)) < end;) {
    std::int32_t count = 0;  // of neighbours that come back at once, because nothing else keeps them down
    while (n + count < end && present + count < nodes && !here_.contains(n + count) && may(n + count) && outages_[at(n + count)] == 1 &&
           there.group_of(n + count - first) == there.group_of(n - first)) ++count;
    if (count > 0) {
      std::fill_n(outages_.begin() + n, count, 0);
      cluster_.set_idle_up(n, count, true);
      here_.insert(n, count);
      present += count;
    } else if (may(n)) {
      --outages_[at(n)];
      here_.insert(n);
      broken_.insert(n);
      ++present;
    }
    n += std::max(1, count);
  }
}

void GangScheduler::set_nodes(std::int32_t nodes, std::int32_t part, std::span<const char> barred) {
  const std::int32_t first = cluster_.first_node(part), end = first + cluster_.part(part).nodes();
  std::int32_t& present = present_[at(part)];
  if (nodes < 0 || nodes > end - first) throw std::invalid_argument("a cluster of " + std::to_string(end - first) + " nodes cannot have " + std::to_string(nodes));
  bool changed = nodes != present;
  for (std::int32_t n = first; n < end && !barred.empty(); ++n) {
    if (barred[at(n - first)] == 0 || !here_.contains(n)) continue;
    leave(n);
    changed = true;
  }
  if (!changed) return;
  undecided_ = true;
  come_back(part, nodes, barred);
  leave_idle(part, nodes);
  while (present > nodes) {
    const auto node_of = [&](JobId id) {
      for (const NodeRun& run : placements_[at(id)]) {
        if (first <= run.node && run.node < end) return run.node;
      }
      return std::int32_t{-1};
    };
    std::optional<JobId> victim;
    for (const auto& [when, id] : running_) {
      const auto key = [&](JobId j) { return std::tuple{jobs_[at(j)].priority, -of(j).run_since.count(), -j}; };
      if (node_of(id) >= 0 && (!victim || key(id) < key(*victim))) victim = id;
    }
    leave(node_of(*victim));
    leave_idle(part, nodes);
  }
}

void GangScheduler::bring_up(std::int32_t node) {
  if (--outages_[at(node)] > 0) return;
  broken_.erase(node);
  cluster_.set_up(node, true);
}

void GangScheduler::take_down(std::int32_t node, bool announced) {
  if (++outages_[at(node)] > 1) return;
  if (here_.contains(node)) broken_.insert(node);
  const std::vector<JobId> hit = jobs_on(node);
  cluster_.set_up(node, false);
  for (const JobId id : hit) {
    stop(id, announced);
    count_stop(id, announced);
    of(id).restart_left = jobs_[at(id)].restart;
    policy_->enqueue(id, Desk(*this));
  }
}

/// The node stays, so jobs that wait in place keep it; for the others it is gone and back at once.
void GangScheduler::strike_now(std::int32_t node, Stop stop) {
  if (outages_[at(node)] > 0) return;
  std::vector<JobId> staying, failing;
  for (const JobId id : jobs_on(node)) (jobs_[at(id)].stays ? staying : failing).push_back(id);
  for (const JobId id : staying) interrupt_now(id, stop);
  for (const JobId id : failing) {
    this->stop(id, stop.announced);
    count_stop(id, stop.announced);
    of(id).restart_left = jobs_[at(id)].restart;
    policy_->enqueue(id, Desk(*this));
  }
}

}  // namespace headroom::scheduling
