#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "sim/results/compare.hpp"
#include "sim/results/directory.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

using namespace results;

void describe(po::options_description& options) {
  options.add_options()
    ("format", po::value<std::string>()->default_value("text")->value_name("text|markdown|csv|json|html"), "csv and json have every row, the others those that differ")
    ("by", po::value<std::string>()->default_value("year")->value_name("year|month"), "rows of yearly.csv or of timeseries.csv")
    ("fail-if", po::value<std::vector<std::string>>()->value_name("EXPR"),
     "condition on the change from A, METRIC[(dim=value)] OP NUMBER [UNIT|%|pp], in every period; exit code 3 if it is met anywhere; may be repeated");
}

Currency base_of(const Compared& result) { return result.tables.empty() ? Currency{} : result.tables.front().base; }

void print(const std::vector<Comparison>& comparisons, const std::string& format) {
  if (format == "csv") return write_changes_csv(comparisons, std::cout);
  if (format == "json") {
    std::cout << to_json(comparisons);
    return;
  }
  std::string (*render)(std::string_view, std::string_view, std::span<const Change>, Currency) = &to_text;
  if (format == "markdown") render = &to_markdown;
  if (format == "html") render = &to_html;
  bool first = true;
  for (const auto& c : comparisons) {
    if (!first) std::cout << '\n';
    first = false;
    std::cout << render(c.a, c.b, c.changes, c.base);
  }
}

int run(const Arguments& arguments) {
  const auto& format = arguments.get<std::string>("format");
  const auto& by = arguments.get<std::string>("by");
  const auto names = arguments.list("RESULT");
  if (names.size() < 2) throw UsageError("compare needs two results or more: headroom compare A B");
  std::vector<Compared> results;
  for (const auto& name : names) {
    results.push_back(read_result(name, by == "month" ? Every::month : Every::year));
    // Two runs of one scenario are told apart by their folders.
    results.back().label = name;
  }
  std::vector<FailIf> conditions;
  for (const auto& text : arguments.list("fail-if")) conditions.push_back(parse_fail_if(text, base_of(results.front())));

  std::vector<Comparison> comparisons;
  for (std::size_t i = 1; i < results.size(); ++i) {
    comparisons.push_back({results[0].label, results[i].label, base_of(results[0]), compare(results[0], results[i])});
  }
  print(comparisons, format);
  std::cout.flush();
  if (!std::cout) throw WriteError("cannot write to standard output");

  int code = Exit::ok;
  for (const auto& comparison : comparisons) {
    for (const auto& condition : conditions) {
      const Outcome outcome = evaluate(condition, comparison.changes);
      fmt::print(stderr, "{}{}\n", comparisons.size() > 1 ? comparison.b + ": " : "", to_line(outcome));
      if (!outcome.ok) code = Exit::threshold;
    }
  }
  return code;
}

}  // namespace

Verb verb_compare() {
  return {"compare",
          "sets results side by side: what differs, by how much, and whether it is better",
          {{"RESULT", "folders of results; each is compared with the first", true, true, "DIR"}},
          describe,
          run,
          {"headroom compare results/plan-a results/plan-b",
           "headroom compare results/main results/change --format markdown --fail-if 'cost_per_mtok > 2 %' --fail-if 'slo_attainment < -0.1 pp'"}};
}

}  // namespace headroom::tools
