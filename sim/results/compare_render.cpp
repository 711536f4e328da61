#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"
#include "sim/results/compare.hpp"

namespace headroom::results {

namespace {

std::string short_number(const std::optional<double>& x, bool sign = false) {
  if (!x) return "-";
  return sign ? fmt::format("{:+.5g}", *x) : fmt::format("{:.5g}", *x);
}
std::string percent(const std::optional<double>& x) { return x ? fmt::format("{:+.2f} %", *x * 100) : "-"; }

std::string with_error(const Change& c) {
  return short_number(c.difference, true) + (c.mc_error ? fmt::format(" ± {:.3g}", *c.mc_error) : "");
}

/// Years as "2026", other periods by their first day.
std::string period_text(const Period& p) {
  const bool year = month_of(p.begin) == 1 && start_of_month(p.begin) == p.begin && p.end == p.begin + CalendarSpan{12, 0};
  return year ? fmt::format("{:04}", year_of(p.begin)) : headroom::to_string(p.begin);
}

/// Rows for readers: all sites, chips and workloads, and something changed.
std::vector<const Change*> shown(std::span<const Change> changes, std::size_t& equal) {
  std::vector<const Change*> list;
  equal = 0;
  for (const auto& c : changes) {
    if (c.site != "all" || c.chip != "all" || c.workload != "all") continue;
    if (c.verdict == Verdict::equal) ++equal;
    else list.push_back(&c);
  }
  return list;
}

std::string label_of(const Change& c) {
  return c.scenario.empty() ? std::string{info(c.metric).name} : fmt::format("{} {}", c.scenario, info(c.metric).name);
}

std::string escaped(std::string_view text, bool html) {
  std::string out;
  for (const char c : text) {
    if (html && c == '&') out += "&amp;";
    else if (html && c == '<') out += "&lt;";
    else if (html && c == '>') out += "&gt;";
    else if (html && c == '"') out += "&quot;";
    else if (!html && (c == '|' || c == '_' || c == '*' || c == '\\')) (out += '\\') += c;
    else out += c;
  }
  return out;
}

std::string_view unit_of(const Change& c, const Currency& base) { return unit_text(info(c.metric).unit, base); }

}  // namespace

std::string to_text(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base) {
  std::size_t equal = 0;
  const auto list = shown(changes, equal);
  std::string out = fmt::format("A = {}\nB = {}\n\n", a, b);
  if (!list.empty()) out += fmt::format("{:<27}{:<11}{:>11}{:>11}{:>12}{:>11}  {}\n", "metric", "period", "A", "B", "B - A", "change", "unit");
  for (const Change* c : list) {
    const std::string_view mark = c->verdict == Verdict::better ? " better" : c->verdict == Verdict::worse ? " worse" : "";
    out += fmt::format("{:<27}{:<11}{:>11}{:>11}{:>12}{:>11}  {}{}\n", label_of(*c), period_text(c->period), short_number(c->a), short_number(c->b), with_error(*c),
                       percent(c->relative), unit_of(*c, base), mark);
  }
  return out + fmt::format("{}{} values differ, {} are equal (all sites, chips and workloads)\n", list.empty() ? "" : "\n", list.size(), equal);
}

std::string to_markdown(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base) {
  std::size_t equal = 0;
  const auto list = shown(changes, equal);
  std::string out = fmt::format("### {} against {}\n\n{} values differ, {} are equal (all sites, chips and workloads).\n", escaped(b, false), escaped(a, false),
                                list.size(), equal);
  if (list.empty()) return out;
  out += fmt::format("\n| metric | period | {} | {} | difference | change | unit | |\n|---|---|---:|---:|---:|---:|---|---|\n", escaped(a, false), escaped(b, false));
  for (const Change* c : list) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", escaped(label_of(*c), false), period_text(c->period), short_number(c->a),
                       short_number(c->b), with_error(*c), percent(c->relative), unit_of(*c, base), c->verdict == Verdict::different ? "" : to_string(c->verdict));
  }
  return out;
}

std::string to_html(std::string_view a, std::string_view b, std::span<const Change> changes, Currency base) {
  std::size_t equal = 0;
  const auto list = shown(changes, equal);
  const std::string title = escaped(fmt::format("{} against {}", b, a), true);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<style>:root{{color-scheme:light dark}}body{{font:1rem/1.4 system-ui,sans-serif;margin:2rem}}table{{border-collapse:collapse}}"
      "th,td{{padding:.2rem .8rem;border-bottom:1px solid #8884;text-align:right}}th:nth-child(-n+2),td:nth-child(-n+2){{text-align:left}}</style></head>\n"
      "<body><main><h1>{0}</h1>\n<p>{1} values differ, {2} are equal (all sites, chips and workloads).</p>\n<table><thead><tr>",
      title, list.size(), equal);
  for (const std::string_view head : {std::string_view{"metric"}, std::string_view{"period"}, a, b, std::string_view{"difference"}, std::string_view{"change"},
                                      std::string_view{"unit"}, std::string_view{"verdict"}}) {
    out += fmt::format("<th scope=\"col\">{}</th>", escaped(head, true));
  }
  out += "</tr></thead><tbody>\n";
  for (const Change* c : list) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(label_of(*c), true),
                       period_text(c->period), short_number(c->a), short_number(c->b), with_error(*c), percent(c->relative), unit_of(*c, base), to_string(c->verdict));
  }
  return out + "</tbody></table></main></body></html>\n";
}

void write_changes_csv(std::span<const Comparison> comparisons, std::ostream& out) {
  text::CsvWriter csv{out, {"a_name", "b_name", "scenario", "period_start", "period_end", "site", "chip", "workload", "metric", "unit", "a", "b",
                            "difference", "relative", "mc_error", "verdict"}};
  for (const auto& comparison : comparisons) {
    for (const auto& c : comparison.changes) {
      csv.add(text::disarmed(comparison.a)).add(text::disarmed(comparison.b)).add(text::disarmed(c.scenario));
      csv.add(headroom::to_string(c.period.begin)).add(headroom::to_string(c.period.end));
      csv.add(text::disarmed(c.site)).add(text::disarmed(c.chip)).add(text::disarmed(c.workload));
      csv.add(info(c.metric).name).add(unit_of(c, comparison.base)).add(c.a).add(c.b).add(c.difference).add(c.relative).add(c.mc_error);
      csv.add(to_string(c.verdict));
      csv.end_row();
    }
  }
}

std::string to_json(std::span<const Comparison> comparisons) {
  using Json = nlohmann::ordered_json;
  const auto number = [](const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); };
  Json all = Json::array();
  for (const auto& comparison : comparisons) {
    Json j;
    j["a"] = comparison.a;
    j["b"] = comparison.b;
    j["base_currency"] = comparison.base.code();
    j["changes"] = Json::array();
    for (const auto& c : comparison.changes) {
      Json row;
      if (!c.scenario.empty()) row["scenario"] = c.scenario;
      row["period_start"] = headroom::to_string(c.period.begin);
      row["period_end"] = headroom::to_string(c.period.end);
      row["site"] = c.site;
      row["chip"] = c.chip;
      row["workload"] = c.workload;
      row["metric"] = info(c.metric).name;
      row["unit"] = unit_of(c, comparison.base);
      row["a"] = number(c.a);
      row["b"] = number(c.b);
      row["difference"] = number(c.difference);
      row["relative"] = number(c.relative);
      row["mc_error"] = number(c.mc_error);
      row["verdict"] = to_string(c.verdict);
      j["changes"].push_back(std::move(row));
    }
    all.push_back(std::move(j));
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headroom::results
