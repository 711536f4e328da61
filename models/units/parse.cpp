#include "models/units/parse.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "models/units/nearest.hpp"
#include "models/units/unit_table.hpp"

namespace headroom {
namespace {

/// A dimension that has a name, with the units in which people like to read it.
struct Kind {
  Dimension dimension;
  std::string_view name;
  std::string_view example;
  std::string_view unit;     ///< for `to_text`; an SI prefix goes in front
  double unit_base = 1;      ///< base units in one of it
  bool prefix = true;
};

constexpr std::array kinds{
    Kind{{}, "a plain number", "0.3", "", 1, false},
    Kind{{.time = 1}, "a duration", "20 ms", "s"},
    Kind{{.time = -1}, "a rate", "1.98 GHz", "/s", 1, false},
    Kind{{.data = 1}, "an amount of data", "64 GiB", "B"},
    Kind{{.time = -1, .data = 1}, "a bandwidth", "3.35 TB/s", "B/s"},
    Kind{{.work = 1}, "an amount of operations", "3.8e25 FLOP", "FLOP"},
    Kind{{.time = -1, .work = 1}, "a rate of operations", "989 TFLOP/s", "FLOP/s"},
    Kind{{.energy = 1}, "an energy", "12.5 MWh", "Wh", 3600},
    Kind{{.time = -1, .energy = 1}, "a power", "150 MW", "W"},
    Kind{{.token = 1}, "a number of tokens", "15e12 tokens", "tok"},
    Kind{{.time = -1, .token = 1}, "a token rate", "16.5e12 tokens/day", "tok/s"},
    Kind{{.mass = 1}, "a mass of CO2", "1.2 t", "g"},
    Kind{{.energy = -1, .mass = 1}, "a carbon intensity", "582 g/kWh", "g/kWh", 1 / 3.6e6, false},
    Kind{{.energy = 1, .token = -1}, "an energy per token", "0.4 J/tok", "J/tok"},
    Kind{{.data = -1, .energy = 1}, "an energy per amount of data", "5 pJ/b", "J/B"},
    Kind{{.data = 1, .token = -1}, "an amount of data per token", "70 kB/tok", "B/tok"},
    Kind{{.work = 1, .token = -1}, "an amount of operations per token", "74 GFLOP/tok", "FLOP/tok"},
    Kind{{.work = 1, .energy = -1}, "an efficiency of operations", "1.4 TFLOP/J", "FLOP/J"},
};

const Kind* find_kind(Dimension d) {
  for (const Kind& k : kinds) {
    if (k.dimension == d) return &k;
  }
  return nullptr;
}

std::string exponents(Dimension d) {
  std::string text;
  const auto add = [&](std::string_view unit, int exponent) {
    if (exponent == 0) return;
    if (!text.empty()) text += ' ';
    text += exponent == 1 ? std::string(unit) : fmt::format("{}^{}", unit, exponent);
  };
  add("byte", d.data), add("FLOP", d.work), add("J", d.energy), add("token", d.token), add("g", d.mass), add("s", d.time);
  return text;
}

Dimension inverse(Dimension d) { return {-d.time, -d.data, -d.work, -d.energy, -d.token, -d.mass}; }

Dimension plus(Dimension a, Dimension b, int sign) {
  return {a.time + sign * b.time,     a.data + sign * b.data,   a.work + sign * b.work,
          a.energy + sign * b.energy, a.token + sign * b.token, a.mass + sign * b.mass};
}

std::string what_it_is(const ParsedQuantity& p) {
  if (!p.currency) return describe(p.dimension);
  if (p.dimension == Dimension{}) return "an amount of money";
  const Kind* per = find_kind(inverse(p.dimension));
  return "a price per " + (per ? std::string(per->name.substr(per->name.find(' ') + 1)) : exponents(inverse(p.dimension)));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The number in front, cut into digits and power of ten so that a prefix shifts it without rounding.
struct Decimal {
  std::string_view digits;
  int exponent = 0;
};

Decimal take_number(std::string_view& rest, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  const std::string_view number = rest.substr(0, static_cast<std::size_t>(end - rest.data()));
  if (error == std::errc::invalid_argument || number.find_first_of("0123456789") == std::string_view::npos) {
    throw UnitError(fmt::format("\"{}\" does not begin with a number; expected e.g. \"3.35 TB/s\"", text));
  }
  rest.remove_prefix(number.size());
  if (!rest.empty() && (rest.front() == ',' || rest.front() == '_' || rest.front() == '\'')) {
    throw UnitError(fmt::format("\"{}\" has a separator in its number; write plain digits, e.g. \"16500000\" or \"16.5e6\"", text));
  }
  Decimal out{number, 0};
  const auto e = number.find_first_of("eE");
  if (e != std::string_view::npos) {
    out.digits = number.substr(0, e);
    std::string_view exponent = number.substr(e + 1);
    if (exponent.front() == '+') exponent.remove_prefix(1);
    const auto [stop, bad] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
    if (bad != std::errc{} || stop != exponent.data() + exponent.size() || std::abs(out.exponent) > 400) {
      throw UnitError(fmt::format("\"{}\" is out of the range of a number", text));
    }
  }
  return out;
}

int take_scale_word(std::string_view& rest) {
  constexpr std::array<std::pair<std::string_view, int>, 7> words{
      {{"thousand", 3}, {"million", 6}, {"mn", 6}, {"billion", 9}, {"bn", 9}, {"trillion", 12}, {"tn", 12}}};
  const std::string_view word = rest.substr(0, rest.find(' '));
  for (const auto& [name, exponent] : words) {
    if (word == name) {
      rest = trim(rest.substr(word.size()));
      return exponent;
    }
  }
  return 0;
}

/// Collects the factors of a unit expression.
class UnitExpression {
 public:
  explicit UnitExpression(std::string_view whole) : whole_(whole) {}

  void read(std::string_view text) {
    for (bool first = true; first || !text.empty(); first = false) {
      const auto slash = text.find('/');
      const std::string_view product = text.substr(0, slash);
      if (!(first && trim(product).empty() && slash != std::string_view::npos)) multiply(product, first ? 1 : -1, first);
      if (slash == std::string_view::npos) return;
      text.remove_prefix(slash + 1);
      if (trim(text).empty()) throw UnitError(fmt::format("\"{}\" ends in \"/\"; expected a unit after it", whole_));
    }
  }

  [[nodiscard]] ParsedQuantity value(Decimal number) const {
    const std::string shifted = fmt::format("{}e{}", number.digits, number.exponent + decimal_);
    double base = 0;
    const auto [end, error] = std::from_chars(shifted.data(), shifted.data() + shifted.size(), base);
    base = base * over_ / under_;
    if (error != std::errc{} || !std::isfinite(base)) {
      throw UnitError(fmt::format("\"{}\" is out of the range of a number", whole_));
    }
    return {base, dimension_, currency_};
  }

 private:
  void multiply(std::string_view product, int sign, bool first) {
    while (true) {
      auto mark = product.find('-');
      std::size_t width = 1;
      if (const auto dot = product.find("·"); dot < mark) mark = dot, width = std::string_view("·").size();
      add(trim(product.substr(0, mark)), sign, first);
      if (mark == std::string_view::npos) return;
      product.remove_prefix(mark + width);
      first = false;
    }
  }

  void add(std::string_view symbol, int sign, bool first) {
    if (const auto currency = detail::find_currency(symbol)) {
      if (!first) throw UnitError(fmt::format("\"{}\" has its currency in the wrong place; expected e.g. \"0.4 CNY/kWh\"", whole_));
      currency_ = currency;
      return;
    }
    const auto unit = detail::find_unit(symbol);
    if (!unit) {
      throw UnitError(fmt::format("\"{}\": unknown unit \"{}\"{}", whole_, symbol, did_you_mean(symbol, detail::known_units())));
    }
    dimension_ = plus(dimension_, unit->dimension, sign);
    decimal_ += sign * unit->decimal;
    (sign > 0 ? over_ : under_) *= unit->ratio;
  }

  std::string_view whole_;
  Dimension dimension_;
  int decimal_ = 0;
  double over_ = 1;
  double under_ = 1;
  std::optional<Currency> currency_;
};

}  // namespace

ParsedQuantity parse_quantity(std::string_view text) {
  std::string_view rest = trim(text);
  Decimal number = take_number(rest, text);
  rest = trim(rest);
  number.exponent += take_scale_word(rest);
  UnitExpression unit(text);
  if (!rest.empty()) unit.read(rest);
  return unit.value(number);
}

namespace {

/// Small prefixes only where `find_unit` reads them back.
std::string prefixed(double value, std::string_view unit, bool small) {
  constexpr std::array<std::pair<double, std::string_view>, 11> steps{{{1e24, "Y"}, {1e21, "Z"}, {1e18, "E"}, {1e15, "P"},
      {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}, {1e-3, "m"}, {1e-6, "u"}}};
  for (const auto& [step, prefix] : steps) {
    if (step < 1 && !small) break;
    if (std::fabs(value) >= step * 0.99995) return fmt::format("{:.4g} {}{}", value / step, prefix, unit);
  }
  return small ? fmt::format("{:.4g} n{}", value / 1e-9, unit) : fmt::format("{:.4g} {}", value, unit);
}

}  // namespace

namespace detail {

double parse_base(std::string_view text, Dimension expected) {
  const ParsedQuantity p = parse_quantity(text);
  if (p.currency || p.dimension != expected) {
    const std::string sample = example(expected);
    throw UnitError(fmt::format("\"{}\" is {}; expected {}{}", text, what_it_is(p), describe(expected),
                                sample.empty() ? "" : fmt::format(", e.g. \"{}\"", sample)));
  }
  return p.base;
}

ParsedQuantity parse_price_of(std::string_view text, Dimension per) {
  const Kind* kind = find_kind(per);
  std::string_view sample = "85e9 CNY";
  if (per == Dimension{.time = 1}) sample = "2.35 USD/h";
  if (per == Dimension{.energy = 1}) sample = "0.4 CNY/kWh";
  if (per == Dimension{.token = 1}) sample = "0.52 USD/Mtok";
  if (per == Dimension{.data = 1}) sample = "0.05 USD/GB";
  if (per == Dimension{.time = -1, .energy = 1}) sample = "11 USD/W";
  const ParsedQuantity p = parse_quantity(text);
  if (!p.currency) throw UnitError(fmt::format("\"{}\" has no currency; expected e.g. \"{}\"", text, sample));
  if (p.dimension != inverse(per)) {
    const std::string name = per == Dimension{} ? "an amount of money"
                             : kind             ? "a price per " + std::string(kind->name.substr(kind->name.find(' ') + 1))
                                                : "a price per " + exponents(per);
    throw UnitError(fmt::format("\"{}\" is {}; expected {}, e.g. \"{}\"", text, what_it_is(p), name, sample));
  }
  return p;
}

std::string quantity_text(double base, Dimension dimension) {
  if (base == 0) base = 0;  // no "-0"
  const Kind* kind = find_kind(dimension);
  if (!kind) return fmt::format("{:.4g} {}", base, exponents(dimension));
  const double size = std::fabs(base);
  if (dimension == Dimension{.time = 1} && size >= 60) {
    if (size < 3600) return fmt::format("{:.4g} min", base / 60);
    if (size < 3 * 86400.0) return fmt::format("{:.4g} h", base / 3600);
    return fmt::format("{:.4g} days", base / 86400);
  }
  if (dimension == Dimension{.time = -1} && size >= 1000) {
    if (size >= 1e9) return fmt::format("{:.4g} GHz", base / 1e9);
    return size >= 1e6 ? fmt::format("{:.4g} MHz", base / 1e6) : fmt::format("{:.4g} kHz", base / 1e3);
  }
  if (dimension == Dimension{.mass = 1} && size >= 1e6) return fmt::format("{:.4g} t", base / 1e6);
  if (dimension == Dimension{.energy = 1} && size < 3600) return prefixed(base, "J", true);
  const double in_units = base / kind->unit_base;
  if (!kind->prefix || in_units == 0) {
    return kind->unit.empty() ? fmt::format("{:.4g}", in_units)
           : kind->unit.front() == '/' ? fmt::format("{:.4g}{}", in_units, kind->unit)
                                       : fmt::format("{:.4g} {}", in_units, kind->unit);
  }
  return prefixed(in_units, kind->unit, dimension == Dimension{.time = 1});
}

}  // namespace detail

Money parse_money(std::string_view text) {
  const ParsedQuantity p = detail::parse_price_of(text, Dimension{});
  return Money::of(p.base, *p.currency);
}

std::string describe(Dimension dimension) {
  const Kind* kind = find_kind(dimension);
  return kind ? std::string(kind->name) : "a quantity in " + exponents(dimension);
}

std::string example(Dimension dimension) {
  const Kind* kind = find_kind(dimension);
  return kind ? std::string(kind->example) : std::string();
}

}  // namespace headroom
