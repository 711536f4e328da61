#include "sim/scenario/types.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/text/number.hpp"
#include "models/units/nearest.hpp"

namespace headroom::scenario {

namespace detail {

namespace {

template <class Text>
std::string range_text(Range range, const Text& text) {
  const bool below = range.least > -std::numeric_limits<double>::infinity();
  const bool above = range.most < std::numeric_limits<double>::infinity();
  if (range.least == positive.least) return above ? fmt::format("more than 0 and at most {}", text(range.most)) : "more than 0";
  if (below && above) return fmt::format("between {} and {}", text(range.least), text(range.most));
  if (below) return fmt::format("at least {}", text(range.least));
  if (above) return fmt::format("at most {}", text(range.most));
  return "a number";
}

/// A bound as people write it: long times in hours.
std::string bound_text(double base, Dimension dimension) {
  if (base == 0) return "0";
  if (dimension == Dimension{.time = 1} && base >= 3600) return fmt::format("{} h", number_text(base / 3600));
  return headroom::detail::quantity_text(base, dimension);
}

bool example_within(const Form& form, Dimension dimension, Range range) {
  if (form.example.size() < 2) return false;
  const double base = headroom::detail::parse_base(std::string_view(form.example).substr(1, form.example.size() - 2), dimension);
  return base >= range.least && base <= range.most;
}

}  // namespace

std::string number_text(double value) { return text::shortest(value); }

bool check_range(Reader& reader, const Node& node, double value, Range range, const Form& form) {
  if (value >= range.least && value <= range.most) return true;
  reader.fault(node, fmt::format("{} is out of range", to_json(node, 60)),
               range_text(range, number_text) + (form.example.empty() ? "" : ", e.g. " + form.example));
  return false;
}

bool check_quantity_range(Reader& reader, const Node& node, double base, Range range, Dimension dimension, const Form& form) {
  if (base >= range.least && base <= range.most) return true;
  const auto text = [dimension](double bound) { return bound_text(bound, dimension); };
  reader.fault(node, fmt::format("{} is out of range", to_json(node, 60)),
               range_text(range, text) + (example_within(form, dimension, range) ? ", e.g. " + form.example : ""));
  return false;
}

bool read_number(Reader& reader, const Node& node, double& out) {
  if (node.is(Node::Kind::number)) {
    out = node.number;
    return true;
  }
  if (node.is(Node::Kind::string)) {
    try {
      out = headroom::detail::parse_base(node.text, Dimension{});
      return true;
    } catch (const UnitError& e) {
      report_unit_error(reader, node, e.what(), "a number");
      return false;
    }
  }
  reader.wrong_kind(node, "a number");
  return false;
}

bool read_integer(Reader& reader, const Node& node, std::int64_t& out) {
  if (!node.is(Node::Kind::number)) {
    reader.wrong_kind(node, "a whole number");
    return false;
  }
  if (node.number != std::floor(node.number) || std::abs(node.number) > 9007199254740992.0) {
    reader.fault(node, fmt::format("{} is not a whole number", node.text), "a whole number");
    return false;
  }
  out = static_cast<std::int64_t>(node.number);
  return true;
}

bool read_string(Reader& reader, const Node& node, std::string& out) {
  if (!node.is(Node::Kind::string)) {
    reader.wrong_kind(node, "a string");
    return false;
  }
  out = node.text;
  return true;
}

Form with_provenance(Form form) {
  Form any;
  any.kind = Form::Kind::any_of;
  any.name = form.name;
  any.example = form.example;
  any.words = form.words;
  any.least = form.least;
  any.most = form.most;
  Form object;
  object.kind = Form::Kind::object;
  object.fragment = "valued";
  any.parts = {std::move(form), std::move(object)};
  return any;
}

Form word_form(std::vector<std::string> words) {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "word";
  form.example = json_string(words.front());
  form.words = std::move(words);
  return form;
}

Form list_form(Form entry) {
  Form form;
  form.kind = Form::Kind::list;
  form.name = "list of " + entry.name;
  form.example = entry.example.empty() ? "" : "[" + entry.example + "]";
  form.parts = {std::move(entry)};
  return form;
}

Form map_form(Form value, std::string key_name) {
  Form form;
  form.kind = Form::Kind::map;
  form.name = value.name + " by " + key_name;
  form.parts = {std::move(value)};
  return form;
}

std::optional<std::size_t> read_word(Reader& reader, const Node& node, const std::vector<std::string>& words) {
  std::string expected;
  for (std::size_t i = 0; i < words.size(); ++i) {
    expected += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + json_string(words[i]);
  }
  if (!node.is(Node::Kind::string)) {
    reader.wrong_kind(node, expected);
    return std::nullopt;
  }
  const auto found = std::find(words.begin(), words.end(), node.text);
  if (found == words.end()) {
    reader.fault(node, fmt::format("{} is not one of the words for this key", to_json(node, 60)), expected,
                 nearest(node.text, words).value_or(""));
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - words.begin());
}

bool check_list(Reader& reader, const Node& node, int least) {
  if (!node.is(Node::Kind::array)) {
    reader.wrong_kind(node, "a list: [ ... ]");
    return false;
  }
  if (static_cast<int>(node.items.size()) < least && !node.damaged) {
    reader.fault(node, fmt::format("a list of {}", node.items.size()), fmt::format("at least {}", least));
    return false;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string_view id = node.items[i].id();
    for (std::size_t j = 0; j < i && !id.empty(); ++j) {
      if (node.items[j].id() != id) continue;
      reader.fault_below(node, std::to_string(i) + "/id",
                         fmt::format("{} stands twice in this list (first at {})", json_string(id),
                                     reader.origin(*node.items[j].find("id"))),
                         "an id of its own");
      break;
    }
  }
  return true;
}

}  // namespace detail

Type<double> number(Range range) {
  Form form;
  form.kind = Form::Kind::number;
  form.name = "number";
  if (std::isfinite(range.least)) form.least = range.least == positive.least ? 0 : range.least;
  if (std::isfinite(range.most)) form.most = range.most;
  return {form,
          [range, form](Reader& r, const Node& node, double& out) {
            return detail::read_number(r, node, out) && detail::check_range(r, node, out, range, form);
          },
          [](const double& v) { return detail::number_text(v); }};
}

Type<double> share(Range range) {
  Type<double> type = number(range);
  type.form.name = "share";
  type.form.example = "0.3";
  return type;
}

Type<std::int64_t> count(std::int64_t least, std::int64_t most) {
  Form form;
  form.kind = Form::Kind::integer;
  form.name = "whole number";
  form.least = static_cast<double>(least);
  form.most = static_cast<double>(most);
  return {form,
          [least, most, form](Reader& r, const Node& node, std::int64_t& out) {
            return detail::read_integer(r, node, out) &&
                   detail::check_range(r, node, static_cast<double>(out),
                                       {static_cast<double>(least), static_cast<double>(most)}, form);
          },
          [](const std::int64_t& v) { return std::to_string(v); }};
}

Type<int> small_integer(int least, int most) {
  Type<std::int64_t> wide = count(least, most);
  Type<int> type = converted<std::int64_t, int>(wide, [](std::int64_t v) { return static_cast<int>(v); });
  type.show = [](const int& v) { return std::to_string(v); };
  return type;
}

Type<std::uint64_t> seed_number() {
  Type<std::int64_t> wide = count(0, 9007199254740992);
  Type<std::uint64_t> type =
      converted<std::int64_t, std::uint64_t>(wide, [](std::int64_t v) { return static_cast<std::uint64_t>(v); });
  type.show = [](const std::uint64_t& v) { return std::to_string(v); };
  return type;
}

Type<bool> truth() {
  Form form;
  form.kind = Form::Kind::boolean;
  form.name = "true or false";
  form.example = "true";
  return {form,
          [](Reader& r, const Node& node, bool& out) {
            if (!node.is(Node::Kind::boolean)) {
              r.wrong_kind(node, "true or false");
              return false;
            }
            out = node.boolean;
            return true;
          },
          [](const bool& v) { return std::string(v ? "true" : "false"); }};
}

Type<std::string> text() {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "text";
  return {form, [](Reader& r, const Node& node, std::string& out) { return detail::read_string(r, node, out); },
          [](const std::string& v) { return v.empty() ? std::string() : json_string(v); }};
}

Type<std::string> id() {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "id";
  form.pattern = "^[A-Za-z0-9_.-]+$";
  form.example = "\"h200\"";
  return {form,
          [](Reader& r, const Node& node, std::string& out) {
            if (!detail::read_string(r, node, out)) return false;
            const bool good = !out.empty() && std::all_of(out.begin(), out.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
            });
            if (!good || out == "all") {
              r.fault(node, fmt::format("{} cannot be a name", to_json(node, 60)),
                      good ? "another word: \"all\" means the sum in the results" : "letters, digits, '-', '_' and '.'");
              return false;
            }
            return true;
          },
          {}};
}

