#include "sim/jobs/job_fleet.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"
#include "sim/failures/world.hpp"
#include "sim/scheduling/gang_cluster.hpp"

namespace headroom::jobs {

using engine::Phase;
using engine::to_sim_time;
using scheduling::GangCluster;
using scheduling::GangPlacement;
using scheduling::NodeRun;

namespace {

constexpr std::int32_t nobody = -1;
constexpr SimTime window = std::chrono::hours(24 * 7);
constexpr std::int32_t look_ahead = 8;  ///< waiting jobs that are tried behind a blocked one

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

enum class Kind : std::uint8_t { end, repaired, fails, arrival, hour, window, shock };
struct Payload {
  Kind kind;
  std::int32_t index;  ///< job slot, node of the fleet, class
};

/// A job that is in the fleet; its slot is used again afterwards.
struct Slot {
  GangPlacement placement;
  SimTime left{0};
  SimTime saved{0};        ///< work in checkpoints
  SimTime restart_left{0};
  SimTime since{0};        ///< start of this run, or submission while it has never run
  engine::EventHandle end;
  std::int32_t gpus = 0;
  std::int32_t next_on_node = nobody;  ///< next job that holds a part of the same node
  std::int32_t position = nobody;      ///< in the list of running jobs of its site and tier
  std::int32_t overtaken = 0;
  std::int16_t site = 0;
  std::int16_t job_class = 0;
  bool started = false;
};

struct Site {
  GangCluster cluster;
  std::int32_t first_node = 0;
  std::vector<std::deque<std::int32_t>> waiting;    ///< by tier
  /// Jobs on whole nodes by tier, in order of start but for gaps closed from the end; the last list holds the small ones,
  /// whose eviction would free no node.
  std::vector<std::vector<std::int32_t>> running;
  std::vector<std::int32_t> whole_owner;            ///< by node: slot of the job that holds all of it, or -2 - service, or nobody
  std::vector<std::int32_t> part_owner;             ///< by node: first job that holds a part of it
  std::int64_t queued_gpus = 0;
  std::int32_t queued = 0;
  SimTime idle_since{0};
};

class Fleet {
 public:
  explicit Fleet(const JobFleetSpec& spec);
  JobFleetOutcome run();

 private:
  void handle(const Payload& event);
  void draw_failure(std::int32_t node, Seconds age);
  void open_window();
  void draw_shock(std::int32_t group);
  void shock(std::int32_t group);
  void draw_arrival(std::int32_t c);
  void arrive(std::int32_t c);
  void end(std::int32_t slot);
  void node_fails(std::int32_t node);
  void node_repaired(std::int32_t node);
  void hour();
  void interrupt(std::int32_t slot);
  void leave_node(Site& site, GangPlacement& held, std::int32_t n);
  bool replace_node(Site& site, std::int32_t slot);

  [[nodiscard]] std::int32_t choose_site(const JobClass& c, std::int32_t gpus) const;
  bool start(std::int32_t slot);
  void close_run(std::int32_t slot, bool saved);
  void release(std::int32_t slot);
  void wait(std::int32_t slot, bool first_in_line);
  void drain(Site& site);
  void account_idle(Site& site);
  void service_takes(std::int32_t service, std::int32_t nodes);
  void service_gives(std::int32_t service, std::int32_t nodes);
  bool recall(Site& site, std::int32_t from_tier);
  std::int32_t new_slot();

  [[nodiscard]] std::vector<std::int32_t>& running_list(Site& site, const Slot& s) const {
    const bool small = s.gpus < site.cluster.gpus_per_node();
    return site.running[at(small ? tiers_ : spec_.classes[at(s.job_class)].tier)];
  }
  [[nodiscard]] Site& site_of_node(std::int32_t node) {
    auto next = std::upper_bound(sites_.begin(), sites_.end(), node, [](std::int32_t n, const Site& s) { return n < s.first_node; });
    return *(next - 1);
  }
  [[nodiscard]] failures::SlotKey key(std::int32_t node) const { return {0, 0, static_cast<std::uint64_t>(node), 0}; }

