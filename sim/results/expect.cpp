#include "sim/results/expect.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "models/text/number.hpp"
#include "models/units/nearest.hpp"

namespace headroom::results {

std::string_view to_string(Op op) {
  switch (op) {
    case Op::less: return "<";
    case Op::at_most: return "<=";
    case Op::greater: return ">";
    case Op::at_least: return ">=";
    case Op::equal: return "==";
    case Op::unequal: break;
  }
  return "!=";
}

bool holds(double value, Op op, double limit) {
  if (std::isnan(value) || std::isnan(limit)) return false;
  switch (op) {
    case Op::less: return value < limit;
    case Op::at_most: return value <= limit;
    case Op::greater: return value > limit;
    case Op::at_least: return value >= limit;
    case Op::equal: return value == limit;
    case Op::unequal: break;
  }
  return value != limit;
}

namespace {

constexpr std::string_view grammar = "METRIC[(dim=value,...)] OP NUMBER [UNIT] [in every year|quarter|month]";

/// Takes an expectation apart from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(text) { skip(); }

  [[noreturn]] void fail(const std::string& why) const { throw ExpectError(fmt::format("expectation \"{}\": {}", whole_, why)); }
  bool done() const { return rest_.empty(); }
  bool has(char c) const { return rest_.find(c) != std::string_view::npos; }
  bool take(std::string_view token) {
    if (rest_.substr(0, token.size()) != token) return false;
    rest_.remove_prefix(token.size());
    skip();
    return true;
  }
  /// Up to the first of some characters; trailing blanks are dropped.
  std::string_view until(std::string_view stops) {
    std::string_view word = rest_.substr(0, rest_.find_first_of(stops));
    rest_.remove_prefix(word.size());
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    skip();
    return word;
  }
  std::string_view word() { return until(" \t"); }
  std::string_view name() { return until("(<>=! \t"); }
  /// The longest number at the front, which a unit may follow without a blank ("99%").
  double number() {
    std::size_t length = rest_.find_first_not_of("+-.0123456789eE");
    if (length == std::string_view::npos) length = rest_.size();
    for (; length > 0; --length) {
      if (const auto value = text::parse_double(rest_.substr(0, length))) {
        rest_.remove_prefix(length);
        skip();
        return *value;
      }
    }
    fail(fmt::format("expected a number at \"{}\"; the form is {}", rest_, grammar));
  }

 private:
  void skip() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  std::string_view whole_, rest_;
};

std::string dims_text(Dims dims) {
  std::string list;
  const auto add = [&](bool has, const char* name) {
    if (has) list += (list.empty() ? "" : ", ") + std::string{name};
  };
  add(dims.site, "site");
  add(dims.chip, "chip");
  add(dims.workload, "workload");
  return list.empty() ? "none" : list;
}

void read_place(Reader& in, Expectation& e, const Dimensions& dimensions) {
  if (!in.has(')')) in.fail("expected \")\" after the dimensions in parentheses");
  do {
    const std::string_view dim = in.until("=,)");
    if (!in.take("=")) in.fail("expected dim=value in the parentheses");
    const std::string_view value = in.until(",)");
    const auto& m = info(e.metric);
    const bool told_apart = (dim == "site" && m.dims.site) || (dim == "chip" && m.dims.chip) || (dim == "workload" && m.dims.workload);
    if (!told_apart) {
      std::vector<std::string_view> own;
      if (m.dims.site) own.push_back("site");
      if (m.dims.chip) own.push_back("chip");
      if (m.dims.workload) own.push_back("workload");
      in.fail(fmt::format("{} is not told apart by \"{}\"{}; its dimensions: {}", m.name, dim, did_you_mean(dim, own), dims_text(m.dims)));
    }
    const auto& names = dim == "site" ? dimensions.sites : dim == "chip" ? dimensions.chips : dimensions.workloads;
    auto& slot = dim == "site" ? e.place.site : dim == "chip" ? e.place.chip : e.place.workload;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == value) slot = static_cast<std::uint16_t>(i);
    }
    if (!slot) in.fail(fmt::format("the scenario has no {} \"{}\"{}", dim, value, did_you_mean(value, names)));
  } while (in.take(","));
  in.take(")");
}

Op read_op(Reader& in) {
  for (const Op op : {Op::at_most, Op::at_least, Op::equal, Op::unequal, Op::less, Op::greater}) {
    if (in.take(to_string(op))) return op;
  }
  in.fail(fmt::format("expected one of < <= > >= == !=; the form is {}", grammar));
}

/// "2026", "2026-02", "2026-Q1" where the period is just that; else both of its days.
std::string period_text(const Period& p) {
  if (start_of_month(p.begin) == p.begin) {
    const int y = year_of(p.begin), m = month_of(p.begin);
    if (p.end == p.begin + CalendarSpan{1, 0}) return fmt::format("{:04}-{:02}", y, m);
    if (p.end == p.begin + CalendarSpan{3, 0} && m % 3 == 1) return fmt::format("{:04}-Q{}", y, (m + 2) / 3);
    if (p.end == p.begin + CalendarSpan{12, 0} && m == 1) return fmt::format("{:04}", y);
  }
  return fmt::format("{} to {}", headroom::to_string(p.begin), headroom::to_string(p.end));
}

