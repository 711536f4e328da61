#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/engine/queue.hpp"
#include "sim/scheduling/gang_line.hpp"
#include "sim/scheduling/job.hpp"
#include "sim/scheduling/partitions.hpp"
#include "sim/scheduling/running_jobs.hpp"

namespace headroom::scheduling {

class GangScheduler;

/// What a policy sees, and all that it can do, at one instant.
class Desk {
 public:
  explicit Desk(GangScheduler& scheduler) : scheduler_(scheduler) {}
  [[nodiscard]] SimTime now() const;
  [[nodiscard]] const Job& job(JobId id) const;
  [[nodiscard]] const JobState& state(JobId id) const;
  [[nodiscard]] const Partitions& cluster() const;
  /// What the job asks for with `gpus` accelerators (0: its nominal number).
  [[nodiscard]] Ask ask(JobId id, std::int32_t gpus = 0) const;
  /// The same in the way in which it runs.
  [[nodiscard]] Ask ask_in_place(JobId id, std::int32_t gpus) const;
  /// Accelerators that a job holds, or would hold in the first of its ways.
  [[nodiscard]] std::int32_t width(JobId id) const;
  /// Running jobs, in no order that means anything.
  [[nodiscard]] std::span<const RunningJob> running() const;
  /// The same in the order of their expected ends, ties by id.
  [[nodiscard]] const SortedPieces<RunningJob>& running_by_end() const;
  [[nodiscard]] const GangPlacement& placement(JobId id) const;
  /// Work and restart still to do at nominal speed; of a running job as of now.
  [[nodiscard]] SimTime remaining(JobId id) const;
  /// When a run that starts now would end by the user's estimate (never before now): of a running job where it stands, of a waiting
  /// one in the first of its ways, as if its place left it its full speed.
  [[nodiscard]] SimTime expected_end(JobId id) const;
  /// The same of a waiting job if it started where it would stand.
  [[nodiscard]] SimTime expected_end(JobId id, const Stand& stand) const;
  [[nodiscard]] bool fits(JobId id, std::int32_t gpus = 0) const { return cluster().fits(ask(id, gpus)); }

  /// Starts a waiting job on `gpus` accelerators (0: its nominal number). False, and nothing changes, if they are not free.
  bool start(JobId id, std::int32_t gpus = 0);
  /// Starts a waiting job on exactly these accelerators. Throws std::logic_error if they are not free.
  void start_on(JobId id, Stand stand);
  /// Sends a running job back; the policy gets it by enqueue() at once.
  void preempt(JobId id);
  /// Another number of accelerators for a running elastic job, at the price of a restart; no work is lost. False if they are not free.
  bool resize(JobId id, std::int32_t gpus);
  /// Another decision at `at` although nothing else may happen then.
  void wake(SimTime at);

 private:
  GangScheduler& scheduler_;
};

/// The order of a queue and the choice of what runs. One object serves one run; it must be deterministic.
class QueuePolicy {
 public:
  virtual ~QueuePolicy() = default;
  /// The job waits from now on: it arrived, was preempted or failed.
  virtual void enqueue(JobId id, const Desk& desk) = 0;
  /// The job has ended.
  virtual void ended(JobId, const Desk&) {}
  /// Everything of this instant has happened: start, preempt, resize. Called again if a job ends at the same instant.
  virtual void decide(Desk& desk) = 0;
};

/// Speed of a job on the nodes that it would hold in a way beside that of the way, in millionths, at least 1. Pure: a policy may ask
/// for places that it does not take. Nodes are numbered through all parts, those of a way's second part come last.
using PlaceSpeed = std::function<std::int64_t(JobId id, const Way& way, const GangPlacement& nodes)>;

/// When a run of a job begins, or begins anew after an interruption in place.
enum class Begins : std::uint8_t { start, in_place };
/// The moment from which what a job needs in a way is there, if it can be sent or read from `from` on; only then its restart and its work
/// begin. Asked once whenever a run begins; `from` is never before the last answer, as if all of it had been sent and must arrive first:
/// who knows that a part was read and is read anew may answer with less.
using ReadyAt = std::function<SimTime(JobId id, const Way& way, SimTime from, Begins begins)>;

/// Event-driven core: jobs arrive, a policy places them as gangs, they end, nodes fail and come back.
/// At one instant: ends and repairs, then failures, then arrivals (jobs of the list before those that come back), then the policy's
/// decision.
class GangScheduler {
 public:
  /// Jobs may come in any order of submission; `ways` are the lists that Job::ways counts. Throws std::invalid_argument for a
  /// job that could never be placed, has no accelerators or a negative time; the message says which (counted from 0).
  /// Without a `place_speed` every place leaves a job its full speed, without a `ready_at` all that it needs is there.
  ///
  /// A part may be counted (GangCluster). Its nodes have numbers all the same, which say whose they are at one instant and not for long:
  /// of those that are there and whole the first are those of running jobs, gang by gang, then come idle ones; the last nodes are those
  /// that have left. With a `place_speed` no part may be counted (std::invalid_argument).
  GangScheduler(Partitions cluster, std::vector<std::vector<Way>> ways, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy, PlaceSpeed place_speed = {},
                ReadyAt ready_at = {});
  /// On one kind of accelerators.
  GangScheduler(GangCluster cluster, std::vector<Job> jobs, std::unique_ptr<QueuePolicy> policy, Laying laying = {});

