#include "sim/results/events.hpp"

#include <algorithm>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"

namespace headroom::results {

const std::vector<std::string>& event_columns() {
  static const std::vector<std::string> columns{"date", "kind", "site", "chip", "workload", "cohort", "quantity", "unit", "note"};
  return columns;
}

void write_events_csv(std::span<const Event> events, std::ostream& out) {
  std::vector<const Event*> in_order;
  for (const auto& event : events) in_order.push_back(&event);
  std::stable_sort(in_order.begin(), in_order.end(), [](const Event* a, const Event* b) { return a->date < b->date; });
  text::CsvWriter csv{out, event_columns()};
  for (const Event* e : in_order) {
    csv.add(headroom::to_string(e->date)).add(e->kind);
    for (const auto* name : {&e->site, &e->chip, &e->workload, &e->cohort}) csv.add(text::disarmed(*name));
    csv.add(e->quantity).add(e->unit).add(text::disarmed(e->note));
    csv.end_row();
  }
}

}  // namespace headroom::results
