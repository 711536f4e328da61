#include "sim/scheduling/gang_scheduler.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "models/units/error.hpp"

namespace headroom::scheduling {

using engine::Phase;

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

GangScheduler::GangScheduler(GangCluster cluster, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy, Laying laying)
    : GangScheduler(Partitions(std::move(cluster), std::move(laying)), {{Way{}}}, std::move(jobs), std::move(policy)) {}

GangScheduler::GangScheduler(Partitions cluster, std::vector<std::vector<Way>> ways, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy,
                             PlaceSpeed place_speed, ReadyAt ready_at)
    : cluster_(std::move(cluster)), ways_(std::move(ways)), jobs_(std::move(jobs)), policy_(std::move(policy)), place_speed_(std::move(place_speed)),
      ready_at_(std::move(ready_at)), states_(jobs_.size()), placements_(jobs_.size()), ends_(jobs_.size()), running_(jobs_.size()),
      arrivals_(jobs_.size()), outages_(at(cluster_.nodes()), 0),
      failed_(cluster_.nodes()), run_starts_(cluster_.nodes()), holders_(at(cluster_.nodes()), several) {
  for (std::int32_t p = 0; p < cluster_.parts(); ++p) {
    const GangCluster& part = cluster_.part(p);
    if (part.is_counted() && place_speed_) throw std::invalid_argument("places matter in a part that only counts its nodes");
    away_.emplace_back(part.is_counted() ? 0 : part.nodes());
    counted_.push_back({{}, part.nodes(), 0});
  }
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const Job& job = jobs_[i];
    const std::int32_t least = job.min_gpus > 0 ? job.min_gpus : job.gpus;
    if (job.gpus < 1 || job.submit < SimTime{0} || job.duration < SimTime{0} || job.restart < SimTime{0}) {
      throw std::invalid_argument("job " + std::to_string(i) + " has no accelerators or a negative time");
    }
    if (job.submit > engine::latest) throw std::invalid_argument("job " + std::to_string(i) + " comes after the last time of the clock");
    if (!cluster_.ever_fits({ways_of(static_cast<JobId>(i)), least})) {
      throw std::invalid_argument("job " + std::to_string(i) + " needs " + std::to_string(least) +
                                  " accelerators, more than the cluster has");
    }
    states_[i].left = job.duration;
    if (tallies_.size() <= at(job.tenant)) tallies_.resize(at(job.tenant) + 1);
  }
  held_.resize(tallies_.size() * at(cluster_.parts()));
  std::iota(arrivals_.begin(), arrivals_.end(), 0);
  const auto earlier = [&](JobId a, JobId b) { return jobs_[at(a)].submit < jobs_[at(b)].submit; };
  if (!std::is_sorted(arrivals_.begin(), arrivals_.end(), earlier)) std::stable_sort(arrivals_.begin(), arrivals_.end(), earlier);
  expect_arrival();
}

/// Reads when the next job comes, and asks the memory for what it will need then.
void GangScheduler::expect_arrival() {
  if (next_arrival_ == arrivals_.size()) {
    next_submit_ = SimTime::max();
    return;
  }
  const std::size_t next = at(arrivals_[next_arrival_]);
  next_submit_ = jobs_[next].submit;
  const auto fetch = [](const auto& record) {
    for (std::size_t byte = 0; byte < sizeof record; byte += 64) __builtin_prefetch(reinterpret_cast<const char*>(&record) + byte, 1);
  };
  fetch(jobs_[next]);
  fetch(states_[next]);
  fetch(placements_[next]);
  fetch(ends_[next]);
}

void GangScheduler::interrupt(JobId id, SimTime when, Stop stop) {
  queue_.schedule(when, Phase::failure, {Kind::hit, static_cast<std::int32_t>(stops_.size())});
  stops_.push_back({id, 0, stop});
}

void GangScheduler::strike(std::int32_t node, std::int32_t nodes, SimTime when, Stop stop) {
  queue_.schedule(when, Phase::failure, {Kind::struck, static_cast<std::int32_t>(stops_.size())});
  stops_.push_back({node, nodes, stop});
}

