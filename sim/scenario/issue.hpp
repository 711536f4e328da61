#pragma once

#include <string>
#include <vector>

#include "models/units/error.hpp"

namespace headroom::scenario {

/// One fault of a scenario, in the reader's words. Lines and columns count from 1; a column counts characters
/// (Unicode code points), as editors show them.
struct Issue {
  enum class Level { error, warning };

  std::string file;     ///< as the user named it; "--set PATH=VALUE" for a value of the command line
  int line = 1;
  int column = 1;
  std::string pointer;  ///< JSON pointer into the merged scenario; empty for faults of the text itself
  std::string problem;  ///< what is wrong, with the value that is
  std::string expected; ///< what would be right, may be empty
  std::string nearest;  ///< the nearest valid name, may be empty
  Level level = Level::error;

  friend bool operator==(const Issue&, const Issue&) = default;
};

/// "plan.json:41:18: /chips/2/price: "85 bn" has no currency; expected e.g. "85e9 CNY"".
[[nodiscard]] std::string to_string(const Issue& issue);
/// In order of file, line and column; equal issues once.
[[nodiscard]] std::vector<Issue> sorted(std::vector<Issue> issues);

/// Wrong input: every fault that was found, in order of position. The message has a line for each below a line that counts them.
class ScenarioError : public InputError {
 public:
  explicit ScenarioError(std::vector<Issue> issues);
  [[nodiscard]] const std::vector<Issue>& issues() const { return issues_; }

 private:
  std::vector<Issue> issues_;
};

}  // namespace headroom::scenario