  /// A node is down over [from, from + length), which must be longer than nothing (std::invalid_argument). Jobs on it fail, lose work and queue again.
  void add_outage(std::int32_t node, SimTime from, SimTime length);
  /// The same, announced: jobs on the node write a checkpoint, lose nothing and queue again.
  void add_maintenance(std::int32_t node, SimTime from, SimTime length);
  /// What stops a job without taking its nodes.
  struct Stop {
    SimTime unnoticed{0};   ///< for which it stands before its restart
    bool announced = false; ///< it has written a checkpoint, and loses nothing
    bool spares_staying = false;  ///< of what befalls a node: jobs that stay do not notice
  };
  /// The job, if it runs then, loses its work since the last checkpoint and goes on where it stands after its restart. Its place
  /// in the queue is not touched.
  void interrupt(JobId id, SimTime at, Stop stop);
  void interrupt(JobId id, SimTime at) { interrupt(id, at, Stop{}); }
  /// Something befalls neighbours of a part that stay: jobs on them that `stay` are interrupted in place, the others fail and queue again.
  void strike(std::int32_t node, std::int32_t nodes, SimTime at, Stop stop);
  /// The job, if it runs now, writes a checkpoint, leaves, and queues again at `until`.
  void pause(JobId id, SimTime until);
  /// The running job that stands on a node; nothing if none does. Of several the first to end by estimate.
  [[nodiscard]] std::optional<JobId> on_node(std::int32_t node) const;
  /// From now on only so many nodes of a part are there, and none of those that are barred (by node of the part; empty: none is). Those
  /// leave first, then idle ones; then jobs of the lowest priority, latest started first. Jobs on them write a checkpoint and queue
  /// again. What ends, is mended or fails at this instant does so before. Throws std::invalid_argument for more nodes than the part has,
  /// and for barred ones of a counted part.
  void set_nodes(std::int32_t nodes, std::int32_t part = 0, std::span<const char> barred = {});
  /// Runs until all jobs are done. Throws std::logic_error if jobs wait that nothing can start any more.
  void run();
  /// Runs all that happens before `end`.
  void run_until(SimTime end);

