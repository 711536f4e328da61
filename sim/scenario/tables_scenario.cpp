#include <algorithm>
#include <array>

#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

/// "METRIC[(dim=value,...)] OP NUMBER [UNIT] [in every year|quarter|month]": whether a text has that shape. The names are
/// checked where the metric table is.
bool is_expectation(std::string_view text) {
  const auto op = text.find_first_of("<>=!");
  if (op == std::string_view::npos || op == 0) return false;
  std::string_view rest = text.substr(op);
  static constexpr std::array<std::string_view, 6> ops{"<=", ">=", "==", "!=", "<", ">"};
  const auto used = std::find_if(ops.begin(), ops.end(), [&](std::string_view o) { return rest.starts_with(o); });
  if (used == ops.end()) {  // "(chip=h200) >= ..." has its '=' within the brackets
    const auto close = text.find(')');
    return close != std::string_view::npos && op < close && is_expectation("x" + std::string(text.substr(close + 1)));
  }
  rest.remove_prefix(used->size());
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return !rest.empty() && rest.find_first_of("0123456789") <= 2;
}

Type<Expectation> expectation() {
  Type<std::string> plain = text();
  plain.form.name = "expectation";
  plain.form.example = "\"slo_attainment(workload=doubao) >= 0.95 in every year\"";
  return {plain.form,
          [](Reader& r, const Node& node, Expectation& out) {
            if (!detail::read_string(r, node, out.text)) return false;
            out.place = r.place(node);
            if (is_expectation(out.text)) return true;
            r.fault(node, fmt::format("{} is no expectation", to_json(node, 80)),
                    "METRIC[(dim=value,...)] OP NUMBER [UNIT] [in every year|quarter|month]");
            return false;
          },
          {}};
}

/// The day after which series must hold is needed while they are read, so the end takes it as soon as it is known.
void add_span(Table<Scenario>& t) {
  t.add_with<Date>("start", day(), [](Scenario& s, Date d) { s.horizon.begin = d; }, "First day.").required().example("\"2025-01-01\"");
  Type<Date> end = day();
  end.read = [read = end.read](Reader& r, const Node& node, Date& out) {
    if (!read(r, node, out)) return false;
    const Node* start = r.root().find("start");
    if (start != nullptr && start->is(Node::Kind::object)) start = start->find("value");
    const auto begin = start != nullptr && start->is(Node::Kind::string) ? parse_date(start->text) : std::nullopt;
    if (!begin) return true;
    if (out <= *begin) {
      r.fault(node, fmt::format("the scenario ends on {}, not after its start {}", headroom::to_string(out), headroom::to_string(*begin)),
              "a later day");
      return false;
    }
    if (static_cast<double>((out - *begin).count()) * 86400 > longest_job_time) {
      r.fault(node, fmt::format("a scenario of {} days", (out - *begin).count()), fmt::format("at most {:.0f}, which is what the clock holds", longest_job_time / 86400 - 0.5));
      return false;
    }
    r.horizon = Period{*begin, out};
    return true;
  };
  t.add_with<Date>("end", end, [](Scenario& s, Date d) { s.horizon.end = d; }, "Day after the last.").required().example("\"2029-01-01\"");
}

}  // namespace

const Table<Scenario>& scenario_table() {
  static const Table<Scenario> table = [] {
    Table<Scenario> t("scenario", "A plan for a fleet of accelerators and the world that it meets.");
    t.add_with<std::string>("$schema", text(), [](Scenario&, std::string) {}, "Address of the schema, for editors.").absent("none");
    t.add("format_version", &Scenario::format_version, small_integer(1, 1), "Version of this format.").required().example("1");
    t.add("name", &Scenario::name, id(), "Name of the scenario and of its results.").required().example("\"startup-1000-gpus\"");
    t.add("note", &Scenario::note, text(), "Printed with the summary: what the numbers are not.");
    add_span(t);
    t.add("seed", &Scenario::seed, seed_number(), "Seed of everything that is random.");
    t.add("base_currency", &Scenario::base_currency, currency(), "Currency of results.").required();
    t.add("fiscal_year_start", &Scenario::fiscal_year_start, small_integer(1, 12), "Month in which a budget year begins.");
    t.add("fx", &Scenario::fx,
          map_of<Series, FxRate>(series(positive), "currencies",
                                 [](const std::string& code, Series rate) {
                                   return FxRate{Currency::parse(code).value_or(Currency{}), std::move(rate)};
                                 }),
          "Units of the base currency for one unit of each other currency, over time.").absent("one currency").example("{\"USD\": 7.1}");
    t.add("chips", &Scenario::chips, list_of(object(chip_table)), "Own chips, and changes to those of the catalogue.").absent("the catalogue");
    t.add("sites", &Scenario::sites, list_of(object(site_table), 1), "Places with power.").required();
    t.add("links", &Scenario::links, list_of(object(link_table)), "Links between sites, and from users' regions to sites.").absent("none: traffic between places is free and takes no time");
    t.add("fleet", &Scenario::fleet, list_of(object(cohort_table)), "Accelerators in service on the first day.").absent("none");
    t.add("orders", &Scenario::orders, list_of(object(order_table)), "Purchases.").absent("none");
    t.add("leases", &Scenario::leases, list_of(object(lease_table)), "Rentals.").absent("none");
    t.add("budgets", &Scenario::budgets, list_of(object(budget_table)), "Budget lines by year and purpose.").absent("none");
    t.add("workloads", &Scenario::workloads, list_of(object(workload_table), 1), "Loads.").required();
    t.add("policies", &Scenario::policies, object(policies_table), "Rules that the plan keeps.").required();
    t.add("responses", &Scenario::responses, list_of(object(response_table)), "What is done when something is seen.").absent("none");
    t.add("processes", &Scenario::processes, list_of(object(process_table)), "What the world does: gates, prices, errors, delays.").absent("none");
    t.add("expect", &Scenario::expect, list_of(expectation()), "Thresholds; exit code 3 if one is missed.").absent("none");
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
