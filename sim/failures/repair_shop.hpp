#pragma once

#include <cstdint>

#include "models/reliability/hazard.hpp"
#include "models/units/quantity.hpp"
#include "sim/failures/goodput.hpp"
#include "sim/failures/world.hpp"

namespace headroom::failures {

/// Units in slots that break, a crew that mends them one each, spares for what cannot be mended.
struct RepairSpec {
  std::int32_t units = 1;
  reliability::Hazard hazard;             ///< of each unit while it works
  reliability::Mixture lemons;
  double replaced = 0;                    ///< share of failures whose unit is dead and needs a spare
  std::int32_t crew = 0;                  ///< repairs at once; 0: as many as there are
  Spread detection;                       ///< before the crew knows
  Spread repair{hours(4)};                ///< hands-on time, of a replacement too
  bool repair_exponential = false;        ///< memoryless instead of Spread's lognormal
  std::int64_t spares = 0;                ///< on the shelf at the start
  bool rma = true;                        ///< each dead unit is replenished after `replenishment`; false behind a closed border
  Spread replenishment{days(30)};
  std::int32_t domain = 1;                ///< consecutive units that form a scale-up domain
  std::int32_t domain_needs = 1;          ///< of them must work
  Seconds span = days(365);
  Seconds warm_up;                        ///< means are taken from here to the end of the span
};

/// Time means between the warm-up and the end, and what stands at the end.
struct RepairResult {
  double down = 0;               ///< units that do not work, for whatever reason
  double in_repair = 0;          ///< with the crew
  double waiting_for_spare = 0;  ///< backorders
  double outstanding = 0;        ///< replacements on order
  double domains_working = 0;    ///< domains with at least domain_needs units that work
  std::int64_t failures = 0;
  std::int64_t replaced = 0;
  std::int64_t outstanding_at_end = 0;
  std::int64_t spares_at_end = 0;
  std::int64_t domains_working_at_end = 0;
  std::int64_t working_at_end = 0;
  std::int64_t in_repair_at_end = 0;    ///< waiting for the crew included
  std::int64_t without_spare_at_end = 0; ///< for ever, if nothing is on order
};

/// Units conserve: working + in repair or its queue + waiting for a spare = units, at all times (a broken invariant throws
/// std::logic_error).
[[nodiscard]] RepairResult simulate_repair(const RepairSpec& spec, const FailureWorld& world, std::uint64_t site = 0);

}  // namespace headroom::failures
