#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "sim/results/compare.hpp"
#include "sim/results/derating.hpp"
#include "sim/results/expect.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

using namespace results;

void describe(po::options_description& options) {
  options.add_options()("at", po::value<std::string>()->value_name("year=YYYY"), "fiscal year that begins in that year (default: the first)");
}

std::vector<std::string> metric_names(std::string_view) {
  std::vector<std::string> names;
  for (const auto& m : metric_table) names.emplace_back(m.name);
  return names;
}

/// A metric at a place in one year of a result.
struct Question {
  const Table& table;
  const Block& block;
  Expectation what;   ///< metric and place; the rest is of no meaning
  Period year;
};

/// "2026" of "year=2026"; the first year of the table without it.
Period year_of(const Arguments& arguments, const Block& block) {
  if (block.rows.empty()) throw InputError("the result has no rows");
  if (!arguments.has("at")) return block.rows.front().period;
  const auto& text = arguments.get<std::string>("at");
  std::string years;
  for (const Row& row : block.rows) {
    const std::string year = headroom::to_string(row.period.begin).substr(0, 4);
    if (text == "year=" + year) return row.period;
    if (years.find(year) == std::string::npos) years += (years.empty() ? "" : ", ") + year;
  }
  throw UsageError(fmt::format("explain: --at {} is no year of the result; expected year=YYYY, one of {}", text, years));
}

std::string name_of(const Table& table, const Place& place) {
  std::string name;
  const auto add = [&](const char* kind, const std::vector<std::string>& names, const std::optional<std::uint16_t>& index) {
    if (index) name += fmt::format("{}{} {}", name.empty() ? "" : ", ", kind, names[*index]);
  };
  add("site", table.dimensions.sites, place.site);
  add("chip", table.dimensions.chips, place.chip);
  add("workload", table.dimensions.workloads, place.workload);
  return name.empty() ? "all" : name;
}

const Row* find(const Question& q, const Place& place) {
  for (const Row& row : q.block.rows) {
    if (row.period == q.year && row.metric == q.what.metric && row.place == place) return &row;
  }
  return nullptr;
}

void print_value(const Question& q, const Row& row, const std::string& indent) {
  fmt::print("{}{:<{}} {:>16} {}{}\n", indent, name_of(q.table, row.place), 40 - indent.size(), row.value ? fmt::format("{:.6g}", *row.value) : "no data",
             unit_text(info(row.metric).unit, q.table.base), row.grade.empty() ? "" : "   " + row.grade);
}

/// The same metric told apart by a dimension: parts of a sum, or the terms that a ratio is mixed of.
void print_parts(const Question& q, std::optional<std::uint16_t> Place::*dimension, const char* by) {
  std::vector<const Row*> parts;
  double sum = 0;
  for (const Row& row : q.block.rows) {
    const int named = (row.place.site ? 1 : 0) + (row.place.chip ? 1 : 0) + (row.place.workload ? 1 : 0);
    if (row.period != q.year || row.metric != q.what.metric || named != 1 || !(row.place.*dimension) || !row.value || *row.value == 0) continue;
    parts.push_back(&row);
    sum += *row.value;
  }
  if (parts.empty()) return;
  std::stable_sort(parts.begin(), parts.end(), [](const Row* a, const Row* b) { return *a->value > *b->value; });
  const Row* whole = find(q, {});
  const auto rule = info(q.what.metric).over_time;
  const bool adds = info(q.what.metric).across == Across::sum && rule != OverTime::ratio;
  fmt::print("  by {}{}\n", by, adds && whole != nullptr && whole->value ? fmt::format(" (sum {:.6g} of {:.6g})", sum, *whole->value) : "");
  for (const Row* row : parts) print_value(q, *row, "    ");
}

bool concerns(const Question& q, const Derating& row) {
  const auto& names = q.table.dimensions;
  if (q.what.place.chip && names.chips[*q.what.place.chip] != row.chip) return false;
  if (q.what.place.workload && names.workloads[*q.what.place.workload] != row.workload) return false;
  return row.period == q.year;
}

void print_waterfalls(const Question& q, const std::vector<Derating>& rows) {
  std::string before;
  double product = 1, first = 0;
  for (const Derating& row : rows) {
    if (!concerns(q, row)) continue;
    const std::string title = row.workload + " on " + row.chip;
    if (title != before) {
      fmt::print("\n{}: from {} to useful, {} of one accelerator in service\n", title, row.step, row.unit);
      before = title;
      product = 1;
      first = row.rate;
    }
    product *= row.factor;
    fmt::print("  {:<12} {:>12.6g}  x {:<9.4f} {:>7.2f} %  {:<12} {}\n", row.step, row.rate, row.factor, 100 * (first > 0 ? product : 0), row.grade, row.source);
  }
  if (before.empty()) fmt::print("\nno accelerator served anything there in that year\n");
}

int run(const Arguments& arguments) {
  const std::filesystem::path folder = arguments.positional("RESULT");
  const Compared result = read_result(folder, Every::year);
  if (result.tables.size() != 1) throw InputError(folder.string() + ": a sweep; explain reads the result of one run");
  const Table& table = result.tables.front();
  const Block& block = table.blocks.front();
  const Question q{table, block, parse_expectation(arguments.positional("METRIC") + " >= 0", table.dimensions, table.base), year_of(arguments, block)};
  const auto& metric = info(q.what.metric);
  fmt::print("{}, {} to {}: {} ({})\n", metric.name, headroom::to_string(q.year.begin), headroom::to_string(q.year.end), metric.definition, aggregation_text(metric.over_time));
  const Row* whole = find(q, q.what.place);
  if (whole == nullptr) throw InputError(fmt::format("{}: {} has no value for {}", folder.string(), metric.name, name_of(table, q.what.place)));
  print_value(q, *whole, "  ");
  if (q.what.place == Place{}) {
    print_parts(q, &Place::site, "site");
    print_parts(q, &Place::chip, "chip");
    print_parts(q, &Place::workload, "workload");
  }
  const auto file = folder / "derating.csv";
  if (std::filesystem::exists(file)) print_waterfalls(q, read_derating_csv(file.string()));
  return Exit::ok;
}

}  // namespace

Verb verb_explain() {
  return {"explain",
          "take a number of a result apart: by site, chip and workload, and the waterfall from peak to useful",
          {{"METRIC", "metric, with a place if wanted: tokens_served(chip=h20_96)", true, false, "", &metric_names},
           {"RESULT", "folder of results of a run", true, false, "DIR"}},
          describe,
          run,
          {"headroom explain tokens_served results/bytedance-2025-2028 --at year=2026", "headroom explain 'utilisation(chip=h200_sxm)' results/plan"}};
}

}  // namespace headroom::tools
