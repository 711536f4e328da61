#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "models/units/money.hpp"

namespace headroom::results {

enum class Unit : std::uint8_t { base_currency, one, seconds, hours, weeks, megawatts, megawatt_hours, tonnes, tokens, terabytes };

/// How the months of a period make one value.
enum class OverTime : std::uint8_t {
  sum,    ///< added up
  mean,   ///< contributions are value x days; divided by the days of the period
  last,   ///< stock at the end: the last month's
  ratio,  ///< sum of numerators over sum of denominators
  max,
  min,
  given   ///< percentiles: recorded for each period as a whole
};
/// How sites, chips and workloads make the value of all of them.
enum class Across : std::uint8_t {
  sum,  ///< added up (numerators and denominators, for a ratio)
  min,  ///< the worst one
  own   ///< not derivable from the parts (a joint peak, a percentile): recorded for itself
};
/// Which way is better, for comparisons.
enum class Better : std::uint8_t { neither, more, less };

/// Dimensions that a metric is told apart by.
struct Dims {
  bool site = false, chip = false, workload = false;
};

struct MetricInfo {
  std::string_view name;
  Unit unit;
  OverTime over_time;
  Across across;
  Better better;
  Dims dims;
  std::string_view definition;  ///< one line; for a ratio "numerator / denominator"
};

namespace detail {
inline constexpr Dims nowhere{}, scw{true, true, true}, sw{true, false, true}, sc{true, true, false}, s{true, false, false}, w{false, false, true},
    cw{false, true, true};
}

/// Every metric, in the order of the result files. A new metric is one line here.
inline constexpr auto metric_table = [] {
  using U = Unit;
  using T = OverTime;
  using A = Across;
  using B = Better;
  using namespace detail;
  return std::array{
      MetricInfo{"budget", U::base_currency, T::sum, A::sum, B::neither, nowhere, "money granted by the budget lines, at the first day of their year"},
      MetricInfo{"committed", U::base_currency, T::sum, A::sum, B::neither, sc, "money signed away in the period, at the rate of the day"},
      MetricInfo{"cash_out", U::base_currency, T::sum, A::sum, B::less, sc, "cash paid out less tax, refunds and resale received"},
      MetricInfo{"capex", U::base_currency, T::sum, A::sum, B::neither, sc, "equipment and own buildings received, duty included, recoverable tax not"},
      MetricInfo{"opex", U::base_currency, T::sum, A::sum, B::less, sc, "energy, colocation, maintenance, staff, egress and rent used, depreciation not"},
      MetricInfo{"depreciation", U::base_currency, T::sum, A::sum, B::neither, sc, "straight-line by days from readiness, amortised leases included"},
      MetricInfo{"lease_interest", U::base_currency, T::sum, A::sum, B::less, sc, "interest on what leases of more than a year owe; with opex and depreciation the whole accrual"},
      MetricInfo{"fx_difference", U::base_currency, T::sum, A::sum, B::less, sc, "loss (gain below 0) by exchange rates on what is owed and prepaid in other currencies"},
      MetricInfo{"energy_cost", U::base_currency, T::sum, A::sum, B::less, sc, "electricity used at the tariff of site, chip origin and day"},
      MetricInfo{"prepaid", U::base_currency, T::sum, A::sum, B::neither, sc, "deposits paid before delivery"},
      MetricInfo{"forfeited", U::base_currency, T::sum, A::sum, B::less, sc, "deposits lost to refused or cancelled deliveries"},
      MetricInfo{"bridge_cost", U::base_currency, T::sum, A::sum, B::less, sc, "rent of accelerators taken to bridge a shortfall"},
      MetricInfo{"commitments_outstanding", U::base_currency, T::last, A::sum, B::neither, sc, "signed and unpaid at the end of the period"},

      MetricInfo{"accelerators_ordered", U::one, T::sum, A::sum, B::neither, sc, "packages signed for in the period"},
      MetricInfo{"accelerators_delivered", U::one, T::sum, A::sum, B::more, sc, "packages that reached their dock in the period"},
      MetricInfo{"accelerators_in_service", U::one, T::mean, A::sum, B::more, sc, "packages in service, mean over the period; crates and spares are not"},
      MetricInfo{"accelerators_retired", U::one, T::sum, A::sum, B::neither, sc, "packages retired, resold or returned in the period"},
      MetricInfo{"accelerators_lost", U::one, T::sum, A::sum, B::less, sc, "packages that died in the period and that nobody replaces"},
      MetricInfo{"accelerators_spare", U::one, T::mean, A::sum, B::neither, sc, "packages on the shelf, mean over the period"},
      MetricInfo{"accelerators_in_repair", U::one, T::mean, A::sum, B::less, sc, "dead packages that the crew has yet to exchange, mean over the period"},
      MetricInfo{"accelerators_rma_out", U::one, T::mean, A::sum, B::less, sc, "dead packages on their way to and from the supplier, mean over the period"},
      MetricInfo{"interruptions", U::one, T::sum, A::sum, B::less, sc, "failures that stopped accelerators and were mended in place"},
      MetricInfo{"down_hours_other", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by causes that name no component"},
      MetricInfo{"down_hours_gpu", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of accelerators"},
      MetricInfo{"down_hours_memory", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of their memory"},
      MetricInfo{"down_hours_host", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of hosts"},
      MetricInfo{"down_hours_nic", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of network cards"},
      MetricInfo{"down_hours_switch", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of switches and cables"},
      MetricInfo{"down_hours_power", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of power"},
      MetricInfo{"down_hours_cooling", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by failures of cooling"},
      MetricInfo{"down_hours_software", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours down by software, driver releases among it"},
      MetricInfo{"down_hours_maintenance", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours drained or out for planned maintenance"},
      MetricInfo{"down_hours_slow", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours that slow nodes take from services, and of their repair"},
      MetricInfo{"down_hours_domain", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours of those that work in a domain with too few that do"},

      MetricInfo{"headroom", U::one, T::min, A::min, B::more, w, "largest load multiplier that keeps every SLO, minus 1; lowest of the period"},
      MetricInfo{"weeks_to_exhaustion", U::weeks, T::last, A::min, B::more, w, "weeks until headroom is 0 under the forecast, at the end of the period"},
      MetricInfo{"occupancy", U::one, T::ratio, A::sum, B::neither, scw, "accelerator-hours held by workloads / hours available"},
      MetricInfo{"utilisation", U::one, T::ratio, A::sum, B::more, scw, "load-weighted held hours / in-service hours"},
      MetricInfo{"availability", U::one, T::ratio, A::sum, B::more, sc, "(in service - down - unpowered) hours / in-service hours"},
      MetricInfo{"throttled_hours", U::hours, T::sum, A::sum, B::less, sc, "accelerator-hours of capacity lost to power or thermal limits"},
      MetricInfo{"fragmentation", U::one, T::ratio, A::sum, B::less, sc, "accelerator-hours held by no training run and, in a queue or on a fabric, by no job, enough for the largest gang that waits or is planned but in parts of the fabric too small for it / all such hours; read once a day"},
      MetricInfo{"power_mean", U::megawatts, T::mean, A::sum, B::neither, s, "power at the meter, PUE included, mean over the period"},
      MetricInfo{"power_peak", U::megawatts, T::max, A::own, B::less, s, "highest power at the meter, PUE included; of all sites at one time"},
      MetricInfo{"energy", U::megawatt_hours, T::sum, A::sum, B::less, s, "energy at the meter, PUE included"},
      MetricInfo{"carbon", U::tonnes, T::sum, A::sum, B::less, s, "CO2 equivalent of that energy at the grid's intensity"},

      MetricInfo{"egress", U::terabytes, T::sum, A::sum, B::less, sw, "users' traffic sent over links between places, by the site that it leaves; once for each link"},
      MetricInfo{"egress_cost", U::base_currency, T::sum, A::sum, B::less, sw, "price of users' traffic, weights and checkpoints at the end that they leave; part of opex"},
      MetricInfo{"bulk_egress", U::terabytes, T::sum, A::sum, B::less, sw, "weights and checkpoints sent over links between sites, by the site that they leave; once for each link"},
      MetricInfo{"network_round_trip", U::seconds, T::ratio, A::sum, B::less, w, "round trip over links between users and their site / 1, mean over the accelerator-hours at work"},
      MetricInfo{"link_peak", U::one, T::max, A::own, B::less, s, "highest share of a link's bandwidth in an hour, one direction; of the links that leave the site"},

      MetricInfo{"tokens_demanded", U::tokens, T::sum, A::sum, B::neither, w, "tokens first arriving in the period, input (cached included) plus output"},
      MetricInfo{"tokens_demanded_input", U::tokens, T::sum, A::sum, B::neither, w, "input part, cached included, of tokens_demanded"},
      MetricInfo{"tokens_demanded_cached", U::tokens, T::sum, A::sum, B::neither, w, "cached part of the input of tokens_demanded"},
      MetricInfo{"tokens_demanded_output", U::tokens, T::sum, A::sum, B::neither, w, "output part of tokens_demanded"},
      MetricInfo{"tokens_served", U::tokens, T::sum, A::sum, B::more, scw, "tokens served on time, input (cached included) plus output"},
      MetricInfo{"tokens_served_input", U::tokens, T::sum, A::sum, B::more, scw, "input part, cached included, of tokens_served"},
      MetricInfo{"tokens_served_cached", U::tokens, T::sum, A::sum, B::more, scw, "cached part of the input of tokens_served"},
      MetricInfo{"tokens_served_output", U::tokens, T::sum, A::sum, B::more, scw, "output part of tokens_served"},
      MetricInfo{"tokens_late", U::tokens, T::sum, A::sum, B::less, w, "tokens served after their target, input (cached included) plus output"},
      MetricInfo{"tokens_late_input", U::tokens, T::sum, A::sum, B::less, w, "input part, cached included, of tokens_late"},
      MetricInfo{"tokens_late_cached", U::tokens, T::sum, A::sum, B::less, w, "cached part of the input of tokens_late"},
      MetricInfo{"tokens_late_output", U::tokens, T::sum, A::sum, B::less, w, "output part of tokens_late"},
      MetricInfo{"tokens_shed", U::tokens, T::sum, A::sum, B::less, w, "tokens refused or expired, counted once, input (cached included) plus output"},
      MetricInfo{"tokens_shed_input", U::tokens, T::sum, A::sum, B::less, w, "input part, cached included, of tokens_shed"},
      MetricInfo{"tokens_shed_cached", U::tokens, T::sum, A::sum, B::less, w, "cached part of the input of tokens_shed"},
      MetricInfo{"tokens_shed_output", U::tokens, T::sum, A::sum, B::less, w, "output part of tokens_shed"},
      MetricInfo{"backlog_end", U::tokens, T::last, A::sum, B::less, w, "tokens that wait at the end of the period, input (cached included) plus output"},
      MetricInfo{"backlog_end_input", U::tokens, T::last, A::sum, B::less, w, "input part, cached included, of backlog_end"},
      MetricInfo{"backlog_end_cached", U::tokens, T::last, A::sum, B::less, w, "cached part of the input of backlog_end"},
      MetricInfo{"backlog_end_output", U::tokens, T::last, A::sum, B::less, w, "output part of backlog_end"},

      MetricInfo{"slo_attainment", U::one, T::ratio, A::sum, B::more, w, "requests meeting all their targets / requests arrived; shed and expired are misses"},
      MetricInfo{"ttft_p95", U::seconds, T::given, A::own, B::less, w, "95th percentile of the time to the first token over the requests of the period, where a performance model tells latencies"},
      MetricInfo{"tpot_p95", U::seconds, T::given, A::own, B::less, w, "95th percentile over requests of the time per output token, where a performance model tells latencies"},
      MetricInfo{"hours_below_target", U::hours, T::sum, A::sum, B::less, w, "service-hours in which attainment was below the service's target"},
      MetricInfo{"shortfall_accelerator_hours", U::hours, T::sum, A::sum, B::less, w, "unmet load in hours of the scenario's reference chip"},

      MetricInfo{"cost_per_mtok", U::base_currency, T::ratio, A::sum, B::less, w, "fully loaded accrual of the hours provisioned, idle headroom included / million on-time tokens"},
      MetricInfo{"cost_per_mtok_input", U::base_currency, T::ratio, A::sum, B::less, w, "uncached input's share of that accrual / million uncached input tokens on time"},
      MetricInfo{"cost_per_mtok_cached", U::base_currency, T::ratio, A::sum, B::less, w, "cached input's share of that accrual / million cached input tokens on time"},
      MetricInfo{"cost_per_mtok_output", U::base_currency, T::ratio, A::sum, B::less, w, "output's share of that accrual / million output tokens on time"},
      MetricInfo{"cost_per_mtok_marginal", U::base_currency, T::ratio, A::sum, B::less, w, "cost that not serving would save: the power that work adds to idling / million on-time tokens"},
      MetricInfo{"cost_per_accelerator_hour", U::base_currency, T::ratio, A::sum, B::less, sc, "accrual / available accelerator-hours"},
      MetricInfo{"cost_per_useful_hour", U::base_currency, T::ratio, A::sum, B::less, scw, "accrual / productive accelerator-hours"},

      MetricInfo{"training_runs_completed", U::one, T::sum, A::sum, B::more, w, "training runs that finished in the period"},
      MetricInfo{"training_goodput", U::one, T::ratio, A::sum, B::more, cw, "productive hours / allocated hours of training"},
      MetricInfo{"training_lost_hours", U::hours, T::sum, A::sum, B::less, w, "accelerator-hours of training done again after an interruption"},
      MetricInfo{"training_checkpoint_hours", U::hours, T::sum, A::sum, B::less, w, "accelerator-hours for which training stood to write checkpoints"},
      MetricInfo{"training_restart_hours", U::hours, T::sum, A::sum, B::less, w, "accelerator-hours from interruptions to training again"},
      MetricInfo{"training_slow_hours", U::hours, T::sum, A::sum, B::less, w, "accelerator-hours that training lost to the speed of slow nodes"},
      MetricInfo{"training_interruptions", U::one, T::sum, A::sum, B::less, w, "interruptions of training runs"},
      MetricInfo{"network_share", U::one, T::ratio, A::sum, B::more, w, "scale-out bandwidth that training runs see where they stand / bandwidth of their ports, over the accelerator-hours that they hold"},
      MetricInfo{"training_finish", U::weeks, T::given, A::own, B::less, w, "weeks from the scenario's start to the end of the workload's last run; the scenario's end if it does not finish"},
      MetricInfo{"mfu", U::one, T::ratio, A::sum, B::more, cw, "model FLOPs (causal half, no recompute) / (dense peak of the run's precision x productive hours)"},
      MetricInfo{"jobs_completed", U::one, T::sum, A::sum, B::more, w, "jobs of queues that ended in the period"},
      MetricInfo{"jobs_evicted", U::one, T::sum, A::sum, B::less, w, "jobs sent back to their queue by others or by a recall of lent accelerators"},
      MetricInfo{"jobs_failed", U::one, T::sum, A::sum, B::less, w, "jobs stopped by a failure of their accelerators"},
      MetricInfo{"job_deadlines_met", U::one, T::ratio, A::sum, B::more, w, "jobs of queues that ended by their deadline / jobs that ended or whose deadline passed"},
      MetricInfo{"job_hours", U::hours, T::sum, A::sum, B::more, w, "accelerator-hours that jobs of queues held"},
      MetricInfo{"job_lost_hours", U::hours, T::sum, A::sum, B::less, w, "of those, work done again and restarts"},
      MetricInfo{"job_network_hours", U::hours, T::sum, A::sum, B::less, w, "of those, what jobs took longer because their places in the fabric leave them less than their whole ports"},
      MetricInfo{"queue_wait_p50", U::hours, T::given, A::own, B::less, w, "median wait of jobs, started and still waiting (censored)"},
      MetricInfo{"queue_wait_p95", U::hours, T::given, A::own, B::less, w, "95th percentile of the wait of jobs, started and still waiting (censored)"},
  };
}();

inline constexpr std::size_t metric_count = metric_table.size();

/// Place of a metric in the table.
struct MetricId {
  std::uint16_t index = 0;
  friend constexpr auto operator<=>(const MetricId&, const MetricId&) = default;
};

[[nodiscard]] constexpr const MetricInfo& info(MetricId id) { return metric_table[id.index]; }

[[nodiscard]] constexpr std::optional<MetricId> find_metric(std::string_view name) {
  for (std::size_t i = 0; i < metric_count; ++i) {
    if (metric_table[i].name == name) return MetricId{static_cast<std::uint16_t>(i)};
  }
  return std::nullopt;
}
/// For code: `constexpr auto energy = metric("energy");` does not compile with a misspelt name. Throws std::out_of_range.
[[nodiscard]] constexpr MetricId metric(std::string_view name) {
  const auto found = find_metric(name);
  if (!found) throw std::out_of_range("no such metric");
  return *found;
}

/// The valid name nearest to a misspelt one; empty if none is near.
[[nodiscard]] std::string nearest_metric(std::string_view name);

/// "CNY", "1", "s", "h", "weeks", "MW", "MWh", "t", "tokens".
[[nodiscard]] std::string_view unit_text(Unit unit, const Currency& base);
/// What one `text` ("%", "GWh", "days", ...) is in the metric's unit; nothing for a unit of another kind.
[[nodiscard]] std::optional<double> unit_factor(Unit unit, const Currency& base, std::string_view text);
/// The units that `unit_factor` takes, for messages.
[[nodiscard]] std::string unit_choices(Unit unit, const Currency& base);
/// "sum", "time-weighted mean", ... as the data dictionary says it.
[[nodiscard]] std::string_view aggregation_text(OverTime rule);

}  // namespace headroom::results
