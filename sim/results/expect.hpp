#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/error.hpp"
#include "sim/results/store.hpp"

namespace headroom::results {

/// An expectation that cannot be meant: unknown metric, dimension, name, unit or period, or no sentence of the grammar.
struct ExpectError : InputError {
  using InputError::InputError;
};

enum class Op { less, at_most, greater, at_least, equal, unequal };
[[nodiscard]] std::string_view to_string(Op op);
[[nodiscard]] bool holds(double value, Op op, double limit);

/// `METRIC[(dim=value,...)] OP NUMBER [UNIT] [in every year|quarter|month]`; over the whole run if no period is named.
struct Expectation {
  std::string text;
  MetricId metric;
  Place place;
  Op op = Op::at_least;
  double limit = 0;        ///< in the metric's unit
  std::string unit;        ///< as written, or the metric's
  double unit_factor = 1;  ///< of that unit in the metric's
  Every every = Every::run;
};

/// Reads and checks one expectation against the names of a scenario. Throws ExpectError, with the nearest valid name.
[[nodiscard]] Expectation parse_expectation(std::string_view text, const Dimensions& dimensions, Currency base);

/// What became of an expectation. `period` and `value` are those of the worst period: the first without data, else the one
/// furthest on the wrong (or nearest to it on the right) side.
struct Outcome {
  std::string text;
  bool ok = false;
  bool broken = false;           ///< not judged at all: the simulation failed; `ok` is false then
  std::string reason;            ///< one line: "lowest 0.931 in 2026-02", "no data in 2025-Q1"
  Period period{};
  std::optional<double> value;   ///< in the metric's unit
  double limit = 0;
  int periods = 0;
  int failed_periods = 0;
};

/// Holds only if it holds in every period; no data, NaN and an empty set of periods are failures. Several stores are
/// replications, and the mean over them is meant; data must be there in each.
[[nodiscard]] Outcome evaluate(const Expectation& expectation, std::span<const Store* const> replications);
[[nodiscard]] Outcome evaluate(const Expectation& expectation, const Store& store);

// ---- renderings

/// "✓ text: reason" or "✗ text: reason"; with `colour` the mark is green or red (ANSI).
[[nodiscard]] std::string to_line(const Outcome& outcome, bool colour = false);
/// A line each, in order. Of more than 40 outcomes only those that are not ok, 40 of them, and the count of the rest.
[[nodiscard]] std::string to_lines(std::span<const Outcome> outcomes, bool colour = false);
/// JUnit XML with one test case an expectation; what is not ok is a failure, what is broken an error.
[[nodiscard]] std::string to_junit(std::string_view suite, std::span<const Outcome> outcomes);
/// One GitHub workflow command a failure, at a place in the scenario file (line 0: unknown). GitHub shows ten of a step, so the
/// tenth and later ones are counted in the last.
struct FilePlace { std::string file; int line = 0; int column = 0; };
[[nodiscard]] std::string to_github(std::span<const Outcome> outcomes, std::span<const FilePlace> places);
/// A Markdown table with a headline, for job summaries and comments; its rows are chosen like those of `to_lines`, so that it
/// stays below what a comment may hold (64 KiB).
[[nodiscard]] std::string to_markdown(std::string_view title, std::span<const Outcome> outcomes);

}  // namespace headroom::results
