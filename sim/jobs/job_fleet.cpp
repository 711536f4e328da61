#include "sim/jobs/job_fleet.hpp"

#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs {

namespace detail {

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

}  // namespace detail

JobFleetOutcome simulate_job_fleet(const JobFleetSpec& spec) { return detail::Fleet(spec).run(); }

}  // namespace headroom::jobs
