#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/random.hpp"
#include "sim/fleet/state.hpp"

/// Accelerators that fail and are mended, at the sites that have rules for it. An interruption takes some of a pool down until
/// the crew has mended them in place; a death empties a slot, which a spare fills, and the dead one goes to the supplier (RMA)
/// or, behind a border that bars it, is lost.
///
/// Accelerators of a pool are alike, so that nothing is kept for each: the number of a day's failures is a Poisson count of
/// the pool's accelerators and hazard, and each failure then has its own time, repair and place in the crew's queue. Draws
/// are keyed by (site, chip, day, number of the failure), never by the plan's names, and the count grows with the pool: an
/// order more adds failures and moves none. The central run has the mean number at even distances and mean repairs; so it
/// knows no queue but that of a crew which is too small on average.
/// State changes on the hour: what fails and is mended between two hours is seen by neither, and what stands on the hour
/// counts for all of it, which is right on average.
namespace headroom::fleet {

/// What is under way in the crews' hands.
struct RepairShop {
  explicit RepairShop(State& state);

  struct Change { std::uint32_t pool; std::int32_t down; };
  std::vector<std::vector<Change>> due;  ///< by hour since the start; emptied as they happen
  struct Rule {
    const scenario::FailureRule* rule;
    std::vector<std::uint32_t> pools;
    std::vector<double> crew_free_at;    ///< hours since the start, a heap with the earliest first; empty: no limit
  };
  std::vector<Rule> rules;
  /// Of a pool: its streams, and in the central run the parts of failures that are still owed.
  struct Hazard {
    engine::Stream interruptions, common, deaths;
    double owed_interruptions = 0, owed_common = 0, owed_deaths = 0, place = 0;
  };
  std::vector<Hazard> hazards;           ///< by pool
};

/// Rules, and opening spares. Called once, when the opening cohorts stand.
void open_failures(State& state);
/// Draws what fails in the coming day and sends it to the crew.
void fail_today(State& state);
/// Sets `up` for the morning and `counted_on`: the expected share of what has power, at most what stands or is due back today.
void expect_standing(State& state);
/// What breaks or is mended by that hour; sets `up` and `standing`. Requires that it is called for every hour in order.
void pass_hour(State& state, std::int64_t hour_since_start);
/// A crew has taken out a dead accelerator of a lot.
void exchange(State& state, std::uint32_t lot);
/// A replacement has come from the supplier.
void rma_return(State& state, std::uint32_t lot);
/// How many of `n` newly commissioned accelerators of an own lot go on the shelf.
[[nodiscard]] std::int64_t spares_of(const State& state, Lot& lot, std::int64_t n);
/// Fills empty slots of a pool from its shelf.
void fill_slots(State& state, std::size_t site, std::size_t chip);

/// Accelerators of a pool that can be counted on now: in service less what is down.
[[nodiscard]] std::int64_t standing_now(const State& state, const Pool& pool);
/// Share of in-service time that is up, as expected: 1 - MTTR / (MTBF + MTTR) of the rule, or the site's flat share.
[[nodiscard]] double expected_availability(const State& state, const Pool& pool);

}  // namespace headroom::fleet
