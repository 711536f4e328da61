#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/reliability/goodput.hpp"
#include "sim/engine/queue.hpp"
#include "sim/failures/checkpoint_clock.hpp"
#include "sim/results/audit.hpp"
#include "sim/results/bindings.hpp"
#include "sim/results/events.hpp"
#include "sim/results/store.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scheduling/gang_cluster.hpp"
#include "sim/serving/hour_table.hpp"
#include "sim/workloads/service.hpp"
#include "sim/world/world.hpp"

/// The fleet's state: what is where on a day. Plain data; what happens to it stands in one file a noun (supply, racking,
/// gangs, placement, dispatch, money, responses), each a set of functions on this state.
namespace headroom::fleet {

struct Books;
struct Planner;
struct RepairShop;
struct JobQueues;
struct Links;
struct Fabrics;

/// Accelerators of one order and delivery date, of one opening cohort, lease or bridge, that walk together. The counts are a
/// partition: at any time they sum to `ordered`.
struct Lot {
  enum class Origin : std::uint8_t { opening, order, lease, bridge };
  std::string id;                 ///< "h200_cn:2026-06-30"; the cohort in result files
  Origin origin = Origin::opening;
  std::size_t source = 0;         ///< place in the scenario's list of its origin
  std::size_t chip = 0, site = 0;
  Date planned;                   ///< day at the dock as planned
  Date signed_on;
  std::optional<Date> delivered;

  std::int64_t ordered = 0;
  std::int64_t on_order = 0, in_transit = 0, waiting = 0, racking = 0, in_service = 0;
  std::int64_t spare = 0, in_repair = 0, rma_out = 0;  ///< on the shelf; dead and with the crew; at the supplier
  std::int64_t retired = 0, resold = 0, returned = 0, cancelled = 0, forfeited = 0;
  std::int64_t lost = 0;          ///< dead, and nobody replaces them
  std::int64_t empty_slots = 0;   ///< left by dead ones and not filled again
  std::int64_t set_aside = 0;     ///< spares put on the shelf so far, of all that was commissioned

  bool is_closed = false;         ///< rented, and a rule bars access to it
  bool is_signed = false;         ///< counts in the balance of accelerators from then on

  Money chip_price;               ///< per accelerator, in the order's currency
  Money unit_cost;                ///< bundle with duty per accelerator, what is written off
  Money paid;                     ///< so far, without duty and tax
  double service_days = 0;        ///< accelerator-days in service this month
  std::string budget;             ///< line that carries it; empty: none
  int budget_year = 0;

