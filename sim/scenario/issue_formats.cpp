#include "sim/scenario/issue_formats.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/text/escape.hpp"

namespace headroom::scenario {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t github_annotations = 9;
constexpr std::size_t sarif_results = 5000;

int count(const std::vector<Issue>& issues, Issue::Level level) {
  return static_cast<int>(std::count_if(issues.begin(), issues.end(), [&](const Issue& i) { return i.level == level; }));
}

/// The message without its position, which these formats carry apart.
std::string message(const Issue& issue) {
  Issue bare = issue;
  bare.level = Issue::Level::error;
  const std::string whole = to_string(bare);
  return whole.substr(fmt::format("{}:{}:{}: ", issue.file, issue.line, issue.column).size());
}

std::string plural(int n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

/// A value of the command line stands in no file: these formats point at the scenario instead, and the message says which it is.
bool in_a_file(const Issue& issue) { return issue.file.rfind("--set ", 0) != 0; }
std::string file_of(const Validation& v, const Issue& issue) { return in_a_file(issue) ? issue.file : v.path; }
std::string located_message(const Issue& issue) { return in_a_file(issue) ? message(issue) : issue.file + ": " + message(issue); }
int line_of(const Issue& issue) { return in_a_file(issue) ? issue.line : 1; }
int column_of(const Issue& issue) { return in_a_file(issue) ? issue.column : 1; }

/// JSON text even where a message quotes bytes that are no UTF-8.
std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

int Validation::errors() const { return count(issues, Issue::Level::error); }
int Validation::warnings() const { return count(issues, Issue::Level::warning); }

std::string as_text(const std::vector<Validation>& all) {
  std::string out;
  for (const Validation& v : all) {
    for (const Issue& issue : v.issues) out += to_string(issue) + "\n";
    out += v.path + (v.errors() == 0 ? ": valid" : ": " + plural(v.errors(), "error"));
    if (v.warnings() > 0) out += ", " + plural(v.warnings(), "warning");
    out += "\n";
  }
  return out;
}

std::string as_json(const std::vector<Validation>& all) {
  Json scenarios = Json::array();
  for (const Validation& v : all) {
    Json issues = Json::array();
    for (const Issue& i : v.issues) {
      issues.push_back({{"level", i.level == Issue::Level::error ? "error" : "warning"}, {"file", i.file}, {"line", i.line},
                        {"column", i.column}, {"pointer", i.pointer}, {"problem", i.problem}, {"expected", i.expected},
                        {"nearest", i.nearest}});
    }
    scenarios.push_back({{"path", v.path}, {"valid", v.errors() == 0}, {"issues", std::move(issues)}});
  }
  return dumped({{"format_version", 1}, {"scenarios", std::move(scenarios)}});
}

std::string as_github(const std::vector<Validation>& all) {
  std::string out;
  for (const auto level : {Issue::Level::error, Issue::Level::warning}) {
    const std::string_view word = level == Issue::Level::error ? "error" : "warning";
    std::size_t shown = 0;
    std::size_t found = 0;
    for (const Validation& v : all) {
      for (const Issue& i : v.issues) {
        if (i.level != level || ++found > github_annotations) continue;
        ++shown;
        out += fmt::format("::{} file={},line={},col={},title=Headroom scenario::{}\n", word, text::workflow_property(file_of(v, i)), line_of(i),
                           column_of(i), text::workflow_message(located_message(i)));
      }
    }
    if (found > shown) out += fmt::format("::{} title=Headroom scenario::{} more\n", word, found - shown);
  }
  return out;
}

std::string as_sarif(const std::vector<Validation>& all, const std::string& version) {
  Json results = Json::array();
  for (const Validation& v : all) {
    for (const Issue& i : v.issues) {
      if (results.size() >= sarif_results) break;
      Json region{{"startLine", line_of(i)}, {"startColumn", column_of(i)}};
      Json location{{"physicalLocation", {{"artifactLocation", {{"uri", text::uri_of_path(file_of(v, i))}}}, {"region", std::move(region)}}}};
      if (!i.pointer.empty()) location["logicalLocations"] = Json::array({{{"fullyQualifiedName", i.pointer}}});
      results.push_back({{"ruleId", "scenario"}, {"level", i.level == Issue::Level::error ? "error" : "warning"},
                         {"message", {{"text", located_message(i)}}}, {"locations", Json::array({std::move(location)})}});
    }
  }
  // GitHub's code scanning refuses rules without a full description and a help text.
  Json rule{{"id", "scenario"},
            {"shortDescription", {{"text", "A scenario that cannot be simulated as it stands"}}},
            {"fullDescription", {{"text", "A key, value, unit or name of the scenario that the reader does not know, or values that contradict each other."}}},
            {"help", {{"text", "The message says what is wrong, what was expected and the nearest valid name. The keys, their units and defaults are listed in "
                               "scenarios/schema/keys.md; `headroom show SCENARIO --resolved` shows where each value comes from."}}}};
  Json driver{{"name", "headroom validate"}, {"version", version}, {"rules", Json::array({std::move(rule)})}};
  Json run{{"tool", {{"driver", std::move(driver)}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  return dumped({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}});
}

std::string as_junit(const std::vector<Validation>& all) {
  int failures = 0;
  for (const Validation& v : all) failures += v.errors() > 0 ? 1 : 0;
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"headroom validate\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
                                all.size(), failures);
  for (const Validation& v : all) {
    out += fmt::format("    <testcase classname=\"scenario\" name=\"{}\"", text::xml_escaped(v.path));
    if (v.issues.empty()) {
      out += "/>\n";
      continue;
    }
    std::string lines;
    for (const Issue& issue : v.issues) lines += to_string(issue) + "\n";
    if (v.errors() > 0) {
      out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", plural(v.errors(), "error"), text::xml_escaped(lines));
    } else {
      out += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", text::xml_escaped(lines));
    }
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace headroom::scenario
