#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/units/date.hpp"

namespace headroom::results {

/// Something dated that a reader wants to know of. Texts that do not apply stay empty.
struct Event {
  Date date;
  std::string kind;      ///< "delivered", "refused", "first_miss", "response", "run_completed", "policy", ...
  std::string site, chip, workload, cohort;
  std::optional<double> quantity;
  std::string unit;
  std::string note;
};

[[nodiscard]] const std::vector<std::string>& event_columns();
/// Writes `events.csv` in order of date; events of one day keep their order.
void write_events_csv(std::span<const Event> events, std::ostream& out);

}  // namespace headroom::results
