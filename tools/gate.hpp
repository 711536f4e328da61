#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/results/expect.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

/// Adds --format and --junit: how a verb that judges expectations reports them.
void describe_gate(po::options_description& options);
/// Refuses a --junit file in a folder that does not exist, before anything is simulated. Throws UsageError.
void check_gate(const Arguments& arguments);

/// What a gate decided on.
struct Gate {
  std::string name;                          ///< of the scenario or plan
  std::vector<results::Outcome> outcomes;
  std::vector<results::FilePlace> places;    ///< of the outcomes in the user's files; may be empty
  std::string summary;                       ///< text for people, below the expectations
  std::string folder;                        ///< one line that says where the results are
  bool quiet = false;                        ///< no ticks and no summary on standard output
};

/// Prints ticks and summary as text or Markdown, annotations for GitHub (whose job summary gets the Markdown), and writes the
/// JUnit file. Throws results::WriteError.
void report(const Arguments& arguments, const Gate& gate);

/// The points of a sweep's result as outcomes, in order: ok, or the reason from points.csv.
[[nodiscard]] std::vector<results::Outcome> outcomes_of_points(const std::filesystem::path& folder);

/// A path as GitHub's annotations want it: relative to the checkout (GITHUB_WORKSPACE) where the file lies in it.
[[nodiscard]] std::string workspace_path(const std::string& path);

}  // namespace headroom::tools