  const JobFleetSpec& spec_;
  failures::FailureWorld world_;
  SimTime span_;
  engine::EventQueue<Payload> queue_;
  std::vector<Site> sites_;
  std::vector<std::uint32_t> failures_;  ///< of each node so far
  std::vector<SimTime> next_failure_;    ///< of each node; `latest` while it is down or if none comes
  std::vector<std::uint64_t> shocks_;    ///< of each group of the common cause so far
  SimTime window_end_{0};                ///< failures before this are in the queue
  std::vector<Slot> slots_;
  std::vector<std::int32_t> free_slots_;
  std::vector<engine::Stream> job_streams_;
  std::optional<engine::Lognormal> repair_;  ///< nothing: always the mean
  std::vector<engine::Lognormal> durations_;
  std::vector<SimTime> restarts_, checkpoints_;  ///< by class
  std::vector<std::array<std::int32_t, 24>> service_needs_;
  GangPlacement scratch_;
  std::vector<GangPlacement> service_nodes_;
  std::vector<std::int32_t> service_held_;
  std::int32_t tiers_ = 1;
  std::int32_t running_ = 0, waiting_ = 0;
  std::vector<SimTime> service_since_;
  JobFleetOutcome outcome_;
};

Fleet::Fleet(const JobFleetSpec& spec) : spec_(spec), world_(spec.seed, spec.replication), span_(to_sim_time(spec.span)) {
  for (const JobClass& c : spec.classes) tiers_ = std::max(tiers_, c.tier + 1);
  std::int32_t nodes = 0;
  for (const JobSite& s : spec.sites) {
    Site site{GangCluster(s.nodes, s.gpus_per_node), nodes, {}, {}, {}, {}, 0, 0, SimTime{0}};
    site.waiting.resize(at(tiers_));
    site.running.resize(at(tiers_) + 1);
    site.whole_owner.assign(at(s.nodes), nobody);
    site.part_owner.assign(at(s.nodes), nobody);
    outcome_.capacity += Int128{site.cluster.gpus()} * span_.count();
    sites_.push_back(std::move(site));
    nodes += s.nodes;
  }
  failures_.assign(at(nodes), 0);
  if (spec.repair.variation > 0) repair_ = engine::Lognormal::of_mean(spec.repair.mean.base(), spec.repair.variation);
  next_failure_.assign(at(nodes), engine::latest);
  for (std::int32_t n = 0; n < nodes; ++n) draw_failure(n, Seconds{0});
  open_window();
  if (spec.common.share > 0) {
    const std::int32_t groups = (nodes + spec.common.group - 1) / spec.common.group;
    shocks_.assign(at(groups), 0);
    for (std::int32_t g = 0; g < groups; ++g) draw_shock(g);
  }

  outcome_.classes.resize(spec.classes.size());
  for (std::size_t c = 0; c < spec.classes.size(); ++c) {
    const JobClass& job = spec.classes[c];
    std::int32_t largest = 0;
    for (const JobClass::Size& size : job.sizes) largest = std::max(largest, size.gpus);
    bool possible = largest > 0;
    bool anywhere = false;
    for (std::size_t s = 0; s < sites_.size(); ++s) anywhere = anywhere || ((job.sites >> s & 1) != 0 && sites_[s].cluster.ever_fits(largest));
    if (!possible || !anywhere) throw std::invalid_argument("no site can hold the jobs of class " + job.name);
    job_streams_.emplace_back(spec.seed, spec.replication, "job", std::initializer_list<std::uint64_t>{c});
    restarts_.push_back(to_sim_time(job.restart));
    checkpoints_.push_back(to_sim_time(job.checkpoint_every));
    durations_.push_back(engine::Lognormal::of_mean(job.mean_duration.base(), job.duration_variation));
    draw_arrival(static_cast<std::int32_t>(c));
  }
  for (const Service& s : spec.services) {
    std::array<std::int32_t, 24> needs{};
    for (int h = 0; h < 24; ++h) {
      const double phase = 2 * 3.14159265358979323846 * (h - s.peak_hour) / 24;
      needs[at(h)] = s.low + static_cast<std::int32_t>((s.high - s.low) * 0.5 * (1 + math::cos(phase)) + 0.5);
    }
    service_needs_.push_back(needs);
  }
  service_nodes_.resize(spec.services.size());
  service_held_.assign(spec.services.size(), 0);
  service_since_.assign(spec.services.size(), SimTime{0});
  if (!spec.services.empty()) queue_.schedule(SimTime{0}, Phase::decision, {Kind::hour, 0});
}

void Fleet::draw_failure(std::int32_t node, Seconds age) {
  if (!(spec_.node_hazard.base.base() > 0)) return;
  reliability::Hazard hazard = spec_.node_hazard.scaled(1 - spec_.common.share);
  if (!(hazard.base.base() > 0)) return;
  if (spec_.lemons.share > 0) hazard = hazard.scaled(world_.lemon_factor(spec_.lemons, key(node)));
  const Seconds next = world_.next_failure(hazard, key(node), failures_[at(node)], age);
  next_failure_[at(node)] = next < spec_.span ? std::max(queue_.now(), to_sim_time(next)) : engine::latest;
  if (next_failure_[at(node)] < window_end_) queue_.schedule(next_failure_[at(node)], Phase::failure, {Kind::fails, node});
}

void Fleet::draw_shock(std::int32_t group) {
  const PerSecond rate = spec_.common.shock_rate(spec_.node_hazard.base);
  if (!(rate.base() > 0)) return;
  const failures::SlotKey group_key{1, 0, static_cast<std::uint64_t>(group), 0};
  const Seconds gap{engine::Exponential(1 / rate.base()).quantile(world_.draw("shock", group_key, shocks_[at(group)]++))};
  if (engine::to_seconds(queue_.now()) + gap < spec_.span) queue_.schedule_after(to_sim_time(gap), Phase::failure, {Kind::shock, group});
}

/// Hits each node of the group that is up with the same probability. A node's own failure, if one stands in the queue, is
/// void from then on: its time no longer agrees with next_failure_.
void Fleet::shock(std::int32_t group) {
  ++outcome_.shocks;
  const std::int32_t first = group * spec_.common.group;
  const auto end = std::min<std::int32_t>(first + spec_.common.group, static_cast<std::int32_t>(next_failure_.size()));
  for (std::int32_t node = first; node < end; ++node) {
    const Site& site = site_of_node(node);
    const bool up = site.cluster.up(node - site.first_node);
    const failures::SlotKey member{2, static_cast<std::uint64_t>(group), static_cast<std::uint64_t>(node), shocks_[at(group)]};
    if (up && world_.draw("shock hit", member, 0) < spec_.common.hit) node_fails(node);
  }
  draw_shock(group);
}

/// Failures stand in the queue for one week only: a queue of thousands stays in the processor's cache, one of all nodes would
/// cost a chain of misses for every event.
void Fleet::open_window() {
  window_end_ = queue_.now() + window;
  for (std::size_t n = 0; n < next_failure_.size(); ++n) {
    if (next_failure_[n] < window_end_) queue_.schedule(next_failure_[n], Phase::failure, {Kind::fails, static_cast<std::int32_t>(n)});
  }
  if (window_end_ < span_) queue_.schedule(window_end_, Phase::release, {Kind::window, 0});
}

void Fleet::draw_arrival(std::int32_t c) {
  const JobClass& job = spec_.classes[at(c)];
  if (!(job.arrivals.base() > 0)) return;
  const Seconds gap{engine::Exponential(1 / job.arrivals.base()).quantile(job_streams_[at(c)].uniform())};
  if (engine::to_seconds(queue_.now()) + gap < spec_.span) queue_.schedule_after(to_sim_time(gap), Phase::arrival, {Kind::arrival, c});
}

std::int32_t Fleet::new_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<std::int32_t>(slots_.size()) - 1;
  }
  const std::int32_t slot = free_slots_.back();
  free_slots_.pop_back();
  GangPlacement placement = std::move(slots_[at(slot)].placement);
  placement.clear();
  slots_[at(slot)] = Slot{};
  slots_[at(slot)].placement = std::move(placement);
  return slot;
}

