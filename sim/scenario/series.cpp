#include "sim/scenario/series.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "models/units/nearest.hpp"
#include "sim/scenario/csv_nodes.hpp"

namespace headroom::scenario {

namespace detail {

namespace {

constexpr std::array<std::string_view, 3> between_words{"step", "linear", "exponential"};
constexpr std::array<std::string_view, 3> after_words{"none", "hold", "grow"};

/// Reads the object forms of a series.
class SeriesReader {
 public:
  SeriesReader(Reader& reader, const SeriesElement& element, std::optional<Currency>& currency)
      : r_(reader), element_(element), currency_(currency) {}

  bool read(const Node& node, Series& out) {
    const std::size_t before = r_.faults();
    shape(node);
    if (r_.faults() != before) return false;
    const Node* points = node.find(form_);
    if (form_ == "start") {
      growth(node, *points);
    } else if (form_ == "csv") {
      csv(node, *points);
    } else {
      const auto here = r_.step(form_);
      list(*points);
    }
    if (r_.faults() != before || node.damaged) return false;
    if (points_.empty()) {
      r_.fault(*points, "a series without a point", "at least one [date, value]");
      return false;
    }
    if (between_ == Series::Between::exponential || after_ == Series::After::grow) positive_only(node, *points);
    if (r_.faults() != before) return false;
    out = Series(std::move(points_), between_, after_, factor_);
    out.from = from_;
    return true;
  }

 private:
  /// Which form it is, its words and whether every key belongs to it.
  void shape(const Node& node) {
    static constexpr std::array<std::string_view, 4> forms{"points", "steps", "start", "csv"};
    for (const std::string_view form : forms) {
      if (node.find(form) == nullptr) continue;
      if (!form_.empty()) {
        const auto here = r_.step(form);
        r_.fault(*node.find(form), fmt::format("a series with both {} and {}", form_, form), "one of points, steps, start and csv");
        return;
      }
      form_ = form;
    }
    if (form_.empty()) {
      std::string_view near;
      for (const Node::Member& m : node.members) {
        if (const auto close = nearest(m.key, forms); close && near.empty()) {
          const auto here = r_.step(m.key);
          r_.fault(m.position, fmt::format("unknown key {} in a series", json_string(m.key)), "points, steps, start or csv", *close);
          return;
        }
      }
      r_.fault(node, "an object that is no series", "a value, or an object with value, points, steps, start or csv");
      return;
    }
    if (form_ == "points") between_ = Series::Between::linear;
    if (form_ == "steps") after_ = Series::After::hold;
    if (form_ == "start") after_ = Series::After::grow;
    if (form_ == "csv") between_ = Series::Between::linear;
    for (const Node::Member& m : node.members) member(node, m);
    if (after_ == Series::After::grow && node.find("factor_per_year") == nullptr && !node.damaged) {
      r_.fault(node, "growth without \"factor_per_year\"", "a factor, e.g. 2.5");
    }
  }

  void member(const Node&, const Node::Member& m) {
    if (m.key == form_ || r_.provenance_member(m.key, m.value, from_)) return;
    std::vector<std::string_view> allowed{"source", "as_of", "status", "note", "factor_per_year", form_};
    if (form_ == "points" || form_ == "csv") allowed.insert(allowed.end(), {"interpolation", "after"});
    if (form_ == "start") allowed.push_back("from");
    if (form_ == "csv") allowed.insert(allowed.end(), {"column", "date", "unit", "where"});
    const auto here = r_.step(m.key);
    if (std::find(allowed.begin(), allowed.end(), m.key) == allowed.end()) {
      r_.fault(m.position, fmt::format("unknown key {} in a series with {}", json_string(m.key), form_),
               fmt::format("{}", fmt::join(allowed, ", ")), nearest(m.key, allowed).value_or(""));
    } else if (m.key == "interpolation") {
      if (const auto i = word(m.value, between_words)) between_ = static_cast<Series::Between>(*i);
    } else if (m.key == "after") {
      if (const auto i = word(m.value, after_words)) after_ = static_cast<Series::After>(*i);
    } else if (m.key == "factor_per_year") {
      if (read_number(r_, m.value, factor_) && check_range(r_, m.value, factor_, {1e-3, 1e3}, {})) {
        if (form_ == "points" || form_ == "csv" || form_ == "steps") after_ = Series::After::grow;
      }
    }
  }

  std::optional<std::size_t> word(const Node& node, const std::array<std::string_view, 3>& words) {
    return read_word(r_, node, {words.begin(), words.end()});
  }