  [[nodiscard]] bool is_rented() const { return origin == Origin::lease || origin == Origin::bridge; }
  /// Commissioned and still the fleet's: in service, on the shelf, with the crew or the supplier.
  [[nodiscard]] std::int64_t commissioned() const { return in_service + spare + in_repair + rma_out; }
};

/// Accelerators of one chip at one site that are in service: what placement sees.
struct Pool {
  std::size_t site = 0, chip = 0;
  std::int64_t in_service = 0;    ///< owned and leased
  std::int64_t up = 0;            ///< of those, neither down nor unpowered: set each day, and each hour where failures are simulated
  std::int64_t counted_on = 0;    ///< what placement gives away for the day: `up`, or where failures are simulated what is expected
  std::int64_t down = 0;          ///< stand still until they are mended; may exceed in_service after a retirement
  std::int64_t stranded = 0;      ///< work, but too few of their domain do
  const scenario::FailureRule* failures = nullptr;  ///< null: the site's availability is a flat share
  std::int64_t unpowered = 0;     ///< the site's power does not even carry them idle
  std::int64_t held_by_gangs = 0;
  std::int64_t withheld = 0;      ///< from services and gangs for queues, as of the morning
  std::int64_t queued_runs = 0;   ///< held by training runs in queues, as of the morning
  bool closed = false;            ///< a location rule bars it from serving
  Watts busy, idle;               ///< per accelerator, before PUE
};

/// One (service, pool) pair that may carry load, with what placement gave it. Of a disaggregated service the arc of the decode side
/// leads: it carries the load, and another arc, which has no units of its own, holds the accelerators that do the prompts.
struct Arc {
  std::size_t service = 0, pool = 0;
  double units_per_second = 0;    ///< per accelerator, the world's model error applied
  std::int64_t replica = 1;
  std::optional<Date> ported;
  std::int64_t accelerators = 0;  ///< placed now
  std::int64_t loading = 0;       ///< of those, being loaded in this hour
  const workloads::Capability* able = nullptr;  ///< what it rests on
  std::shared_ptr<const sim_serving::HourTable> hours;  ///< of a replica at the world's speed, where an iteration model tells
  double speed = 1;               ///< of the world's replicas over the model's
  double rounded_up = 0;          ///< of the accelerators placed now, those that divisible replicas would not take
  std::optional<std::size_t> prefill;  ///< the arc of the other side; it may be of the same pool
};

/// Backlog of a batch service: what arrived in an hour and waits. Amounts in units of the service.
struct Waiting { std::int64_t arrived_hour; double amount; };

struct Load {
  std::deque<Waiting> backlog;
  double backlog_amount = 0;
  double promised = 0;            ///< requests of an interactive service's backlog that will still be on time
};

/// Something that befalls a run.
struct Hit {
  enum class Kind : std::uint8_t { stop, announced, slow };
  double at = 0;                    ///< hours since the start of the scenario
  Kind kind = Kind::stop;
  double lasts = 0;                 ///< hours: until it is noticed, of a stop and of a slow node
  double speed = 1;                 ///< of the run on a slow node
};

/// A training run: waits for a gang of accelerators at one site, then holds it until its work is done.
struct Gang {
  std::size_t workload = 0, run = 0;
  enum class State : std::uint8_t { planned, queued, running, done } state = State::planned;
  /// What it holds of a pool; a run on several chips has several.
  struct Part {
    std::size_t pool = 0;
    std::int64_t accelerators = 0;
    double busy = 1;                ///< share of the working time in which these work: the others of the gang may be slower
    double mfu = 0;
    double network = 1;             ///< bandwidth that its accelerators see, as a share of their ports'
    scheduling::GangPlacement place; ///< domains of the site's fabric; empty without one
  };
  std::vector<Part> parts;
  Date started_on, done_on;
  double queued_at = 0;             ///< hours since the start of the scenario
  double ended_at = 0;
  double remaining = 0;             ///< productive seconds at speed 1 that are left when it does not run
  double speed = 1;                 ///< of what it runs on, relative to its first accepted chip
  int starts = 0;
  bool in_queue = false;            ///< a job of a queue (queued_runs.hpp): here it is only planned or done
  std::optional<std::size_t> kept_at;  ///< site that has its last checkpoint
  Seconds interval;                 ///< of work between two checkpoints
  reliability::ExpectedFates expected;  ///< shares of held time, for the central run
  failures::CheckpointClock clock{Seconds{}, Seconds{}, Seconds{}};
  std::vector<Hit> hits;            ///< of today, in order once the day is drawn
  double slow_until = 0;            ///< when its slow node is found, hours since the start; 0: none is slow
  double slow_speed = 1;            ///< meanwhile; in the central run, of all times
  double loading = 0;               ///< bytes that it has yet to read from the site's storage before it restarts
  double stopped_per_hour = 0;      ///< as expected
  double stands = 0;                ///< hours for which it stands after what came on a given day, in the central run
  double since_stop = 0;            ///< hours of work since then
  [[nodiscard]] std::int64_t accelerators() const {
    std::int64_t n = 0;
    for (const Part& part : parts) n += part.accelerators;
    return n;
  }
};

/// A wait of a job in a queue, for the percentiles.
struct Wait {
  std::size_t workload = 0;
  double from = 0, to = 0;          ///< hours since the start; `to` is when it started
};

/// What the requests of an arc met in a month: by point of its curve, and what they waited before it.
struct ArcLatency {
  std::vector<double> point_requests;
  std::vector<sim_serving::HourResult::Wait> waits;
};

/// What the waterfall of a chip and workload is made of in a fiscal year: rates times accelerator-hours held.
struct DeratingSums {
  std::size_t year = 0, chip = 0, workload = 0;
  const workloads::Capability* able = nullptr;
  Grade grade = Grade::measured;     ///< the weakest of the workload's models
  double peak, achievable, steady, burst;
  double held, in_service, busy, rounded;  ///< accelerator-hours: up, with those that were down, at work, too many for want of parts of replicas
  double served;                     ///< units of load over 3600
};

/// Latencies of a workload's requests in a month.
struct MonthLatencies {
  int month = 0;
  std::size_t workload = 0;
  sim_serving::HourLatencies of;
};

/// Sums over the current month; emptied by the month's observation. Hours are accelerator-hours unless said.
struct Meters {
  struct OfArc { double held_hours = 0, rounded_hours = 0, lent_hours = 0, busy_hours = 0, served = 0; };
  struct OfPool {
    double in_service_hours = 0, down_hours = 0, unpowered_hours = 0, held_hours = 0, lent_hours = 0, gang_hours = 0,
           gang_useful_hours = 0, busy_hours = 0, energy_joules = 0;
    double spare_hours = 0, repair_hours = 0, rma_hours = 0, interruptions = 0, lost = 0;  ///< the last two are counts
    double job_hours = 0;            ///< of jobs in queues, on what is free or lent
    double job_lost_hours = 0;       ///< of runs of jobs that ended this month: work done again, and restarts
    std::array<double, scenario::component_count> down_by{};  ///< parts of down_hours, where failures are simulated
    double unheld_hours = 0, fragmented_hours = 0;  ///< of no run's or job's accelerators; of those, where the largest gang finds no place
  };
  struct OfService { double arrived = 0, on_time = 0, late = 0, shed = 0, shortfall = 0, hours_below_target = 0, hours = 0; };  ///< hours of the clock
  struct OfGangs { double held_hours = 0, useful_hours = 0, mfu_hours = 0, lost_hours = 0, writing_hours = 0, restart_hours = 0, interruptions = 0,
           slow_hours = 0, idle_hours = 0, network_hours = 0; };  ///< by workload; idle: after the run's end in its last hour, or waiting for the other chip
  struct OfSite { double energy_joules = 0, peak_watts = 0, waiting_hours = 0, racking_hours = 0; };
  double joint_peak_watts = 0;     ///< of all sites at one time
  std::vector<OfArc> arcs;
  std::vector<OfPool> pools;
  std::vector<OfService> services;
  std::vector<OfGangs> gangs;
  std::vector<OfSite> sites;
  struct Count { double ordered = 0, delivered = 0, retired = 0; };
  std::vector<Count> counts;       ///< accelerators by pool
};

enum class Kind : std::uint8_t {
  sign, export_gate, import_gate, deliver, pay, start_lease, end_lease, retire, close_location, queue_gang,
  day, hour, respond, exchange, rma_return
};

struct Event {
  Kind kind;
  std::uint32_t index = 0;   ///< of the lot, site, gang, response ... by kind
  std::uint32_t detail = 0;  ///< number of the payment
};

/// Everything that a run knows. Functions on it stand in the files named after what they do.
struct State {
  State(const scenario::Scenario& plan, std::shared_ptr<const workloads::Prepared> prepared, std::optional<int> replication);
  ~State();

