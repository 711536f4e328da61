#pragma once

#include <optional>
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

/// A file whose columns are known to its writer only, as those of a sweep's points are.
struct FileInfo {
  std::string_view name, description, key;  ///< key: column that tells its rows apart
  std::vector<ColumnInfo> columns;
};

/// `datapackage.json` (Frictionless Data Package) for the CSV files among `files`, those of `own` first, with every metric of the
/// table: unit, definition, rule of aggregation, dimensions. Without `base` amounts are in the base currency of their row.
[[nodiscard]] std::string datapackage(std::string_view name, std::optional<Currency> base, std::span<const std::string> files,
                                      std::span<const FileInfo> own = {});

}  // namespace headroom::results
