#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/fleet/outcome.hpp"
#include "sim/fleet/state.hpp"

namespace headroom::fleet {

using results::metric;
using results::MetricId;
using results::Place;
using scenario::Workload;

namespace {

constexpr std::size_t page_width = 100;

/// Text broken at blanks so that no line passes the page.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out{indent};
  std::size_t column = indent.size();
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column + 1 + word.size() > page_width && column > indent.size()) {
      out += "\n" + std::string{indent};
      column = indent.size();
    }
    if (column > indent.size()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out + "\n";
}

/// "2026-09-16 (2026-W38)": planners speak of ISO weeks.
std::string with_week(Date day) {
  // ISO 8601: the week belongs to the year of its Thursday.
  const Date thursday = day + std::chrono::days{4 - static_cast<int>(std::chrono::weekday{day}.iso_encoding())};
  const int week = static_cast<int>((thursday - date(year_of(thursday), 1, 1)).count()) / 7 + 1;
  return fmt::format("{} ({}-W{:02})", to_string(day), year_of(thursday), week);
}

struct Miss { Date day; std::size_t service; };

std::vector<Miss> misses(const State& s) {
  std::vector<Miss> found;
  for (std::size_t i = 0; i < s.services.size(); ++i) {
    if (s.first_miss[i]) found.push_back({*s.first_miss[i], i});
  }
  std::stable_sort(found.begin(), found.end(), [](const Miss& a, const Miss& b) { return a.day < b.day; });
  return found;
}

/// Work other than services that the plan does not do: jobs of which none starts, deadlines that are missed, training runs that never start.
std::vector<std::string> undone(const State& s) {
  std::vector<std::string> found;
  const results::MonthSpan all{0, s.store->calendar().months() - 1};
  for (std::size_t w = 0; w < s.plan.workloads.size(); ++w) {
    const auto& workload = s.plan.workloads[w];
    int waiting = 0, started = 0;
    for (const Wait& wait : s.waits) {
      if (wait.workload == w) ++(std::isfinite(wait.to) ? started : waiting);
    }
    if (workload.runs.empty() && waiting > 0 && started == 0) found.push_back(fmt::format("no job of {} starts ({} wait)", workload.id, waiting));
    const auto met = s.store->value(metric("job_deadlines_met"), {std::nullopt, std::nullopt, static_cast<std::uint16_t>(w)}, all);
    if (met && *met < 1) found.push_back(fmt::format("{:.0f} % of the deadlines of {} are met", std::floor(*met * 100), workload.id));
  }
  for (const Gang& gang : s.gangs) {
    const auto& run = s.plan.workloads[gang.workload].runs[gang.run];
    if (gang.starts == 0 && run.start < s.plan.horizon.end) found.push_back(fmt::format("run {} of {} never starts", run.id, s.plan.workloads[gang.workload].id));
  }
  return found;
}

std::string verdict(const State& s, const std::vector<Miss>& found) {
  const std::vector<std::string> open = undone(s);
  if (found.empty() && open.empty()) return wrapped(fmt::format("{}: the plan holds. Every service level is met in every hour.", s.plan.name), "");
  if (found.empty()) {
    const std::size_t shown = std::min<std::size_t>(open.size(), 4);
    const std::string rest = open.size() > shown ? fmt::format("; and {} more", open.size() - shown) : "";
    return wrapped(fmt::format("{}: the plan does not do all its work: {}{}. Service levels are met in every hour.", s.plan.name,
                               fmt::join(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(shown), "; "), rest), "");
  }
  const Miss& first = found.front();
  std::string text = fmt::format("{}: the plan does not hold. {} of {} services miss their level at some time. First: {} on {}", s.plan.name,
                                 found.size(), s.services.size(), s.services[first.service].id, with_week(first.day));
  const auto& why = s.missed_by[first.service];
  text += why.empty() ? "." : fmt::format("; what binds: {}.", why);
  return wrapped(text, "");
}

/// One row of the table: a label, a unit and a number for each year.
class Table {
 public:
  explicit Table(const State& s) : store_(*s.store), years_(store_.calendar().spans(results::Every::year)) {
    out_ = fmt::format("{:<34}{:<12}", "", "");
    for (const auto& year : years_) out_ += fmt::format("{:>10}", year_of(store_.calendar().period(year).begin));
    out_ += "\n";
  }

