#include "sim/scenario/issue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace headroom::scenario {

namespace {

std::string joined(const std::vector<Issue>& issues) {
  std::string text = issues.size() == 1 ? "1 fault in the scenario:" : fmt::format("{} faults in the scenario:", issues.size());
  for (const Issue& issue : issues) text += "\n" + to_string(issue);
  return text;
}

}  // namespace

std::string to_string(const Issue& issue) {
  std::string text = fmt::format("{}:{}:{}: ", issue.file, issue.line, issue.column);
  if (issue.level == Issue::Level::warning) text += "warning: ";
  if (!issue.pointer.empty()) text += issue.pointer + ": ";
  text += issue.problem;
  if (!issue.expected.empty()) text += "; expected " + issue.expected;
  if (!issue.nearest.empty()) text += "; did you mean \"" + issue.nearest + "\"?";
  return text;
}

std::vector<Issue> sorted(std::vector<Issue> issues) {
  std::stable_sort(issues.begin(), issues.end(), [](const Issue& a, const Issue& b) {
    return std::tie(a.file, a.line, a.column, a.pointer) < std::tie(b.file, b.line, b.column, b.pointer);
  });
  issues.erase(std::unique(issues.begin(), issues.end()), issues.end());
  return issues;
}

ScenarioError::ScenarioError(std::vector<Issue> issues)
    : InputError(joined(sorted(issues))), issues_(sorted(std::move(issues))) {}

}  // namespace headroom::scenario
