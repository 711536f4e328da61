#pragma once

#include <string_view>
#include <vector>

#include "models/units/date.hpp"

namespace headroom::results {

enum class Every { month, quarter, year, run };
[[nodiscard]] std::string_view to_string(Every every);

/// A run of whole months of the horizon, first to last, both included.
struct MonthSpan {
  int first = 0;
  int last = 0;
};

/// The months of a run, and the quarters and fiscal years that they make. The first and the last period may be cut by the horizon.
class Calendar {
 public:
  /// Throws std::invalid_argument for an empty horizon or a month outside 1 to 12.
  Calendar(Period horizon, int fiscal_year_start);

  [[nodiscard]] const Period& horizon() const { return horizon_; }
  [[nodiscard]] int months() const { return static_cast<int>(months_.size()); }
  [[nodiscard]] const Period& month(int index) const { return months_.at(static_cast<std::size_t>(index)); }
  /// Throws std::out_of_range for a day outside the horizon.
  [[nodiscard]] int month_of(Date day) const;
  /// Periods of a kind, in order. Quarters and years are those of the fiscal year.
  [[nodiscard]] std::vector<MonthSpan> spans(Every every) const;
  [[nodiscard]] Period period(MonthSpan span) const { return {month(span.first).begin, month(span.last).end}; }

 private:
  Period horizon_;
  int fiscal_year_start_;
  std::vector<Period> months_;
};

}  // namespace headroom::results
