#include "sim/results/metrics.hpp"

#include <span>
#include <vector>

#include "models/units/nearest.hpp"

namespace headroom::results {

namespace {

struct Factor {
  std::string_view text;
  double factor;
};

std::span<const Factor> factors(Unit unit) {
  static constexpr std::array one{Factor{"1", 1}, Factor{"%", 0.01}};
  static constexpr std::array seconds{Factor{"s", 1}, Factor{"ms", 1e-3}, Factor{"min", 60}};
  static constexpr std::array hours{Factor{"h", 1}, Factor{"hours", 1}, Factor{"days", 24}, Factor{"weeks", 168}};
  static constexpr std::array weeks{Factor{"weeks", 1}, Factor{"days", 1.0 / 7}};
  static constexpr std::array megawatts{Factor{"MW", 1}, Factor{"kW", 1e-3}, Factor{"GW", 1e3}};
  static constexpr std::array energy{Factor{"MWh", 1}, Factor{"kWh", 1e-3}, Factor{"GWh", 1e3}, Factor{"TWh", 1e6}};
  static constexpr std::array tonnes{Factor{"t", 1}, Factor{"kt", 1e3}, Factor{"Mt", 1e6}};
  static constexpr std::array tokens{Factor{"tokens", 1}, Factor{"Mtok", 1e6}};
  static constexpr std::array terabytes{Factor{"TB", 1}, Factor{"GB", 1e-3}, Factor{"PB", 1e3}};
  switch (unit) {
    case Unit::base_currency: return {};
    case Unit::one: return one;
    case Unit::seconds: return seconds;
    case Unit::hours: return hours;
    case Unit::weeks: return weeks;
    case Unit::megawatts: return megawatts;
    case Unit::megawatt_hours: return energy;
    case Unit::tonnes: return tonnes;
    case Unit::terabytes: return terabytes;
    case Unit::tokens: break;
  }
  return tokens;
}

}  // namespace

std::string nearest_metric(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& m : metric_table) names.push_back(m.name);
  const auto found = nearest(name, names);
  return found ? std::string{*found} : std::string{};
}

std::string_view unit_text(Unit unit, const Currency& base) { return unit == Unit::base_currency ? base.code() : factors(unit).front().text; }

std::optional<double> unit_factor(Unit unit, const Currency& base, std::string_view text) {
  if (unit == Unit::base_currency) return text == base.code() ? std::optional<double>{1} : std::nullopt;
  for (const auto& f : factors(unit)) {
    if (f.text == text) return f.factor;
  }
  return std::nullopt;
}

std::string unit_choices(Unit unit, const Currency& base) {
  if (unit == Unit::base_currency) return std::string{base.code()};
  std::string list;
  for (const auto& f : factors(unit)) list += (list.empty() ? "" : ", ") + std::string{f.text};
  return list;
}

std::string_view aggregation_text(OverTime rule) {
  switch (rule) {
    case OverTime::sum: return "sum";
    case OverTime::mean: return "time-weighted mean";
    case OverTime::last: return "stock at end";
    case OverTime::ratio: return "ratio of sums";
    case OverTime::max: return "maximum";
    case OverTime::min: return "minimum";
    case OverTime::given: break;
  }
  return "of the whole period";
}

}  // namespace headroom::results