void GangScheduler::pause(JobId id, SimTime until) {
  if (of(id).stage != JobStage::running) return;
  stop(id, true);
  JobState& s = of(id);
  count_stop(id, true);
  add_restart(jobs_[at(id)], s);
  s.stage = JobStage::unsubmitted;
  queue_.schedule(std::max(until, queue_.now()), Phase::arrival, {Kind::back, id});
  undecided_ = true;
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
  const std::size_t first = at(jobs_[at(id)].tenant) * at(cluster_.parts());
  const std::int64_t place_takes = std::max<std::int64_t>(0, full_speed_ppm - of(id).place_ppm);
  const auto count = [&](std::int32_t part, std::int32_t gpus) {
    Held& h = held_[first + at(part)];
    const std::int64_t more = gpus * sign;
    h.before -= AcceleratorTime{more} * queue_.now().count();
    h.now += more;
    if (place_takes == 0) return;
    h.lost_before -= AcceleratorTime{more * place_takes} * queue_.now().count();
    h.lost_now += more * place_takes;
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
  for (;;) {
    const Moment next = this->next();
    if (decision_due(next)) decide();
    else if (next.at <= engine::latest) pass(next);
    else break;
  }
  if (!running_.all().empty()) {
    throw InputError(fmt::format("{} jobs run beyond {:.0f} s, the last time that a simulation can hold", running_.all().size(), engine::to_seconds(engine::latest).base()));
  }
  if (done_ != static_cast<std::int32_t>(jobs_.size())) {
    throw std::logic_error(std::to_string(static_cast<std::int32_t>(jobs_.size()) - done_) +
                           " jobs wait and nothing will start them");
  }
}

void GangScheduler::run_until(SimTime end) {
  for (;;) {
    const Moment next = this->next();
    if (queue_.now() < end && decision_due(next)) decide();
    else if (next.at < end) pass(next);
    else break;
  }
  queue_.advance(end);
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

/// After `latest` if nothing comes any more.
GangScheduler::Moment GangScheduler::next() const {
  Moment next{SimTime::max(), Phase::observation, false};
  if (!queue_.empty()) {
    const engine::EventKey key = queue_.peek();
    next = {key.at, key.phase, false};
  }
  const bool arrival = next_submit_ < next.at || (next_submit_ == next.at && Phase::arrival <= next.phase);
  return arrival ? Moment{next_submit_, Phase::arrival, true} : next;
}

void GangScheduler::pass(const Moment& next) {
  if (!next.arrival) return handle(queue_.pop());
  queue_.advance(next.at);
  arrive();
}

/// Whether everything of this instant has happened and the policy has not seen it.
bool GangScheduler::decision_due(const Moment& next) const { return undecided_ && (next.at > queue_.now() || next.phase >= Phase::decision); }

/// Without an event of its own: nearly every instant ends with a decision.
void GangScheduler::decide() {
  undecided_ = false;
  Desk desk(*this);
  policy_->decide(desk);
}

void GangScheduler::handle(const engine::Event<Payload>& event) {
  switch (event.payload.kind) {
    case Kind::end: end(event.payload.index); break;
    case Kind::up: bring_up(event.payload.index); break;
    case Kind::down: take_down(event.payload.index, false); break;
    case Kind::drained: take_down(event.payload.index, true); break;
    case Kind::hit: interrupt_now(stops_[at(event.payload.index)].of, stops_[at(event.payload.index)].stop); return;
    case Kind::struck: strike_now(stops_[at(event.payload.index)]); break;
    case Kind::back:
      of(event.payload.index).stage = JobStage::waiting;
      of(event.payload.index).waiting_since = queue_.now();
      policy_->enqueue(event.payload.index, Desk(*this));
      break;
    case Kind::decision: break;
  }
  undecided_ = true;
}

void GangScheduler::arrive() {
  const Desk desk(*this);
  while (next_submit_ == queue_.now()) {
    const JobId id = arrivals_[next_arrival_++];
    expect_arrival();
    of(id).stage = JobStage::waiting;
    of(id).waiting_since = queue_.now();
    policy_->enqueue(id, desk);
  }
  ++arrival_times_;
  undecided_ = true;
}

void GangScheduler::leave_running(JobId id) {
  count_held(id, -1);
  running_.erase(id);
  cluster_.give(placements_[at(id)]);
  forget_holder(id);
  ++changes_;
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

void GangScheduler::interrupt_now(JobId id, Stop stop) {
  JobState& s = of(id);
  const bool at_once = s.run_since == queue_.now();  // several of its nodes were struck at one time
  if (s.stage != JobStage::running || at_once) return;
  queue_.cancel(ends_[at(id)]);
  book_run(id, false, stop.announced);
  count_held(id, -1);
  running_.erase(id);
  count_stop(id, false);
  s.restart_left = jobs_[at(id)].restart + stop.unnoticed;
  s.waiting_since = queue_.now();
  make_ready(id, Begins::in_place);
  begin_run(id, s.gpus);
}

void GangScheduler::make_ready(JobId id, Begins begins) {
  if (ready_at_) of(id).ready_at = ready_at_(id, way(id), std::max(of(id).ready_at, queue_.now()), begins);
}

/// Its nodes are taken.
void GangScheduler::put_on(JobId id, std::int32_t way) {
  JobState& s = of(id);
  s.way = way;
  note_holder(id);
  ++changes_;
  s.place_ppm = place_speed_ ? place_speed_(id, this->way(id), placements_[at(id)]) : full_speed_ppm;
  make_ready(id, Begins::start);
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
  const SimTime end = end_of_run(queue_.now(), s, speed, s.left);
  ends_[at(id)] = end < never ? queue_.schedule(end, Phase::release, {Kind::end, id}) : engine::EventHandle{};
  running_.insert({job.estimate > SimTime{0} ? end_of_run(queue_.now(), s, speed, estimated_work(job, s)) : end, id, job.priority, queue_.now()});
}

}  // namespace headroom::scheduling
