#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/units/date.hpp"

namespace headroom::results {

/// When a training run ends over the worlds. A percentile is the first day on which it has ended in at least that share of
/// them; absent where that is after the scenario's end.
struct FinishRow {
  std::string workload, run;
  Date start;
  std::optional<Date> central;
  int worlds = 0, finished = 0;
  std::optional<Date> p10, p50, p80, p90;
  std::optional<double> mean_days;     ///< from its start to its end, where every world sees it
};

/// What the worlds say of one run: its end in days since the scenario's start, by world; nothing where it has not ended.
[[nodiscard]] FinishRow finish_of(std::string workload, std::string run, Date start, Date scenario_start, std::optional<double> central,
                                  std::vector<std::optional<double>> ends);

[[nodiscard]] const std::vector<std::string>& finish_columns();
/// Writes `finishes.csv`.
void write_finishes_csv(std::span<const FinishRow> rows, std::ostream& out);

}  // namespace headroom::results
