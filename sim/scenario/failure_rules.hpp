#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/values.hpp"

/// What fails at a site, how often, how far it reaches and how it is mended, as the scenario says.
namespace headroom::scenario {

/// A failure that happened: so many accelerators stood still for so long.
struct Outage {
  Date at;
  double hour = 0;                          ///< of the day
  std::int64_t accelerators = 0;
  Seconds down;
};

/// What breaks, or who takes the accelerators out: the hours that stand still are told apart by it.
enum class Component : std::uint8_t { other, gpu, memory, host, nic, switches, power, cooling, software, maintenance, slow, domain };
inline constexpr std::size_t component_count = 12;

/// Change of a hazard with age (a bathtub): infant mortality that fades, wear that grows.
struct Ageing {
  double infant_excess = 0;                 ///< hazard at age 0 above the mature one, as a multiple of it
  CalendarSpan infant_decay{0, 60};
  double wear_slope = 0;                    ///< growth of the hazard after the onset, multiples of the mature one a year
  CalendarSpan wear_onset{48, 0};
};

/// One cause of interruptions with its own rate, or with the days on which it strikes.
struct FailureCause {
  std::string id;
  Component component = Component::other;
  double interruptions_per_million_accelerator_hours = 0;
  std::vector<Date> on;                     ///< instead of a rate: a driver release, a test of the row's power
  double hour = 0, share = 0;               ///< of those days; of the pool's accelerators that it takes down
  std::int64_t takes_down = 1;              ///< neighbours that stand still; 0: it only stops the runs and jobs on one of them
  std::optional<Seconds> repair;            ///< absent: the rule's
  std::optional<double> repair_variation;
  Seconds detection{0};                     ///< before anybody knows: added to the repair, and to the restart of a run
  double detection_variation = 0;
  bool crew = true;                         ///< the rule's crew mends it
  std::optional<Ageing> ageing;             ///< absent: the rule's
};

/// Nodes that fail more often than the others; the mean over all nodes stays what the rates say while they are there.
struct Lemons {
  double share = 0;
  double multiplier = 1;                    ///< of the mean hazard
  std::int64_t node = 8;                    ///< accelerators
  std::optional<std::int64_t> exchanged_after;  ///< interruptions, after which the node is replaced by another
};

/// Nodes that turn slow and drag the run that stands on them until they are found and mended.
struct FailSlow {
  double onsets_per_million_accelerator_hours = 0;
  std::int64_t node = 8;
  double speed = 0.7;                       ///< of the whole run meanwhile
  Seconds detection = hours(1);
  double detection_variation = 0;
};

/// Accelerators that only work together, and how many of them it takes: 64 of 72.
struct DomainRule {
  std::int64_t accelerators = 1, needs = 1;
};

/// Work on the machines by calendar: drained first, then out for the duration.
struct Maintenance {
  std::string id;
  Date from;
  std::optional<Date> until;
  std::optional<CalendarSpan> every;        ///< absent: once
  double hour = 0;                          ///< of the day on which draining begins
  double share = 1;                         ///< of the pool, another part each time until all had their turn
  Seconds drain{0}, duration;
};

/// How accelerators of a site fail and are mended. Interruptions stop work and are mended in place; a much slower process
/// kills the accelerator itself, which is then replaced by a spare.
struct FailureRule {
  std::string id;
  std::vector<std::string> chips;           ///< that it speaks of; empty: all that no earlier rule names
  double interruptions_per_million_accelerator_hours = 0;
  std::int64_t takes_down = 1;              ///< accelerators that stand still with each interruption: 8 for a host
  double common_share = 0;                  ///< of the accelerators' interruptions, from causes that hit a group at once
  std::int64_t common_group = 1;            ///< accelerators that such a cause takes down
  Seconds repair = hours(6);                ///< mean from the failure to work again, if the crew is free
  double repair_variation = 0;              ///< coefficient of variation (lognormal)
  std::optional<std::int64_t> crew;         ///< repairs at once; absent: as many as there are
  double replaced_per_year = 0;             ///< share of accelerators that die for good
  Ageing ageing;
  double spare_share = 0;                   ///< of every own delivery, put on the shelf
  bool rma = true;                          ///< dead ones are replaced by the supplier; false behind a closed border
  CalendarSpan rma_time{0, 42};             ///< from the repair to the replacement on the shelf
  std::vector<Outage> trace;                ///< instead of random interruptions: those that happened
  std::vector<FailureCause> causes;         ///< beside the rate above
  std::optional<Lemons> lemons;
  std::optional<FailSlow> fail_slow;
  std::optional<DomainRule> domain;
  std::vector<Maintenance> maintenance;
};

}  // namespace headroom::scenario
