#include "sim/results/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>

namespace headroom::results {

std::vector<Row> rows_of(const Store& store, Every every) {
  std::vector<Row> rows;
  std::vector<std::pair<MetricId, std::vector<Place>>> kept;
  for (std::uint16_t i = 0; i < metric_count; ++i) {
    if (!store.present(MetricId{i})) continue;
    auto places = store.places(MetricId{i});
    if (places.empty() || places.front() != Place{}) places.insert(places.begin(), Place{});
    kept.emplace_back(MetricId{i}, std::move(places));
  }
  for (const MonthSpan span : store.calendar().spans(every)) {
    const Period period = store.calendar().period(span);
    for (const auto& [metric, places] : kept) {
      for (const Place& place : places) {
        rows.push_back({period, place, metric, store.value(metric, place, span), {}, {}, {}, store.grade(metric, place, span)});
      }
    }
  }
  return rows;
}

double quantile(std::span<const double> sorted, double p) {
  if (sorted.empty()) throw std::logic_error("a quantile of nothing");
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

double student_975(int degrees_of_freedom) {
  static constexpr std::array table{12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
                                    2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
                                    2.0796,  2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
  if (degrees_of_freedom < 1) throw std::logic_error("Student's t without a degree of freedom");
  if (degrees_of_freedom <= static_cast<int>(table.size())) return table[static_cast<std::size_t>(degrees_of_freedom - 1)];
  // Cornish-Fisher expansion about the normal quantile (Abramowitz and Stegun 26.7.5, two terms): below 1e-5 off from 31 on.
  constexpr double z = 1.959963984540054;
  const double n = degrees_of_freedom;
  return z + (z * z * z + z) / (4 * n) + (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * n * n);
}

namespace {

struct Outcomes {
  std::vector<double> values;
  std::vector<std::string> grades;
};

Row summary(const Period& period, MetricId metric, const Place& place, Outcomes& outcomes) {
  Row row{period, place, metric, {}, {}, {}, {}, {}};
  auto& v = outcomes.values;
  if (v.empty()) return row;
  const double n = static_cast<double>(v.size());
  double sum = 0;
  for (const double x : v) sum += x;
  const double mean = sum / n;
  row.value = mean;
  // One grade for all, or the list of those that occur: shares of shares would say nothing.
  std::sort(outcomes.grades.begin(), outcomes.grades.end());
  outcomes.grades.erase(std::unique(outcomes.grades.begin(), outcomes.grades.end()), outcomes.grades.end());
  if (outcomes.grades.size() == 1) row.grade = outcomes.grades.front();
  if (v.size() < 2) return row;
  double squares = 0;
  for (const double x : v) squares += (x - mean) * (x - mean);
  row.mc_error = student_975(static_cast<int>(v.size()) - 1) * std::sqrt(squares / (n - 1) / n);
  std::sort(v.begin(), v.end());
  row.low = quantile(v, 0.1);
  row.high = quantile(v, 0.9);
  return row;
}

/// all, then sites, chips, workloads, then combinations: the order of the files.
auto print_order(const Place& p) {
  const int named = (p.site ? 1 : 0) + (p.chip ? 1 : 0) + (p.workload ? 1 : 0);
  const int kind = named == 0 ? 0 : named > 1 ? 4 : p.site ? 1 : p.chip ? 2 : 3;
  return std::tuple{kind, p};
}

}  // namespace

std::vector<Row> mean_of(std::span<const Block> replications) {
  const auto key = [](const Row& r) { return std::tuple{r.period.begin, r.period.end, r.metric, print_order(r.place)}; };
  std::map<decltype(key(std::declval<const Row&>())), std::pair<const Row*, Outcomes>> all;
  for (const auto& block : replications) {
    for (const auto& row : block.rows) {
      auto& [first, outcomes] = all[key(row)];
      first = &row;
      if (!row.value) continue;
      outcomes.values.push_back(*row.value);
      outcomes.grades.push_back(row.grade);
    }
  }
  std::vector<Row> rows;
  for (auto& [k, entry] : all) rows.push_back(summary(entry.first->period, entry.first->metric, entry.first->place, entry.second));
  return rows;
}

}  // namespace headroom::results