  void heading(std::string_view text) { out_ += fmt::format("{}\n", text); }
  void row(std::string_view label, std::string_view unit, MetricId id, double factor, int digits, Place place = {}) {
    row_of(label, unit, digits, [&](results::MonthSpan year) -> std::optional<double> {
      const auto value = store_.value(id, place, year);
      return value ? std::optional{*value * factor} : std::nullopt;
    });
  }
  template <class Value>
  void row_of(std::string_view label, std::string_view unit, int digits, Value value) {
    out_ += fmt::format("  {:<32.32}{:<12.12}", label, unit);
    for (const auto& year : years_) {
      const std::optional<double> v = value(year);
      out_ += v ? fmt::format("{:>10}", fmt::format("{:.{}f}", *v, digits)) : fmt::format("{:>10}", "-");
    }
    out_ += "\n";
  }
  [[nodiscard]] double days(results::MonthSpan year) const { return store_.calendar().period(year).days(); }
  [[nodiscard]] const results::Store& store() const { return store_; }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  const results::Store& store_;
  std::vector<results::MonthSpan> years_;
  std::string out_;
};

/// Billions or millions of the base currency, by the size of the plan.
std::pair<double, std::string> scale(const State& s) {
  double largest = 0;
  for (const auto year : s.store->calendar().spans(results::Every::year)) {
    for (const char* name : {"budget", "cash_out"}) largest = std::max(largest, s.store->value(metric(name), {}, year).value_or(0));
  }
  if (largest >= 1e9) return {1e-9, fmt::format("bn {}", s.plan.base_currency.code())};
  return {1e-6, fmt::format("m {}", s.plan.base_currency.code())};
}

void money_rows(Table& table, const State& s) {
  const auto [factor, unit] = scale(s);
  table.heading("Money");
  if (!s.plan.budgets.empty()) table.row("budget", unit, metric("budget"), factor, 1);
  table.row("committed", unit, metric("committed"), factor, 1);
  table.row("cash out", unit, metric("cash_out"), factor, 1);
  table.row("capex", unit, metric("capex"), factor, 1);
  table.row("opex", unit, metric("opex"), factor, 1);
  table.row("of that energy", unit, metric("energy_cost"), factor, 2);
  table.row("depreciation", unit, metric("depreciation"), factor, 1);
}

void fleet_rows(Table& table) {
  table.heading("Fleet");
  table.row("accelerators delivered", "thousand", metric("accelerators_delivered"), 1e-3, 1);
  table.row("accelerators in service, mean", "thousand", metric("accelerators_in_service"), 1e-3, 1);
  table.row("utilisation", "%", metric("utilisation"), 100, 1);
  table.row("power, mean", "MW", metric("power_mean"), 1, 1);
  table.row("power, peak", "MW", metric("power_peak"), 1, 1);
}

void service_rows(Table& table, const State& s) {
  table.heading("Service (share of load on time; lowest headroom)");
  for (std::uint16_t w = 0; w < s.plan.workloads.size(); ++w) {
    const Workload& workload = s.plan.workloads[w];
    const Place place{std::nullopt, std::nullopt, w};
    if (workload.kind == Workload::Kind::training) {
      table.row(workload.id + ", runs completed", "", metric("training_runs_completed"), 1, 0, place);
      continue;
    }
    if (workload.kind == Workload::Kind::jobs) {
      table.row(workload.id + ", jobs completed", "", metric("jobs_completed"), 1, 0, place);
      table.row(workload.id + ", wait p95", "h", metric("queue_wait_p95"), 1, 1, place);
      if (table.store().present(metric("job_deadlines_met"), place)) table.row(workload.id + ", deadlines met", "%", metric("job_deadlines_met"), 100, 1, place);
      continue;
    }
    if (workload.kind == Workload::Kind::serving) {
      double largest = 0;
      for (const auto year : table.store().calendar().spans(results::Every::year)) {
        largest = std::max(largest, table.store().value(metric("tokens_demanded"), place, year).value_or(0) / table.days(year));
      }
      const double unit = largest >= 1e12 ? 1e12 : largest >= 1e9 ? 1e9 : 1e6;
      const std::string name = unit == 1e12 ? "T tokens/day" : unit == 1e9 ? "G tokens/day" : "M tokens/day";
      const auto per_day = [&](MetricId id) {
        return [&table, id, place, unit](results::MonthSpan year) -> std::optional<double> {
          const auto v = table.store().value(id, place, year);
          return v ? std::optional{*v / table.days(year) / unit} : std::nullopt;
        };
      };
      table.row_of(workload.id + ", demanded", name, 2, per_day(metric("tokens_demanded")));
      table.row_of(workload.id + ", served", name, 2, per_day(metric("tokens_served")));
      table.row(workload.id + ", full cost", fmt::format("{}/Mtok", s.plan.base_currency.code()), metric("cost_per_mtok"), 1, 3, place);
    }
    table.row(workload.id + ", on time", "%", metric("slo_attainment"), 100, 1, place);
    if (table.store().present(metric("ttft_p95"), place)) {
      table.row(workload.id + ", TTFT p95", "s", metric("ttft_p95"), 1, 2, place);
      table.row(workload.id + ", TPOT p95", "ms", metric("tpot_p95"), 1e3, 1, place);
    }
    table.row(workload.id + ", headroom", "%", metric("headroom"), 100, 0, place);
  }
}

std::string miss_list(const State& s, const std::vector<Miss>& found) {
  std::string out;
  if (found.empty()) return out;
  out += "First misses\n";
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i) {
    const Miss& miss = found[i];
    out += fmt::format("  {}  {:<36.36} {}\n", with_week(miss.day), s.services[miss.service].id, s.missed_by[miss.service]);
  }
  if (found.size() > most) out += fmt::format("  and {} more in events.csv\n", found.size() - most);
  return out;
}

