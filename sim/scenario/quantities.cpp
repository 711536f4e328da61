#include <algorithm>
#include <array>

#include "sim/scenario/types.hpp"

// Numbers with units: quantities, prices, amounts of money.

namespace headroom::scenario::detail {

namespace {

/// Endings of keys that name their unit, so that a bare number may stand there.
struct Suffix {
  std::string_view ending;
  Dimension dimension;
  double base;
};

constexpr std::array suffixes{
    Suffix{"_w", {.time = -1, .energy = 1}, 1},
    Suffix{"_kw", {.time = -1, .energy = 1}, 1e3},
    Suffix{"_mw", {.time = -1, .energy = 1}, 1e6},
    Suffix{"_s", {.time = 1}, 1},
    Suffix{"_ms", {.time = 1}, 1e-3},
    Suffix{"_h", {.time = 1}, 3600},
    Suffix{"_days", {.time = 1}, 86400},
    Suffix{"_gb", {.data = 1}, 1e9},
    Suffix{"_gib", {.data = 1}, 1073741824.0},
    Suffix{"_gb_per_s", {.time = -1, .data = 1}, 1e9},
    Suffix{"_tb_per_s", {.time = -1, .data = 1}, 1e12},
    Suffix{"_tflops", {.time = -1, .work = 1}, 1e12},
    Suffix{"_g_per_kwh", {.energy = -1, .mass = 1}, 1 / 3.6e6},
    Suffix{"tokens_per_day", {.time = -1, .token = 1}, 1.0 / 86400},
    Suffix{"_tokens_per_s", {.time = -1, .token = 1}, 1},
    Suffix{"tokens", {.token = 1}, 1},
};

/// The unit that the nearest enclosing key names, if it names one of this dimension; of several the longest ending.
double suffix_base(const std::string& pointer, Dimension dimension) {
  std::string_view rest = pointer;
  double base = 0;
  while (!rest.empty()) {
    const auto slash = rest.rfind('/');
    const std::string_view key = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
    std::size_t longest = 0;
    for (const Suffix& s : suffixes) {
      if (s.dimension == dimension && key.ends_with(s.ending) && s.ending.size() > longest) {
        longest = s.ending.size();
        base = s.base;
      }
    }
    if (longest != 0) return base;
    // The parts of a value or series stand in the key's unit: low, points/0/1, ...
    static constexpr std::array<std::string_view, 7> parts{"value", "low", "high", "points", "steps", "start", "csv"};
    const bool part = key.find_first_not_of("0123456789") == std::string_view::npos ||
                      std::find(parts.begin(), parts.end(), key) != parts.end();
    if (!part || slash == std::string_view::npos) return 0;
    rest = rest.substr(0, slash);
  }
  return 0;
}

}  // namespace

void report_unit_error(Reader& reader, const Node& node, std::string_view message, const std::string& otherwise) {
  std::string problem(message);
  std::string expected;
  std::string near;
  if (const auto at = problem.find("; did you mean \""); at != std::string::npos) {
    near = problem.substr(at + 16);
    near = near.substr(0, near.find('"'));
    problem.resize(at);
  }
  if (const auto at = problem.find("; expected "); at != std::string::npos) {
    expected = problem.substr(at + 11);
    problem.resize(at);
  }
  if (expected.empty()) expected = otherwise;
  reader.fault(node, std::move(problem), std::move(expected), std::move(near));
}

namespace {

/// The nearest unit to a misspelt currency is no help ("RMB" is not "MB").
void report_money_error(Reader& reader, const Node& node, std::string_view message, const std::string& otherwise) {
  if (node.text.find("RMB") != std::string::npos) {
    reader.fault(node, fmt::format("{} is not in an ISO 4217 currency", to_json(node, 60)), otherwise, "CNY");
    return;
  }
  if (message.find("unknown unit") != std::string_view::npos) message = message.substr(0, message.find("; did you mean"));
  report_unit_error(reader, node, message, otherwise);
}

}  // namespace

bool check_bytes(Reader& reader, const Node& node) {
  if (!node.is(Node::Kind::string)) return true;
  const std::string unit = node.text.substr(0, node.text.find('/'));
  if (!unit.ends_with('b') && !unit.ends_with("bit") && !unit.ends_with("bits")) return true;
  reader.fault(node, fmt::format("{} is in bits", to_json(node, 60)), "bytes (B)");
  return false;
}

bool read_quantity(Reader& reader, const Node& node, Dimension dimension, double& base, std::string sample) {
  if (sample.empty()) sample = json_string(example(dimension));
  if (node.is(Node::Kind::number)) {
    const double unit = suffix_base(reader.pointer(), dimension);
    if (unit == 0) {
      if (node.number == 0) {
        base = 0;
        return true;
      }
      reader.fault(node, fmt::format("{} has no unit", node.text), fmt::format("{}, e.g. {}", describe(dimension), sample));
      return false;
    }
    base = node.number * unit;
    return true;
  }
  if (!node.is(Node::Kind::string)) {
    reader.wrong_kind(node, fmt::format("{}, e.g. {}", describe(dimension), sample));
    return false;
  }
  try {
    base = headroom::detail::parse_base(node.text, dimension);
    return true;
  } catch (const UnitError& e) {
    report_unit_error(reader, node, e.what(), fmt::format("{}, e.g. {}", describe(dimension), sample));
    return false;
  }
}

bool read_price(Reader& reader, const Node& node, Dimension per, double& amount, Currency& currency) {
  if (!node.is(Node::Kind::string)) {
    if (node.is(Node::Kind::number)) {
      reader.fault(node, fmt::format("{} has no currency", node.text), "e.g. " + price_form(per).example);
    } else {
      reader.wrong_kind(node, "a price, e.g. " + price_form(per).example);
    }
    return false;
  }
  try {
    const ParsedQuantity p = headroom::detail::parse_price_of(node.text, per);
    amount = p.base;
    currency = *p.currency;
  } catch (const UnitError& e) {
    report_money_error(reader, node, e.what(), "e.g. " + price_form(per).example);
    return false;
  }
  if (amount < 0) {
    reader.fault(node, fmt::format("{} is out of range", to_json(node, 60)), "at least 0");
    return false;
  }
  reader.use(currency, node);
  return true;
}

bool read_money(Reader& reader, const Node& node, Money& out) {
  if (!node.is(Node::Kind::string)) {
    if (node.is(Node::Kind::number)) {
      reader.fault(node, fmt::format("{} has no currency", node.text), "e.g. \"85e9 CNY\"");
    } else {
      reader.wrong_kind(node, "an amount of money, e.g. \"85e9 CNY\"");
    }
    return false;
  }
  try {
    out = parse_money(node.text);
  } catch (const UnitError& e) {
    report_money_error(reader, node, e.what(), "e.g. \"85e9 CNY\"");
    return false;
  } catch (const std::domain_error&) {
    reader.fault(node, fmt::format("{} is out of range", to_json(node, 60)), "below 1e30");
    return false;
  }
  reader.use(out.currency(), node);
  return true;
}

Form quantity_form(Dimension dimension, Range range) {
  Form form;
  std::string name = describe(dimension);
  for (const std::string_view article : {"a ", "an "}) {
    if (name.starts_with(article)) name = name.substr(article.size());
  }
  form.name = name;
  form.example = json_string(example(dimension));
  form.kind = Form::Kind::any_of;
  Form string;
  string.kind = Form::Kind::string;
  string.pattern = "^ *[+-]?[0-9.]";
  Form number;
  number.kind = Form::Kind::number;
  if (range.least > -std::numeric_limits<double>::infinity()) number.least = range.least == positive.least ? 0 : std::max(0.0, range.least);
  form.parts = {string, number};
  return form;
}

Form price_form(Dimension per) {
  Form form;
  form.kind = Form::Kind::string;
  form.pattern = "[A-Z][A-Z][A-Z]";
  form.name = "price";
  if (per == Dimension{}) {
    form.name = "amount of money";
    form.example = "\"85e9 CNY\"";
  } else if (per == Dimension{.time = 1}) {
    form.name = "price per time";
    form.example = "\"2.35 USD/h\"";
  } else if (per == Dimension{.energy = 1}) {
    form.name = "price per energy";
    form.example = "\"0.4 CNY/kWh\"";
  } else if (per == Dimension{.time = -1, .energy = 1}) {
    form.name = "price per power";
    form.example = "\"11 USD/W\"";
  } else {
    form.example = "\"0.52 USD/Mtok\"";
  }
  return form;
}

}  // namespace headroom::scenario::detail