/// The site with the most free accelerators among those where the job fits now, else the one with the shortest queue.
std::int32_t Fleet::choose_site(const JobClass& c, std::int32_t gpus) const {
  std::int32_t best = nobody;
  std::int64_t most_free = -1;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const GangCluster& cluster = sites_[s].cluster;
    if ((c.sites >> s & 1) == 0 || cluster.free_gpus() <= most_free || !cluster.fits(gpus)) continue;
    best = static_cast<std::int32_t>(s);
    most_free = cluster.free_gpus();
  }
  if (best != nobody) return best;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const Site& site = sites_[s];
    if ((c.sites >> s & 1) == 0 || !site.cluster.ever_fits(gpus)) continue;
    // Queued accelerators over the site's, compared without a division.
    if (best == nobody || site.queued_gpus * sites_[at(best)].cluster.gpus() < sites_[at(best)].queued_gpus * site.cluster.gpus()) {
      best = static_cast<std::int32_t>(s);
    }
  }
  return best;
}

void Fleet::arrive(std::int32_t c) {
  const JobClass& job = spec_.classes[at(c)];
  engine::Stream& chance = job_streams_[at(c)];
  double weights = 0;
  for (const auto& size : job.sizes) weights += size.weight;
  double left = chance.uniform() * weights;
  std::int32_t gpus = job.sizes.back().gpus;
  for (const auto& size : job.sizes) {
    left -= size.weight;
    if (left < 0) {
      gpus = size.gpus;
      break;
    }
  }
  const std::int32_t slot = new_slot();
  Slot& s = slots_[at(slot)];
  s.job_class = static_cast<std::int16_t>(c);
  s.gpus = gpus;
  s.left = to_sim_time(Seconds{durations_[at(c)].quantile(chance.uniform())});
  s.since = queue_.now();
  s.site = static_cast<std::int16_t>(choose_site(job, gpus));
  ++outcome_.classes[at(c)].submitted;
  draw_arrival(c);
  wait(slot, false);
  drain(sites_[at(s.site)]);
}

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

