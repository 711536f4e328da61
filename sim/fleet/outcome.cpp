#include "sim/fleet/outcome.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "sim/fleet/books.hpp"
#include "sim/fleet/state.hpp"

namespace headroom::fleet {

namespace {

struct World {
  std::unique_ptr<results::Store> store;
  results::Block yearly, monthly;
  std::vector<results::Audit> audit;
  std::vector<std::optional<double>> run_ends;  ///< by training run, days since the scenario's start
};

std::vector<std::optional<double>> run_ends(const State& s) {
  std::vector<std::optional<double>> ends;
  for (const Gang& gang : s.gangs) ends.push_back(gang.state == Gang::State::done ? std::optional{gang.ended_at / 24} : std::nullopt);
  return ends;
}

World read(const State& s, const std::string& replication) {
  return {nullptr, {replication, results::rows_of(*s.store, results::Every::year)}, {replication, results::rows_of(*s.store, results::Every::month)}, s.audit, run_ends(s)};
}

/// When each training run ends over the worlds. Runs are the same in all of them, in the order of the scenario.
std::vector<results::FinishRow> finishes_of(const State& central, const std::vector<World>& worlds) {
  std::vector<results::FinishRow> rows;
  const auto in_central = run_ends(central);
  for (std::size_t g = 0; g < central.gangs.size(); ++g) {
    const auto& workload = central.plan.workloads[central.gangs[g].workload];
    const auto& run = workload.runs[central.gangs[g].run];
    std::vector<std::optional<double>> ends;
    for (const World& world : worlds) ends.push_back(world.run_ends[g]);
    rows.push_back(results::finish_of(workload.id, run.id, run.start, central.plan.horizon.begin, in_central[g], std::move(ends)));
  }
  return rows;
}

void merge_audit(std::vector<results::Audit>& all, const std::vector<results::Audit>& one, const std::string& world) {
  for (const results::Audit& line : one) {
    auto found = std::find_if(all.begin(), all.end(), [&](const results::Audit& a) { return a.name == line.name; });
    if (found == all.end()) found = all.insert(all.end(), {line.name, true, 0, ""});
    if (line.worst > found->worst || found->at.empty()) {
      found->worst = line.worst;
      found->at = world == "central" ? line.at : "replication " + world + ", " + line.at;
    }
    found->ok = found->ok && line.ok;
  }
}

}  // namespace

bool Outcome::audit_ok() const {
  return std::all_of(audit.begin(), audit.end(), [](const results::Audit& a) { return a.ok; });
}

Outcome run(const scenario::Scenario& scenario, const Options& options) {
  sim_serving::CurveCache own;
  const auto prepared =
      std::make_shared<const workloads::Prepared>(workloads::prepare(scenario, options.curves != nullptr ? *options.curves : own));
  std::vector<World> worlds(static_cast<std::size_t>(options.replications));
  std::vector<std::exception_ptr> failures(worlds.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < worlds.size(); i = next++) {
      try {
        const int replication = static_cast<int>(i) + 1;
        const Run one = simulate(scenario, prepared, replication);
        worlds[i] = read(*one.state, std::to_string(replication));
        worlds[i].store = std::move(one.state->store);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  std::vector<std::jthread> threads;
  const int helpers = std::min(options.jobs - 1, options.replications);
  for (int i = 0; i < helpers; ++i) threads.emplace_back(work);
  Outcome outcome{simulate(scenario, prepared, std::nullopt), {}, {}, {}, {}, {}};
  work();
  threads.clear();
  // The first failure in order of replication, whichever thread met it first.
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }

  const State& s = *outcome.central.state;
  const World central = read(s, "central");
  merge_audit(outcome.audit, central.audit, "central");
  for (results::Table* table : {&outcome.yearly, &outcome.monthly}) {
    table->scenario = scenario.name;
    table->base = scenario.base_currency;
    table->dimensions = s.store->dimensions();
  }
  if (!worlds.empty()) outcome.finishes = finishes_of(s, worlds);
  std::vector<results::Block> yearly, monthly;
  for (World& world : worlds) {
    merge_audit(outcome.audit, world.audit, world.yearly.replication);
    outcome.stores.push_back(std::move(world.store));
    yearly.push_back(std::move(world.yearly));
    monthly.push_back(std::move(world.monthly));
  }
  outcome.yearly.blocks.push_back(central.yearly);
  outcome.monthly.blocks.push_back(central.monthly);
  if (!yearly.empty()) {
    const results::Block mean_year{"mean", results::mean_of(yearly)}, mean_month{"mean", results::mean_of(monthly)};
    outcome.yearly.blocks.insert(outcome.yearly.blocks.end(), yearly.begin(), yearly.end());
    outcome.monthly.blocks.insert(outcome.monthly.blocks.end(), monthly.begin(), monthly.end());
    outcome.yearly.blocks.push_back(mean_year);
    outcome.monthly.blocks.push_back(mean_month);
  }
  return outcome;
}

}  // namespace headroom::fleet
