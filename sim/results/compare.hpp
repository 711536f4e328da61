#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/expect.hpp"
#include "sim/results/table.hpp"

namespace headroom::results {

/// A result to compare: what it is called in the output and its rows.
struct Compared {
  std::string label;
  std::vector<Table> tables;  ///< one for a run, one a point for a sweep
};

/// Reads `yearly.csv` (or for Every::month `timeseries.csv`) of a folder of results. Throws InputError if it is none.
[[nodiscard]] Compared read_result(const std::filesystem::path& folder, Every every = Every::year);

enum class Verdict { equal, different, better, worse };
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// One value in two results. Rows match by scenario (if there are several), period, place and metric.
struct Change {
  std::string scenario;             ///< point of a sweep; empty for two runs
  Period period;
  std::string site, chip, workload; ///< "all" where summed
  MetricId metric;
  std::optional<double> a, b;       ///< nothing: no data or no such row
  std::optional<double> difference; ///< b - a; over paired replications the mean of the differences
  std::optional<double> relative;   ///< difference / |a|; nothing if a is 0
  std::optional<double> mc_error;   ///< half-width of the 95 % interval of the paired difference
  Verdict verdict = Verdict::equal; ///< equal below 1e-9 of the larger value, or within the paired error
};

/// Every row that either result has, in the order of the first, then what only the second has. Rows of the mean are compared if
/// both have them, else the central ones. Where both have the same replications the difference is paired (common random
/// numbers). Throws InputError if the base currencies differ.
[[nodiscard]] std::vector<Change> compare(const Compared& a, const Compared& b);

/// A condition on the change from A to B: `METRIC[(dim=value,...)] OP NUMBER [UNIT|%|pp]`; with % of A's value, with pp in percentage
/// points of a share. It is looked at in every period. Throws ExpectError.
struct FailIf {
  std::string text;
  MetricId metric;
  std::string site = "all", chip = "all", workload = "all";
  Op op = Op::greater;
  double limit = 0;
  bool relative = false;
};
[[nodiscard]] FailIf parse_fail_if(std::string_view text, Currency base);
/// Holds (`ok`) if the condition is met in no period; a change without data, or no row at all, is a failure.
[[nodiscard]] Outcome evaluate(const FailIf& condition, std::span<const Change> changes);

// ---- renderings; text, Markdown and HTML show the rows of all sites, chips and workloads that differ, CSV and JSON every row

[[nodiscard]] std::string to_text(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base);
[[nodiscard]] std::string to_markdown(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base);
[[nodiscard]] std::string to_html(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base);
/// Header once, then the rows of each comparison.
struct Comparison {
  std::string a, b;
  Currency base;
  std::vector<Change> changes;
};
void write_changes_csv(std::span<const Comparison> comparisons, std::ostream& out);
[[nodiscard]] std::string to_json(std::span<const Comparison> comparisons);

}  // namespace headroom::results
