#include "sim/results/dictionary.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/results/metrics.hpp"

namespace headroom::results {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array table_columns_info{
    ColumnInfo{"scenario", "string", "name of the scenario; in a sweep the id of the point"},
    ColumnInfo{"replication", "string", "central (all inputs at their central value), number of the replication, or mean"},
    ColumnInfo{"period_start", "date", "first day of the period"},
    ColumnInfo{"period_end", "date", "day after the last day of the period"},
    ColumnInfo{"site", "string", "site, or all"},
    ColumnInfo{"chip", "string", "chip, or all"},
    ColumnInfo{"workload", "string", "workload, or all"},
    ColumnInfo{"metric", "string", "name of the metric, see metrics in this file"},
    ColumnInfo{"unit", "string", "unit of value, low, high and mc_error"},
    ColumnInfo{"value", "number", "value in the period; empty: no data"},
    ColumnInfo{"low", "number", "P10 of outcomes over replications"},
    ColumnInfo{"high", "number", "P90 of outcomes over replications"},
    ColumnInfo{"interval", "string", "none, or outcome80: low and high are P10 and P90 of outcomes"},
    ColumnInfo{"mc_error", "number", "half-width of the 95 % interval of the mean over replications"},
    ColumnInfo{"grade", "string", "evidence grade, or shares of the value by grade (measured:0.62;assumed:0.38); empty: no model behind it"},
};

constexpr std::array ledger_columns_info{
    ColumnInfo{"tx_id", "integer", "number of the transaction, from 1"},
    ColumnInfo{"line_no", "integer", "line within the transaction, from 1"},
    ColumnInfo{"date", "date", "day of the flow"},
    ColumnInfo{"period", "yearmonth", "calendar month of the date"},
    ColumnInfo{"book", "string", "commitment, cash or accrual; each sums to zero per currency"},
    ColumnInfo{"account", "string", "account of the chart of accounts"},
    ColumnInfo{"debit", "number", "amount on the debit side, exact to the millionth"},
    ColumnInfo{"credit", "number", "amount on the credit side, exact to the millionth"},
    ColumnInfo{"currency", "string", "ISO 4217 code of debit and credit"},
    ColumnInfo{"amount_base", "number", "debit less credit in the base currency at the rate of the day"},
    ColumnInfo{"fx_rate", "number", "units of the base currency for one of the currency"},
    ColumnInfo{"budget_line", "string", "purpose of the budget line"},
    ColumnInfo{"budget_year", "year", "fiscal year of the budget line"},
    ColumnInfo{"cohort", "string", "order, lease or opening cohort"},
    ColumnInfo{"site", "string", "site"},
    ColumnInfo{"note", "string", "what it is"},
};

constexpr std::array event_columns_info{
    ColumnInfo{"date", "date", "day of the event"},
    ColumnInfo{"kind", "string", "what happened: delivered, refused, first_miss, response, run_completed, policy, ..."},
    ColumnInfo{"site", "string", "site concerned"},
    ColumnInfo{"chip", "string", "chip concerned"},
    ColumnInfo{"workload", "string", "workload concerned"},
    ColumnInfo{"cohort", "string", "order, lease, cohort or run concerned"},
    ColumnInfo{"quantity", "number", "how much, in unit"},
    ColumnInfo{"unit", "string", "unit of quantity"},
    ColumnInfo{"note", "string", "why, in words"},
};

constexpr std::array derating_columns_info{
    ColumnInfo{"period_start", "date", "first day of the fiscal year"},
    ColumnInfo{"period_end", "date", "day after its last day"},
    ColumnInfo{"chip", "string", "chip"},
    ColumnInfo{"workload", "string", "workload"},
    ColumnInfo{"step", "string", "peak, achievable, slo, burst, or rate; then rounding, failures, idle; in this order"},
    ColumnInfo{"rate", "number", "of one accelerator after the step, in unit"},
    ColumnInfo{"unit", "string", "unit of rate"},
    ColumnInfo{"factor", "number", "rate over that of the step before; 1 for the first"},
    ColumnInfo{"grade", "string", "evidence grade of the step"},
    ColumnInfo{"source", "string", "where the step comes from"},
};

constexpr std::array binding_columns_info{
    ColumnInfo{"period_start", "date", "first day of the month"},
    ColumnInfo{"period_end", "date", "day after its last day, for which the question was asked"},
    ColumnInfo{"workload", "string", "workload"},
    ColumnInfo{"service", "string", "one model of the workload in one region"},
    ColumnInfo{"state", "string", "served: what would stop its growth; short: what keeps it from being served in full"},
    ColumnInfo{"headroom", "number", "largest load multiplier less 1, the others keeping what they have; empty: batch load"},
    ColumnInfo{"binding", "string", "accelerators, power, a link (its name follows), eligibility (no chip that may run it) or rounding (whole replicas do not fit)"},
    ColumnInfo{"site", "string", "where"},
    ColumnInfo{"chip", "string", "which accelerators"},
    ColumnInfo{"price", "number", "further load that one more unit of the binding resource carries, by solving again with step more"},
    ColumnInfo{"dual", "number", "the same by the dual price of the linear programme; above price where another resource takes over within the step"},
    ColumnInfo{"unit", "string", "unit of price and dual"},
    ColumnInfo{"step", "number", "how much more was tried, in step_unit"},
    ColumnInfo{"step_unit", "string", "accelerators or MW"},
};

constexpr std::array finish_columns_info{
    ColumnInfo{"workload", "string", "workload of training runs"},
    ColumnInfo{"run", "string", "training run"},
    ColumnInfo{"start", "date", "day from which it waits for accelerators"},
    ColumnInfo{"central", "date", "day on which it ends in the central run; empty: not before the scenario's end"},
    ColumnInfo{"p10", "date", "first day on which it has ended in a tenth of the worlds; empty: not before the scenario's end"},
    ColumnInfo{"p50", "date", "the same for half of them"},
    ColumnInfo{"p80", "date", "the same for 80 % of them"},
    ColumnInfo{"p90", "date", "the same for 90 % of them"},
    ColumnInfo{"mean_days", "number", "days from its start to its end, mean over the worlds; empty where a world does not see its end"},
    ColumnInfo{"worlds", "integer", "replications"},
    ColumnInfo{"finished", "integer", "of those, where it ended before the scenario did"},
};

std::string_view description_of(std::string_view file) {
  if (file == "yearly.csv") return "metrics by fiscal year";
  if (file == "timeseries.csv") return "metrics by month";
  if (file == "ledger.csv") return "every money flow, double-entry";
  if (file == "events.csv") return "dated events";
  if (file == "derating.csv") return "the waterfall from peak to useful, by fiscal year, workload and chip";
  if (file == "bindings.csv") return "what binds each service at the end of each month, and what one more unit of it is worth";
  if (file == "finishes.csv") return "when training runs end over the replications";
  return "";
}

Json primary_key(std::string_view file) {
  if (file == "ledger.csv") return Json::array({"tx_id", "line_no"});
  if (file == "derating.csv") return Json::array({"period_start", "chip", "workload", "step"});
  if (file == "bindings.csv") return Json::array({"period_start", "service"});
  if (file == "finishes.csv") return Json::array({"workload", "run"});
  return Json::array({"scenario", "replication", "period_start", "period_end", "site", "chip", "workload", "metric"});
}

Json resource(std::string_view file, std::string_view description, std::span<const ColumnInfo> columns) {
  Json r;
  r["name"] = file.substr(0, file.find('.'));
  r["path"] = file;
  r["description"] = description;
  r["profile"] = "tabular-data-resource";
  r["format"] = "csv";
  r["mediatype"] = "text/csv";
  r["encoding"] = "utf-8";
  r["dialect"] = {{"delimiter", ","}, {"lineTerminator", "\n"}, {"quoteChar", "\""}, {"doubleQuote", true}, {"header", true}};
  r["schema"]["fields"] = Json::array();
  for (const auto& column : columns) {
    Json field{{"name", column.name}, {"type", column.type}, {"description", column.description}};
    if (column.name == "metric") {
      field["constraints"]["enum"] = Json::array();
      for (const auto& m : metric_table) field["constraints"]["enum"].push_back(m.name);
    }
    r["schema"]["fields"].push_back(field);
  }
  r["schema"]["missingValues"] = Json::array({""});
  return r;
}

/// Letters, digits, ".", "-" and "_" only, as the specification wants names.
std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    out += upper ? static_cast<char>(c - 'A' + 'a') : plain ? c : '-';
  }
  return out.empty() ? "result" : out;
}

}  // namespace