std::optional<double> mean_value(const Expectation& e, std::span<const Store* const> replications, MonthSpan span) {
  double sum = 0;
  for (const Store* store : replications) {
    const auto value = store->value(e.metric, e.place, span);
    if (!value || std::isnan(*value)) return std::nullopt;
    sum += *value;
  }
  return replications.empty() ? std::nullopt : std::optional<double>{sum / static_cast<double>(replications.size())};
}

/// How far a value is on the right side of the limit: below zero on the wrong one.
double margin(double value, Op op, double limit) {
  switch (op) {
    case Op::less:
    case Op::at_most: return limit - value;
    case Op::greater:
    case Op::at_least: return value - limit;
    case Op::equal: return -std::fabs(value - limit);
    case Op::unequal: break;
  }
  return std::fabs(value - limit);
}

}  // namespace

Expectation parse_expectation(std::string_view text, const Dimensions& dimensions, Currency base) {
  Reader in{text};
  Expectation e;
  e.text = text;
  const std::string_view name = in.name();
  const auto metric = find_metric(name);
  if (!metric) {
    const std::string near = nearest_metric(name);
    in.fail(fmt::format("no metric \"{}\"{}", name, near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  }
  e.metric = *metric;
  const auto& m = info(e.metric);
  if (in.take("(")) read_place(in, e, dimensions);
  e.op = read_op(in);
  e.limit = in.number();
  e.unit = unit_text(m.unit, base);
  bool period = in.take("in ");
  if (!period && !in.done()) {
    const std::string_view unit = in.word();
    const auto factor = unit_factor(m.unit, base, unit);
    if (!factor) in.fail(fmt::format("\"{}\" is not a unit of {}; expected {}", unit, m.name, unit_choices(m.unit, base)));
    e.unit = unit;
    e.unit_factor = *factor;
    e.limit *= *factor;
    period = in.take("in ");
  }
  if (period) {
    const std::array<std::string_view, 3> kinds{"year", "quarter", "month"};
    if (!in.take("every ")) in.fail("expected \"in every year\", \"in every quarter\" or \"in every month\"");
    const std::string_view kind = in.word();
    if (kind == "year") e.every = Every::year;
    else if (kind == "quarter") e.every = Every::quarter;
    else if (kind == "month") e.every = Every::month;
    else in.fail(fmt::format("no period \"{}\"; expected year, quarter or month{}", kind, did_you_mean(kind, kinds)));
  }
  if (!in.done()) in.fail(fmt::format("does not end after \"{}\"; the form is {}", in.word(), grammar));
  return e;
}

Outcome evaluate(const Expectation& e, std::span<const Store* const> replications) {
  Outcome out;
  out.text = e.text;
  out.limit = e.limit;
  if (replications.empty()) {
    out.reason = "no data: nothing ran";
    return out;
  }
  const Calendar& calendar = replications.front()->calendar();
  std::optional<double> worst;
  std::optional<Period> without_data;
  for (const MonthSpan span : calendar.spans(e.every)) {
    ++out.periods;
    const auto value = mean_value(e, replications, span);
    if (!value) {
      ++out.failed_periods;
      if (!without_data) without_data = calendar.period(span);
      continue;
    }
    if (!holds(*value, e.op, e.limit)) ++out.failed_periods;
    const double side = margin(*value, e.op, e.limit);
    if (!worst || side < *worst) {
      worst = side;
      out.value = value;
      out.period = calendar.period(span);
    }
  }
  out.ok = out.periods > 0 && out.failed_periods == 0;
  if (without_data) {
    out.value = std::nullopt;
    out.period = *without_data;
    out.reason = fmt::format("no data in {}", period_text(*without_data));
    if (!replications.front()->present(e.metric)) out.reason = fmt::format("no data: the run did not produce {}", info(e.metric).name);
  } else if (out.periods == 0) {
    out.reason = "no data: no period";
  } else {
    const bool upper = e.op == Op::less || e.op == Op::at_most;
    const std::string_view which = e.every == Every::run || e.op == Op::equal || e.op == Op::unequal ? "" : upper ? "highest " : "lowest ";
    out.reason = fmt::format("{}{:.6g}{}{} in {}", which, *out.value / e.unit_factor, e.unit == "1" ? "" : " ", e.unit == "1" ? "" : e.unit,
                             period_text(out.period));
  }
  if (out.failed_periods > 1) out.reason += fmt::format("; fails in {} of {} {}s", out.failed_periods, out.periods, to_string(e.every));
  return out;
}

Outcome evaluate(const Expectation& expectation, const Store& store) {
  const Store* one = &store;
  return evaluate(expectation, std::span{&one, 1});
}

}  // namespace headroom::results