/// Takes one whole node out of a placement and frees it.
void Fleet::leave_node(Site& site, GangPlacement& held, std::int32_t n) {
  const auto run = std::find_if(held.begin(), held.end(), [&](const NodeRun& r) { return r.holds(n); });
  const NodeRun whole = *run;
  *run = held.back();
  held.pop_back();
  if (whole.node < n) held.push_back({whole.node, n - whole.node, whole.gpus});
  if (n + 1 < whole.node + whole.nodes) held.push_back({n + 1, whole.node + whole.nodes - n - 1, whole.gpus});
  site.whole_owner[at(n)] = nobody;
  site.cluster.give_node(n);
}

/// Gives an interrupted gang another node for the one that it left, and lets it go on. False if none stands free.
bool Fleet::replace_node(Site& site, std::int32_t slot) {
  const auto node = site.cluster.take_node();
  if (!node) return false;
  Slot& s = slots_[at(slot)];
  s.placement.push_back({*node, 1, site.cluster.gpus_per_node()});
  site.whole_owner[at(*node)] = slot;
  s.since = queue_.now();
  s.end = queue_.schedule_after(s.restart_left + s.left, Phase::release, {Kind::end, slot});
  return true;
}

void Fleet::node_fails(std::int32_t node) {
  ++outcome_.failures;
  Site& site = site_of_node(node);
  const std::int32_t n = node - site.first_node;
  const double u = world_.draw("repair", key(node), failures_[at(node)]);
  const SimTime repair = to_sim_time(repair_ ? Seconds{repair_->quantile(u)} : spec_.repair.mean);
  ++failures_[at(node)];
  next_failure_[at(node)] = engine::latest;
  queue_.schedule_after(repair, Phase::release, {Kind::repaired, node});
  outcome_.fates.down += Int128{site.cluster.gpus_per_node()} * (std::min(span_, queue_.now() + repair) - queue_.now()).count();

  const std::int32_t owner = site.whole_owner[at(n)];
  std::vector<std::int32_t> hit;  // jobs that must be put together anew
  for (std::int32_t s = site.part_owner[at(n)]; s != nobody; s = slots_[at(s)].next_on_node) hit.push_back(s);
  for (const std::int32_t slot : hit) {
    interrupt(slot);
    release(slot);
  }
  account_idle(site);
  if (owner <= -2) {  // a service goes on without the node and replaces it at the full hour
    const std::int32_t service = -2 - owner;
    outcome_.fates.service += Int128{site.cluster.gpus_per_node()} * service_held_[at(service)] *
                              (queue_.now() - service_since_[at(service)]).count();
    service_since_[at(service)] = queue_.now();
    --service_held_[at(service)];
    leave_node(site, service_nodes_[at(service)], n);
  }
  if (owner >= 0) {
    interrupt(owner);
    leave_node(site, slots_[at(owner)].placement, n);
  }
  site.cluster.set_up(n, false);
  if (owner >= 0 && !replace_node(site, owner)) {
    release(owner);
    wait(owner, true);
  }
  for (const std::int32_t slot : hit) {
    if (!start(slot)) wait(slot, true);
  }
  drain(site);
}

void Fleet::node_repaired(std::int32_t node) {
  ++outcome_.repairs;
  Site& site = site_of_node(node);
  account_idle(site);
  site.cluster.set_up(node - site.first_node, true);
  draw_failure(node, engine::to_seconds(queue_.now()));
  drain(site);
}