  [[nodiscard]] const std::vector<Job>& jobs() const { return jobs_; }
  [[nodiscard]] const JobState& state(JobId id) const { return states_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Partitions& cluster() const { return cluster_; }
  /// Nodes that a job holds, numbered through all parts; those of its last run if it does not run. Of a counted part only how many they
  /// are is meant.
  [[nodiscard]] const GangPlacement& placement(JobId id) const { return placements_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Way& way(JobId id) const { return ways_of(id)[static_cast<std::size_t>(state(id).way)]; }
  /// Fates of a job up to now, as if the work of its present run were kept.
  [[nodiscard]] Fates fates_now(JobId id) const;
  [[nodiscard]] SimTime now() const { return queue_.now(); }
  [[nodiscard]] std::int32_t done() const { return done_; }
  [[nodiscard]] std::uint64_t events() const { return queue_.fired() + arrival_times_; }
  /// Times that accelerators have changed hands.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// Accelerator time that a tenant's jobs have held of a part up to now.
  [[nodiscard]] AcceleratorTime held(std::int32_t tenant, std::int32_t part = 0) const;
  /// Of that, over all parts, what places took of the jobs' speed.
  [[nodiscard]] AcceleratorTime lost_to_places(std::int32_t tenant) const;
  /// What a tenant's jobs have come to up to now.
  [[nodiscard]] Tally tally(std::int32_t tenant) const;
  /// Fates of all runs that are over.
  [[nodiscard]] Fates fates() const;

 private:
  friend class Desk;
  enum class Kind : std::uint8_t { end, up, down, drained, hit, struck, back, decision };
  struct Payload {
    Kind kind;
    std::int32_t index;
  };

  /// of: a job, or the first of so many nodes
  struct Coming { std::int32_t of, nodes; Stop stop; };

  /// before: of ended runs, less the starts of open ones; lost: the same of what places take, in millionths
  struct Held { AcceleratorTime before = 0, lost_before = 0; std::int64_t now = 0, lost_now = 0; };

  /// When the next thing happens: the first of the events and of the arrivals.
  struct Moment {
    SimTime at;
    engine::Phase phase;
    bool arrival;  ///< of jobs, which stand in a list and not among the events
  };
  [[nodiscard]] Moment next() const;
  void pass(const Moment& next);
  void handle(const engine::Event<Payload>& event);
  void arrive();
  void expect_arrival();
  void end(JobId id);
  void find_jobs_on(std::int32_t node, std::int32_t nodes, std::vector<JobId>& found) const;
  void find_counted(std::int32_t part, std::int32_t node, std::int32_t nodes, std::vector<JobId>& found) const;
  template <class Visit>
  void for_noted(const NodeRun& run, const Visit& visit) const;
  void note_holder(JobId id);
  void forget_holder(JobId id);
  void take_down(std::int32_t node, bool announced);
  void bring_up(std::int32_t node);
  void set_up(std::int32_t node, bool up);
  void empty_node(std::int32_t node, bool announced);
  void stop(JobId id, bool saved);
  void send_back(JobId id, bool announced);
  void leave_running(JobId id);
  void leave(std::int32_t node);
  [[nodiscard]] bool here(std::int32_t node) const;
  [[nodiscard]] std::int32_t present(std::int32_t part) const;
  void set_counted(std::int32_t part, std::int32_t nodes);
  [[nodiscard]] JobId first_to_go(std::int32_t part) const;
  void leave_idle(std::int32_t part, std::int32_t nodes);
  void come_back(std::int32_t part, std::int32_t nodes, std::span<const char> barred);
  void interrupt_now(JobId id, Stop stop);
  void strike_now(const Coming& coming);
  void count_held(JobId id, int sign);
  void count_stop(JobId id, bool announced);
  void book_run(JobId id, bool ended, bool saved);
  [[nodiscard]] const std::vector<Way>& ways_of(JobId id) const { return ways_[static_cast<std::size_t>(jobs_[static_cast<std::size_t>(id)].ways)]; }
  void put_on(JobId id, std::int32_t way);
  void make_ready(JobId id, Begins begins);
  void begin_run(JobId id, std::int32_t gpus);
  [[nodiscard]] bool decision_due(const Moment& next) const;
  void decide();
  JobState& of(JobId id) { return states_[static_cast<std::size_t>(id)]; }

  Partitions cluster_;
  std::vector<std::vector<Way>> ways_;
  std::vector<Job> jobs_;
  std::unique_ptr<QueuePolicy> policy_;
  PlaceSpeed place_speed_;
  ReadyAt ready_at_;
  engine::EventQueue<Payload> queue_;
  std::vector<JobState> states_;
  std::vector<GangPlacement> placements_;
  std::vector<engine::EventHandle> ends_;
  RunningJobs running_;
  std::vector<JobId> arrivals_;  ///< by (submit, id)
  std::vector<Coming> stops_;    ///< of jobs and of nodes, as announced
  std::vector<std::int32_t> outages_;  ///< open outages by node
  NodeSet failed_;                     ///< nodes with one
  std::vector<NodeSet> away_;          ///< nodes that have left at set_nodes, by part and as it numbers them
  static constexpr JobId several = -1;
  struct Counted { GangLine line; std::int32_t present, failed; };  ///< failed: of those present
  std::vector<Counted> counted_;       ///< by part; of those that are
  NodeBits run_starts_;                ///< first nodes of what jobs hold of whole nodes, and every node that is held in part
  std::vector<JobId> holders_;         ///< by such node: the job that alone stands there; of a counted part by slot of its line
  std::vector<JobId> hit_;             ///< jobs on the node that something befalls now; a hook that moves nodes meanwhile would empty it
  std::vector<Held> held_;             ///< by tenant and part
  std::vector<Tally> tallies_;         ///< by tenant
  std::size_t next_arrival_ = 0;
  SimTime next_submit_{0};             ///< when it comes; SimTime::max() if none does
  std::uint64_t arrival_times_ = 0;    ///< at which jobs have arrived
  std::uint64_t changes_ = 0;
  bool undecided_ = false;
  std::int32_t done_ = 0;
};

}  // namespace headroom::scheduling
