#pragma once

#include <string>
#include <vector>

#include "sim/scenario/issue.hpp"

namespace headroom::scenario {

/// What validation found in one scenario.
struct Validation {
  std::string path;
  std::vector<Issue> issues;
  [[nodiscard]] int errors() const;
  [[nodiscard]] int warnings() const;
};

/// A line for each issue and a line for each scenario.
[[nodiscard]] std::string as_text(const std::vector<Validation>& all);
/// {format_version, scenarios: [{path, valid, issues: [...]}]}.
[[nodiscard]] std::string as_json(const std::vector<Validation>& all);
/// Workflow commands of GitHub Actions: ten annotations of a kind are shown for a step, so nine and "n more".
[[nodiscard]] std::string as_github(const std::vector<Validation>& all);
/// SARIF 2.1.0 with one run; columns in code points; at most 5000 results, as GitHub takes them.
[[nodiscard]] std::string as_sarif(const std::vector<Validation>& all, const std::string& version);
/// JUnit: a test case for each scenario.
[[nodiscard]] std::string as_junit(const std::vector<Validation>& all);

}  // namespace headroom::scenario
