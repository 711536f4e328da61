#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "models/serving/iteration.hpp"
#include "sim/engine/queue.hpp"
#include "sim/engine/random.hpp"
#include "sim/engine/statistics.hpp"
#include "sim/serving/arrivals.hpp"
#include "sim/serving/policy.hpp"
#include "sim/serving/replica.hpp"
#include "sim/serving/report.hpp"

namespace headroom::sim_serving {

/// How requests find a replica. Ties go to the lowest index.
enum class Routing : std::uint8_t {
  round_robin,
  least_loaded,  ///< fewest requests waiting and running
  prefix_aware   ///< the longest cached start, unless that replica has `imbalance` requests more than the least loaded
};

/// Replicas of one kind.
struct PoolSpec {
  Role role = Role::mixed;
  const serving::IterationModel* model = nullptr;  ///< outlives the simulation
  EnginePolicy policy;
  std::optional<Tokens> kv_capacity;               ///< of one replica; nothing: the model's
  std::uint32_t replicas = 1;                      ///< at the start
};

/// Replicas come and go with the load of the first pool.
struct AutoscaleSpec {
  std::uint32_t least = 1, most = 1;
  double target = 64;            ///< requests waiting and running per ready replica
  Seconds interval{15};          ///< between looks
  Seconds schedule{5};           ///< from the decision to the start of loading
  BytesPerSecond storage{10e9};  ///< shared by all replicas that load
  Seconds warm_up{30};           ///< after loading: compilation, graphs, health checks
  Seconds cool_down{300};        ///< the need must be lower for that long before a replica is drained
};

/// Replicas fail with exponential times between failures; all their requests start again elsewhere.
struct FailureSpec {
  Seconds mean_time_between;  ///< of one replica
  Seconds repair;             ///< until it is ready again, detection and loading included
};

/// Electric power of one replica at the wall of the server.
struct PowerSpec {
  Watts idle, prefill, decode;
};

/// One service: replicas behind one router.
struct ServiceSpec {
  std::vector<PoolSpec> pools;      ///< one mixed pool, or a prefill pool and a decode pool
  Routing routing = Routing::least_loaded;
  std::uint32_t imbalance = 32;
  BytesPerSecond transfer_bandwidth{50e9};  ///< of one prefill replica, for caches sent to decode replicas
  Seconds transfer_latency{0.001};
  std::optional<AutoscaleSpec> autoscale;
  std::optional<FailureSpec> failures;
  std::optional<PowerSpec> power;
  Slo slo;
};

/// One run of it.
struct RunSpec {
  Nanos warm_up = 0;        ///< requests that arrive before are served and not measured
  Nanos end = never;        ///< rates are taken up to here; requests of the window are followed to their end
  bool drain = true;        ///< false: stop at `end`
  bool aggregate = true;    ///< equal passes are one event
  std::uint64_t seed = 1;   ///< of failures
  std::optional<std::uint32_t> context_limit;  ///< longer requests are refused and counted
  bool prefilled_elsewhere = false;  ///< a pool of decode replicas alone: requests (of two tokens or more) come with their cache
};

/// Simulates every request of `source`. Single use: make, run, throw away.
class Simulation {
 public:
  /// Throws std::invalid_argument for a specification without sense.
  Simulation(const ServiceSpec& spec, const RunSpec& run, ArrivalSource& source);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Runs to the end and checks conservation of requests, tokens and pages and Little's law; throws std::logic_error
  /// with the equation and its sides if one does not hold.
  [[nodiscard]] ServiceReport run();

