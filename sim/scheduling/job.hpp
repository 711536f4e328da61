#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/units/money.hpp"
#include "sim/engine/time.hpp"

namespace headroom::scheduling {

using engine::SimTime;
using JobId = std::int32_t;  ///< position in the list of jobs

/// No event can be scheduled then: what ends at it does not end.
inline constexpr SimTime never = engine::latest + SimTime{1};

/// An amount of accelerator time, exact: accelerators times nanoseconds.
using AcceleratorTime = Int128;
[[nodiscard]] inline double accelerator_seconds(AcceleratorTime t) { return static_cast<double>(t) / 1e9; }

/// A gang job: it runs on all of its accelerators at once or not at all.
struct Job {
  SimTime submit{0};
  SimTime duration{0};           ///< of its work on `gpus` accelerators, without interruptions
  std::optional<SimTime> deadline;
  SimTime estimate{0};           ///< of `duration` as the user claims it, for backfilling; zero: the duration itself
  std::int32_t gpus = 1;
  std::int32_t tenant = 0;
  std::int32_t priority = 0;     ///< the higher one goes first
  std::int32_t min_gpus = 0;     ///< elastic jobs run on min_gpus to max_gpus; zero: rigid
  std::int32_t max_gpus = 0;
  double growth_efficiency = 1;  ///< speed that each accelerator beyond `gpus` adds, as a share of one of the first; 0 to 1
  SimTime checkpoint_every{0};   ///< of work; an interruption loses what was done since. Zero: nothing is lost
  SimTime restart{0};            ///< spent on its accelerators before work goes on after each interruption
  std::int32_t ways = 0;         ///< which list of ways of its scheduler it may run in
  bool saves_on_preemption = true;  ///< a preemption (not a failure) waits for a checkpoint and loses nothing
  bool stays = false;            ///< a failure that takes no node away stops it in place: it restarts there and keeps its turn
};

/// Accelerators on which a job may run, and how fast it is there.
struct Way {
  std::int32_t part = 0;                ///< of the cluster, where its gang of Job::gpus stands
  std::int64_t speed_ppm = 1'000'000;   ///< of the whole job beside what Job::duration says, in millionths; where it stands may take of it
  std::int32_t second_part = 0;         ///< a gang on two kinds of accelerators holds `second_gpus` more there; it is not elastic
  std::int32_t second_gpus = 0;
  SimTime checkpoint_every{0};          ///< of work in this way at the full speed of its place; zero: Job::checkpoint_every
};

constexpr std::int64_t full_speed_ppm = 1'000'000;

/// Whether gangs of these jobs, in all their ways and sizes, take whole nodes of a part whose nodes have `gpus_per_node`.
[[nodiscard]] bool take_whole_nodes(std::span<const Job> jobs, const std::vector<std::vector<Way>>& ways, std::int32_t part, std::int32_t gpus_per_node);

/// What became of the accelerator time that a job or a set of jobs held. allocated = useful + lost + restart, exactly.
struct Fates {
  AcceleratorTime allocated = 0;
  AcceleratorTime useful = 0;
  AcceleratorTime lost = 0;     ///< work done again after an interruption
  AcceleratorTime restart = 0;
  Fates& operator+=(const Fates& o) {
    allocated += o.allocated; useful += o.useful; lost += o.lost; restart += o.restart;
    return *this;
  }
  friend Fates operator-(const Fates& a, const Fates& b) {
    return {a.allocated - b.allocated, a.useful - b.useful, a.lost - b.lost, a.restart - b.restart};
  }
};

/// What a tenant's jobs have come to.
struct Tally {
  std::int64_t done = 0, preemptions = 0, failures = 0;
  Fates fates;                  ///< of the runs that are over
};

enum class JobStage : std::uint8_t { unsubmitted, waiting, running, done };

/// A job on its way.
struct JobState {
  SimTime left{0};            ///< work to do, at the speed on `Job::gpus`
  SimTime restart_left{0};
  SimTime ready_at{0};        ///< when what it must be sent or read first is there; that comes nearer whether it runs or not
  SimTime wait_left{0};       ///< of its present run until then, before its restart
  SimTime waiting_since{0};
  SimTime run_since{0};
  std::int64_t place_ppm = full_speed_ppm;  ///< what the place of its present run, else of the last one, makes of its speed, in millionths
  SimTime waited{0};          ///< over all waits
  std::optional<SimTime> first_start;
  SimTime end{0};
  JobStage stage = JobStage::unsubmitted;
  std::int32_t gpus = 0;      ///< held now, without those of a way's second part
  std::int32_t width = 0;     ///< held now in all
  std::int32_t way = 0;       ///< of its present run, else of the last one
  std::int32_t preemptions = 0;
  std::int32_t failures = 0;
  Fates fates;                ///< of the runs that are over
};

/// Speed on `gpus` accelerators in millionths of the speed on `Job::gpus`: proportional below, with growth_efficiency above;
/// and that times the speed of a way and what a place leaves of it.
[[nodiscard]] std::int64_t speed_ppm(const Job& job, std::int32_t gpus, const Way& way = {}, std::int64_t place_ppm = full_speed_ppm);

/// Work, restart and wait that would be left at nominal speed if a run were broken off after `elapsed` and all its work kept.
[[nodiscard]] SimTime remaining(const Job& job, const Way& way, const JobState& state, SimTime elapsed);
/// Adds a run of `elapsed` in a way that was broken off, and says in `state` what is left to do.
/// `saved`: the work is kept to the last moment, else to the last multiple of checkpoint_every.
void break_off(const Job& job, const Way& way, JobState& state, SimTime elapsed, bool saved);
/// Adds the run that brought the job to its end.
void finish(JobState& state, SimTime elapsed);
/// Work that its user believes to be left.
[[nodiscard]] SimTime estimated_work(const Job& job, const JobState& state);
/// When a run that does so much work at that speed ends if it starts now; `never` if that is not before the clock's end.
[[nodiscard]] SimTime end_of_run(SimTime now, const JobState& state, std::int64_t speed_ppm, SimTime work);
/// One more restart of the job after an interruption.
void add_restart(const Job& job, JobState& state);

}  // namespace headroom::scheduling
