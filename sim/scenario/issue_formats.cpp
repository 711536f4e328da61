#include "sim/scenario/issue_formats.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

/// Escapes of workflow commands; properties also escape ':' and ','.
std::string github_escape(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

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
        out += fmt::format("::{} file={},line={},col={},title=Headroom scenario::{}\n", word, github_escape(i.file, true), i.line,
                           i.column, github_escape(message(i), false));
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
      Json region{{"startLine", i.line}, {"startColumn", i.column}};
      Json location{{"physicalLocation", {{"artifactLocation", {{"uri", i.file}}}, {"region", std::move(region)}}}};
      if (!i.pointer.empty()) location["logicalLocations"] = Json::array({{{"fullyQualifiedName", i.pointer}}});
      results.push_back({{"ruleId", "scenario"}, {"level", i.level == Issue::Level::error ? "error" : "warning"},
                         {"message", {{"text", message(i)}}}, {"locations", Json::array({std::move(location)})}});
    }
  }
  Json rule{{"id", "scenario"}, {"shortDescription", {{"text", "A scenario that cannot be simulated as it stands"}}}};
  Json driver{{"name", "headroom validate"}, {"version", version}, {"rules", Json::array({std::move(rule)})}};
  Json run{{"tool", {{"driver", std::move(driver)}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  return dumped({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}});
}

std::string as_junit(const std::vector<Validation>& all) {
  int failures = 0;
  for (const Validation& v : all) failures += v.errors() > 0 ? 1 : 0;
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"headroom validate\" tests=\"{}\" failures=\"{}\">\n",
                                all.size(), failures);
  for (const Validation& v : all) {
    out += fmt::format("    <testcase classname=\"scenario\" name=\"{}\"", xml_escape(v.path));
    if (v.issues.empty()) {
      out += "/>\n";
      continue;
    }
    std::string text;
    for (const Issue& issue : v.issues) text += to_string(issue) + "\n";
    if (v.errors() > 0) {
      out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", plural(v.errors(), "error"), xml_escape(text));
    } else {
      out += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", xml_escape(text));
    }
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace headroom::scenario