Type<std::string> name_of(std::string what) {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "name of a " + what;
  return {form,
          [what](Reader& r, const Node& node, std::string& out) {
            if (!detail::read_string(r, node, out)) return false;
            if (r.known(what, out)) return true;
            const auto& names = r.names(what);
            std::string expected;
            if (names.empty()) {
              expected = fmt::format("a {}, but the scenario has none", what);
            } else if (names.size() <= 8) {
              expected = "one of " + fmt::format("{}", fmt::join(names, ", "));
            } else {
              expected = fmt::format("one of {} names", names.size());
            }
            std::string near = nearest(out, names).value_or("");
            if (what == "chip" && r.suggest_chips != nullptr) {
              const auto meant = r.suggest_chips(out);
              if (!meant.empty()) near = meant.front();
              if (meant.size() > 1) expected = "one of " + fmt::format("{}", fmt::join(meant, ", "));
            }
            r.fault(node, fmt::format("there is no {} {}", what, to_json(node, 60)), expected, near);
            return false;
          },
          [](const std::string& v) { return v.empty() ? std::string() : json_string(v); }};
}

Type<std::string> date_like() {
  Type<std::string> type = text();
  type.form.name = "date, month or year";
  type.form.example = "\"2025-06\"";
  type.read = [](Reader& r, const Node& node, std::string& out) {
    if (!detail::read_string(r, node, out)) return false;
    if (is_date_like(out)) return true;
    r.fault(node, json_string(out) + " is not a date", "an ISO date, month, quarter or year, e.g. \"2025-06\"");
    return false;
  };
  return type;
}

