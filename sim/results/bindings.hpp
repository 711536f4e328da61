#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/units/date.hpp"

namespace headroom::results {

/// What keeps a service from growing, or from being served in full, on the last day of a month, and what one more unit is worth.
struct BindingRow {
  Period month;
  std::string workload, service;
  bool is_short = false;
  std::optional<double> headroom;      ///< nothing where it is not asked for (batch load)
  std::string binding;                 ///< "accelerators", "power", "eligibility", "rounding"
  std::string site, chip;
  std::optional<double> price;         ///< further load for one more unit, by solving again with `step` more
  std::optional<double> dual;          ///< the same by the programme's dual: what the first small part of a unit would bring
  std::optional<double> step;
  std::string unit;                    ///< of price and dual: "tokens/s per MW"
  std::string step_unit;
};

[[nodiscard]] const std::vector<std::string>& binding_columns();
/// Writes `bindings.csv`.
void write_bindings_csv(std::span<const BindingRow> rows, std::ostream& out);

}  // namespace headroom::results
