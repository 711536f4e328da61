#include "sim/failures/goodput.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "models/units/money.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"

namespace headroom::failures {

using engine::Phase;
using engine::to_sim_time;

Seconds Spread::quantile(double u) const {
  if (variation <= 0 || mean.base() <= 0) return mean;
  return Seconds{engine::Lognormal::of_mean(mean.base(), variation).quantile(u)};
}

namespace {

enum class Kind : std::uint8_t { node_fails, job_fails, planned, slow_begins, slow_found, detected, working };
struct Payload {
  Kind kind;
  std::int32_t index;
};

class Run {
 public:
  Run(const GoodputSpec& spec, const FailureWorld& world, std::uint64_t site);
  Goodput run();

 private:
  enum class State : std::uint8_t { working, writing, saving, detecting, restarting };

  void handle(const Payload& event);
  void advance();
  void work_for(SimTime time);
  void interrupt(bool expected);
  void begin_restart();
  void draw_node(std::int32_t node);
  void draw_after(Kind kind, PerSecond rate, std::uint64_t& count);
  [[nodiscard]] SlotKey gang() const { return {site_, 0, static_cast<std::uint64_t>(spec_.nodes), 1}; }
  [[nodiscard]] SimTime random_time(const Spread& spread, std::string_view what, std::uint64_t n) const {
    const Seconds t = spread.quantile(world_.draw(what, gang(), n));
    return t.base() > 0 ? to_sim_time(t) : SimTime{0};
  }

