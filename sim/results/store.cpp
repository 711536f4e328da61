#include "sim/results/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace headroom::results {

Store::Store(Calendar calendar, Dimensions dimensions, Currency base)
    : calendar_(std::move(calendar)), dimensions_(std::move(dimensions)), base_(base) {
  const auto count = [](const std::vector<std::string>& names) { return static_cast<std::uint16_t>(names.size()); };
  slices_.push_back({});
  for (std::uint16_t i = 0; i < count(dimensions_.sites); ++i) slices_.push_back({i, {}, {}});
  for (std::uint16_t i = 0; i < count(dimensions_.chips); ++i) slices_.push_back({{}, i, {}});
  for (std::uint16_t i = 0; i < count(dimensions_.workloads); ++i) slices_.push_back({{}, {}, i});
  singles_ = slices_.size();
}

void Store::track(Place place) {
  for (const auto& column : columns_) {
    if (!column.cells.empty()) throw std::logic_error("results: a combination is asked for after the first contribution");
  }
  if (std::find(slices_.begin(), slices_.end(), place) == slices_.end()) slices_.push_back(place);
}

std::size_t Store::slice_of(Place place) const {
  const int named = (place.site ? 1 : 0) + (place.chip ? 1 : 0) + (place.workload ? 1 : 0);
  if (named == 0) return 0;
  if (named == 1) {
    if (place.site) return 1U + *place.site;
    if (place.chip) return 1 + dimensions_.sites.size() + *place.chip;
    return 1 + dimensions_.sites.size() + dimensions_.chips.size() + *place.workload;
  }
  const auto found = std::find(slices_.begin() + static_cast<std::ptrdiff_t>(singles_), slices_.end(), place);
  if (found == slices_.end()) throw std::logic_error("results: this combination of site, chip and workload is not kept");
  return static_cast<std::size_t>(found - slices_.begin());
}

void Store::check(MetricId metric, int month, Place place, double value, bool fits) const {
  const auto fail = [&](std::string_view why) { throw std::logic_error(fmt::format("results: {}: {}", info(metric).name, why)); };
  if (!fits) fail(fmt::format("the call does not fit a {}", aggregation_text(info(metric).over_time)));
  if (month < 0 || month >= calendar_.months()) fail(fmt::format("month {} of {}", month, calendar_.months()));
  if (!std::isfinite(value)) fail(fmt::format("{} is not a value", value));
  if ((place.site && *place.site >= dimensions_.sites.size()) || (place.chip && *place.chip >= dimensions_.chips.size()) ||
      (place.workload && *place.workload >= dimensions_.workloads.size())) {
    fail("a place outside the dimensions");
  }
}

template <class Change>
void Store::change(MetricId metric, int month, Place place, std::optional<Grade> grade, double weight, Change change) {
  Column& column = columns_[metric.index];
  if (column.cells.empty()) {
    column.cells.resize(static_cast<std::size_t>(calendar_.months()) * slice_count());
    column.touched.resize(slice_count(), 0);
  }
  const auto& metric_info = info(metric);
  const auto at = [&](std::size_t slice) {
    Cell& cell = column.cells[static_cast<std::size_t>(month) * slice_count() + slice];
    change(cell);
    cell.seen = true;
    column.touched[slice] = 1;
    if (grade) cell.by_grade[static_cast<std::size_t>(*grade)] += std::fabs(weight);
  };
  if (metric_info.across == Across::own) return at(slice_of(place));
  at(0);
  if (place.site && metric_info.dims.site) at(slice_of({place.site, {}, {}}));
  if (place.chip && metric_info.dims.chip) at(slice_of({{}, place.chip, {}}));
  if (place.workload && metric_info.dims.workload) at(slice_of({{}, {}, place.workload}));
  for (std::size_t i = singles_; i < slices_.size(); ++i) {
    const Place& s = slices_[i];
    if ((!s.site || s.site == place.site) && (!s.chip || s.chip == place.chip) && (!s.workload || s.workload == place.workload)) at(i);
  }
}

void Store::add(MetricId metric, int month, Place place, double value, std::optional<Grade> grade) {
  const auto& m = info(metric);
  check(metric, month, place, value, (m.over_time == OverTime::sum || m.over_time == OverTime::last) && m.across != Across::min);
  change(metric, month, place, grade, value, [value](Cell& cell) { cell.sum += value; });
}

void Store::add(MetricId metric, int month, Place place, Money value, std::optional<Grade> grade) {
  if (value.currency() != base_) throw CurrencyMismatch(value.currency(), base_);
  add(metric, month, place, value.amount(), grade);
}

void Store::add_mean(MetricId metric, int month, Place place, double value_days, std::optional<Grade> grade) {
  check(metric, month, place, value_days, info(metric).over_time == OverTime::mean);
  change(metric, month, place, grade, value_days, [value_days](Cell& cell) { cell.sum += value_days; });
}