  const scenario::Scenario& plan;
  world::World world;
  engine::EventQueue<Event> queue;
  Date today;
  std::int64_t events_handled = 0;

  std::vector<Lot> lots;
  std::vector<Pool> pools;                    ///< by (site, chip), every pair that a lot may reach
  std::shared_ptr<const workloads::Prepared> shared;  ///< by all worlds
  const std::vector<workloads::Service>& services;
  std::vector<Arc> arcs;                      ///< those that lead by service, then pool; then the prefill sides
  std::vector<std::size_t> first_arc;         ///< of each service; one more at the end, behind the last that leads
  std::vector<Load> loads;                    ///< by service
  std::vector<double> mean_load;              ///< by service, units a second, today's true mean before the shape
  std::vector<std::size_t> by_tier;           ///< services in order of tier, then of the scenario
  std::vector<std::optional<Date>> first_miss;   ///< by service: first hour below its target
  std::vector<std::string> missed_by;         ///< by service: what bound it at its first miss
  std::vector<ArcLatency> arc_latencies;      ///< of this month
  std::vector<DeratingSums> deratings;
  std::vector<MonthLatencies> latencies;      ///< of the months so far, where a curve tells
  std::vector<double> busy_now;               ///< by pool: busy accelerators of the present hour
  std::vector<double> watts_left;             ///< by site: power that the hour's load may still take
  std::vector<double> pue_today;              ///< by site
  std::vector<double> standing;               ///< by pool: share of what was placed in the morning that is up this hour
  std::vector<Gang> gangs;
  std::vector<Wait> waits;                    ///< of jobs that have started
  bool gangs_may_start = false;               ///< something was freed or mended since runs were last started
  std::vector<std::vector<std::uint32_t>> dock;  ///< by site: lots that wait for racking, first come first served
  std::vector<double> racking_credit;         ///< by site: accelerators that the crew may still rack
  std::vector<std::string> racking_bound_by;  ///< by site: what stops racking now; empty: nothing