  const GoodputSpec& spec_;
  const FailureWorld& world_;
  std::uint64_t site_;
  SimTime span_, every_, write_;
  engine::EventQueue<Payload> queue_;
  std::vector<reliability::Hazard> hazards_;
  std::vector<std::uint64_t> failures_;
  std::uint64_t job_draws_ = 0, planned_draws_ = 0, slow_draws_ = 0, restarts_ = 0;
  State state_ = State::working;
  engine::EventHandle next_state_;
  SimTime since_{0};         ///< progress is accounted up to here
  SimTime work_{0};          ///< useful time since the last complete checkpoint
  SimTime target_ = engine::latest;
  SimTime write_left_{0};
  std::int32_t slow_nodes_ = 0;
  Goodput result_;
};

Run::Run(const GoodputSpec& spec, const FailureWorld& world, std::uint64_t site)
    : spec_(spec), world_(world), site_(site), span_(to_sim_time(spec.span)), every_(to_sim_time(spec.checkpoint_every)),
      write_(spec.checkpoint_write.base() > 0 ? to_sim_time(spec.checkpoint_write) : SimTime{0}),
      failures_(static_cast<std::size_t>(spec.nodes), 0) {
  if (spec.nodes < 1 || every_ <= SimTime{0} || !(spec.slow.speed > 0) || spec.slow.speed > 1) {
    throw std::invalid_argument("a job has at least one node, a checkpoint interval above 0 and a slow speed in (0, 1]");
  }
  for (std::int32_t n = 0; n < spec.nodes; ++n) {
    hazards_.push_back(spec.node_hazard.scaled(world.lemon_factor(spec.lemons, {site, 0, static_cast<std::uint64_t>(n), 0})));
    draw_node(n);
  }
  if (spec.work) target_ = to_sim_time(*spec.work);
  draw_after(Kind::job_fails, spec.job_hazard, job_draws_);
  draw_after(Kind::planned, spec.planned, planned_draws_);
  draw_after(Kind::slow_begins, spec.slow.onset * spec.nodes, slow_draws_);
}

void Run::draw_node(std::int32_t node) {
  const auto i = static_cast<std::size_t>(node);
  if (!(hazards_[i].base.base() > 0)) return;
  const SlotKey key{site_, 0, static_cast<std::uint64_t>(node), 0};
  const Seconds next = world_.next_failure(hazards_[i], key, failures_[i]++, engine::to_seconds(queue_.now()));
  if (next < spec_.span) queue_.schedule(std::max(queue_.now(), to_sim_time(next)), Phase::failure, {Kind::node_fails, node});
}

void Run::draw_after(Kind kind, PerSecond rate, std::uint64_t& count) {
  if (!(rate.base() > 0)) return;
  constexpr std::string_view names[] = {"", "job failure", "planned", "slow"};
  const double u = world_.draw(names[static_cast<std::size_t>(kind)], gang(), count++);
  const Seconds gap{engine::Exponential(1 / rate.base()).quantile(u)};
  if (engine::to_seconds(queue_.now()) + gap < spec_.span) queue_.schedule_after(to_sim_time(gap), Phase::failure, {kind, 0});
}

/// Work and checkpoints over a time without events. Whole cycles are skipped; a slow gang needs longer for the same work.
void Run::work_for(SimTime time) {
  const double speed = slow_nodes_ > 0 ? spec_.slow.speed : 1;
  while (time > SimTime{0} && !result_.finished) {
    if (state_ == State::writing) {
      const SimTime part = std::min(time, write_left_);
      result_.fates.writing += part;
      write_left_ -= part;
      time -= part;
      if (write_left_ > SimTime{0}) return;
      state_ = State::working;
      result_.fates.useful += work_;
      work_ = SimTime{0};
      continue;
    }
    const SimTime until_target = target_ - result_.fates.useful - work_;
    if (slow_nodes_ == 0 && work_ == SimTime{0} && time >= every_ + write_ && until_target > every_) {
      const std::int64_t cycles = std::min<std::int64_t>(time / (every_ + write_), (until_target - SimTime{1}) / every_);
      result_.fates.useful += cycles * every_;
      result_.fates.writing += cycles * write_;
      time -= cycles * (every_ + write_);
      continue;
    }
    const SimTime todo = std::min(every_ - work_, until_target);
    const SimTime needed = slow_nodes_ == 0 ? todo : std::max(todo, to_sim_time(engine::to_seconds(todo) / speed));
    const SimTime part = std::min(time, needed);
    const SimTime done = part == needed ? todo : SimTime{static_cast<std::int64_t>(static_cast<double>(part.count()) * speed)};
    work_ += done;
    result_.fates.slowed += part - done;
    time -= part;
    if (part == needed && done == until_target) {
      result_.finished = since_ - time;
    } else if (part == needed) {
      state_ = State::writing;
      write_left_ = write_;
      if (write_ == SimTime{0}) {
        state_ = State::working;
        result_.fates.useful += work_;
        work_ = SimTime{0};
      }
    }
  }
}

void Run::advance() {
  const SimTime time = queue_.now() - since_;
  since_ = queue_.now();
  switch (state_) {
    case State::working:
    case State::writing: work_for(time); break;
    case State::saving: result_.fates.writing += time; break;
    case State::detecting: result_.fates.detecting += time; break;
    case State::restarting: result_.fates.restarting += time; break;
  }
}

/// An expected interruption keeps the work; one that strikes while the job is down already only begins the restart anew.
void Run::interrupt(bool expected) {
  queue_.cancel(next_state_);
  (expected ? result_.fates.useful : result_.fates.lost) += work_;
  work_ = SimTime{0};
  ++restarts_;
  slow_nodes_ = 0;  // slow nodes are left out when the gang is put together again
  // What was announced writes its checkpoint where what was not announced waits to be noticed.
  state_ = expected ? State::saving : State::detecting;
  next_state_ = queue_.schedule_after(expected ? write_ : random_time(spec_.detection, "detection", restarts_), Phase::release,
                                      {Kind::detected, 0});
}

void Run::begin_restart() {
  state_ = State::restarting;
  next_state_ = queue_.schedule_after(random_time(spec_.restart, "restart", restarts_), Phase::release, {Kind::working, 0});
}

void Run::handle(const Payload& event) {
  advance();
  if (result_.finished) return;
  switch (event.kind) {
    case Kind::node_fails:
      ++result_.unexpected;
      draw_node(event.index);
      interrupt(false);
      break;
    case Kind::job_fails:
      ++result_.unexpected;
      draw_after(Kind::job_fails, spec_.job_hazard, job_draws_);
      interrupt(false);
      break;
    case Kind::planned:
      ++result_.planned;
      draw_after(Kind::planned, spec_.planned, planned_draws_);
      interrupt(true);
      break;
    case Kind::slow_begins:
      draw_after(Kind::slow_begins, spec_.slow.onset * spec_.nodes, slow_draws_);
      if (state_ == State::working || state_ == State::writing) {
        ++slow_nodes_;
        const SimTime found = random_time(spec_.slow.detection, "slow detection", slow_draws_);
        queue_.schedule_after(found, Phase::release, {Kind::slow_found, static_cast<std::int32_t>(restarts_)});
      }
      break;
    case Kind::slow_found:
      if (event.index != static_cast<std::int32_t>(restarts_)) break;  // a restart has got rid of it before
      ++result_.slow;
      interrupt(true);
      break;
    case Kind::detected: begin_restart(); break;
    case Kind::working:
      state_ = State::working;
      break;
  }
}

Goodput Run::run() {
  while (!queue_.empty() && queue_.peek().at < span_ && !result_.finished) handle(queue_.pop().payload);
  if (!result_.finished) {
    queue_.advance(span_);
    advance();
  }
  result_.fates.useful += work_;  // what the end of the span cuts off was not lost
  result_.span = result_.finished.value_or(span_);
  return result_;
}

}  // namespace

std::vector<SimTime> finish_times(const GoodputSpec& spec, std::uint64_t seed, int replications) {
  if (!spec.work) throw std::invalid_argument("a finish needs an amount of work");
  std::vector<SimTime> times;
  for (int r = 0; r < replications; ++r) {
    const Goodput g = simulate_goodput(spec, FailureWorld(seed, static_cast<std::uint64_t>(r)));
    if (g.finished) times.push_back(*g.finished);
  }
  std::sort(times.begin(), times.end());
  return times;
}

Goodput simulate_goodput(const GoodputSpec& spec, const FailureWorld& world, std::uint64_t site) {
  return Run(spec, world, site).run();
}

}  // namespace headroom::failures
