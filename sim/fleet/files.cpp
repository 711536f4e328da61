#include <fmt/format.h>

#include <ostream>

#include "sim/fleet/books.hpp"
#include "sim/fleet/derating.hpp"
#include "sim/fleet/outcome.hpp"
#include "sim/fleet/planner.hpp"
#include "sim/fleet/state.hpp"
#include "sim/results/dictionary.hpp"
#include "sim/results/directory.hpp"
#include "sim/results/manifest.hpp"

namespace headroom::fleet {

namespace {

/// Those that can be meant; the others are added to `faults`.
std::vector<results::Expectation> read_expectations(const scenario::Scenario& scenario, std::vector<scenario::Issue>& faults) {
  results::Dimensions names;
  for (const auto& x : scenario.sites) names.sites.push_back(x.id);
  for (const auto& x : scenario.chips) names.chips.push_back(x.id);
  for (const auto& x : scenario.workloads) names.workloads.push_back(x.id);
  std::vector<results::Expectation> found;
  for (const auto& e : scenario.expect) {
    try {
      found.push_back(results::parse_expectation(e.text, names, scenario.base_currency));
    } catch (const results::ExpectError& error) {
      faults.push_back({e.place.file, static_cast<int>(e.place.line), static_cast<int>(e.place.column), e.place.pointer, error.what(), {}, {}});
    }
  }
  return found;
}

}  // namespace

std::vector<scenario::Issue> faults_of_expectations(const scenario::Scenario& scenario) {
  std::vector<scenario::Issue> faults;
  read_expectations(scenario, faults);
  return faults;
}

std::vector<results::Expectation> expectations_of(const scenario::Scenario& scenario) {
  std::vector<scenario::Issue> faults;
  auto found = read_expectations(scenario, faults);
  if (!faults.empty()) throw scenario::ScenarioError(std::move(faults));
  return found;
}

std::vector<results::Outcome> judge(const std::vector<results::Expectation>& expectations, const Outcome& outcome) {
  std::vector<const results::Store*> stores;
  for (const auto& store : outcome.stores) stores.push_back(store.get());
  if (stores.empty()) stores.push_back(outcome.central.state->store.get());
  std::vector<results::Outcome> judged;
  for (const auto& e : expectations) judged.push_back(results::evaluate(e, stores));
  return judged;
}

void write_results(const scenario::Scenario& scenario, const Outcome& outcome, const std::vector<results::Outcome>& judged,
                   const Options& options, const std::string& program_version, const std::filesystem::path& folder) {
  const State& s = *outcome.central.state;
  results::ResultDirectory out(folder, "run");
  out.write("yearly.csv", [&](std::ostream& o) { results::write_table_csv(std::span{&outcome.yearly, 1}, o); });
  out.write("timeseries.csv", [&](std::ostream& o) { results::write_table_csv(std::span{&outcome.monthly, 1}, o); });
  out.write("ledger.csv", [&](std::ostream& o) { finance::write_ledger_csv(s.books->ledger, o); });
  out.write("events.csv", [&](std::ostream& o) { results::write_events_csv(s.happenings, o); });
  out.write("derating.csv", [&](std::ostream& o) { results::write_derating_csv(deratings_of(s), o); });
  out.write("bindings.csv", [&](std::ostream& o) { results::write_bindings_csv(s.bindings, o); });
  if (!outcome.finishes.empty()) out.write("finishes.csv", [&](std::ostream& o) { results::write_finishes_csv(outcome.finishes, o); });
  out.write("datapackage.json", results::datapackage(scenario.name, scenario.base_currency, out.files()));
  results::Manifest manifest;
  manifest.name = scenario.name;
  manifest.scenario_hash = scenario.hash;
  manifest.seed = scenario.seed;
  manifest.replications = options.replications;
  manifest.program_version = program_version;
  manifest.horizon = scenario.horizon;
  manifest.base = scenario.base_currency;
  for (const auto& input : scenario.inputs) manifest.inputs.push_back({input.path, input.sha256});
  manifest.audits = outcome.audit;
  manifest.expectations = judged;
  manifest.absent = s.store->absent();
  if (!scenario.note.empty()) manifest.warnings.push_back(scenario.note);
  manifest.statistics = {{"events", s.events_handled}, {"linear_programmes", s.planner->solver.solves() + s.planner->ahead.solves()}};
  manifest.files = out.files();
  out.write("manifest.json", results::to_json(manifest));
  out.commit();
}

}  // namespace headroom::fleet