  /// What responses may look at, of every service: nothing is known before it was measured.
  struct Known { std::optional<double> headroom, weeks_to_exhaustion, attainment; };
  std::vector<Known> known;
  struct Taken { int times = 0; bool pending = false; };
  std::vector<Taken> responses_taken;
  std::vector<std::optional<Date>> shed_until;              ///< by workload: its load is refused before that day
  std::vector<std::optional<Date>> retirement_deferred_to;  ///< by opening cohort

  std::unique_ptr<Books> books;
  std::unique_ptr<Planner> planner;
  std::unique_ptr<JobQueues> queues;          ///< null: no jobs
  std::unique_ptr<Fabrics> fabrics;           ///< null: no site has a fabric
  std::unique_ptr<Links> links;               ///< null: no links between sites
  std::unique_ptr<RepairShop> repairs;        ///< null: no site simulates failures
  std::unique_ptr<results::Store> store;
  Meters meters;
  struct LoadTotal { double arrived = 0, left = 0; };
  std::vector<LoadTotal> load_totals;         ///< by service, since the start
  struct RunTotal { double held = 0, fates = 0; };
  std::vector<RunTotal> run_totals;           ///< accelerator-hours of training by workload, since the start
  std::vector<results::Audit> audit;           ///< every equation with its worst gap, relative to the larger side
  std::vector<results::Event> happenings;   ///< lines of events.csv
  std::vector<results::BindingRow> bindings; ///< lines of bindings.csv

  [[nodiscard]] const catalog::Chip& chip(std::size_t i) const { return plan.chips[i]; }
  [[nodiscard]] const scenario::Site& site(std::size_t i) const { return plan.sites[i]; }
  [[nodiscard]] std::size_t site_index(std::string_view id) const;
  [[nodiscard]] std::size_t chip_index(std::string_view id) const;
  /// Electricity that a pool pays: that of its chips' origin if the site has one.
  [[nodiscard]] const scenario::PriceSeries<Joules>& tariff(const Pool& pool) const;
  [[nodiscard]] std::size_t pool_index(std::size_t site, std::size_t chip) const;
  [[nodiscard]] Pool& pool_of(std::size_t site, std::size_t chip);
  /// Whole days from the scenario's start to today.
  [[nodiscard]] std::int64_t days_passed() const { return (today - plan.horizon.begin).count(); }
  /// Schedules for midnight of a day; what lies before today happens today, what lies behind the horizon never.
  void at(Date day, engine::Phase phase, Event event);
  void note(std::string kind, const Lot& lot, std::int64_t quantity, std::string text = {});
  /// Accelerators of a pool that queues may count on now.
  [[nodiscard]] std::int64_t withheld_now(const Pool& pool) const {
    return pool.closed ? 0 : std::clamp<std::int64_t>(pool.up - pool.held_by_gangs, 0, pool.withheld);
  }
};

}  // namespace headroom::fleet
