#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/fleet/state.hpp"

/// Accelerators that fail and are mended, at the sites that have rules for it. An interruption takes some of a pool down until
/// the crew has mended them in place; a death empties a slot, which a spare fills, and the dead one goes to the supplier (RMA)
/// or, behind a border that bars it, is lost.
///
/// Accelerators of a pool are alike but for lemons, so that nothing is kept for each: the number of a day's failures of a cause
/// is a Poisson count of the pool's accelerators and hazard, and each failure then has its own time, place, repair and place in
/// the crew's queue. Draws are keyed by (site, chip, cause, day, number of the failure), never by the plan's other names, and
/// the count grows with the pool: an order more adds failures and moves none. The central run has the mean number at even
/// distances and mean repairs; so it knows no queue but that of a crew which is too small on average. Training runs reckon with
/// interruptions in closed form there; jobs in queues meet so many failures as must be expected, at drawn times and places.
/// State changes on the hour: what fails and is mended between two hours is seen by neither, and what stands on the hour
/// counts for all of it, which is right on average. What has a time of its own (a trace, a cause with a date, maintenance) strikes then, in
/// every world, and takes its length from the next whole hour on, of a part of an hour the part.
namespace headroom::fleet {

/// What is under way in the crews' hands, and what the pools' failures come from.
struct RepairShop {
  explicit RepairShop(State& state);

  static constexpr std::uint32_t no_lot = ~std::uint32_t{0};
  struct Failure {
    double at = 0;                 ///< hours since the start
    std::uint32_t pool = 0;
    std::int32_t down = 0;         ///< accelerators that stand still; a dead one is out of service already
    double repair = 0;             ///< hours
    std::uint32_t lot = no_lot;    ///< of a dead one
    std::int32_t first = 0;        ///< place of the first in the line of the pool's accelerators
    scenario::Component component = scenario::Component::other;
    double detection = 0;          ///< hours before the repair can begin
    bool crew = true;
  };

  struct Change { std::uint32_t pool; std::int32_t down; std::int32_t first; scenario::Component component; };
  std::vector<std::vector<Change>> due;  ///< by hour since the start; emptied as they happen
  /// Changes a pool's standing accelerators over the hours in [from, to).
  void stand_still(const Change& change, double from, double to);
  struct Rule {
    const scenario::FailureRule* rule;
    std::vector<std::uint32_t> pools;
    std::vector<double> crew_free_at;    ///< hours since the start, a heap with the earliest first; empty: no limit
    std::vector<Failure> found_later;    ///< slow nodes on their way to the crew
  };
  std::vector<Rule> rules;

  /// What comes on a given day.
  struct Planned {
    std::int64_t day;                    ///< since the start
    std::uint32_t rule;
    const scenario::Maintenance* maintenance;  ///< or
    const scenario::FailureCause* cause;       ///< or
    const scenario::Outage* outage;
    std::int64_t number;                 ///< of the window, from 0
  };
  std::vector<Planned> planned;          ///< by day
  std::size_t next_planned = 0;

  /// A stream of interruptions of a pool.
  struct Source {
    engine::Stream stream{0, 0, ""};
    const scenario::Ageing* ageing;
    double hourly = 0;                   ///< interruptions of one accelerator
    double share = 1, times = 1, over = 1;  ///< of those, times / over
    std::int64_t takes_down = 1;
    std::int64_t hits = 1;               ///< neighbours whose runs it stops
    scenario::Component component = scenario::Component::other;
    double repair = 0, repair_variation = 0, detection = 0, detection_variation = 0;  ///< hours
    bool crew = true, lemons = false;
    double owed = 0;                     ///< in the central run, part of a failure that has yet to come
  };
  /// Nodes of a pool that fail more often.
  struct Lemon { std::int64_t node; std::int64_t failures; std::uint64_t renewals; };
  struct OfPool {
    std::vector<Source> sources;
    engine::Stream deaths{0, 0, ""}, slow{0, 0, ""}, lemon{0, 0, ""}, job_hits{0, 0, ""};
    double owed_deaths = 0, place = 0, owed_slow = 0, owed_parts = 0;
    std::vector<Lemon> lemons;           ///< by node
    std::int64_t nodes_seen = 0;         ///< nodes that were asked whether they are lemons
    double mean_lemons = 0;              ///< in the central run
    std::array<std::int64_t, scenario::component_count> down{};
    std::map<std::int64_t, std::int64_t> missing;  ///< by domain with any
    std::deque<std::int64_t> empty_of;   ///< domains of empty slots, first emptied first
    std::size_t empty_noted = 0;         ///< of those, the first ones that `missing` knows
    std::int64_t drains_at = -1;         ///< hour in which the last maintenance begins
  };
  std::vector<OfPool> pools;
};

/// Rules, and opening spares. Called once, when the opening cohorts stand.
void open_failures(State& state);
/// What the calendar takes out today. Called before the day's first hour passes, and before `fail_today`, which tells the runs.
void drain_today(State& state);
/// Draws what fails in the coming day and sends it to the crew.
void fail_today(State& state);
/// Sets `up` for the morning and `counted_on`: the expected share of what has power, at most what stands or is due back today.
void expect_standing(State& state);
/// What breaks or is mended by that hour; sets `up` and `standing`. Requires that it is called for every hour in order.
void pass_hour(State& state, std::int64_t hour_since_start);
/// Adds the hour's accelerators that stand still to the meters, by what keeps them.
void meter_down(State& state);
/// A crew has taken out a dead accelerator of a lot.
void exchange(State& state, std::uint32_t lot);
/// A replacement has come from the supplier.
void rma_return(State& state, std::uint32_t lot);
/// How many of `n` newly commissioned accelerators of an own lot go on the shelf.
[[nodiscard]] std::int64_t spares_of(const State& state, Lot& lot, std::int64_t n);
/// Fills empty slots of a pool from its shelf.
void fill_slots(State& state, std::size_t site, std::size_t chip);

/// Accelerators of a pool that can be counted on now: in service less what is down or stands alone in its domain.
[[nodiscard]] std::int64_t standing_now(const State& state, const Pool& pool);
/// Share of in-service time that is up, as expected: 1 - MTTR / (MTBF + MTTR) over the rule's causes, or the site's flat share.
[[nodiscard]] double expected_availability(const State& state, const Pool& pool);
/// The first rule of a site that speaks of a chip; null: none.
[[nodiscard]] const scenario::FailureRule* rule_for(const scenario::Site& site, const std::string& chip);

/// What befalls a run of that many accelerators in a pool.
struct RunHazard {
  PerSecond stops;
  PerSecond slow;                        ///< nodes of it that turn slow
  Seconds unnoticed{0};                  ///< mean time before a stop is noticed
};
[[nodiscard]] RunHazard run_hazard(const Pool& pool, std::int64_t accelerators);

}  // namespace headroom::fleet
