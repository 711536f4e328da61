#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/money.hpp"

namespace headroom::results {

/// A column as the data dictionary describes it.
struct ColumnInfo {
  std::string_view name;
  std::string_view type;  ///< Frictionless: string, date, number, integer, year, yearmonth
  std::string_view description;
};

/// Columns of a result file ("yearly.csv", "timeseries.csv", "ledger.csv", "events.csv"); empty for another file.
[[nodiscard]] std::span<const ColumnInfo> columns_of(std::string_view file);

/// `datapackage.json` (Frictionless Data Package) for the CSV files among `files`, with every metric of the table: unit, definition,
/// rule of aggregation, dimensions.
[[nodiscard]] std::string datapackage(std::string_view name, Currency base, std::span<const std::string> files);

}  // namespace headroom::results