std::span<const ColumnInfo> columns_of(std::string_view file) {
  if (file == "yearly.csv" || file == "timeseries.csv") return table_columns_info;
  if (file == "ledger.csv") return ledger_columns_info;
  if (file == "events.csv") return event_columns_info;
  if (file == "derating.csv") return derating_columns_info;
  if (file == "bindings.csv") return binding_columns_info;
  if (file == "finishes.csv") return finish_columns_info;
  return {};
}

std::string datapackage(std::string_view name, std::optional<Currency> base, std::span<const std::string> files, std::span<const FileInfo> own) {
  Json j;
  j["name"] = slug(name);
  j["title"] = name;
  j["profile"] = "tabular-data-package";
  j["resources"] = Json::array();
  for (const auto& file : own) {
    j["resources"].push_back(resource(file.name, file.description, file.columns));
    j["resources"].back()["schema"]["primaryKey"] = Json::array({file.key});
  }
  for (const auto& file : files) {
    if (columns_of(file).empty()) continue;
    j["resources"].push_back(resource(file, description_of(file), columns_of(file)));
    if (file != "events.csv") j["resources"].back()["schema"]["primaryKey"] = primary_key(file);
  }
  j["metrics"] = Json::array();
  const Currency currency = base.value_or(usd);  // read where amounts have one
  for (const auto& m : metric_table) {
    Json dims = Json::array();
    if (m.dims.site) dims.push_back("site");
    if (m.dims.chip) dims.push_back("chip");
    if (m.dims.workload) dims.push_back("workload");
    const std::string_view unit = m.unit == Unit::base_currency && !base ? "base currency" : unit_text(m.unit, currency);
    j["metrics"].push_back({{"name", m.name}, {"unit", unit}, {"definition", m.definition},
                            {"aggregation", aggregation_text(m.over_time)}, {"dimensions", dims}});
  }
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headroom::results
