#include "sim/results/bindings.hpp"

#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"

namespace headroom::results {

const std::vector<std::string>& binding_columns() {
  static const std::vector<std::string> columns{"period_start", "period_end", "workload", "service", "state", "headroom", "binding",
                                                "site", "chip", "price", "dual", "unit", "step", "step_unit"};
  return columns;
}

void write_bindings_csv(std::span<const BindingRow> rows, std::ostream& out) {
  text::CsvWriter csv{out, binding_columns()};
  for (const BindingRow& row : rows) {
    csv.add(headroom::to_string(row.month.begin)).add(headroom::to_string(row.month.end));
    csv.add(text::disarmed(row.workload)).add(text::disarmed(row.service)).add(row.is_short ? "short" : "served").add(row.headroom).add(row.binding);
    csv.add(text::disarmed(row.site)).add(text::disarmed(row.chip)).add(row.price).add(row.dual).add(row.unit).add(row.step).add(row.step_unit);
    csv.end_row();
  }
}

}  // namespace headroom::results
