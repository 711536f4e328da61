#include <algorithm>
#include <limits>
#include <ostream>

#include "models/text/csv.hpp"
#include "models/text/spreadsheet.hpp"
#include "sim/results/table.hpp"

namespace headroom::results {

namespace {

constexpr std::string_view everything = "all";

std::string name_of(const std::vector<std::string>& names, const std::optional<std::uint16_t>& index) {
  return index ? text::disarmed(names.at(*index)) : std::string{everything};
}

/// Finds a name, or adds it; `all` is nothing.
std::optional<std::uint16_t> index_of(std::vector<std::string>& names, std::string_view name) {
  if (name == everything) return std::nullopt;
  if (name.size() > 1 && name.front() == '\'' && text::disarmed(name.substr(1)) == name) name.remove_prefix(1);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::uint16_t>(found - names.begin());
  names.emplace_back(name);
  return static_cast<std::uint16_t>(names.size() - 1);
}

}  // namespace

const std::vector<std::string>& table_columns() {
  static const std::vector<std::string> columns{"scenario", "replication", "period_start", "period_end", "site", "chip", "workload", "metric",
                                                "unit", "value", "low", "high", "interval", "mc_error", "grade"};
  return columns;
}

void write_table_csv(std::span<const Table> tables, std::ostream& out) {
  text::CsvWriter csv{out, table_columns()};
  for (const auto& table : tables) {
    const std::string scenario = text::disarmed(table.scenario);
    const auto& names = table.dimensions;
    Period period{};
    std::string begin, end;
    for (const auto& block : table.blocks) {
      for (const auto& row : block.rows) {
        if (begin.empty() || period != row.period) {
          period = row.period;
          begin = headroom::to_string(period.begin);
          end = headroom::to_string(period.end);
        }
        csv.add(scenario).add(block.replication).add(begin).add(end);
        csv.add(name_of(names.sites, row.place.site)).add(name_of(names.chips, row.place.chip)).add(name_of(names.workloads, row.place.workload));
        csv.add(info(row.metric).name).add(unit_text(info(row.metric).unit, table.base)).add(row.value).add(row.low).add(row.high);
        csv.add(row.low || row.high ? "outcome80" : "none").add(row.mc_error).add(row.grade);
        csv.end_row();
      }
    }
  }
}

ReadTables read_table_csv(const std::string& file) {
  text::CsvReader csv{std::filesystem::path{file}};
  std::vector<std::size_t> at;
  for (const auto& name : table_columns()) at.push_back(csv.column(name));
  ReadTables result;
  while (csv.next()) {
    const auto field = [&](std::size_t i) { return csv[at[i]]; };
    if (result.tables.empty() || result.tables.back().scenario != field(0)) {
      const auto same = std::find_if(result.tables.begin(), result.tables.end(), [&](const Table& t) { return t.scenario == field(0); });
      if (same != result.tables.end()) throw csv.fault("the rows of a scenario do not stand together");
      result.tables.push_back({std::string{field(0)}, {}, {}, {}});
    }
    Table& table = result.tables.back();
    if (table.blocks.empty() || table.blocks.back().replication != field(1)) table.blocks.push_back({std::string{field(1)}, {}});
    const auto metric = find_metric(field(7));
    if (!metric) {
      ++result.unknown_rows;
      continue;
    }
    const auto begin = parse_date(field(2)), end = parse_date(field(3));
    if (!begin || !end) throw csv.fault("expected ISO dates in period_start and period_end");
    if (info(*metric).unit == Unit::base_currency) {
      const auto currency = Currency::parse(field(8));
      if (!currency) throw csv.fault("expected a currency as the unit of " + std::string{field(7)});
      table.base = *currency;
    }
    auto& names = table.dimensions;
    Row row{{*begin, *end}, {}, *metric, csv.optional_number(at[9]), csv.optional_number(at[10]), csv.optional_number(at[11]),
            csv.optional_number(at[13]), std::string{field(14)}};
    row.place = {index_of(names.sites, field(4)), index_of(names.chips, field(5)), index_of(names.workloads, field(6))};
    table.blocks.back().rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace headroom::results
