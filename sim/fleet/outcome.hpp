#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/fleet/fleet.hpp"
#include "sim/results/audit.hpp"
#include "sim/results/expect.hpp"
#include "sim/results/finishes.hpp"
#include "sim/results/table.hpp"
#include "sim/scenario/issue.hpp"

namespace headroom::fleet {

struct Options {
  int replications = 0;  ///< worlds beside the central one
  int jobs = 1;          ///< threads; the outcome does not depend on it
  sim_serving::CurveCache* curves = nullptr;  ///< of services that iteration models serve; null: one for this run alone
};

/// What a scenario comes to: the central world in full, and the tables of all worlds.
struct Outcome {
  Run central;
  results::Table yearly, monthly;   ///< blocks "central", "1" ... "N" and, with replications, "mean"
  std::vector<std::unique_ptr<results::Store>> stores;  ///< of the replications
  std::vector<results::Audit> audit; ///< over all worlds
  std::vector<results::FinishRow> finishes;  ///< of training runs; empty without replications
  [[nodiscard]] bool audit_ok() const;
};

/// Simulates the central world and the replications, in parallel over worlds.
[[nodiscard]] Outcome run(const scenario::Scenario& scenario, const Options& options);

/// What of the scenario's `expect` cannot be meant, for `headroom validate`.
[[nodiscard]] std::vector<scenario::Issue> faults_of_expectations(const scenario::Scenario& scenario);
/// Checks the scenario's `expect` against its names, before anything is simulated. Throws scenario::ScenarioError with all faults.
[[nodiscard]] std::vector<results::Expectation> expectations_of(const scenario::Scenario& scenario);
/// What became of them: in the mean over the replications, or in the central world if there are none.
[[nodiscard]] std::vector<results::Outcome> judge(const std::vector<results::Expectation>& expectations, const Outcome& outcome);

/// What the central world rests on outside the range in which it was validated, a line each: answers of performance models that are
/// neither measured nor interpolated, and written rates that say they are extrapolated, of workloads and chips that did work.
[[nodiscard]] std::vector<std::string> outside_validated_range(const Outcome& outcome);

/// Writes the result files into `folder`, which appears whole or not at all. Throws results::WriteError, InputError.
void write_results(const scenario::Scenario& scenario, const Outcome& outcome, const std::vector<results::Outcome>& judged,
                   const Options& options, const std::string& program_version, const std::filesystem::path& folder);

/// Text for people, at most 100 columns: whether the plan holds, what binds, when the first service level is missed, then a
/// table by year.
[[nodiscard]] std::string summary(const scenario::Scenario& scenario, const Outcome& outcome);

}  // namespace headroom::fleet