/// Evicts the running job of the lowest tier that started last (but for gaps). False if none of `from_tier` or below runs.
bool Fleet::recall(Site& site, std::int32_t from_tier) {
  for (std::int32_t tier = tiers_; tier-- > from_tier;) {
    if (site.running[at(tier)].empty()) continue;
    const std::int32_t slot = site.running[at(tier)].back();
    Slot& s = slots_[at(slot)];
    queue_.cancel(s.end);
    close_run(slot, true);
    release(slot);
    ++outcome_.classes[at(s.job_class)].recalls;
    s.restart_left += restarts_[at(s.job_class)];
    wait(slot, true);
    return true;
  }
  return false;
}

void Fleet::service_takes(std::int32_t service, std::int32_t nodes) {
  const Service& s = spec_.services[at(service)];
  Site& site = sites_[at(s.site)];
  const std::int32_t width = site.cluster.gpus_per_node();
  account_idle(site);
  while (site.cluster.free_nodes() < nodes && recall(site, s.evicts_from_tier)) {
  }
  const std::int32_t given = std::min(nodes, site.cluster.free_nodes());
  outcome_.service_short += nodes - given;
  if (given == 0 || !site.cluster.take(given * width, scheduling::GangRule::tightest, scratch_)) return;
  for (const NodeRun& run : scratch_) {
    std::fill_n(site.whole_owner.begin() + run.node, run.nodes, -2 - service);
    service_nodes_[at(service)].push_back(run);
  }
  service_held_[at(service)] += given;
}

void Fleet::service_gives(std::int32_t service, std::int32_t nodes) {
  Site& site = sites_[at(spec_.services[at(service)].site)];
  GangPlacement& held = service_nodes_[at(service)];
  account_idle(site);
  service_held_[at(service)] -= nodes;
  while (nodes > 0) {
    NodeRun& last = held.back();
    const std::int32_t n = std::min(nodes, last.nodes);
    const NodeRun part{last.node + last.nodes - n, n, last.gpus};
    std::fill_n(site.whole_owner.begin() + part.node, n, nobody);
    scratch_.assign(1, part);
    site.cluster.give(scratch_);
    last.nodes -= n;
    if (last.nodes == 0) held.pop_back();
    nodes -= n;
  }
}

void Fleet::hour() {
  const auto h = static_cast<std::size_t>(queue_.now() / std::chrono::hours(1) % 24);
  for (std::size_t i = 0; i < spec_.services.size(); ++i) {
    const auto service = static_cast<std::int32_t>(i);
    const Int128 width = sites_[at(spec_.services[i].site)].cluster.gpus_per_node();
    outcome_.fates.service += width * service_held_[i] * (queue_.now() - service_since_[i]).count();
    service_since_[i] = queue_.now();
    const std::int32_t change = service_needs_[i][h] - service_held_[i];
    if (change > 0) service_takes(service, change);
    if (change < 0) service_gives(service, -change);
  }
  for (Site& site : sites_) drain(site);
  if (queue_.now() + std::chrono::hours(1) < span_) queue_.schedule_after(std::chrono::hours(1), Phase::decision, {Kind::hour, 0});
}

void Fleet::handle(const Payload& event) {
  switch (event.kind) {
    case Kind::end: end(event.index); break;
    case Kind::repaired: node_repaired(event.index); break;
    case Kind::fails:
      if (next_failure_[at(event.index)] == queue_.now()) node_fails(event.index);
      break;
    case Kind::shock: shock(event.index); break;
    case Kind::arrival: arrive(event.index); break;
    case Kind::hour: hour(); break;
    case Kind::window: open_window(); break;
  }
}

JobFleetOutcome Fleet::run() {
  engine::run_until(queue_, span_, [this](const engine::Event<Payload>& event) { handle(event.payload); });
  outcome_.events = queue_.fired();
  outcome_.running_at_end = running_;
  outcome_.waiting_at_end = waiting_;
  for (Site& site : sites_) {
    for (const auto& tier : site.running) {
      for (const std::int32_t slot : tier) close_run(slot, true);
    }
    account_idle(site);
  }
  for (std::size_t i = 0; i < spec_.services.size(); ++i) {
    const Int128 width = sites_[at(spec_.services[i].site)].cluster.gpus_per_node();
    outcome_.fates.service += width * service_held_[i] * (span_ - service_since_[i]).count();
  }
  if (outcome_.fates.sum() != outcome_.capacity) throw std::logic_error("accelerator-seconds of the job fleet do not sum to its capacity");
  return std::move(outcome_);
}

}  // namespace

JobFleetOutcome simulate_job_fleet(const JobFleetSpec& spec) { return Fleet(spec).run(); }

}  // namespace headroom::jobs
