#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace headroom {

/// A civil day (proleptic Gregorian, UTC). Periods and arithmetic count days since 1970-01-01.
using Date = std::chrono::sys_days;

/// Half-open span of days [begin, end).
struct Period {
  Date begin;
  Date end;
  [[nodiscard]] int days() const { return static_cast<int>((end - begin).count()); }
  [[nodiscard]] bool contains(Date d) const { return begin <= d && d < end; }
  friend auto operator<=>(const Period&, const Period&) = default;
};

/// A calendar span: months and days kept apart, because "6 months" is not a number of days.
struct CalendarSpan {
  int months = 0;
  int days = 0;
  friend auto operator<=>(const CalendarSpan&, const CalendarSpan&) = default;
};

[[nodiscard]] Date date(int year, int month, int day);
[[nodiscard]] int year_of(Date d);
[[nodiscard]] int month_of(Date d);
[[nodiscard]] Date start_of_month(Date d);
/// Adds months, then days. The day of the month is kept, or cut to the month's last (31 January + 1 month = 28 or 29 February).
[[nodiscard]] Date operator+(Date d, CalendarSpan span);

/// ISO 8601 calendar date "2026-01-31"; nothing if the text is not one or the day does not exist.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
/// "12 weeks", "90 days", "6 months", "2 quarters", "1 year" or ISO "P12W", "P6M", "P1Y2M10D".
[[nodiscard]] std::optional<CalendarSpan> parse_span(std::string_view text);
[[nodiscard]] std::string to_string(Date d);
[[nodiscard]] std::string to_string(CalendarSpan span);

/// First year whose fiscal year contains `d`, named by the calendar year in which the fiscal year begins.
[[nodiscard]] int fiscal_year(Date d, int start_month);
[[nodiscard]] Period fiscal_period(int year, int start_month);

}  // namespace headroom
