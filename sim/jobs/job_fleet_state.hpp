#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "sim/engine/distributions.hpp"
#include "sim/engine/event_wheel.hpp"
#include "sim/failures/world.hpp"
#include "sim/jobs/job_fleet.hpp"
#include "sim/jobs/node_blocks.hpp"

/// The state of simulate_job_fleet: what is drawn stands in job_fleet.cpp, how jobs run in job_runs.cpp, what takes nodes from
/// them in node_changes.cpp. Nobody else includes this.
namespace headroom::jobs::detail {

using engine::Phase;
using engine::to_sim_time;

inline constexpr std::int32_t nobody = NodeBlocks::nobody;
inline constexpr std::int32_t look_ahead = 8;  ///< waiting jobs that are tried behind a blocked one

inline std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// What stands on the wheel; the rest of EventWheel::Event::what is an index.
enum class Kind : std::uint32_t { end, repaired, fails, shock };
inline constexpr int index_bits = 29;

/// A job that is in the fleet; its slot is used again afterwards.
struct Slot {
  SimTime left{0};
  SimTime saved{0};        ///< work in checkpoints
  SimTime restart_left{0};
  SimTime since{0};        ///< start of this run, or submission while it has never run
  SimTime ends_at{0};      ///< of this run; its event may come earlier and then waits until then
  std::uint32_t run = 0;   ///< of all that this slot has seen: an end of another one is void
  std::int32_t gpus = 0;
  NodeBlocks::Chain nodes = NodeBlocks::nothing;  ///< held as a whole
  std::int32_t part_node = nobody;     ///< of which it holds what does not fill a node
  std::int32_t next_on_node = nobody;  ///< next job that holds a part of the same node
  std::int32_t position = nobody;      ///< in the list of running jobs of its site and tier
  std::int32_t overtaken = 0;
  std::int16_t site = 0;
  std::int16_t job_class = 0;
  bool started = false;
};

struct Site {
  NodeBlocks nodes;
  std::int32_t first_node = 0;
  std::vector<std::deque<std::int32_t>> waiting;    ///< by tier
  /// Jobs on whole nodes by tier, in order of start but for gaps closed from the end; the last list holds the small ones,
  /// whose eviction would free no node.
  std::vector<std::vector<std::int32_t>> running;
  std::int64_t queued_gpus = 0;
  std::int32_t queued = 0;
  std::int32_t service_nodes = 0;  ///< held by services
  SimTime accounted{0};            ///< idle time and that of services are booked until then
};

/// What is known of each node; together, because a failure reads both and finds neither in the cache.
struct NodeRecord {
  std::uint32_t failures = 0;        ///< so far
  std::int32_t part_owner = nobody;  ///< first job that holds a part of it
};

class Fleet {
 public:
  explicit Fleet(const JobFleetSpec& spec);
  JobFleetOutcome run();

 private:
  void handle(const engine::EventWheel::Event& event);
  void fetch(const engine::EventWheel::Event& event) const;
  /// Lets an event come on the wheel. The phase follows from the kind.
  void expect(SimTime at, Kind kind, std::int32_t index, std::uint32_t number = 0) {
    const Phase phase = kind == Kind::end || kind == Kind::repaired ? Phase::release : Phase::failure;
    wheel_.add({engine::EventWheel::stamp(at, phase), static_cast<std::uint32_t>(kind) << index_bits | static_cast<std::uint32_t>(index), number});
  }
  void draw_failure(std::int32_t node, Seconds age);
  void draw_shock(std::int32_t group);
  void shock(std::int32_t group);
  void draw_arrival(std::int32_t c);
  void arrive(std::int32_t c);
  void end_due(std::int32_t slot, std::uint32_t run);
  void node_fails(std::int32_t node);
  void node_repaired(std::int32_t node);
  void hour();
  void interrupt(std::int32_t slot);
  void replace_node(Site& site, std::int32_t slot);

  [[nodiscard]] std::int32_t choose_site(const JobClass& c, std::int32_t gpus) const;
  bool start(std::int32_t slot);
  void close_run(std::int32_t slot, bool saved);
  void release(std::int32_t slot);
  void wait(std::int32_t slot, bool first_in_line);
  void drain(Site& site);
  void account(Site& site);
  void service_takes(std::int32_t service, std::int32_t nodes);
  void service_gives(std::int32_t service, std::int32_t nodes);
  bool recall(Site& site, std::int32_t from_tier);
  std::int32_t new_slot();

  [[nodiscard]] std::vector<std::int32_t>& running_list(Site& site, const Slot& s) const {
    const bool small = s.gpus < site.nodes.gpus_per_node();
    return site.running[at(small ? tiers_ : spec_.classes[at(s.job_class)].tier)];
  }
  [[nodiscard]] Site& site_of_node(std::int32_t node) {
    std::size_t s = sites_by_64_[at(node / 64)];
    while (s + 1 < sites_.size() && node >= sites_[s + 1].first_node) ++s;
    return sites_[s];
  }
  [[nodiscard]] NodeRecord& record(const Site& site, std::int32_t node) { return nodes_[at(site.first_node + node)]; }
  /// To be called when accelerators of a site have been taken or given.
  void note_free(const Site& site) {
    const auto s = static_cast<std::size_t>(&site - sites_.data());
    free_gpus_[s] = site.nodes.free_gpus();
  }

  [[nodiscard]] failures::SlotKey key(std::int32_t node) const { return {0, 0, static_cast<std::uint64_t>(node), 0}; }
  /// The same as the world's draw of that key about the node's failure to come.
  [[nodiscard]] double luck_of(const engine::Stream& luck, std::int32_t node) const {
    return luck.part(static_cast<std::uint64_t>(node)).part(std::uint64_t{0}).uniform_at(nodes_[at(node)].failures);
  }

  const JobFleetSpec& spec_;
  failures::FailureWorld world_;
  engine::Stream failure_luck_, repair_luck_;  ///< of all nodes
  SimTime span_;
  engine::EventWheel wheel_;
  SimTime now_{0};
  std::vector<SimTime> arrivals_;          ///< the next of each class, `latest` if none comes
  std::int32_t next_class_ = 0;            ///< of which the next job arrives
  SimTime next_hour_ = engine::latest;
  std::vector<Site> sites_;
  std::vector<std::uint16_t> sites_by_64_;  ///< the site of every 64th node, counted over all sites
  std::vector<std::int64_t> free_gpus_;  ///< by site: what its nodes say, side by side for the choice of a site
  std::vector<NodeRecord> nodes_;        ///< over all sites
  std::vector<std::uint64_t> shocks_;    ///< of each group of the common cause so far
  std::vector<Slot> slots_;
  std::vector<std::int32_t> free_slots_;
  std::vector<std::int32_t> hit_;        ///< jobs on parts of a failing node, to be put together anew
  std::vector<engine::Stream> job_streams_;
  std::optional<engine::Lognormal> repair_;  ///< nothing: always the mean
  std::vector<engine::Lognormal> durations_;
  std::vector<SimTime> restarts_, checkpoints_;  ///< by class
  std::vector<std::array<std::int32_t, 24>> service_needs_;
  std::vector<NodeBlocks::Chain> service_nodes_;
  std::vector<std::int32_t> service_held_;
  std::int32_t tiers_ = 1;
  std::int32_t running_ = 0, waiting_ = 0;
  JobFleetOutcome outcome_;
};

}  // namespace headroom::jobs::detail