void Store::add_ratio(MetricId metric, int month, Place place, double numerator, double denominator, std::optional<Grade> grade) {
  check(metric, month, place, numerator, info(metric).over_time == OverTime::ratio);
  check(metric, month, place, denominator, denominator >= 0);
  change(metric, month, place, grade, numerator, [=](Cell& cell) {
    cell.sum += numerator;
    cell.denominator += denominator;
  });
}

void Store::note(MetricId metric, int month, Place place, double value, std::optional<Grade> grade) {
  const auto& m = info(metric);
  const bool highest = m.over_time == OverTime::max;
  check(metric, month, place, value, highest || m.over_time == OverTime::min || m.across == Across::min);
  change(metric, month, place, grade, 1, [=](Cell& cell) {
    if (!cell.seen || (highest ? value > cell.sum : value < cell.sum)) cell.sum = value;
  });
}

void Store::give(MetricId metric, MonthSpan months, Place place, double value, std::optional<Grade> grade) {
  check(metric, months.first, place, value, info(metric).over_time == OverTime::given);
  check(metric, months.last, place, value, months.first <= months.last);
  change(metric, months.first, place, {}, 0, [](Cell&) {});
  given_[{metric.index, slice_of(place), months.first, months.last}] = {value, grade};
}

bool Store::present(MetricId metric) const { return !columns_[metric.index].cells.empty(); }

bool Store::present(MetricId metric, Place place) const {
  const auto slice = slice_of(place);
  return present(metric) && columns_[metric.index].touched[slice] != 0;
}

std::optional<double> Store::value(MetricId metric, Place place, MonthSpan months) const {
  const std::size_t slice = slice_of(place);
  const Column& column = columns_[metric.index];
  if (column.cells.empty() || column.touched[slice] == 0) return std::nullopt;
  const auto& m = info(metric);
  if (m.over_time == OverTime::given) {
    const auto found = given_.find({metric.index, slice, months.first, months.last});
    return found == given_.end() ? std::nullopt : std::optional<double>{found->second.value};
  }
  if (m.over_time == OverTime::last) {
    const Cell& end = cell(column, months.last, slice);
    if (m.across == Across::min && !end.seen) return std::nullopt;
    return end.sum;
  }
  double sum = 0, denominator = 0;
  std::optional<double> extreme;
  for (int month = months.first; month <= months.last; ++month) {
    const Cell& c = cell(column, month, slice);
    sum += c.sum;
    denominator += c.denominator;
    if (c.seen && (!extreme || (m.over_time == OverTime::max ? c.sum > *extreme : c.sum < *extreme))) extreme = c.sum;
  }
  switch (m.over_time) {
    case OverTime::mean: return sum / calendar_.period(months).days();
    case OverTime::ratio: return denominator > 0 ? std::optional<double>{sum / denominator} : std::nullopt;
    case OverTime::max:
    case OverTime::min: return extreme;
    default: return sum;
  }
}

std::string Store::grade(MetricId metric, Place place, MonthSpan months) const {
  const std::size_t slice = slice_of(place);
  const Column& column = columns_[metric.index];
  if (column.cells.empty()) return {};
  std::array<double, grade_count> shares{};
  if (info(metric).over_time == OverTime::given) {
    const auto found = given_.find({metric.index, slice, months.first, months.last});
    return found != given_.end() && found->second.grade ? std::string{to_string(*found->second.grade)} : std::string{};
  }
  const int first = info(metric).over_time == OverTime::last ? months.last : months.first;
  for (int month = first; month <= months.last; ++month) {
    const Cell& c = cell(column, month, slice);
    for (std::size_t g = 0; g < grade_count; ++g) shares[g] += c.by_grade[g];
  }
  double all = 0;
  for (const double share : shares) all += share;
  if (!(all > 0)) return {};
  std::string text;
  int graded = 0;
  for (std::size_t g = 0; g < grade_count; ++g) {
    if (shares[g] == 0) continue;
    ++graded;
    text += fmt::format("{}{}:{:.2f}", text.empty() ? "" : ";", to_string(static_cast<Grade>(g)), shares[g] / all);
  }
  return graded == 1 ? text.substr(0, text.find(':')) : text;
}

std::vector<Place> Store::places(MetricId metric) const {
  const Column& column = columns_[metric.index];
  std::vector<Place> result;
  for (std::size_t i = 0; i < column.touched.size(); ++i) {
    if (column.touched[i] != 0) result.push_back(slices_[i]);
  }
  return result;
}

std::vector<MetricId> Store::absent() const {
  std::vector<MetricId> result;
  for (std::size_t i = 0; i < metric_count; ++i) {
    const MetricId id{static_cast<std::uint16_t>(i)};
    if (!present(id)) result.push_back(id);
  }
  return result;
}

}  // namespace headroom::results
