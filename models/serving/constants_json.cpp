#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "models/serving/constants.hpp"
#include "models/serving/embedded.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {
namespace {

using nlohmann::ordered_json;

/// Four significant digits: more would claim what the fit does not know, and make every refit a diff of noise.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  double scale = 1;
  while (std::abs(value) * scale < 1000) scale *= 10;
  while (std::abs(value) * scale >= 10000) scale /= 10;
  return std::round(value * scale) / scale;
}

/// "chip.h200_sxm.memory" -> "h200_sxm".
std::string chip_in(const std::string& name) {
  if (!name.starts_with("chip.")) return {};
  return name.substr(5, name.rfind('.') - 5);
}

}  // namespace

std::string ConstantSet::to_json() const {
  ordered_json out;
  out["note"] = note;
  out["inputs"] = ordered_json::array();
  for (const Input& i : inputs) out["inputs"].push_back({{"file", i.file}, {"sha256", i.sha256}});
  out["constants"] = ordered_json::array();
  for (const Constant& c : constants) {
    out["constants"].push_back({{"name", c.name},
                                {"value", rounded(math::exp(c.log_value))},
                                {"log_standard_error", rounded(c.standard_error)},
                                {"prior", rounded(math::exp(c.prior))},
                                {"log_prior_width", rounded(c.prior_width)},
                                {"rows", std::round(c.rows)},
                                {"status", c.rows > 0 ? "measured" : "assumed"}});
  }
  out["spreads"] = ordered_json::array();
  for (const Spread& s : spreads) {
    out["spreads"].push_back({{"key", s.key}, {"log_low", rounded(s.low)}, {"log_high", rounded(s.high)}, {"rows", s.rows}});
  }
  // One record a line: a refit shows as changed lines.
  std::string text = out.dump();
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    lines += text[i];
    if (text[i] == ',' && i + 1 < text.size() && text[i + 1] == '{') lines += '\n';
    if (text[i] == '[' || (text[i] == ',' && text.compare(i, 2, ",\"") == 0 && text[i - 1] == ']')) lines += '\n';
  }
  return lines + "\n";
}

ConstantSet ConstantSet::from_json(std::string_view text) {
  const ordered_json in = ordered_json::parse(text);
  std::set<std::string> chips;
  for (const auto& c : in.at("constants")) {
    const std::string chip = chip_in(c.at("name").get<std::string>());
    if (!chip.empty()) chips.insert(chip);
  }
  const std::vector<std::string> list(chips.begin(), chips.end());
  ConstantSet set = priors(list);
  for (const auto& c : in.at("constants")) {
    const int index = set.find(c.at("name").get<std::string>());
    if (index < 0) throw std::invalid_argument("serving constants: unknown name \"" + c.at("name").get<std::string>() + "\"");
    Constant& own = set.constants[static_cast<std::size_t>(index)];
    const double value = c.at("value").get<double>();
    if (!(value > 0)) throw std::invalid_argument("serving constants: \"" + own.name + "\" must be positive");
    own.log_value = math::log(value);
    own.standard_error = c.at("log_standard_error").get<double>();
    own.rows = c.at("rows").get<double>();
  }
  for (const auto& s : in.at("spreads")) {
    set.spreads.push_back({s.at("key").get<std::string>(), s.at("log_low").get<double>(), s.at("log_high").get<double>(),
                           s.at("rows").get<int>()});
  }
  for (const auto& i : in.at("inputs")) set.inputs.push_back({i.at("file").get<std::string>(), i.at("sha256").get<std::string>()});
  set.note = in.at("note").get<std::string>();
  return set;
}

const ConstantSet& ConstantSet::fitted() {
  static const ConstantSet set = from_json(embedded::constants().front().content);
  return set;
}

const ConstantSet::Spread* ConstantSet::spread(std::string_view family, bool measured) const {
  const std::string wanted = std::string(family) + (measured ? "" : ".new_chip");
  const Spread* other = nullptr;
  for (const Spread& s : spreads) {
    if (s.key == wanted) return &s;
    if (s.key == family) other = &s;
  }
  return other;
}

}  // namespace headroom::serving