std::string finish_list(const Outcome& outcome) {
  if (outcome.finishes.empty()) return {};
  std::string out = fmt::format("Ends of training runs over {} worlds        P10         P50         P80         P90\n", outcome.finishes.front().worlds);
  const auto day = [](const std::optional<Date>& d) { return d ? headroom::to_string(*d) : std::string("later"); };
  constexpr std::size_t most = 12;
  for (std::size_t i = 0; i < std::min(outcome.finishes.size(), most); ++i) {
    const auto& row = outcome.finishes[i];
    out += fmt::format("  {:<38.38} {:<11} {:<11} {:<11} {}\n", row.workload + "/" + row.run, day(row.p10), day(row.p50), day(row.p80), day(row.p90));
  }
  if (outcome.finishes.size() > most) out += fmt::format("  and {} more in finishes.csv\n", outcome.finishes.size() - most);
  return out;
}

std::string audit_line(const Outcome& outcome) {
  if (outcome.audit_ok()) return fmt::format("Audit: {} equations hold.\n", outcome.audit.size());
  std::string out = "Audit FAILED; these results are wrong:\n";
  for (const auto& line : outcome.audit) {
    if (!line.ok) out += wrapped(fmt::format("{} (by {:.3g} at {})", line.name, line.worst, line.at), "  ");
  }
  return out;
}

}  // namespace

std::string summary(const scenario::Scenario& scenario, const Outcome& outcome) {
  const State& s = *outcome.central.state;
  const auto found = misses(s);
  std::string out = verdict(s, found);
  if (!scenario.note.empty()) out += "\n" + wrapped("Note: " + scenario.note, "");
  out += "\n";
  Table table(s);
  money_rows(table, s);
  fleet_rows(table);
  service_rows(table, s);
  out += table.text() + "\n" + miss_list(s, found) + finish_list(outcome) + audit_line(outcome);
  return out;
}

}  // namespace headroom::fleet
