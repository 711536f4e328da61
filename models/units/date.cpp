#include "models/units/date.hpp"

#include <fmt/format.h>

#include <charconv>

namespace headroom {
namespace chr = std::chrono;

namespace {

/// Reads an unsigned decimal from the front of `text` and drops it; nothing if there is none or it has over six digits.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || length == 0 || length > 6 || text.front() == '-') return std::nullopt;
  text.remove_prefix(length);
  return value;
}

std::optional<CalendarSpan> parse_iso_span(std::string_view text) {
  text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  CalendarSpan span;
  std::string_view order = "YMWD";
  while (!text.empty()) {
    const auto n = take_number(text);
    if (!n || text.empty()) return std::nullopt;
    const auto at = order.find(text.front());
    if (at == std::string_view::npos) return std::nullopt;
    switch (text.front()) {
      case 'Y': span.months += 12 * *n; break;
      case 'M': span.months += *n; break;
      case 'W': span.days += 7 * *n; break;
      default: span.days += *n; break;
    }
    text.remove_prefix(1);
    order.remove_prefix(at + 1);
  }
  return span;
}

}  // namespace

Date date(int year, int month, int day) {
  return chr::sys_days{chr::year{year} / chr::month{static_cast<unsigned>(month)} / chr::day{static_cast<unsigned>(day)}};
}

int year_of(Date d) { return static_cast<int>(chr::year_month_day{d}.year()); }
int month_of(Date d) { return static_cast<int>(static_cast<unsigned>(chr::year_month_day{d}.month())); }

Date start_of_month(Date d) {
  const chr::year_month_day ymd{d};
  return chr::sys_days{ymd.year() / ymd.month() / 1};
}

Date operator+(Date d, CalendarSpan span) {
  chr::year_month_day ymd{d};
  if (span.months != 0) {
    ymd += chr::months{span.months};
    if (!ymd.ok()) ymd = ymd.year() / ymd.month() / chr::last;
  }
  return chr::sys_days{ymd} + chr::days{span.days};
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  std::string_view y = text.substr(0, 4), m = text.substr(5, 2), d = text.substr(8, 2);
  const auto year = take_number(y), month = take_number(m), day = take_number(d);
  if (!year || !month || !day) return std::nullopt;
  const chr::year_month_day ymd{chr::year{*year}, chr::month{static_cast<unsigned>(*month)},
                                chr::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok()) return std::nullopt;
  return chr::sys_days{ymd};
}

std::optional<CalendarSpan> parse_span(std::string_view text) {
  if (!text.empty() && text.front() == 'P') return parse_iso_span(text);
  const auto n = take_number(text);
  if (!n || text.empty() || text.front() != ' ') return std::nullopt;
  text.remove_prefix(1);
  const auto is = [&](std::string_view one, std::string_view many) { return text == one || text == many; };
  if (is("day", "days")) return CalendarSpan{0, *n};
  if (is("week", "weeks")) return CalendarSpan{0, 7 * *n};
  if (is("month", "months")) return CalendarSpan{*n, 0};
  if (is("quarter", "quarters")) return CalendarSpan{3 * *n, 0};
  if (is("year", "years")) return CalendarSpan{12 * *n, 0};
  return std::nullopt;
}

std::string to_string(Date d) {
  const chr::year_month_day ymd{d};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

std::string to_string(CalendarSpan span) {
  if (span.months == 0) return fmt::format("{} days", span.days);
  if (span.days == 0) return fmt::format("{} months", span.months);
  return fmt::format("P{}M{}D", span.months, span.days);
}

int fiscal_year(Date d, int start_month) { return month_of(d) >= start_month ? year_of(d) : year_of(d) - 1; }

Period fiscal_period(int year, int start_month) { return {date(year, start_month, 1), date(year + 1, start_month, 1)}; }

}  // namespace headroom
