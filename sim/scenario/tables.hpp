#pragma once

#include "sim/scenario/fields.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::scenario {

// One table a struct of scenario.hpp; each stands in tables_<theme>.cpp.

[[nodiscard]] const Table<Scenario>& scenario_table();

[[nodiscard]] const Table<catalog::Chip>& chip_table();
[[nodiscard]] const Table<Site>& site_table();
[[nodiscard]] const Table<FailureRule>& failure_rule_table();
[[nodiscard]] const Table<SiteFabric>& site_fabric_table();
/// Fabrics whose chips do not say what they need, runs that do not say what the network costs them.
void check_fabrics(Reader& reader, const Node& root, const Scenario& scenario);
[[nodiscard]] const Table<Link>& link_table();
[[nodiscard]] const Table<Traffic>& traffic_table();
/// Remote regions without a way, traffic without its bytes, targets that know no network.
void check_links(Reader& reader, const Node& root, const Scenario& scenario);

[[nodiscard]] const Table<Depreciation>& depreciation_table();
[[nodiscard]] const Table<Cohort>& cohort_table();
[[nodiscard]] const Table<Order>& order_table();
[[nodiscard]] const Table<Lease>& lease_table();
[[nodiscard]] const Table<BudgetLine>& budget_table();

[[nodiscard]] const Table<LengthLaw>& length_table();
[[nodiscard]] const Table<Lengths>& lengths_table();
[[nodiscard]] const Table<ReplicaLayout>& replica_layout_table();
[[nodiscard]] Type<serving::Setup> engine_setup();  ///< maintained: settings searched for the model and the chip; stock: the engine's defaults
[[nodiscard]] const Table<OnChip>& on_chip_table();
[[nodiscard]] const Table<PrefillPool>& prefill_pool_table();
[[nodiscard]] const Table<RankingService>& ranking_table();
[[nodiscard]] const Table<VideoService>& video_table();
/// Name and release of the engine, for workloads.
[[nodiscard]] const Table<Workload>& engine_table();
/// "table", or the name of an iteration model.
[[nodiscard]] Type<std::string> performance_model();

[[nodiscard]] const Table<Shape>& shape_table();
[[nodiscard]] const Table<ChipRate>& chip_rate_table();
[[nodiscard]] const Table<ModelShare>& model_share_table();
[[nodiscard]] const Table<TrainingRun>& training_run_table();
[[nodiscard]] const Table<Workload>& workload_table();
/// Keys of jobs and of the queue that jobs and runs go through.
void add_job_keys(Table<Workload>& table);

[[nodiscard]] const Table<Policies>& policies_table();
[[nodiscard]] const Table<Process>& process_table();
[[nodiscard]] const Table<Response>& response_table();

/// Faults that show only between the parts: currencies without a rate, missing budget years, leases counted twice, ...
void check_across(Reader& reader, const Node& root, Scenario& scenario);

/// Adds the keys source, as_of and status, which say where the numbers of an object come from.
template <class T>
void add_provenance(Table<T>& table) {
  table.template add_with<std::string>("source", text(), [](T& out, std::string v) { out.from.source = std::move(v); },
                                       "Where the numbers of this object come from: a source code or an address.");
  table.template add_with<std::string>("as_of", date_like(), [](T& out, std::string v) { out.from.as_of = std::move(v); },
                                       "Date, month or year of the statement.");
  table.template add_with<Status>("status", status_word(), [](T& out, Status v) { out.from.status = v; },
                                  "State of the evidence.", "\"assumed\"");
}

}  // namespace headroom::scenario
