#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "sim/engine/distributions.hpp"
#include "sim/engine/queue.hpp"
#include "sim/failures/world.hpp"
#include "sim/jobs/job_fleet.hpp"
#include "sim/scheduling/gang_cluster.hpp"

/// The state of simulate_job_fleet: what is drawn stands in job_fleet.cpp, how jobs run in job_runs.cpp, what takes nodes from
/// them in node_changes.cpp. Nobody else includes this.
namespace headroom::jobs::detail {

using engine::Phase;
using engine::to_sim_time;
using scheduling::GangCluster;
using scheduling::GangPlacement;
using scheduling::NodeRun;

inline constexpr std::int32_t nobody = -1;
inline constexpr SimTime window = std::chrono::hours(24 * 7);
inline constexpr std::int32_t look_ahead = 8;  ///< waiting jobs that are tried behind a blocked one

inline std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

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

}  // namespace headroom::jobs::detail
