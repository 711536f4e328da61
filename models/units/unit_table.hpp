#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/units/parse.hpp"

namespace headroom::detail {

/// One unit: `ratio` x 10^`decimal` base units. The power of ten is apart so that "3.35 TB/s" is the double nearest to
/// 3.35e12 and not a rounded product.
struct Unit {
  Dimension dimension;
  int decimal = 0;
  double ratio = 1;
};

/// A symbol with its prefix ("TB", "GiB", "kWh", "day"); nothing if unknown. Case counts: "Gb" is a bit.
[[nodiscard]] std::optional<Unit> find_unit(std::string_view symbol);
/// A code of ISO 4217 in use.
[[nodiscard]] std::optional<Currency> find_currency(std::string_view code);
/// Every spelling that is understood, for suggestions: common units first, then currencies.
[[nodiscard]] const std::vector<std::string>& known_units();

}  // namespace headroom::detail
