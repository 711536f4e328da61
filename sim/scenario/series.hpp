#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/scenario/types.hpp"

namespace headroom::scenario {

/// How one value of a series is read, in base units. A price also gives its currency, which must be the same throughout.
struct SeriesElement {
  Form form;
  std::function<bool(Reader&, const Node&, double&, std::optional<Currency>&)> read;
};

namespace detail {
/// Reads a value over time. It is written as
///   a plain value (or one with provenance);
///   {points: [["2025-01-01", v], ...], interpolation: linear|step|exponential, after: none|hold|grow, factor_per_year};
///   {steps: [["2025-01-01", v], ...]}: each holds until the next, the last for good;
///   {start: v, from: "2025-01-01", factor_per_year: 2.5}: exponential growth, from the scenario's start unless said;
///   {csv: "file.csv", column: "v", date: "date", unit: "MW", interpolation, after, factor_per_year}: points of a table;
/// each with source, as_of and status if they are known. It must cover the scenario's span.
bool read_series(Reader& reader, const Node& node, const SeriesElement& element, Series& out,
                 std::optional<Currency>& currency);
Form series_form(const Form& element);
SeriesElement number_element(Range range);
SeriesElement quantity_element(Dimension dimension);
SeriesElement price_element(Dimension per);
/// The id within {"process": "id"}; reports what else stands there and a price process that does not exist.
bool read_process_name(Reader& reader, const Node& node, std::string& out);
Form market_price_form(const Form& plain);
/// A price per watt that the key's name already spreads over `seconds`: "180 CNY/kW" or "180 CNY/kW/month".
SeriesElement price_per_watt_element(double seconds);
}  // namespace detail

/// Numbers over time.
Type<Series> series(Range range = not_negative);
/// Shares over time.
Type<Series> share_series();

template <class Q>
Type<SeriesOf<Q>> series_of() {
  const SeriesElement element = detail::quantity_element(dimension_of(Q{}));
  return {detail::series_form(element.form),
          [element](Reader& r, const Node& node, SeriesOf<Q>& out) {
            std::optional<Currency> none;
            return detail::read_series(r, node, element, out.series, none);
          },
          {}};
}

template <class Per>
Type<PriceSeries<Per>> price_series(std::optional<SeriesElement> own = std::nullopt) {
  const SeriesElement element = own ? *own : detail::price_element(dimension_of(Per{}));
  return {detail::series_form(element.form),
          [element](Reader& r, const Node& node, PriceSeries<Per>& out) {
            std::optional<Currency> currency;
            if (!detail::read_series(r, node, element, out.series, currency)) return false;
            if (currency) out.currency = *currency;
            return true;
          },
          {}};
}

/// A price over time, or {"process": "id"}: the world's price process of that name.
template <class Per>
Type<MarketPrice<Per>> market_price() {
  const Type<PriceSeries<Per>> plain = price_series<Per>();
  return {detail::market_price_form(plain.form),
          [plain](Reader& r, const Node& node, MarketPrice<Per>& out) {
            if (node.is(Node::Kind::object) && node.find("process") != nullptr) return detail::read_process_name(r, node, out.process);
            return plain.read(r, node, out.series);
          },
          {}};
}

/// A number of days: plain, as a duration ("12 weeks"), or as a distribution
/// {distribution: lognormal, median: 20, sigma: 0.4}, likewise uniform (low, high), triangular (low, mode, high),
/// normal (mean, sd), exponential (mean), weibull (scale, shape), gamma (mean, shape).
Type<Distribution> distribution_of_days();

}  // namespace headroom::scenario
