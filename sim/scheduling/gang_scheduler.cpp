#include "sim/scheduling/gang_scheduler.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

namespace headroom::scheduling {

using engine::Phase;

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Work that its user believes to be left.
SimTime estimated_work(const Job& job, const JobState& s) {
  return job.estimate > SimTime{0} ? std::max(SimTime{1}, job.estimate - (job.duration - s.left)) : s.left;
}

}  // namespace

GangScheduler::GangScheduler(GangCluster cluster, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy, Laying laying)
    : GangScheduler(Partitions(std::move(cluster), std::move(laying)), {{Way{}}}, std::move(jobs), std::move(policy)) {}

GangScheduler::GangScheduler(Partitions cluster, std::vector<std::vector<Way>> ways, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy,
                             PlaceSpeed place_speed, StartWait start_wait)
    : cluster_(std::move(cluster)), ways_(std::move(ways)), jobs_(std::move(jobs)), policy_(std::move(policy)), place_speed_(std::move(place_speed)),
      start_wait_(std::move(start_wait)), states_(jobs_.size()), placements_(jobs_.size()), ends_(jobs_.size()), expected_(jobs_.size()),
      arrivals_(jobs_.size()), outages_(at(cluster_.nodes()), 0), absent_(at(cluster_.nodes()), 0) {
  for (std::int32_t p = 0; p < cluster_.parts(); ++p) present_.push_back(cluster_.part(p).nodes());
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const Job& job = jobs_[i];
    const std::int32_t least = job.min_gpus > 0 ? job.min_gpus : job.gpus;
    if (job.gpus < 1 || job.submit < SimTime{0} || job.duration < SimTime{0} || job.restart < SimTime{0}) {
      throw std::invalid_argument("job " + std::to_string(i) + " has no accelerators or a negative time");
    }
    if (!cluster_.ever_fits({ways_of(static_cast<JobId>(i)), least})) {
      throw std::invalid_argument("job " + std::to_string(i) + " needs " + std::to_string(least) +
                                  " accelerators, more than the cluster has");
    }
    states_[i].left = job.duration;
    if (tallies_.size() <= at(job.tenant)) tallies_.resize(at(job.tenant) + 1);
  }
  std::iota(arrivals_.begin(), arrivals_.end(), 0);
  std::stable_sort(arrivals_.begin(), arrivals_.end(),
                   [&](JobId a, JobId b) { return jobs_[at(a)].submit < jobs_[at(b)].submit; });
  if (!arrivals_.empty()) queue_.schedule(jobs_[at(arrivals_[0])].submit, Phase::arrival, {Kind::arrival, 0});
}