 private:
  enum class Kind : std::uint8_t { arrival, turn, step_end, decide, transferred, scale, scheduled, loaded, ready, failed, repaired, observe };
  struct Payload {
    std::uint32_t index;  ///< replica, request or turn
    std::uint32_t sender; ///< transferred: the replica
    std::uint16_t epoch;  ///< transferred: of the sender
    Kind kind;
  };
  struct Unit {  ///< a replica with what its owner knows of it
    std::unique_ptr<Replica> replica;
    std::uint32_t pool = 0;
    engine::EventHandle step;
    bool up = true;        ///< ready and at work
    bool draining = false;
    bool deciding = false;
    bool coming = false;   ///< scheduled, loading or warming up: paid for and no capacity
    bool reading = false;  ///< weights from the storage
    std::uint64_t failures = 0;
    engine::EventHandle failure;
    std::uint16_t epoch = 0;
    Nanos link_free = 0;   ///< when its cache transfers are done
    double load_left = 0;  ///< bytes of weights still to read
    engine::EventHandle load_end;
    bool paid = false;
  };

  void build_units();
  void handle(const engine::Event<Payload>& event);
  void schedule_next_arrival();
  void admit(const Arrival& arrival);
  void dispatch(RequestId id, std::uint32_t pool);
  std::uint32_t route(const Request& r, std::uint32_t pool);
  void wake(std::uint32_t unit);
  void decide(std::uint32_t unit);
  void end_step(std::uint32_t unit);
  void settle(std::uint32_t unit);
  void complete(std::uint32_t unit, RequestId id);
  void answer(std::uint32_t session);
  void start_transfer(std::uint32_t unit, RequestId id);
  void end_transfer(RequestId id, std::uint32_t sender, std::uint16_t epoch);
  void note_first_token(const Request& r, std::uint32_t cached);
  [[nodiscard]] bool more_now() const;
  [[nodiscard]] bool measured(const Request& r) const { return r.arrival >= run_.warm_up && r.arrival < run_.end; }
  void change_in_system(int by);
  [[nodiscard]] bool over() const;
  void open_window();
  void close_window();
  [[nodiscard]] std::uint64_t emitted() const;
  [[nodiscard]] ReplicaUse use() const;

  // replicas that come, go and fail (elastic.cpp)
  void schedule_failure(std::uint32_t unit);
  void make_ready(std::uint32_t unit);
  void release_stranded();
  void fail(std::uint32_t unit);
  void repair(std::uint32_t unit);
  void scale();
  void begin_load(std::uint32_t unit);
  void share_storage();
  void end_load(std::uint32_t unit);
  void start_one();
  void drain_one();
  void retire_if_empty(std::uint32_t unit);
  void pay(std::uint32_t unit, bool on);

  // books (audit.cpp)
  void audit() const;
  ServiceReport finish_report();

  ServiceSpec spec_;
  RunSpec run_;
  ArrivalSource* source_;
  RequestTable table_;
  engine::EventQueue<Payload> queue_;
  std::vector<Unit> units_;
  std::vector<std::uint32_t> first_unit_;  ///< of each pool
  std::vector<std::uint32_t> next_robin_;
  std::vector<RequestId> stranded_;        ///< no replica was up
  std::vector<std::uint16_t> home_;        ///< replica of each session's last turn, plus 1
  std::optional<Arrival> pending_;         ///< the next of the source
  Slab<Arrival> turns_;                    ///< answers of clients under way
  Nanos shared_since_ = 0;
  double shared_rate_ = 0;                 ///< bytes a second of each that reads
  Nanos low_since_ = never;
  std::uint64_t transferred_ = 0;
  engine::TimeWeighted paid_;              ///< replicas that cost money

  ServiceReport report_;
  std::uint32_t in_system_ = 0;
  Nanos in_system_since_ = 0;
  __int128 in_system_ns_ = 0;
  __int128 sojourn_ns_ = 0;
  __int128 arrival_sum_ns_ = 0;            ///< of requests in the system
  std::uint64_t output_completed_ = 0;
  bool window_closed_ = false;
  std::uint64_t window_completed_ = 0, window_cached_ = 0, window_uncached_ = 0;
  std::uint64_t emitted_at_open_ = 0, emitted_at_close_ = 0;
  ReplicaUse use_at_open_, use_at_close_;
  double paid_at_open_ = 0, paid_at_close_ = 0;  ///< replica-seconds
};

}  // namespace headroom::sim_serving
