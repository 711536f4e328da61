#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/catalog/chip.hpp"

namespace headroom::catalog {

/// Something in the numbers of a chip that is usually a slip: sparse for dense, per die for per package, bits for bytes.
struct Finding {
  std::string chip;
  std::string check;    ///< fp8_ratio | fp4_ratio | memory_ratio | tpp | price | evidence | stale_exception
  std::string message;  ///< values, and what was expected
};

/// Checks one chip by itself, for a catalogue's or a scenario's own:
/// FP8/BF16 within 10 % of 1 or 2; FP4/FP8 within 10 % of 1, 2 or 3; memory bandwidth / capacity from 12 to 80 a second;
/// every value with source, date and status; a "TPP n" in the export note equal to the computed one within 0.1 %.
[[nodiscard]] std::vector<Finding> check_chip(const Chip& chip);
/// The same for all, and each price within a factor of 3 of its generation's median. Findings with a known reason (SRAM,
/// ratios as published) are left out; an exception that excuses nothing is a finding itself.
[[nodiscard]] std::vector<Finding> check_catalogue(std::span<const Chip> chips);

}  // namespace headroom::catalog
