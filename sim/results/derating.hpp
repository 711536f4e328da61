#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "models/units/date.hpp"

namespace headroom::results {

/// A step of the waterfall from what an accelerator of a chip could do for a workload to what it usefully did in a period.
/// Per (period, chip, workload) the steps stand in order; each factor is the rate over that of the step before.
struct Derating {
  Period period{};
  std::string chip, workload;
  std::string step;    ///< "peak", "achievable", "slo", "burst" or "rate"; then "rounding", "failures", "idle"
  double rate = 0;     ///< of one accelerator in service, after the step
  std::string unit;
  double factor = 1;
  std::string grade;
  std::string source;  ///< where the step comes from
};

[[nodiscard]] const std::vector<std::string>& derating_columns();
void write_derating_csv(std::span<const Derating> rows, std::ostream& out);
/// Reads such a file back. Throws text::CsvError.
[[nodiscard]] std::vector<Derating> read_derating_csv(const std::string& file);

}  // namespace headroom::results
