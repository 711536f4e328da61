#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "models/units/evidence.hpp"
#include "sim/results/calendar.hpp"
#include "sim/results/metrics.hpp"

namespace headroom::results {

/// Values of the three dimensions, in the order in which they are printed.
struct Dimensions {
  std::vector<std::string> sites, chips, workloads;
};

/// A site, chip and workload, each by its place in `Dimensions` or left open. In a contribution an open one is "not told apart"; in
/// a question it is "all".
struct Place {
  std::optional<std::uint16_t> site, chip, workload;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// What one run measured, month by month. The simulation adds contributions at the finest place it knows; the store keeps sums for
/// everything together, for each site, each chip and each workload (and for combinations that were asked for beforehand), so
/// that no value is ever derived from printed ones. Nothing here depends on the order of contributions but the last digit of sums.
class Store {
 public:
  Store(Calendar calendar, Dimensions dimensions, Currency base);

  [[nodiscard]] const Calendar& calendar() const { return calendar_; }
  [[nodiscard]] const Dimensions& dimensions() const { return dimensions_; }
  [[nodiscard]] Currency base() const { return base_; }

  /// Keeps a combination of two or three dimensions too. Call before the first contribution.
  void track(Place place);

  // ---- contributions. Months are indices of the calendar. Throws std::logic_error for a call that does not fit the metric's rule,
  // a place outside the dimensions, a value that is not finite, or a negative denominator.

  /// OverTime::sum, and ::last (the stock at the end of the month; contributions of one month add up).
  void add(MetricId metric, int month, Place place, double value, std::optional<Grade> grade = {});
  void add(MetricId metric, int month, Place place, Money value, std::optional<Grade> grade = {});
  /// OverTime::mean: `value_days` is the value times the days it held within the month.
  void add_mean(MetricId metric, int month, Place place, double value_days, std::optional<Grade> grade = {});
  /// OverTime::ratio.
  void add_ratio(MetricId metric, int month, Place place, double numerator, double denominator, std::optional<Grade> grade = {});
  /// OverTime::max and ::min; with Across::own the place itself is recorded, so give the joint value of all too.
  void note(MetricId metric, int month, Place place, double value, std::optional<Grade> grade = {});
  /// OverTime::given: the value of a whole period.
  void give(MetricId metric, MonthSpan months, Place place, double value, std::optional<Grade> grade = {});

  // ---- questions

  /// A metric is present if anything was ever contributed to it.
  [[nodiscard]] bool present(MetricId metric) const;
  /// Whether anything was ever contributed to the metric at the place.
  [[nodiscard]] bool present(MetricId metric, Place place) const;
  /// Nothing if the place was never contributed to, a ratio's denominator is zero, or an extreme was not noted in the period.
  /// Throws std::logic_error for a combination that is not kept.
  [[nodiscard]] std::optional<double> value(MetricId metric, Place place, MonthSpan months) const;
  /// Shares of the value (for a ratio: of its numerator) by evidence grade: "assumed", or "measured:0.62;assumed:0.38"; empty without grades.
  [[nodiscard]] std::string grade(MetricId metric, Place place, MonthSpan months) const;
  /// Kept places of a metric that were contributed to: all, then sites, chips, workloads, then tracked combinations.
  [[nodiscard]] std::vector<Place> places(MetricId metric) const;
  [[nodiscard]] std::vector<MetricId> absent() const;

 private:
  static constexpr std::size_t grade_count = 5;
  struct Cell {
    double sum = 0;
    double denominator = 0;
    std::array<double, grade_count> by_grade{};
    bool seen = false;
  };
  struct Column {
    std::vector<Cell> cells;       ///< by month, then slice; empty until the first contribution
    std::vector<char> touched;     ///< by slice
  };
  struct Given { double value; std::optional<Grade> grade; };

  [[nodiscard]] std::size_t slice_count() const { return slices_.size(); }
  [[nodiscard]] std::size_t slice_of(Place place) const;
  void check(MetricId metric, int month, Place place, double value, bool fits) const;
  template <class Change>
  void change(MetricId metric, int month, Place place, std::optional<Grade> grade, double weight, Change change);
  [[nodiscard]] const Cell& cell(const Column& column, int month, std::size_t slice) const {
    return column.cells[static_cast<std::size_t>(month) * slice_count() + slice];
  }

  Calendar calendar_;
  Dimensions dimensions_;
  Currency base_;
  std::vector<Place> slices_;  ///< all, sites, chips, workloads, tracked
  std::size_t singles_ = 0;    ///< slices before the tracked ones
  std::array<Column, metric_count> columns_;
  std::map<std::tuple<std::uint16_t, std::size_t, int, int>, Given> given_;
};

}  // namespace headroom::results