  void growth(const Node& node, const Node& start) {
    Date from = r_.start_or_epoch();
    if (const Node* at = node.find("from")) {
      const auto here = r_.step("from");
      if (!day().read(r_, *at, from)) return;
    }
    const auto here = r_.step("start");
    double value = 0;
    if (element_.read(r_, start, value, currency_)) points_.push_back({from, value});
  }

  void list(const Node& points) {
    if (!check_list(r_, points, 1)) return;
    for (std::size_t i = 0; i < points.items.size(); ++i) {
      const Node& item = points.items[i];
      const auto here = r_.step(i, "");
      if (item.is(Node::Kind::broken)) continue;
      if (!item.is(Node::Kind::array) || item.items.size() != 2) {
        r_.fault(item, fmt::format("{} is no point", to_json(item, 60)), "[date, value], e.g. [\"2026-01-01\", " + sample() + "]");
        continue;
      }
      point(item.items[0], item.items[1]);
    }
  }

  std::string sample() const { return element_.form.example.empty() ? "1.5" : element_.form.example; }

  void point(const Node& date, const Node& value) {
    Series::Point p{};
    {
      const auto here = r_.step(0, "");
      if (!day().read(r_, date, p.at)) return;
      if (!points_.empty() && !(points_.back().at < p.at)) {
        r_.fault(date, fmt::format("{} does not come after {}", to_json(date), headroom::to_string(points_.back().at)), "dates that rise");
        return;
      }
    }
    const auto here = r_.step(1, "");
    Reader::Unwrapped plain = r_.unwrap(value);
    if (plain.value != nullptr && element_.read(r_, *plain.value, p.value, currency_)) points_.push_back(p);
  }

  void csv(const Node& node, const Node& file) {
    const auto here = r_.step("csv");
    const Node* column = node.find("column");
    if (column == nullptr || !column->is(Node::Kind::string)) {
      r_.fault(node, "a series from a CSV file without \"column\"", "the name of the column of values");
      return;
    }
    const Node* date = node.find("date");
    const Node* unit = node.find("unit");
    const auto rows = read_csv_columns(r_, file, {date != nullptr ? date->text : "date", column->text}, node.find("where"),
                                       {date, column});
    if (!rows) return;
    for (std::size_t i = 0; i < rows->size(); ++i) {
      const auto at = r_.step(i, "");
      std::vector<Node> cells = (*rows)[i];
      if (unit != nullptr && cells[1].is(Node::Kind::number)) {
        cells[1].kind = Node::Kind::string;
        cells[1].text += " " + unit->text;
      }
      point(cells[0], cells[1]);
    }
  }

  void positive_only(const Node&, const Node& points) {
    for (const Series::Point& p : points_) {
      if (p.value > 0) continue;
      r_.fault(points, "exponential growth from a value that is not above 0", "values above 0, or interpolation \"linear\"");
      return;
    }
  }