void GangScheduler::add_outage(std::int32_t node, SimTime from, SimTime length) {
  queue_.schedule(from, Phase::failure, {Kind::down, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

void GangScheduler::add_maintenance(std::int32_t node, SimTime from, SimTime length) {
  queue_.schedule(from, Phase::failure, {Kind::drained, node});
  queue_.schedule(from + length, Phase::release, {Kind::up, node});
}

void GangScheduler::interrupt(JobId id, SimTime when, Stop stop) {
  queue_.schedule(when, Phase::failure, {Kind::hit, static_cast<std::int32_t>(stops_.size())});
  stops_.push_back({id, stop});
}

void GangScheduler::strike(std::int32_t node, SimTime when, Stop stop) {
  queue_.schedule(when, Phase::failure, {Kind::struck, static_cast<std::int32_t>(stops_.size())});
  stops_.push_back({node, stop});
}

void GangScheduler::pause(JobId id, SimTime until) {
  if (of(id).stage != JobStage::running) return;
  stop(id, true);
  JobState& s = of(id);
  count_stop(id, true);
  s.restart_left += jobs_[at(id)].restart;
  s.stage = JobStage::unsubmitted;
  queue_.schedule(std::max(until, queue_.now()), Phase::arrival, {Kind::back, id});
  decide_now();
}

/// The running jobs that hold accelerators of a node, first to end by estimate first. The search ends where all that is held is found.
std::vector<JobId> GangScheduler::jobs_on(std::int32_t node) const {
  std::vector<JobId> found;
  std::int32_t held = cluster_.part(cluster_.part_of(node)).gpus_per_node() - cluster_.free_on(node);
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
  absent_[at(node)] = 1;
  --present_[at(cluster_.part_of(node))];
  take_down(node, true);
}

void GangScheduler::set_nodes(std::int32_t nodes, std::int32_t part, std::span<const char> barred) {
  const GangCluster& there = cluster_.part(part);
  const std::int32_t first = cluster_.first_node(part), end = first + there.nodes();
  std::int32_t& present = present_[at(part)];
  if (nodes < 0 || nodes > there.nodes()) throw std::invalid_argument("a cluster of " + std::to_string(there.nodes()) + " nodes cannot have " + std::to_string(nodes));
  const auto is_barred = [&](std::int32_t n) { return !barred.empty() && barred[at(n - first)] != 0; };
  bool changed = nodes != present;
  for (std::int32_t n = first; n < end && !barred.empty(); ++n) {
    if (absent_[at(n)] != 0 || !is_barred(n)) continue;
    leave(n);
    changed = true;
  }
  if (!changed) return;
  for (std::int32_t n = first; n < end && present < nodes; ++n) {
    if (absent_[at(n)] == 0 || is_barred(n)) continue;
    absent_[at(n)] = 0;
    ++present;
    if (--outages_[at(n)] == 0) cluster_.set_up(n, true);
  }
  const auto leave_idle = [&] {
    for (std::int32_t n = end; n-- > first && present > nodes;) {
      if (absent_[at(n)] == 0 && (!there.up(n - first) || there.free_on(n - first) == there.gpus_per_node())) leave(n);
    }
  };
  leave_idle();
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
    leave_idle();
  }
  decide_now();
}

GangScheduler::Held& GangScheduler::held_by(std::int32_t tenant, std::int32_t part) {
  const std::size_t parts = at(cluster_.parts()), index = at(tenant) * parts + at(part);
  if (held_.size() <= index) held_.resize((at(tenant) + 1) * parts);
  return held_[index];
}

AcceleratorTime GangScheduler::held(std::int32_t tenant, std::int32_t part) const {
  const std::size_t index = at(tenant) * at(cluster_.parts()) + at(part);
  if (held_.size() <= index) return 0;
  const Held& h = held_[index];
  return h.before + AcceleratorTime{h.now} * queue_.now().count();
}

AcceleratorTime GangScheduler::lost_to_places(std::int32_t tenant) const {
  AcceleratorTime sum = 0;
  const std::size_t parts = at(cluster_.parts()), first = at(tenant) * parts;
  for (std::size_t p = first; p < first + parts && p < held_.size(); ++p) sum += held_[p].lost_before + AcceleratorTime{held_[p].lost_now} * queue_.now().count();
  return sum / full_speed_ppm;
}

/// From now on the accelerators of a job's run count as held (+1) or no more (-1).
void GangScheduler::count_held(JobId id, int sign) {
  const auto count = [&](std::int32_t part, std::int32_t gpus) {
    Held& h = held_by(jobs_[at(id)].tenant, part);
    h.before -= AcceleratorTime{gpus} * queue_.now().count() * sign;
    h.now += gpus * sign;
    const std::int64_t lost = gpus * std::max<std::int64_t>(0, full_speed_ppm - of(id).place_ppm);
    h.lost_before -= AcceleratorTime{lost} * queue_.now().count() * sign;
    h.lost_now += lost * sign;
  };
  const Way& way = this->way(id);
  count(way.part, of(id).gpus);
  if (way.second_gpus > 0) count(way.second_part, way.second_gpus);
}

Fates GangScheduler::fates_now(JobId id) const {
  JobState s = state(id);
  if (s.stage == JobStage::running) break_off(jobs_[at(id)], way(id), s, queue_.now() - s.run_since, true);
  return s.fates;
}

void GangScheduler::run() {
  while (!queue_.empty()) handle(queue_.pop());
  if (done_ != static_cast<std::int32_t>(jobs_.size())) {
    throw std::logic_error(std::to_string(static_cast<std::int32_t>(jobs_.size()) - done_) +
                           " jobs wait and nothing will start them");
  }
}

void GangScheduler::run_until(SimTime end) {
  engine::run_until(queue_, end, [this](const engine::Event<Payload>& event) { handle(event); });
}

Fates GangScheduler::fates() const {
  Fates sum;
  for (const Tally& tally : tallies_) sum += tally.fates;
  return sum;
}

Tally GangScheduler::tally(std::int32_t tenant) const { return tallies_.size() <= at(tenant) ? Tally{} : tallies_[at(tenant)]; }

void GangScheduler::count_stop(JobId id, bool announced) {
  JobState& s = of(id);
  Tally& tally = tallies_[at(jobs_[at(id)].tenant)];
  announced ? ++s.preemptions : ++s.failures;
  announced ? ++tally.preemptions : ++tally.failures;
}

/// The run that a job has been in is over: what became of its time.
void GangScheduler::book_run(JobId id, bool ended, bool saved) {
  JobState& s = of(id);
  const Fates before = s.fates;
  const SimTime elapsed = queue_.now() - s.run_since;
  ended ? finish(s, elapsed) : break_off(jobs_[at(id)], way(id), s, elapsed, saved);
  tallies_[at(jobs_[at(id)].tenant)].fates += s.fates - before;
}

void GangScheduler::decide_now() {
  if (decision_at_ == queue_.now()) return;
  decision_at_ = queue_.now();
  queue_.schedule(queue_.now(), Phase::decision, {Kind::decision, 0});
}

void GangScheduler::handle(const engine::Event<Payload>& event) {
  switch (event.payload.kind) {
    case Kind::end: end(event.payload.index); break;
    case Kind::up:
      if (--outages_[at(event.payload.index)] == 0) cluster_.set_up(event.payload.index, true);
      break;
    case Kind::down: take_down(event.payload.index, false); break;
    case Kind::drained: take_down(event.payload.index, true); break;
    case Kind::hit: interrupt_now(stops_[at(event.payload.index)].of, stops_[at(event.payload.index)].stop); return;
    case Kind::struck: strike_now(stops_[at(event.payload.index)].of, stops_[at(event.payload.index)].stop); break;
    case Kind::arrival: arrive(); break;
    case Kind::back:
      of(event.payload.index).stage = JobStage::waiting;
      of(event.payload.index).waiting_since = queue_.now();
      policy_->enqueue(event.payload.index, Desk(*this));
      break;
    case Kind::decision: {
      decision_at_.reset();
      Desk desk(*this);
      policy_->decide(desk);
      return;
    }
  }
  decide_now();
}

void GangScheduler::arrive() {
  const Desk desk(*this);
  while (next_arrival_ < arrivals_.size() && jobs_[at(arrivals_[next_arrival_])].submit == queue_.now()) {
    const JobId id = arrivals_[next_arrival_++];
    of(id).stage = JobStage::waiting;
    of(id).waiting_since = queue_.now();
    policy_->enqueue(id, desk);
  }
  if (next_arrival_ < arrivals_.size()) {
    queue_.schedule(jobs_[at(arrivals_[next_arrival_])].submit, Phase::arrival, {Kind::arrival, 0});
  }
}

void GangScheduler::leave_running(JobId id) {
  count_held(id, -1);
  running_.erase({expected_[at(id)], id});
  cluster_.give(placements_[at(id)]);
  of(id).gpus = of(id).width = 0;
}

void GangScheduler::end(JobId id) {
  book_run(id, true, true);
  leave_running(id);
  of(id).stage = JobStage::done;
  of(id).end = queue_.now();
  ++done_;
  ++tallies_[at(jobs_[at(id)].tenant)].done;
  policy_->ended(id, Desk(*this));
}

void GangScheduler::stop(JobId id, bool saved) {
  queue_.cancel(ends_[at(id)]);
  JobState& s = of(id);
  book_run(id, false, saved);
  leave_running(id);
  s.stage = JobStage::waiting;
  s.waiting_since = queue_.now();
}

void GangScheduler::take_down(std::int32_t node, bool announced) {
  if (++outages_[at(node)] > 1) return;
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

void GangScheduler::interrupt_now(JobId id, Stop stop) {
  JobState& s = of(id);
  const bool at_once = s.run_since == queue_.now();  // several of its nodes were struck at one time
  if (s.stage != JobStage::running || at_once) return;
  queue_.cancel(ends_[at(id)]);
  book_run(id, false, stop.announced);
  count_held(id, -1);
  running_.erase({expected_[at(id)], id});
  count_stop(id, false);
  s.restart_left = jobs_[at(id)].restart + stop.unnoticed;
  s.waiting_since = queue_.now();
  begin_run(id, s.gpus);
}

/// The nodes are taken.
void GangScheduler::put_on(JobId id, Stand stand) {
  JobState& s = of(id);
  s.way = stand.way;
  placements_[at(id)] = std::move(stand.nodes);
  s.place_ppm = place_speed_ ? place_speed_(id, way(id), placements_[at(id)]) : full_speed_ppm;
  if (start_wait_) s.ready_at = std::max(s.ready_at, queue_.now()) + start_wait_(id, way(id));
}

void GangScheduler::begin_run(JobId id, std::int32_t gpus) {
  JobState& s = of(id);
  const Job& job = jobs_[at(id)];
  s.stage = JobStage::running;
  s.gpus = gpus;
  s.width = gpus + way(id).second_gpus;
  s.run_since = queue_.now();
  s.wait_left = std::max(SimTime{0}, s.ready_at - queue_.now());
  count_held(id, 1);
  s.waited += queue_.now() - s.waiting_since;
  if (!s.first_start) s.first_start = queue_.now();
  const std::int64_t speed = speed_ppm(job, gpus, way(id), s.place_ppm);
  ends_[at(id)] = queue_.schedule(queue_.now() + run_length(s, speed, s.left), Phase::release, {Kind::end, id});
  const SimTime work = estimated_work(job, s);
  expected_[at(id)] = queue_.now() + run_length(s, speed, work);
  running_.insert({expected_[at(id)], id});
}

SimTime Desk::now() const { return scheduler_.queue_.now(); }
const Job& Desk::job(JobId id) const { return scheduler_.jobs_[at(id)]; }
const JobState& Desk::state(JobId id) const { return scheduler_.states_[at(id)]; }
const Partitions& Desk::cluster() const { return scheduler_.cluster_; }
Ask Desk::ask(JobId id, std::int32_t gpus) const { return {scheduler_.ways_of(id), gpus == 0 ? job(id).gpus : gpus}; }
Ask Desk::ask_in_place(JobId id, std::int32_t gpus) const { return {std::span{&scheduler_.way(id), 1}, gpus}; }
std::int32_t Desk::width(JobId id) const {
  return state(id).width > 0 ? state(id).width : job(id).gpus + scheduler_.ways_of(id).front().second_gpus;
}
const std::set<std::pair<SimTime, JobId>>& Desk::running() const { return scheduler_.running_; }
const GangPlacement& Desk::placement(JobId id) const { return scheduler_.placements_[at(id)]; }

SimTime Desk::remaining(JobId id) const {
  JobState s = state(id);
  if (s.stage == JobStage::running) break_off(job(id), scheduler_.way(id), s, now() - s.run_since, true);
  return s.left + s.wait_left + s.restart_left;
}

SimTime Desk::expected_end(JobId id) const {
  const JobState& s = state(id);
  if (s.stage == JobStage::running) return std::max(now(), scheduler_.expected_[at(id)]);
  return now() + run_length(s, speed_ppm(job(id), job(id).gpus, scheduler_.ways_of(id).front()), estimated_work(job(id), s));
}

SimTime Desk::expected_end(JobId id, const Stand& stand) const {
  const Way& way = scheduler_.ways_of(id)[at(stand.way)];
  const std::int64_t place_ppm = scheduler_.place_speed_ ? scheduler_.place_speed_(id, way, stand.nodes) : full_speed_ppm;
  return now() + run_length(state(id), speed_ppm(job(id), job(id).gpus, way, place_ppm), estimated_work(job(id), state(id)));
}

bool Desk::start(JobId id, std::int32_t gpus) {
  if (state(id).stage != JobStage::waiting) throw std::logic_error("only a waiting job can start");
  auto stand = scheduler_.cluster_.take(ask(id, gpus));
  if (!stand) return false;
  scheduler_.put_on(id, std::move(*stand));
  scheduler_.begin_run(id, gpus == 0 ? job(id).gpus : gpus);
  return true;
}

void Desk::start_on(JobId id, Stand stand) {
  if (state(id).stage != JobStage::waiting) throw std::logic_error("only a waiting job can start");
  std::int32_t width = 0;
  for (const NodeRun& run : stand.nodes) width += run.nodes * run.gpus;
  scheduler_.cluster_.take(stand.nodes);
  scheduler_.put_on(id, std::move(stand));
  scheduler_.begin_run(id, width - scheduler_.way(id).second_gpus);
}

void Desk::preempt(JobId id) {
  if (state(id).stage != JobStage::running) throw std::logic_error("only a running job can be preempted");
  scheduler_.stop(id, job(id).saves_on_preemption);
  JobState& s = scheduler_.of(id);
  scheduler_.count_stop(id, true);
  s.restart_left += job(id).restart;
  scheduler_.policy_->enqueue(id, *this);
}

bool Desk::resize(JobId id, std::int32_t gpus) {
  if (state(id).stage != JobStage::running) throw std::logic_error("only a running job can be resized");
  Partitions after = cluster();
  after.give(placement(id));
  auto stand = after.take(ask_in_place(id, gpus));
  if (!stand) return false;
  scheduler_.stop(id, true);
  scheduler_.cluster_.take(stand->nodes);
  scheduler_.put_on(id, {state(id).way, std::move(stand->nodes)});
  scheduler_.of(id).restart_left += job(id).restart;
  scheduler_.begin_run(id, gpus);
  return true;
}

void Desk::wake(SimTime when) {
  if (when == now()) return;
  scheduler_.queue_.schedule(when, Phase::decision, {GangScheduler::Kind::decision, 0});
}

}  // namespace headroom::scheduling
