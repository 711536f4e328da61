#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/results/store.hpp"

namespace headroom::results {

/// One line of `yearly.csv` or `timeseries.csv`.
struct Row {
  Period period;
  Place place;
  MetricId metric;
  std::optional<double> value;          ///< nothing: no data in the period
  std::optional<double> low, high;      ///< P10 and P90 of outcomes over replications
  std::optional<double> mc_error;       ///< half-width of the mean's 95 % interval
  std::string grade;
};

/// Rows of one replication ("central", "0", "1", ...) or of their "mean".
struct Block {
  std::string replication;
  std::vector<Row> rows;
};

/// The rows of one scenario, with the names that they refer to.
struct Table {
  std::string scenario;
  Currency base;
  Dimensions dimensions;
  std::vector<Block> blocks;
};

/// Rows of a run for every period of a kind, in order of period, metric, then all, sites, chips, workloads. A metric without any
/// contribution has no rows; one that has some has its row `all` in every period.
[[nodiscard]] std::vector<Row> rows_of(const Store& store, Every every);

/// Rows of the mean over replications: value and its error, P10 and P90 of the outcomes. A row that is missing or empty in some
/// replications is a mean over the others. Replications are taken in their order; the result does not depend on how they ran.
[[nodiscard]] std::vector<Row> mean_of(std::span<const Block> replications);

/// Quantile of sorted values by linear interpolation between order statistics (Hyndman and Fan 1996, type 7). Not empty; 0 <= p <= 1.
[[nodiscard]] double quantile(std::span<const double> sorted, double p);
/// 0.975 quantile of Student's t; 1 degree of freedom and more.
[[nodiscard]] double student_975(int degrees_of_freedom);

/// The columns of both tables, in order.
[[nodiscard]] const std::vector<std::string>& table_columns();
/// Writes tables under one header (a sweep's tables carry the point in `scenario`).
void write_table_csv(std::span<const Table> tables, std::ostream& out);
/// Reads such a file back, exactly. Rows of an unknown metric (of a later version) are counted, not kept. Throws text::CsvError
/// for a file of other columns or a malformed row.
struct ReadTables {
  std::vector<Table> tables;
  std::size_t unknown_rows = 0;
};
[[nodiscard]] ReadTables read_table_csv(const std::string& file);

}  // namespace headroom::results
