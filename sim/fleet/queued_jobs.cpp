/// The jobs that come to a queue: which, when, and where they may stand.
#include "sim/fleet/queued_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/units/error.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/random.hpp"
#include "sim/workloads/unit.hpp"
#include "sim/workloads/user_routes.hpp"

namespace headroom::fleet {

using scenario::Workload;
using scheduling::Job;
using scheduling::Way;

namespace {

engine::SimTime at_hour(double hour) { return engine::to_sim_time(hours(hour)); }

/// What a workload's jobs have in common, for one of that size.
void complete(const Workload& w, Job& job) {
  if (w.deadline) job.deadline = job.submit + engine::to_sim_time(*w.deadline);
  if (!w.elastic) return;
  job.min_gpus = std::max(1, static_cast<std::int32_t>(std::ceil(w.elastic->least * job.gpus - 1e-9)));
  job.max_gpus = static_cast<std::int32_t>(std::floor(w.elastic->most * job.gpus + 1e-9));
  job.growth_efficiency = w.elastic->growth_efficiency;
}

/// The jobs that a process brings: of exponential distances, or in the central run at even ones, with mean durations.
void add_arrivals(const State& s, const Workload& w, const Job& like, std::vector<Job>& jobs) {
  const auto& arrivals = *w.arrivals;
  double weights = 0;
  for (const auto& size : arrivals.sizes) weights += size.weight;
  engine::Stream draw(s.plan.seed, s.world.replication().value_or(0), "job", {engine::name_hash(w.id)});
  const double end = static_cast<double>((s.plan.horizon.end - s.plan.horizon.begin).count()) * 24, gap = 24 / arrivals.per_day;
  jobs.reserve(jobs.size() + static_cast<std::size_t>(1.1 * end / gap) + 10);
  double place = 0;
  for (double at = s.world.central() ? gap / 2 : 0;;) {
    Job job = like;
    double duration = arrivals.duration.base();
    if (s.world.central()) {
      place += 0.6180339887498949;  // golden ratio: sizes in their shares, evenly mixed
      place -= std::floor(place);
    } else {
      at += engine::Exponential(gap).quantile(draw.uniform());
      place = draw.uniform();
      const double u = draw.uniform();
      if (arrivals.duration_variation > 0) duration = engine::Lognormal::of_mean(duration, arrivals.duration_variation).quantile(u);
    }
    if (at >= end) return;
    double up_to = 0;
    for (const auto& size : arrivals.sizes) {
      up_to += size.weight / weights;
      job.gpus = static_cast<std::int32_t>(size.accelerators);
      if (place < up_to) break;
    }
    job.submit = at_hour(at);
    job.duration = engine::to_sim_time(Seconds{std::min(duration, engine::to_seconds(engine::latest).base())});
    complete(w, job);
    jobs.push_back(job);
    if (s.world.central()) at += gap;
  }
}

void add_traced(const Workload& w, const Job& like, std::vector<Job>& jobs) {
  const auto at = [](double seconds) { return engine::to_sim_time(Seconds{seconds}); };
  for (const auto& traced : w.trace) {
    Job job = like;
    job.submit = at(traced.submit_s);
    job.gpus = static_cast<std::int32_t>(traced.gpus);
    job.duration = at(traced.duration_s);
    complete(w, job);
    if (traced.priority) job.priority = static_cast<std::int32_t>(*traced.priority);
    if (traced.deadline_s) job.deadline = job.submit + at(*traced.deadline_s);
    if (traced.estimate_s) job.estimate = at(*traced.estimate_s);
    if (traced.checkpoint_s) {
      job.checkpoint_every = at(*traced.checkpoint_s);
      job.saves_on_preemption = false;
    }
    jobs.push_back(job);
  }
}

const scenario::ChipRate* rate_on(const Workload& w, const std::string& chip) {
  if (w.models.empty()) return nullptr;
  for (const auto& rate : w.models.front().rates) {
    if (rate.chip == chip) return &rate;
  }
  return nullptr;
}

bool may_stand(const State& s, const Workload& w, const JobQueue& queue, const JobQueue::Part& part) {
  const std::string& chip = part.rule->chip;
  const bool listed = w.chips.empty() || std::find(w.chips.begin(), w.chips.end(), chip) != w.chips.end();
  const bool rates = !w.models.empty() && !w.models.front().rates.empty();
  if (!listed || (rates ? rate_on(w, chip) == nullptr : w.chips.empty() && chip != queue.rule->chip)) return false;
  const auto& site = s.site(s.pools[part.pool].site);
  return w.regions.empty() || std::any_of(w.regions.begin(), w.regions.end(), [&](const auto& share) { return workloads::serves(site, share.region); });
}

/// The fastest chip first, and in the order of the queue's parts between equal ones.
std::vector<Way> ways_of(const State& s, const Workload& w, const JobQueue& queue) {
  std::vector<Way> ways;
  for (std::size_t p = 0; p < queue.parts.size(); ++p) {
    const JobQueue::Part& part = queue.parts[p];
    if (!may_stand(s, w, queue, part)) continue;
    Way way;
    way.part = static_cast<std::int32_t>(p);
    const auto* rate = rate_on(w, part.rule->chip);
    if (rate != nullptr) {
      const double speed = rate->units_per_second * s.world.rate_factor(w.id, part.rule->chip);
      way.speed_ppm = std::max<std::int64_t>(1, std::llround(speed * 1e6));
    }
    ways.push_back(way);
  }
  std::stable_sort(ways.begin(), ways.end(), [](const Way& a, const Way& b) { return a.speed_ppm > b.speed_ppm; });
  if (ways.empty()) throw InputError(fmt::format("workloads.{}: queue {} has no part on which its jobs may run; expected another \"chips\", \"rates\" or \"regions\"", w.id, queue.rule->id));
  return ways;
}

bool ever_fits(const JobQueue& queue, const std::vector<Way>& ways, std::int32_t gpus) {
  return std::any_of(ways.begin(), ways.end(), [&](const Way& way) { return queue.parts[static_cast<std::size_t>(way.part)].rule->accelerators >= gpus; });
}

}  // namespace

void add_jobs(const State& s, const JobQueue& queue, std::int32_t tenant, std::vector<Job>& jobs, std::vector<std::vector<Way>>& ways) {
  const Workload& w = s.plan.workloads[queue.workloads[static_cast<std::size_t>(tenant)]];
  if (w.elastic && queue.rule->policy != "elastic") {
    throw InputError(fmt::format("workloads.{}: elastic sizes in queue {}, whose policy {} never changes a size; expected policy elastic", w.id, queue.rule->id, queue.rule->policy));
  }
  const std::size_t first = jobs.size();
  ways.push_back(ways_of(s, w, queue));
  Job like;
  like.tenant = tenant;
  like.priority = 10 - w.tier;
  like.ways = static_cast<std::int32_t>(ways.size() - 1);
  like.checkpoint_every = w.job_checkpoint.base() > 0 ? engine::to_sim_time(w.job_checkpoint) : engine::SimTime{0};
  like.restart = w.job_restart.base() > 0 ? engine::to_sim_time(w.job_restart) : engine::SimTime{0};
  like.saves_on_preemption = w.saves_when_evicted;
  for (const auto& written : w.jobs) {
    Job job = like;
    job.submit = at_hour(static_cast<double>((written.at - s.plan.horizon.begin).count()) * 24 + written.hour);
    job.gpus = static_cast<std::int32_t>(written.accelerators);
    job.duration = engine::to_sim_time(written.duration);
    complete(w, job);
    jobs.insert(jobs.end(), static_cast<std::size_t>(written.count), job);
  }
  add_traced(w, like, jobs);
  if (w.arrivals) add_arrivals(s, w, like, jobs);
  for (std::size_t j = first; j < jobs.size(); ++j) {
    if (ever_fits(queue, ways.back(), jobs[j].gpus)) continue;
    std::string parts;
    for (const Way& way : ways.back()) {
      const JobQueue::Part& part = queue.parts[static_cast<std::size_t>(way.part)];
      parts += fmt::format("{}{} nodes of {}", parts.empty() ? "" : " or ", part.nodes(), part.rule->node);
    }
    throw InputError(fmt::format("workloads.{}: a job of {} accelerators never fits queue {} with its {}", w.id, jobs[j].gpus, queue.rule->id, parts));
  }
}

std::optional<Grade> grade_of_jobs(const State& s, std::size_t workload, std::size_t chip) {
  const auto* rate = rate_on(s.plan.workloads[workload], s.chip(chip).id);
  return rate != nullptr ? std::optional{workloads::grade_of(rate->grade)} : std::nullopt;
}

}  // namespace headroom::fleet