Type<Status> status_word() {
  return words<Status>({{"measured", Status::measured}, {"reported", Status::reported}, {"derived", Status::derived},
                        {"assumed", Status::assumed}});
}

Type<Date> day() {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "date";
  form.pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
  form.example = "\"2026-01-31\"";
  return {form,
          [](Reader& r, const Node& node, Date& out) {
            if (!node.is(Node::Kind::string)) {
              r.wrong_kind(node, "an ISO date, e.g. \"2026-01-31\"");
              return false;
            }
            const auto parsed = parse_date(node.text);
            if (!parsed) {
              r.fault(node, fmt::format("{} is not a day of the calendar", to_json(node, 60)),
                      "an ISO date, e.g. \"2026-01-31\"");
              return false;
            }
            out = *parsed;
            return true;
          },
          {}};
}

Type<CalendarSpan> span() {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "calendar span";
  form.example = "\"12 weeks\"";
  form.pattern = "^(P[0-9YMWD]+|[0-9]+ (days?|weeks?|months?|quarters?|years?))$";
  return {form,
          [](Reader& r, const Node& node, CalendarSpan& out) {
            if (!node.is(Node::Kind::string)) {
              if (node.is(Node::Kind::number)) {
                r.fault(node, fmt::format("{} has no unit", node.text), "a calendar span, e.g. \"12 weeks\" or \"P6M\"");
              } else {
                r.wrong_kind(node, "a calendar span, e.g. \"12 weeks\" or \"P6M\"");
              }
              return false;
            }
            const auto parsed = parse_span(node.text);
            if (!parsed) {
              r.fault(node, fmt::format("{} is not a calendar span", to_json(node, 60)),
                      "whole days, weeks, months, quarters or years, e.g. \"12 weeks\" or \"P6M\"");
              return false;
            }
            out = *parsed;
            return detail::check_range(r, node, std::min(out.months, out.days), not_negative, {}) &&
                   detail::check_range(r, node, out.months / 12 + out.days / 365, {0, 200}, {});
          },
          [](const CalendarSpan& v) { return json_string(to_string(v)); }};
}

Type<Currency> currency() {
  Form form;
  form.kind = Form::Kind::string;
  form.name = "currency";
  form.pattern = "^[A-Z]{3}$";
  form.example = "\"CNY\"";
  return {form,
          [](Reader& r, const Node& node, Currency& out) {
            if (!node.is(Node::Kind::string)) {
              r.wrong_kind(node, "an ISO 4217 code, e.g. \"CNY\"");
              return false;
            }
            try {
              const ParsedQuantity p = parse_quantity("1 " + node.text);
              if (p.currency && node.text.size() == 3) {
                out = *p.currency;
                return true;
              }
            } catch (const UnitError&) {
            }
            r.fault(node, fmt::format("{} is not a currency", to_json(node, 60)), "an ISO 4217 code, e.g. \"CNY\"");
            return false;
          },
          {}};
}

Type<Money> money(bool allow_negative) {
  Form form = detail::price_form(Dimension{});
  return {form,
          [allow_negative](Reader& r, const Node& node, Money& out) {
            if (!detail::read_money(r, node, out)) return false;
            if (!allow_negative && out.micros() < 0) {
              r.fault(node, fmt::format("{} is out of range", to_json(node, 60)), "at least 0");
              return false;
            }
            return true;
          },
          [](const Money& v) { return json_string(to_decimal(v) + " " + std::string(v.currency().code())); }};
}

}  // namespace headroom::scenario
