#include "sim/results/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace headroom::results {

std::string_view to_string(Every every) {
  switch (every) {
    case Every::month: return "month";
    case Every::quarter: return "quarter";
    case Every::year: return "year";
    case Every::run: break;
  }
  return "run";
}

Calendar::Calendar(Period horizon, int fiscal_year_start) : horizon_(horizon), fiscal_year_start_(fiscal_year_start) {
  if (!(horizon.begin < horizon.end)) throw std::invalid_argument("a horizon without days");
  if (fiscal_year_start < 1 || fiscal_year_start > 12) throw std::invalid_argument("a fiscal year that starts in no month");
  for (Date begin = horizon.begin; begin < horizon.end;) {
    const Date end = std::min(start_of_month(begin) + CalendarSpan{1, 0}, horizon.end);
    months_.push_back({begin, end});
    begin = end;
  }
}

int Calendar::month_of(Date day) const {
  if (!horizon_.contains(day)) throw std::out_of_range(fmt::format("{} is outside the run", headroom::to_string(day)));
  return (year_of(day) - year_of(horizon_.begin)) * 12 + headroom::month_of(day) - headroom::month_of(horizon_.begin);
}

std::vector<MonthSpan> Calendar::spans(Every every) const {
  if (every == Every::run) return {{0, months() - 1}};
  const int length = every == Every::month ? 1 : every == Every::quarter ? 3 : 12;
  std::vector<MonthSpan> result;
  for (int m = 0; m < months(); ++m) {
    const int since_new_year = (headroom::month_of(month(m).begin) - fiscal_year_start_ + 12) % 12;
    if (m == 0 || since_new_year % length == 0) {
      result.push_back({m, m});
    } else {
      result.back().last = m;
    }
  }
  return result;
}

}  // namespace headroom::results
