#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headroom::text {

/// A finite decimal number that is the whole text ("3.35", "-1e9"); nothing for blanks around it, "nan", "inf", hexadecimal,
/// thousands separators or a value out of the range of a double. Does not depend on the locale.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
/// A decimal integer that is the whole text; nothing for "3.0" or a value out of range.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text);
/// The shortest decimal text that reads back as the same double; integers up to 2^53 without exponent, zero without sign.
/// Throws std::domain_error for NaN and infinity, which no result file may hold.
[[nodiscard]] std::string shortest(double value);

}  // namespace headroom::text
