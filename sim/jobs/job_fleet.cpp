#include "sim/jobs/job_fleet.hpp"

#include <stdexcept>

#include "models/units/math.hpp"
#include "sim/jobs/job_fleet_state.hpp"

namespace headroom::jobs {

namespace detail {

namespace {

/// A span in which half a dozen events come, or up to a dozen after rounding.
SimTime page_of(const JobFleetSpec& spec) {
  PerSecond rate{};
  for (const JobClass& c : spec.classes) rate = rate + c.arrivals;
  for (const JobSite& s : spec.sites) rate = rate + 2.0 * s.nodes * spec.node_hazard.base;
  return rate.base() > 0 ? to_sim_time(Seconds{std::min(6 / rate.base(), spec.span.base())}) : to_sim_time(spec.span);
}

}  // namespace

Fleet::Fleet(const JobFleetSpec& spec)
    : spec_(spec),
      world_(spec.seed, spec.replication),
      failure_luck_(world_.slots("failure", 0, 0)),
      repair_luck_(world_.slots("repair", 0, 0)),
      span_(to_sim_time(spec.span)),
      wheel_(page_of(spec)) {
  for (const JobClass& c : spec.classes) tiers_ = std::max(tiers_, c.tier + 1);
  std::int32_t nodes = 0;
  for (const JobSite& s : spec.sites) {
    Site site{NodeBlocks(s.nodes, s.gpus_per_node), nodes, {}, {}, 0, 0, 0, SimTime{0}};
    site.waiting.resize(at(tiers_));
    site.running.resize(at(tiers_) + 1);
    outcome_.capacity += Int128{site.nodes.gpus()} * span_.count();
    sites_.push_back(std::move(site));
    free_gpus_.push_back(sites_.back().nodes.free_gpus());
    nodes += s.nodes;
    while (std::ssize(sites_by_64_) * 64 < nodes) sites_by_64_.push_back(static_cast<std::uint16_t>(sites_.size() - 1));
  }
  nodes_.resize(at(nodes));
  if (spec.repair.variation > 0) repair_ = engine::Lognormal::of_mean(spec.repair.mean.base(), spec.repair.variation);
  for (std::int32_t n = 0; n < nodes; ++n) draw_failure(n, Seconds{0});
  if (spec.common.share > 0) {
    const std::int32_t groups = (nodes + spec.common.group - 1) / spec.common.group;
    shocks_.assign(at(groups), 0);
    for (std::int32_t g = 0; g < groups; ++g) draw_shock(g);
  }

  outcome_.classes.resize(spec.classes.size());
  arrivals_.assign(spec.classes.size(), engine::latest);
  for (std::size_t c = 0; c < spec.classes.size(); ++c) {
    const JobClass& job = spec.classes[c];
    std::int32_t largest = 0;
    for (const JobClass::Size& size : job.sizes) largest = std::max(largest, size.gpus);
    bool possible = largest > 0;
    bool anywhere = false;
    for (std::size_t s = 0; s < sites_.size(); ++s) anywhere = anywhere || ((job.sites >> s & 1) != 0 && sites_[s].nodes.ever_fits(largest));
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
  service_nodes_.assign(spec.services.size(), NodeBlocks::nothing);
  service_held_.assign(spec.services.size(), 0);
  if (!spec.services.empty()) next_hour_ = SimTime{0};
}

void Fleet::draw_failure(std::int32_t node, Seconds age) {
  if (!(spec_.node_hazard.base.base() > 0)) return;
  reliability::Hazard hazard = spec_.node_hazard.scaled(1 - spec_.common.share);
  if (!(hazard.base.base() > 0)) return;
  if (spec_.lemons.share > 0) hazard = hazard.scaled(world_.lemon_factor(spec_.lemons, key(node)));
  const Seconds next = hazard.next_failure(age, luck_of(failure_luck_, node));
  if (next < spec_.span) expect(std::max(now_, to_sim_time(next)), Kind::fails, node, nodes_[at(node)].failures);
}

void Fleet::draw_shock(std::int32_t group) {
  const PerSecond rate = spec_.common.shock_rate(spec_.node_hazard.base);
  if (!(rate.base() > 0)) return;
  const failures::SlotKey group_key{1, 0, static_cast<std::uint64_t>(group), 0};
  const Seconds gap{engine::Exponential(1 / rate.base()).quantile(world_.draw("shock", group_key, shocks_[at(group)]++))};
  if (engine::to_seconds(now_) + gap < spec_.span) expect(now_ + to_sim_time(gap), Kind::shock, group);
}

/// Hits each node of the group that is up with the same probability. A node's own failure, if one is to come, is
/// void from then on: it is no longer that of its number.
void Fleet::shock(std::int32_t group) {
  ++outcome_.shocks;
  const std::int32_t first = group * spec_.common.group;
  const auto end = std::min<std::int32_t>(first + spec_.common.group, static_cast<std::int32_t>(nodes_.size()));
  for (std::int32_t node = first; node < end; ++node) {
    const Site& site = site_of_node(node);
    const bool up = site.nodes.up(node - site.first_node);
    const failures::SlotKey member{2, static_cast<std::uint64_t>(group), static_cast<std::uint64_t>(node), shocks_[at(group)]};
    if (up && world_.draw("shock hit", member, 0) < spec_.common.hit) node_fails(node);
  }
  draw_shock(group);
}

void Fleet::draw_arrival(std::int32_t c) {
  const JobClass& job = spec_.classes[at(c)];
  if (!(job.arrivals.base() > 0)) return;
  const Seconds gap{engine::Exponential(1 / job.arrivals.base()).quantile(job_streams_[at(c)].uniform())};
  arrivals_[at(c)] = engine::to_seconds(now_) + gap < spec_.span ? now_ + to_sim_time(gap) : engine::latest;
  next_class_ = static_cast<std::int32_t>(std::min_element(arrivals_.begin(), arrivals_.end()) - arrivals_.begin());
}

std::int32_t Fleet::new_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<std::int32_t>(slots_.size()) - 1;
  }
  const std::int32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const std::uint32_t run = slots_[at(slot)].run;
  slots_[at(slot)] = Slot{};
  slots_[at(slot)].run = run;
  return slot;
}

/// The site with the most free accelerators among those where the job fits now, else the one with the shortest queue.
std::int32_t Fleet::choose_site(const JobClass& c, std::int32_t gpus) const {
  // Mostly the job fits where the most is free. One number orders by what is free, then by the earlier site.
  std::int64_t most = -1;
  for (std::size_t s = 0; s < free_gpus_.size(); ++s) {
    const std::int64_t rank = free_gpus_[s] << 8 | static_cast<std::int64_t>(255 - s);
    most = std::max(most, (c.sites >> s & 1) != 0 ? rank : -1);
  }
  std::int32_t best = most < 0 ? nobody : 255 - static_cast<std::int32_t>(most & 255);
  if (best != nobody && sites_[at(best)].nodes.fits(gpus)) return best;
  best = nobody;
  std::int64_t most_free = -1;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const NodeBlocks& nodes = sites_[s].nodes;
    if (nodes.free_gpus() <= most_free || (c.sites >> s & 1) == 0 || !nodes.fits(gpus)) continue;
    best = static_cast<std::int32_t>(s);
    most_free = nodes.free_gpus();
  }
  if (best != nobody) return best;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const Site& site = sites_[s];
    if ((c.sites >> s & 1) == 0 || !site.nodes.ever_fits(gpus)) continue;
    // Queued accelerators over the site's, compared without a division.
    if (best == nobody || site.queued_gpus * sites_[at(best)].nodes.gpus() < sites_[at(best)].queued_gpus * site.nodes.gpus()) {
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
  s.since = now_;
  s.site = static_cast<std::int16_t>(choose_site(job, gpus));
  ++outcome_.classes[at(c)].submitted;
  draw_arrival(c);
  Site& site = sites_[at(s.site)];
  if (site.queued == 0 && start(slot)) return;
  wait(slot, false);
  drain(site);
}

void Fleet::hour() {
  const auto h = static_cast<std::size_t>(now_ / std::chrono::hours(1) % 24);
  for (std::size_t i = 0; i < spec_.services.size(); ++i) {
    const auto service = static_cast<std::int32_t>(i);
    const std::int32_t change = service_needs_[i][h] - service_held_[i];
    if (change > 0) service_takes(service, change);
    if (change < 0) service_gives(service, -change);
  }
  for (Site& site : sites_) drain(site);
  next_hour_ = now_ + std::chrono::hours(1);
}

/// Nodes fail in random order, so that their records are never in the cache: they are fetched some events ahead.
void Fleet::fetch(const engine::EventWheel::Event& event) const {
  const auto kind = static_cast<Kind>(event.what >> index_bits);
  if (kind == Kind::fails || kind == Kind::repaired) __builtin_prefetch(&nodes_[event.what & ((1U << index_bits) - 1)]);
}

void Fleet::handle(const engine::EventWheel::Event& event) {
  const auto index = static_cast<std::int32_t>(event.what & ((1U << index_bits) - 1));
  switch (static_cast<Kind>(event.what >> index_bits)) {
    case Kind::end: end_due(index, event.number); break;
    case Kind::repaired: node_repaired(index); break;
    case Kind::fails:
      if (event.number == nodes_[at(index)].failures) node_fails(index);
      break;
    case Kind::shock: shock(index); break;
  }
}

/// What is random but for arrivals comes from the wheel; the next arrival and the next full hour are known. No two of the
/// three have a phase in common.
JobFleetOutcome Fleet::run() {
  using engine::EventWheel;
  const EventWheel::Stamp end = EventWheel::stamp(span_, Phase::release);
  for (;;) {
    const EventWheel::Stamp due = wheel_.next();
    const EventWheel::Stamp arrival = EventWheel::stamp(arrivals_.empty() ? engine::latest : arrivals_[at(next_class_)], Phase::arrival);
    const EventWheel::Stamp hourly = EventWheel::stamp(next_hour_, Phase::decision);
    const EventWheel::Stamp next = std::min({due, arrival, hourly});
    if (next >= end) break;
    now_ = EventWheel::time_of(next);
    ++outcome_.events;
    if (next == due) {
      const EventWheel::Event event = wheel_.pop();
      if (const EventWheel::Event* soon = wheel_.soon(); soon != nullptr) fetch(*soon);
      handle(event);
    } else if (next == arrival) {
      arrive(next_class_);
    } else {
      hour();
    }
  }
  now_ = span_;
  outcome_.running_at_end = running_;
  outcome_.waiting_at_end = waiting_;
  for (Site& site : sites_) {
    for (const auto& tier : site.running) {
      for (const std::int32_t slot : tier) close_run(slot, true);
    }
    account(site);
  }
  if (outcome_.fates.sum() != outcome_.capacity) throw std::logic_error("accelerator-seconds of the job fleet do not sum to its capacity");
  return std::move(outcome_);
}

}  // namespace detail

JobFleetOutcome simulate_job_fleet(const JobFleetSpec& spec) { return detail::Fleet(spec).run(); }

}  // namespace headroom::jobs
