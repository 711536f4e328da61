#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/units/error.hpp"
#include "models/units/money.hpp"
#include "models/units/quantity.hpp"

namespace headroom {

/// A text that is not a quantity of the expected kind. The message names the text, what it is, what was expected with an
/// example, and the nearest known unit for a misspelt one.
struct UnitError : InputError {
  using InputError::InputError;
};

/// Exponents of the base units: second, byte, FLOP, joule, token, gram of CO2.
struct Dimension {
  int time = 0, data = 0, work = 0, energy = 0, token = 0, mass = 0;
  friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
};

template <int T, int D, int W, int E, int K, int M>
constexpr Dimension dimension_of(Quantity<T, D, W, E, K, M>) { return {T, D, W, E, K, M}; }
constexpr Dimension dimension_of(double) { return {}; }

/// A number in base units, or with a currency an amount of money per base unit of the inverse of `dimension`
/// ("2.35 USD/h" has time -1).
struct ParsedQuantity {
  double base = 0;
  Dimension dimension;
  std::optional<Currency> currency;
};

/// Reads a number with a unit: `NUMBER [thousand|million|mn|billion|bn|trillion|tn] [UNIT]`.
///
/// UNIT is a product by `-` or `·` of symbols, divided by further products after `/`: "TB/s", "USD/kW/month" = "USD/kW-month".
/// SI prefixes k M G T P E (and the small ones for s and J), IEC prefixes Ki Mi Gi Ti Pi for data; `B` is a byte and `b` a
/// bit. FLOPS and TOPS are rates, FLOP an amount; operations of any precision count as FLOP. A day has 24 hours, a year
/// 365.25 days, a month 365.25/12 days: calendar dates are the business of `models/units/date.hpp`, not of rates.
/// `%` is 0.01. Things that are counted (GPU, chip, card, request) have no dimension. Money is an ISO 4217 code in front:
/// "85e9 CNY", "0.4 CNY/kWh". The number is plain decimal, without thousands separators.
/// Throws UnitError.
[[nodiscard]] ParsedQuantity parse_quantity(std::string_view text);

namespace detail {
[[nodiscard]] double parse_base(std::string_view text, Dimension expected);
[[nodiscard]] ParsedQuantity parse_price_of(std::string_view text, Dimension per);
[[nodiscard]] std::string quantity_text(double base, Dimension dimension);
}  // namespace detail

/// The quantity of type `Q` ("3.35 TB/s" as BytesPerSecond; `double` for a number or a percentage). Throws UnitError.
template <class Q>
[[nodiscard]] Q parse_as(std::string_view text) {
  return Q{detail::parse_base(text, dimension_of(Q{}))};
}

/// "85e9 CNY", "85 bn CNY". Throws UnitError.
[[nodiscard]] Money parse_money(std::string_view text);

/// Money per `Per`: Seconds ("2.35 USD/h"), Joules ("0.4 CNY/kWh"), Tokens ("0.52 USD/Mtok"), Bytes ("0.05 USD/GB"),
/// Joules too for a power held over a time ("217.3 USD/kW/month"), double ("31900 USD/chip" or "31900 USD"). Throws UnitError.
template <class Per>
[[nodiscard]] Price<Per> parse_price(std::string_view text) {
  const ParsedQuantity p = detail::parse_price_of(text, dimension_of(Per{}));
  return {p.base, *p.currency};
}

/// What a dimension is, with its article: "a bandwidth", "an amount of data"; exponents if it has no name.
[[nodiscard]] std::string describe(Dimension dimension);
/// A text that has the dimension, for messages: "3.35 TB/s". Empty if the dimension has no name.
[[nodiscard]] std::string example(Dimension dimension);

/// For people: four digits and the fitting prefix, "3.35 TB/s", "150 MW", "582 g/kWh", "12 h".
template <int T, int D, int W, int E, int K, int M>
[[nodiscard]] std::string to_text(Quantity<T, D, W, E, K, M> q) {
  return detail::quantity_text(q.base(), dimension_of(q));
}

}  // namespace headroom