  Reader& r_;
  const SeriesElement& element_;
  std::optional<Currency>& currency_;
  std::string_view form_;
  std::vector<Series::Point> points_;
  Series::Between between_ = Series::Between::step;
  Series::After after_ = Series::After::none;
  double factor_ = 1;
  Provenance from_;
};

bool is_series_object(const Node& node) { return node.is(Node::Kind::object) && node.find("value") == nullptr; }

/// A series must have a value on every day of the scenario.
bool covers_horizon(Reader& reader, const Node& node, const Series& series) {
  if (!reader.horizon) return true;
  const Date last = reader.horizon->end - std::chrono::days(1);
  std::string path;
  for (const std::string_view form : {"points", "steps", "from", "start", "csv"}) {
    if (path.empty() && node.find(form) != nullptr) path = form;
  }
  if (!series.covers(reader.horizon->begin)) {
    reader.fault_below(node, path,
                       fmt::format("the series begins on {}, after the scenario's start {}", headroom::to_string(series.points().front().at),
                                   headroom::to_string(reader.horizon->begin)),
                       "a point on or before the start");
    return false;
  }
  if (!series.covers(last)) {
    reader.fault_below(node, path,
                       fmt::format("the series ends on {}, before the scenario's last day {}", headroom::to_string(series.points().back().at),
                                   headroom::to_string(last)),
                       "a later point, or \"after\": \"hold\" or \"grow\"");
    return false;
  }
  return true;
}

}  // namespace

bool read_series(Reader& reader, const Node& node, const SeriesElement& element, Series& out,
                 std::optional<Currency>& currency) {
  if (!is_series_object(node) || node.find("distribution") != nullptr) {
    const Reader::Unwrapped u = reader.unwrap(node);
    if (u.value == nullptr) return false;
    if (u.value->is(Node::Kind::array)) {
      reader.fault(node, "a list where a value over time belongs", "a value, or {points: [[date, value], ...]}");
      return false;
    }
    double value = 0;
    if (!element.read(reader, *u.value, value, currency)) return false;
    for (const Node* bound : {u.low, u.high}) {
      double ignored = 0;
      if (bound != nullptr && !element.read(reader, *bound, ignored, currency)) return false;
    }
    out = Series(value);
    out.from = u.from;
    out.place = reader.place(node);
    return true;
  }
  if (!SeriesReader(reader, element, currency).read(node, out)) return false;
  out.place = reader.place(node);
  return covers_horizon(reader, node, out);
}


Form series_form(const Form& element) {
  Form any;
  any.kind = Form::Kind::any_of;
  any.name = element.name + " over time";
  any.example = element.example;
  any.least = element.least;
  any.most = element.most;
  Form valued;
  valued.kind = Form::Kind::object;
  valued.fragment = "valued";
  Form series = valued;
  series.fragment = "series";
  any.parts = {element, valued, series};
  return any;
}

Form market_price_form(const Form& plain) {
  Form any = plain;
  Form process;
  process.kind = Form::Kind::object;
  process.fragment = "price_process";
  any.parts.push_back(process);
  return any;
}

bool read_process_name(Reader& reader, const Node& node, std::string& out) {
  for (const Node::Member& m : node.members) {
    if (m.key == "process") continue;
    const auto here = reader.step(m.key);
    reader.fault(m.position, fmt::format("{} beside a price process", json_string(m.key)), "\"process\" alone; null in an overlay takes a key away");
    return false;
  }
  const auto here = reader.step("process");
  return name_of("price process").read(reader, *node.find("process"), out);
}

SeriesElement number_element(Range range) {
  const Form form = number(range).form;
  return {form, [range, form](Reader& r, const Node& node, double& out, std::optional<Currency>&) {
            return read_number(r, node, out) && check_range(r, node, out, range, form);
          }};
}

SeriesElement quantity_element(Dimension dimension) {
  const Form form = quantity_form(dimension, not_negative);
  return {form, [dimension, form](Reader& r, const Node& node, double& out, std::optional<Currency>&) {
            return read_quantity(r, node, dimension, out) && check_range(r, node, out, not_negative, form);
          }};
}

namespace {

bool same_currency(Reader& r, const Node& node, Currency found, std::optional<Currency>& currency) {
  if (currency && *currency != found) {
    r.fault(node, fmt::format("{} in a series that began in {}", found.code(), currency->code()), "one currency throughout");
    return false;
  }
  currency = found;
  return true;
}

}  // namespace

SeriesElement price_element(Dimension per) {
  return {price_form(per), [per](Reader& r, const Node& node, double& out, std::optional<Currency>& currency) {
            Currency found;
            return read_price(r, node, per, out, found) && same_currency(r, node, found, currency);
          }};
}

SeriesElement price_per_watt_element(double seconds) {
  Form form = price_form({.time = -1, .energy = 1});
  form.example = seconds > 1e7 ? "\"60 USD/kW\"" : "\"180 USD/kW\"";
  return {form, [seconds](Reader& r, const Node& node, double& out, std::optional<Currency>& currency) {
            Currency found;
            if (node.is(Node::Kind::string)) {
              try {  // "180 USD/kW/month" has the dimension of a price per energy
                const ParsedQuantity p = parse_quantity(node.text);
                if (p.currency && p.dimension == Dimension{.energy = -1} && p.base >= 0) {
                  out = p.base * seconds;
                  r.use(*p.currency, node);
                  return same_currency(r, node, *p.currency, currency);
                }
              } catch (const UnitError&) {
              }
            }
            return read_price(r, node, {.time = -1, .energy = 1}, out, found) && same_currency(r, node, found, currency);
          }};
}

}  // namespace detail

namespace {

Type<Series> series_type(const SeriesElement& element) {
  return {detail::series_form(element.form),
          [element](Reader& r, const Node& node, Series& out) {
            std::optional<Currency> none;
            return detail::read_series(r, node, element, out, none);
          },
          {}};
}

struct DistributionForm {
  std::string word;
  Distribution::Kind kind;
  std::array<std::string_view, 3> keys;  ///< of first, second, third; empty: not used
  std::array<Range, 3> ranges;
};

const std::vector<DistributionForm>& distribution_forms() {
  using Kind = Distribution::Kind;
  static const std::vector<DistributionForm> forms{
      {"uniform", Kind::uniform, {"low", "high", ""}, {not_negative, not_negative, any_number}},
      {"triangular", Kind::triangular, {"low", "mode", "high"}, {not_negative, not_negative, not_negative}},
      {"normal", Kind::normal, {"mean", "sd", ""}, {not_negative, not_negative, any_number}},
      {"lognormal", Kind::lognormal, {"median", "sigma", ""}, {positive, {0, 5}, any_number}},
      {"exponential", Kind::exponential, {"mean", "", ""}, {positive, any_number, any_number}},
      {"weibull", Kind::weibull, {"scale", "shape", ""}, {positive, {0.1, 100}, any_number}},
      {"gamma", Kind::gamma, {"mean", "shape", ""}, {positive, {0.01, 1e4}, any_number}},
  };
  return forms;
}

/// A number of days, plain or as a duration.
bool read_days(Reader& r, const Node& node, double& out) {
  if (node.is(Node::Kind::number)) {
    out = node.number;
    return true;
  }
  double base = 0;
  if (!detail::read_quantity(r, node, {.time = 1}, base)) return false;
  out = base / 86400;
  return true;
}

bool read_parameters(Reader& r, const Node& node, const DistributionForm& form, Distribution& out) {
  const std::array<double*, 3> into{&out.first, &out.second, &out.third};
  for (std::size_t i = 0; i < 3 && !form.keys[i].empty(); ++i) {
    const Node* value = node.find(form.keys[i]);
    if (value == nullptr) {
      r.fault(node, fmt::format("a {} distribution without \"{}\"", form.word, form.keys[i]), "a number");
      return false;
    }
    const auto here = r.step(form.keys[i]);
    const bool plain = form.keys[i] == "sigma" || form.keys[i] == "shape";
    if (!(plain ? detail::read_number(r, *value, *into[i]) : read_days(r, *value, *into[i]))) return false;
    if (!detail::check_range(r, *value, *into[i], form.ranges[i], {})) return false;
  }
  const double last = form.kind == Distribution::Kind::triangular ? out.third : out.second;
  const bool ordered = form.kind == Distribution::Kind::uniform      ? out.first <= last
                       : form.kind == Distribution::Kind::triangular ? out.first <= out.second && out.second <= last
                                                                      : true;
  if (!ordered) r.fault(node, "a distribution whose bounds are out of order", "low <= mode <= high");
  return ordered;
}

bool read_distribution(Reader& r, const Node& node, Distribution& out) {
  std::vector<std::string> words;
  for (const DistributionForm& form : distribution_forms()) words.push_back(form.word);
  std::optional<std::size_t> chosen;
  {
    const auto here = r.step("distribution");
    chosen = detail::read_word(r, *node.find("distribution"), words);
  }
  if (!chosen) return false;
  const DistributionForm& form = distribution_forms()[*chosen];
  out.kind = form.kind;
  Provenance ignored;
  const std::size_t before = r.faults();
  for (const Node::Member& m : node.members) {
    if (m.key == "distribution" || std::find(form.keys.begin(), form.keys.end(), m.key) != form.keys.end()) continue;
    if (r.provenance_member(m.key, m.value, ignored)) continue;
    const auto here = r.step(m.key);
    std::vector<std::string_view> keys;
    for (const std::string_view key : form.keys) {
      if (!key.empty()) keys.push_back(key);
    }
    r.fault(m.position, fmt::format("unknown key {} of a {} distribution", json_string(m.key), form.word),
            fmt::format("{}", fmt::join(keys, ", ")), nearest(m.key, keys).value_or(""));
  }
  return r.faults() == before && read_parameters(r, node, form, out);
}

}  // namespace

Type<Series> series(Range range) { return series_type(detail::number_element(range)); }

Type<Series> share_series() { return series(share_range); }

Type<Distribution> distribution_of_days() {
  Form any;
  any.kind = Form::Kind::any_of;
  any.name = "number of days or distribution";
  any.example = "{\"distribution\": \"lognormal\", \"median\": 20, \"sigma\": 0.4}";
  Form number;
  number.kind = Form::Kind::number;
  number.least = 0;
  Form string;
  string.pattern = "^ *[0-9.]";
  Form object;
  object.kind = Form::Kind::object;
  object.fragment = "distribution";
  any.parts = {number, string, object};
  return {any,
          [](Reader& r, const Node& node, Distribution& out) {
            if (node.is(Node::Kind::object) && node.find("distribution") != nullptr) return read_distribution(r, node, out);
            const Reader::Unwrapped u = r.unwrap(node);
            out = {};
            return u.value != nullptr && read_days(r, *u.value, out.first) &&
                   detail::check_range(r, *u.value, out.first, {0, 36525}, {});
          },
          [](const Distribution& d) { return detail::number_text(d.first); }};
}

}  // namespace headroom::scenario
