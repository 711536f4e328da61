#include "sim/results/finishes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"

namespace headroom::results {

namespace {

Date day_of(Date start, double days) { return start + std::chrono::days{static_cast<int>(std::floor(days))}; }

std::string text_of(const std::optional<Date>& day) { return day ? headroom::to_string(*day) : std::string(); }

}  // namespace

FinishRow finish_of(std::string workload, std::string run, Date start, Date scenario_start, std::optional<double> central, std::vector<std::optional<double>> ends) {
  FinishRow row;
  row.workload = std::move(workload);
  row.run = std::move(run);
  row.start = start;
  if (central) row.central = day_of(scenario_start, *central);
  row.worlds = static_cast<int>(ends.size());
  std::vector<double> sorted;
  for (const auto& end : ends) {
    row.finished += end ? 1 : 0;
    sorted.push_back(end.value_or(std::numeric_limits<double>::infinity()));
  }
  double sum = 0;
  for (const double end : sorted) sum += end;
  std::sort(sorted.begin(), sorted.end());
  const auto percentile = [&](double share) -> std::optional<Date> {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()) - 1e-9));
    const double end = sorted[std::max<std::size_t>(rank, 1) - 1];
    return std::isfinite(end) ? std::optional{day_of(scenario_start, end)} : std::nullopt;
  };
  if (sorted.empty()) return row;
  row.p10 = percentile(0.1);
  row.p50 = percentile(0.5);
  row.p80 = percentile(0.8);
  row.p90 = percentile(0.9);
  if (row.finished == row.worlds) row.mean_days = sum / static_cast<double>(sorted.size()) - static_cast<double>((start - scenario_start).count());
  return row;
}

const std::vector<std::string>& finish_columns() {
  static const std::vector<std::string> columns{"workload", "run", "start", "central", "p10", "p50", "p80", "p90", "mean_days", "worlds", "finished"};
  return columns;
}

void write_finishes_csv(std::span<const FinishRow> rows, std::ostream& out) {
  text::CsvWriter csv{out, finish_columns()};
  for (const FinishRow& row : rows) {
    csv.add(text::disarmed(row.workload)).add(text::disarmed(row.run)).add(headroom::to_string(row.start)).add(text_of(row.central));
    csv.add(text_of(row.p10)).add(text_of(row.p50)).add(text_of(row.p80)).add(text_of(row.p90)).add(row.mean_days).add(row.worlds).add(row.finished);
    csv.end_row();
  }
}

}  // namespace headroom::results
