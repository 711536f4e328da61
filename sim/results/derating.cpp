#include "sim/results/derating.hpp"

#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"

namespace headroom::results {

const std::vector<std::string>& derating_columns() {
  static const std::vector<std::string> columns{"period_start", "period_end", "chip", "workload", "step", "rate", "unit", "factor", "grade", "source"};
  return columns;
}

void write_derating_csv(std::span<const Derating> rows, std::ostream& out) {
  text::CsvWriter csv{out, derating_columns()};
  for (const Derating& row : rows) {
    csv.add(headroom::to_string(row.period.begin)).add(headroom::to_string(row.period.end));
    csv.add(text::disarmed(row.chip)).add(text::disarmed(row.workload)).add(row.step).add(row.rate).add(row.unit).add(row.factor);
    csv.add(row.grade).add(text::disarmed(row.source));
    csv.end_row();
  }
}

std::vector<Derating> read_derating_csv(const std::string& file) {
  text::CsvReader in{std::filesystem::path(file)};
  std::vector<std::size_t> at;
  for (const auto& name : derating_columns()) at.push_back(in.column(name));
  const auto day = [&](std::size_t column) {
    const auto date = parse_date(in[column]);
    if (!date) throw in.fault("is not a day");
    return *date;
  };
  std::vector<Derating> rows;
  while (in.next()) {
    rows.push_back({{day(at[0]), day(at[1])}, std::string(in[at[2]]), std::string(in[at[3]]), std::string(in[at[4]]), in.number(at[5]),
                    std::string(in[at[6]]), in.number(at[7]), std::string(in[at[8]]), std::string(in[at[9]])});
  }
  return rows;
}

}  // namespace headroom::results
