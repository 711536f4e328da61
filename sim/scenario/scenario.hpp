#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/catalog/chip.hpp"
#include "sim/scenario/failure_rules.hpp"
#include "sim/scenario/site_fabric.hpp"
#include "sim/scenario/values.hpp"
#include "sim/scenario/workload.hpp"

/// The scenario as plain, checked data: what to simulate. How is elsewhere, and nothing reads JSON after this exists.
/// Names of members are the keys of the file. Lists keep the order of the file; every `id` is unique in its list.
namespace headroom::scenario {

/// Rate of a currency: units of the base currency for one unit of `currency`.
struct FxRate {
  Currency currency;
  Series rate;
};

/// A place with power. `power` is the limit at the meter, PUE included.
struct Site {
  std::string id;
  std::string region;                       ///< serves traffic of its own region, and of those in `serves`
  std::vector<std::string> serves;          ///< further regions whose traffic may be served here
  std::string location;                     ///< country code, for location rules: "cn", "my", ...
  SeriesOf<Watts> power;
  Series pue;
  std::optional<Series> space;              ///< accelerators that the shell holds
  std::optional<Series> ports;              ///< network ports for accelerators
  Series racking_per_week;                  ///< accelerators a week from dock to ready
  PriceSeries<Joules> tariff;               ///< electricity at the meter
  struct OriginTariff { std::string origin; PriceSeries<Joules> tariff; };
  std::vector<OriginTariff> tariff_by_origin;  ///< chips of that origin pay this instead
  std::optional<PriceSeries<Watts>> colocation_per_month;  ///< per watt of the power limit and month
  struct Shell { Price<Watts> build; CalendarSpan life; Date ready; };
  std::optional<Shell> shell;               ///< an own building: capex per watt of the limit at `ready`
  std::optional<Price<Watts>> staff_per_year;              ///< per watt of IT load in service
  SeriesOf<GramsPerJoule> carbon;
  std::vector<std::string> origins;         ///< allowed chip origins; empty: all
  double availability = 1;                  ///< in-service time that is up: 1 - down / in service
  std::vector<FailureRule> failures;        ///< instead of `availability`: what breaks, and who mends it
  std::vector<SiteFabric> fabric;           ///< empty: placement does not decide what bandwidth a run sees
  std::optional<BytesPerSecond> checkpoint_read;  ///< of the shared storage, for runs that load their state; absent: without limit
};

/// A link between two places, alike in both directions: sites, or regions where users are. Traffic takes the way with the least
/// delay, and between its ends passes only through sites that may serve its region.
struct Link {
  std::string id;
  std::vector<std::string> between;         ///< its two ends
  SeriesOf<BytesPerSecond> bandwidth;       ///< each way
  Seconds delay;                            ///< one way
  struct Egress { std::string end; PriceSeries<Bytes> price; };
  std::vector<Egress> egress;               ///< of bytes that leave that end; an end that is not named: nothing
  Provenance from;
};

/// What one accelerator costs beside its own price. Shares are of the bundle before duty.
struct Bundle {
  std::optional<Money> host;                ///< per accelerator
  struct Memory { Bytes amount; MarketPrice<Bytes> price; };
  std::optional<Memory> memory;             ///< of the host, per accelerator, bought apart at a price of its own
  double network_share = 0;                 ///< of the whole bundle: bundle = (chip + host + memory) / (1 - network_share)
};

/// How a purchase is written off. Whole life straight-line from ready for use; residual at its end as a share.
struct Depreciation {
  CalendarSpan life{60, 0};
  double residual_share = 0;
};

/// Accelerators in service on the first day.
struct Cohort {
  std::string id;
  std::string chip;
  std::int64_t count = 0;
  std::string site;
  Date in_service;                          ///< on or before the start; the age of its book value
  std::optional<Money> unit_cost;           ///< bundle price per accelerator when bought
  Depreciation depreciation;
  std::optional<Date> retire;
  double resale_share = 0;                  ///< of the unit cost, received at retirement
  double maintenance_share = 0;             ///< of the unit cost, a year
  Provenance from;
};

/// One delivery at the dock as planned, if every gate is open and nothing slips.
struct Delivery {
  Date at;
  std::int64_t count = 0;
};

struct Payment {
  enum class At { ordered, shipped, delivered };
  At at = At::delivered;
  double share = 1;
  CalendarSpan lag;
};

/// A purchase. Each delivery is a cohort of its own and walks: ordered, licensed, shipped, customs, delivered, waiting,
/// racking, in service, retired.
struct Order {
  std::string id;
  std::string chip;
  std::string site;
  std::string supplier;                     ///< for volume caps; may be empty
  std::string lane;                         ///< licence lane whose gates it passes, or empty: no licence needed
  std::vector<Delivery> deliveries;
  std::int64_t package = 1;                 ///< bundles come in multiples of this (8, 72, 384)
  /// Days that each stage takes; the planned dock date is their sum, at their central values, after the day of order.
  /// Drawn once for each delivery date, so that splitting or renaming an order changes no draw.
  struct Stages { Distribution licence, production, transit, customs; };
  Stages stages;
  std::optional<Date> ordered;              ///< the whole order is signed on this day; absent: each delivery its stages before its dock date
  CalendarSpan slip;                        ///< added to every planned dock date (a what-if)
  MarketPrice<double> price;                ///< per accelerator, chip or module, read on the day of order
  Bundle bundle;
  double duty = 0;                          ///< share of the chip price
  double vat = 0;                           ///< share of bundle and duty; recoverable
  CalendarSpan vat_lag{1, 0};
  std::vector<Payment> payments;            ///< shares sum to 1
  enum class OnClosed { delay, refuse, forfeit };
  OnClosed on_closed = OnClosed::delay;     ///< what a closed lane does to a delivery that reaches it
  double refundable_share = 1;              ///< of what was paid, when refused
  std::string budget;                       ///< purpose of the budget line
  enum class Covers { bundle, chip };
  Covers budget_covers = Covers::bundle;    ///< chip: the line is for processors; hosts and network are paid from elsewhere
  Depreciation depreciation;
  std::optional<CalendarSpan> retire_after; ///< of service
  double resale_share = 0;
  double maintenance_share = 0;
  Provenance from;
};

/// Accelerators held for rent. Ready from the first day; site power and space count as for owned ones.
struct Lease {
  std::string id;
  std::string chip;
  std::string site;
  std::int64_t count = 0;
  Date start;
  Date end;
  MarketPrice<Seconds> price;               ///< per accelerator and second, all-in unless `power_included` is false
  bool power_included = true;
  std::string budget;                       ///< purpose of the budget line; empty: opex outside the budgets
  std::optional<Date> closed_from;          ///< a rule closes access from this day (policy events set it)
  Provenance from;
};

struct BudgetLine {
  int year = 0;
  std::string purpose;
  Valued<Money> amount;
  enum class Basis { commitment, cash, accrual };
  Basis basis = Basis::commitment;
  enum class OnExceed { cut, defer, warn };
  OnExceed on_exceed = OnExceed::cut;
  enum class CarryOver { none, share, all };
  CarryOver carry_over = CarryOver::none;
  double carry_over_share = 0;
  enum class Fx { plan_rate, at_flow };
  Fx fx = Fx::at_flow;
};

/// Capacity that interactive services hold above the forecast peak of the day.
struct HeadroomPolicy {
  enum class Kind {
    replicas,    ///< N + k: what is left when the k largest replicas fail carries the forecast
    percentile,  ///< of the load up to `ahead` from today: forecast error and the minutes of the hour
    forecast,    ///< the highest forecast up to `ahead` from today
  };
  Kind kind = Kind::replicas;
  std::int64_t replicas = 1;
  double percentile = 0.95;
  CalendarSpan ahead{0, 1};
};

struct Policies {
  std::vector<JobQueueRule> queues;
  std::string reference_chip;
  double headroom_share = 0;                ///< capacity kept above the forecast peak of the day, per service
  std::optional<HeadroomPolicy> headroom;   ///< instead of a share
  double capital_rate = 0;                  ///< WACC, a year
  std::int64_t min_replicas = 1;            ///< per model and region
  Seconds replica_load_time;                ///< a moved replica is no capacity for that long
  Seconds lending_recall;                   ///< lent accelerators come back after that
  Seconds min_dwell;                        ///< a moved replica stays at least that long
  struct VolumeCap { std::string supplier; int year; std::int64_t count; };
  std::vector<VolumeCap> volume_caps;
  struct LocationRule { std::string id; Date from; std::string location; std::string chip_origin; bool leased_only = false; };
  std::vector<LocationRule> location_rules; ///< from that day such chips there stop serving (access law)
};

/// A process of the world: a pure function of (seed, replication, id, time), never of the plan.
struct Process {
  std::string id;
  enum class Kind { gate, price, demand_error, model_error, delay };
  Kind kind = Kind::gate;
  std::string lane;                         ///< gate: the lane that it stands on
  enum class Regime { export_licence, import_clearance };
  Regime regime = Regime::export_licence;   ///< gate: passed before transit, or at customs
  struct GateStep { Date from; bool open; };
  std::vector<GateStep> steps;              ///< gate: dated states; closed before the first
  std::optional<Distribution> opens_after_days;  ///< gate: opens that long after the last step, drawn
  Series mean;                              ///< price: its mean over worlds, per unit of `per`
  Currency currency;
  enum class Per { accelerator, time, data };
  Per per = Per::accelerator;               ///< price: of what; an accelerator bought, its time, a byte of memory
  double reversion_per_year = 0;            ///< price, demand_error: of the logarithm; a price without it walks at random
  double volatility = 0;                    ///< price: of the logarithm, a square root of a year
  std::optional<Series> market_depth;       ///< price: accelerators that can be rented at it at one time, by everybody in the plan
  std::string target;                       ///< demand_error: workload; model_error: chip or family or empty; delay: order or supplier
  double sd = 0;                            ///< demand_error, model_error: of the logarithm
  CalendarSpan delay;                       ///< delay: shifts deliveries planned from `from` on
  Date from;
};

/// When a predicate on what is known by now holds, do something after a lag, within a limit.
struct Response {
  std::string id;
  struct When {
    std::string metric;                     ///< headroom, weeks_to_exhaustion, slo_attainment, ...; empty with a date
    std::string workload;
    enum class Op { below, above } op = Op::below;
    double value = 0;
    std::optional<Date> date;
  } when;
  enum class Action { order, cancel, bridge, lend, shed, defer_retirement };
  Action action = Action::bridge;
  std::string target;                       ///< order to bring forward or cancel, workload to shed, cohort to keep
  std::string chip;                         ///< bridge, order
  std::string site;
  std::int64_t count = 0;                   ///< most accelerators a time
  std::int64_t market_depth = 0;            ///< bridge: most that can be rented at once
  std::optional<MarketPrice<Seconds>> price;
  CalendarSpan lag;
  CalendarSpan term;                        ///< bridge: length of the rental
  int limit = 1;                            ///< how often
  std::string budget;
};

struct Expectation {
  std::string text;                         ///< METRIC[(dim=value,…)] OP NUMBER [UNIT] [in every year|quarter|month]
  Place place;
};

struct Scenario {
  int format_version = 1;
  std::string name;
  std::string note;                         ///< printed with the summary: what the numbers are not
  Period horizon;                           ///< [start, end)
  std::uint64_t seed = 1;
  Currency base_currency;
  int fiscal_year_start = 1;                ///< month
  std::vector<FxRate> fx;
  std::vector<catalog::Chip> chips;         ///< every chip that the scenario names, its own changes applied
  std::vector<Site> sites;
  std::vector<Link> links;
  std::vector<Cohort> fleet;
  std::vector<Order> orders;
  std::vector<Lease> leases;
  std::vector<BudgetLine> budgets;
  std::vector<Workload> workloads;
  Policies policies;
  std::vector<Response> responses;
  std::vector<Process> processes;
  std::vector<Expectation> expect;

  struct InputFile { std::string path; std::string sha256; };
  std::vector<InputFile> inputs;            ///< every file read, in order of reading
  std::string hash;                         ///< sha256 of the resolved scenario
};

}  // namespace headroom::scenario
