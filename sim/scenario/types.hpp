#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/units/parse.hpp"
#include "sim/scenario/form.hpp"
#include "sim/scenario/reader.hpp"
#include "sim/scenario/values.hpp"

namespace headroom::scenario {

/// How a value of type `V` is written and read. `read` reports its faults and returns false after one.
template <class V>
struct Type {
  Form form;
  std::function<bool(Reader&, const Node&, V&)> read;
  std::function<std::string(const V&)> show;  ///< JSON of a value, for defaults; may be empty
};

/// Inclusive bounds.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};
inline constexpr Range any_number{};
inline constexpr Range not_negative{0, std::numeric_limits<double>::infinity()};
inline constexpr Range share_range{0, 1};
/// Per million accelerator-hours; at most one in ten hours of each, thousands of times what is measured.
inline constexpr Range failure_rate{0, 1e5};
/// The smallest positive number stands for "more than zero".
inline constexpr Range positive{std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity()};
/// The clock of jobs counts nanoseconds to somewhat beyond 320000 h.
inline constexpr double longest_job_time = 320000.0 * 3600;

namespace detail {
/// Reports a number outside `range`.
bool check_range(Reader& reader, const Node& node, double value, Range range, const Form& form);
/// The same for a quantity in base units: the bounds are told with their unit, and no example that they exclude.
bool check_quantity_range(Reader& reader, const Node& node, double base, Range range, Dimension dimension, const Form& form);
/// Number, or string that `parse_base` understands as `dimension`; a bare number only if the key names a unit of it.
bool read_quantity(Reader& reader, const Node& node, Dimension dimension, double& base, std::string sample = {});
bool read_price(Reader& reader, const Node& node, Dimension per, double& amount, Currency& currency);
bool read_money(Reader& reader, const Node& node, Money& out);
bool read_number(Reader& reader, const Node& node, double& out);
bool read_integer(Reader& reader, const Node& node, std::int64_t& out);
bool read_string(Reader& reader, const Node& node, std::string& out);
/// Splits "problem; expected what" of a UnitError and reports it; `otherwise` is expected if the message does not say.
void report_unit_error(Reader& reader, const Node& node, std::string_view message, const std::string& otherwise);
Form quantity_form(Dimension dimension, Range range);
Form price_form(Dimension per);
/// `form`, or an object with provenance around it.
Form with_provenance(Form form);
std::string number_text(double value);
Form word_form(std::vector<std::string> words);
Form list_form(Form entry);
Form map_form(Form value, std::string key_name);
/// Index of the word; nothing (reported with the nearest) if it is none of them.
std::optional<std::size_t> read_word(Reader& reader, const Node& node, const std::vector<std::string>& words);
/// A list with at least so many entries whose ids differ; reports otherwise.
bool check_list(Reader& reader, const Node& node, int least);
/// Refuses a text in bits ("96 Gb" for a memory), which is a slip of the pen where bytes are meant.
bool check_bytes(Reader& reader, const Node& node);
}  // namespace detail

/// `plain` where it is written plainly, and within {value, low, high, as_of, source, status}; low <= value <= high.
template <class V>
Type<Valued<V>> valued(Type<V> plain) {
  Type<Valued<V>> type;
  type.form = detail::with_provenance(plain.form);
  if (plain.show) type.show = [show = plain.show](const Valued<V>& v) { return show(v.value); };
  type.read = [plain](Reader& r, const Node& node, Valued<V>& out) {
    const Reader::Unwrapped u = r.unwrap(node);
    if (u.value == nullptr || !plain.read(r, *u.value, out.value)) return false;
    out.from = u.from;
    out.place = r.place(node);
    for (const auto& [bound, into, key] : {std::tuple(u.low, &out.low, "low"), std::tuple(u.high, &out.high, "high")}) {
      if (bound == nullptr) continue;
      const auto here = r.step(key);
      V value{};
      if (!plain.read(r, *bound, value)) return false;
      if constexpr (requires { value < out.value; }) {
        const bool wrong = into == &out.low ? out.value < value : value < out.value;
        if (wrong) {
          r.fault(*bound, fmt::format("{} is {} the value {}", to_json(*bound, 40), into == &out.low ? "above" : "below",
                                      to_json(*u.value, 40)), "low <= value <= high");
          return false;
        }
      }
      *into = value;
    }
    return true;
  };
  return type;
}

/// As `valued`, for a member that keeps the value alone.
template <class V>
Type<V> plain_of(Type<V> plain) {
  Type<V> type;
  type.form = detail::with_provenance(plain.form);
  type.show = plain.show;
  type.read = [inner = valued(std::move(plain))](Reader& r, const Node& node, V& out) {
    Valued<V> value;
    if (!inner.read(r, node, value)) return false;
    out = std::move(value.value);
    return true;
  };
  return type;
}

// --- plain values ---
Type<double> number(Range range = any_number);
/// A number between 0 and 1, or a percentage: 0.3 or "30 %".
Type<double> share(Range range = share_range);
Type<std::int64_t> count(std::int64_t least = 0, std::int64_t most = 1'000'000'000);
Type<int> small_integer(int least, int most);
Type<std::uint64_t> seed_number();
Type<bool> truth();
Type<std::string> text();
/// A name that other parts of the scenario may use: letters, digits, - _ . and no blanks.
Type<std::string> id();
/// A name out of `what` ("chip", "site", ...), which has been declared to the reader. `allow_empty`: "" means none.
Type<std::string> name_of(std::string what);
/// An ISO date, month, quarter or year, kept as text.
Type<std::string> date_like();
/// measured, reported, derived or assumed.
Type<Status> status_word();
Type<Date> day();
/// A calendar span, "12 weeks" or "P6M"; not negative.
Type<CalendarSpan> span();
Type<Currency> currency();
Type<Money> money(bool allow_negative = false);

/// `example` stands in messages in place of that of the dimension.
template <class Q>
Type<Q> quantity(Range range = not_negative, std::string example = {}) {
  Form form = detail::quantity_form(dimension_of(Q{}), range);
  if (!example.empty()) form.example = std::move(example);
  return {form,
          [form, range](Reader& r, const Node& node, Q& out) {
            double base = 0;
            if (!detail::read_quantity(r, node, dimension_of(Q{}), base, form.example)) return false;
            if (!detail::check_quantity_range(r, node, base, range, dimension_of(Q{}), form)) return false;
            out = Q{base};
            return true;
          },
          [](const Q& q) { return json_string(to_text(q)); }};
}

template <class Per>
Type<Price<Per>> price() {
  return {detail::price_form(dimension_of(Per{})),
          [](Reader& r, const Node& node, Price<Per>& out) {
            return detail::read_price(r, node, dimension_of(Per{}), out.amount_per_base, out.currency);
          },
          {}};
}

/// One of a few words, in the order of messages.
template <class E>
Type<E> words(std::vector<std::pair<std::string, E>> entries) {
  std::vector<std::string> allowed;
  for (const auto& entry : entries) allowed.push_back(entry.first);
  return {detail::word_form(allowed),
          [entries, allowed](Reader& r, const Node& node, E& out) {
            const auto found = detail::read_word(r, node, allowed);
            if (found) out = entries[*found].second;
            return found.has_value();
          },
          [entries](const E& value) {
            for (const auto& entry : entries) {
              if (entry.second == value) return json_string(entry.first);
            }
            return std::string();
          }};
}

/// A list. `name_entries`: what an entry is called in messages ("site"); entries with an `id` must differ in it.
template <class V>
Type<std::vector<V>> list_of(Type<V> entry, int least = 0) {
  Type<std::vector<V>> type;
  type.form = detail::list_form(entry.form);
  type.read = [entry, least](Reader& r, const Node& node, std::vector<V>& out) {
    if (!detail::check_list(r, node, least)) return false;
    const std::size_t before = r.faults();
    out.clear();
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto here = r.step(i, entry_name(node.items[i]));
      V value{};
      entry.read(r, node.items[i], value);
      out.push_back(std::move(value));
    }
    return r.faults() == before;
  };
  return type;
}

/// An object whose keys are names and whose values are all alike; `make(name, value)` makes an entry of the list.
template <class V, class Entry>
Type<std::vector<Entry>> map_of(Type<V> value, std::string key_name, std::function<Entry(const std::string&, V)> make) {
  Type<std::vector<Entry>> type;
  type.form = detail::map_form(value.form, key_name);
  type.read = [value, make, key_name](Reader& r, const Node& node, std::vector<Entry>& out) {
    if (!node.is(Node::Kind::object)) {
      r.wrong_kind(node, "an object whose keys are " + key_name);
      return false;
    }
    const std::size_t before = r.faults();
    out.clear();
    for (const Node::Member& m : node.members) {
      const auto here = r.step(m.key);
      V v{};
      if (value.read(r, m.value, v)) out.push_back(make(m.key, std::move(v)));
    }
    return r.faults() == before;
  };
  return type;
}

/// The same value through a function, for members that are kept in another unit or type.
template <class V, class W>
Type<W> converted(Type<V> from, std::function<W(V)> convert) {
  return {from.form,
          [from, convert](Reader& r, const Node& node, W& out) {
            V v{};
            if (!from.read(r, node, v)) return false;
            out = convert(std::move(v));
            return true;
          },
          {}};
}

}  // namespace headroom::scenario
