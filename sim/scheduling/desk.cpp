#include <algorithm>
#include <stdexcept>

#include "sim/scheduling/gang_scheduler.hpp"

namespace headroom::scheduling {

using engine::Phase;

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

SimTime Desk::now() const { return scheduler_.queue_.now(); }
const Job& Desk::job(JobId id) const { return scheduler_.jobs_[at(id)]; }
const JobState& Desk::state(JobId id) const { return scheduler_.states_[at(id)]; }
const Partitions& Desk::cluster() const { return scheduler_.cluster_; }
Ask Desk::ask(JobId id, std::int32_t gpus) const { return {scheduler_.ways_of(id), gpus == 0 ? job(id).gpus : gpus}; }
Ask Desk::ask_in_place(JobId id, std::int32_t gpus) const { return {std::span{&scheduler_.way(id), 1}, gpus}; }
std::int32_t Desk::width(JobId id) const {
  return state(id).width > 0 ? state(id).width : job(id).gpus + scheduler_.ways_of(id).front().second_gpus;
}
std::span<const RunningJob> Desk::running() const { return scheduler_.running_.all(); }
const SortedPieces<RunningJob>& Desk::running_by_end() const { return scheduler_.running_.by_end(); }
const GangPlacement& Desk::placement(JobId id) const { return scheduler_.placements_[at(id)]; }

SimTime Desk::remaining(JobId id) const {
  const JobState& s = state(id);
  if (s.stage == JobStage::running) return scheduling::remaining(job(id), scheduler_.way(id), s, now() - s.run_since);
  return s.left + s.wait_left + s.restart_left;
}

SimTime Desk::expected_end(JobId id) const {
  const JobState& s = state(id);
  if (s.stage == JobStage::running) return std::max(now(), scheduler_.running_.of(id).expected_end);
  return end_of_run(now(), s, speed_ppm(job(id), job(id).gpus, scheduler_.ways_of(id).front()), estimated_work(job(id), s));
}

SimTime Desk::expected_end(JobId id, const Stand& stand) const {
  const Way& way = scheduler_.ways_of(id)[at(stand.way)];
  const std::int64_t place_ppm = scheduler_.place_speed_ ? scheduler_.place_speed_(id, way, stand.nodes) : full_speed_ppm;
  return end_of_run(now(), state(id), speed_ppm(job(id), job(id).gpus, way, place_ppm), estimated_work(job(id), state(id)));
}

bool Desk::start(JobId id, std::int32_t gpus) {
  if (state(id).stage != JobStage::waiting) throw std::logic_error("only a waiting job can start");
  const auto way = scheduler_.cluster_.take(ask(id, gpus), scheduler_.placements_[at(id)]);
  if (!way) return false;
  scheduler_.put_on(id, *way);
  scheduler_.begin_run(id, gpus == 0 ? job(id).gpus : gpus);
  return true;
}

void Desk::start_on(JobId id, Stand stand) {
  if (state(id).stage != JobStage::waiting) throw std::logic_error("only a waiting job can start");
  std::int32_t width = 0;
  for (const NodeRun& run : stand.nodes) width += run.nodes * run.gpus;
  scheduler_.cluster_.take(stand.nodes);
  scheduler_.placements_[at(id)] = std::move(stand.nodes);
  scheduler_.put_on(id, stand.way);
  scheduler_.begin_run(id, width - scheduler_.way(id).second_gpus);
}

void Desk::preempt(JobId id) {
  if (state(id).stage != JobStage::running) throw std::logic_error("only a running job can be preempted");
  scheduler_.stop(id, job(id).saves_on_preemption);
  JobState& s = scheduler_.of(id);
  scheduler_.count_stop(id, true);
  add_restart(job(id), s);
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
  scheduler_.placements_[at(id)] = std::move(stand->nodes);
  scheduler_.put_on(id, state(id).way);
  add_restart(job(id), scheduler_.of(id));
  scheduler_.begin_run(id, gpus);
  return true;
}

void Desk::wake(SimTime when) {
  if (when == now()) return;
  scheduler_.queue_.schedule(when, Phase::decision, {GangScheduler::Kind::decision, 0});
}

}  // namespace headroom::scheduling
