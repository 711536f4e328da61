#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/catalog/chip.hpp"
#include "models/serving/generation.hpp"
#include "models/serving/plan.hpp"
#include "models/serving/ranking.hpp"
#include "sim/scenario/failure_rules.hpp"
#include "sim/scenario/site_fabric.hpp"
#include "sim/scenario/values.hpp"

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

/// What one accelerator of a chip does for a workload, as measured or assumed. The fields used depend on the kind.
struct ChipRate {
  std::string chip;
  TokensPerSecond prefill;                  ///< serving: uncached input tokens a second and accelerator
  TokensPerSecond decode;                   ///< serving: output tokens a second and accelerator
  double units_per_second = 0;              ///< ranking: candidates; video: clip-seconds; accelerator_hours: reference hours per hour x 1/3600
  double mfu = 0;                           ///< training: of the dense peak of the run's precision
  std::int64_t replica = 8;                 ///< accelerators that stand and fall together
  std::optional<Date> ported;               ///< usable from this day; absent: always
  std::vector<std::string> includes;        ///< what the rate already contains: idle, failures, headroom, cache
  double low_factor = 1, high_factor = 1;   ///< 80 % interval as factors on the rate
  std::string grade;                        ///< measured | interpolated | extrapolated | datasheet | assumed
  Provenance from;
};

struct ModelShare {
  std::string architecture;                 ///< catalogue name, or a name of the scenario's own rates
  double share = 1;                         ///< of the workload's tokens
  std::vector<ChipRate> rates;              ///< table model; empty with an analytic model
};

/// Accelerators of another chip that share a run's work in proportion to their speed.
struct MixedPart {
  std::string chip;
  std::int64_t accelerators = 0;
  double efficiency = 0.9;                  ///< of the whole beside the sum of its parts alone
  std::string grade = "assumed";            ///< evidence of the efficiency
};

/// Reinforcement learning: tokens are generated on other accelerators than those that learn from them.
struct Rollout {
  std::string chip;
  std::int64_t accelerators = 0;
  TokensPerSecond generates;                ///< tokens a second and rollout accelerator
  TokensPerSecond learns;                   ///< tokens a second and accelerator of the run
  Tokens tokens_per_step;
  std::int64_t steps = 0;
  Seconds weight_transfer;                  ///< each step
  bool overlapped = true;                   ///< the next step's rollouts run while this one is learnt
};

/// Pretraining runs: gangs that hold whole accelerators until their work is done.
struct TrainingRun {
  std::string id;
  Date start;
  std::int64_t accelerators = 0;
  std::vector<std::string> chips;           ///< accepted, in order of preference; one type runs it
  std::optional<CalendarSpan> ideal_duration;  ///< on the first accepted chip, without failures
  std::string architecture;                 ///< instead of a duration: with `tokens`
  Tokens tokens;
  int sequence = 4096;                      ///< tokens of a sequence
  Tokens batch{4e6};                        ///< of one optimizer step
  enum class Precision { bf16, fp8 };
  Precision precision = Precision::bf16;
  double interruptions_per_million_accelerator_hours = 0;
  double interruptions_per_day = 0;         ///< that do not depend on its size
  Seconds checkpoint_interval, checkpoint_write, restart;
  Bytes checkpoint_size{0};                 ///< read from the site's storage at each restart, beside `restart`
  Bytes dataset_size;                       ///< that it must have at a site before it first starts there; 0: it is there
  std::optional<double> communication_share;  ///< of a step at a rate: waits for ports of the chip's own scale-out bandwidth
  std::optional<MixedPart> mixed_with;
  std::optional<Rollout> rollout;
};

/// A number of tokens (or of turns) as a law.
struct LengthLaw {
  enum class Law { constant, normal, lognormal, exponential };
  Law law = Law::constant;
  double mean = 500;
  double sd = 0;                            ///< of normal (before it is cut to least and most) and lognormal
  std::int64_t least = 1, most = 1'000'000;
};

/// Prompts and answers of a service.
struct Lengths {
  LengthLaw input, output;                  ///< tokens; `input` without the shared prefix
  std::int64_t shared_prefix = 0;           ///< tokens in front of every prompt that its group shares
  std::int64_t prefix_groups = 1;
};

/// How one replica is laid out. Where none of its widths is written they are searched for.
struct ReplicaLayout {
  serving::ReplicaPlan plan;
  bool searched = true;
};

/// Performance model and layout of a workload on one chip, where they differ from those of the workload.
struct OnChip {
  std::string chip;
  std::string performance_model;            ///< empty: the workload's
  std::optional<ReplicaLayout> layout;
};

/// Accelerators that do the prompts of a service and send the caches to those that decode, at the same site.
struct PrefillPool {
  std::vector<std::string> chips;           ///< eligible; empty: the workload's
  std::optional<ReplicaLayout> layout;      ///< of one group; absent: the workload's
};

/// A recommendation model that ranks candidates, on replicas that hold its tables between them.
struct RankingService {
  serving::RankingModel model;
  double candidates = 500;                  ///< of a request
  Seconds latency_p99{0.1};
  int devices = 8;                          ///< of a replica
};

/// A diffusion model that makes clips.
struct VideoService {
  serving::DiffusionModel model;
  Seconds clip{5};
  int devices = 8;                          ///< that make one clip together
};

/// A job of a list: it runs on all of its accelerators at once or not at all.
struct ListedJob {
  Date at;
  double hour = 0;                          ///< of the day
  std::int64_t accelerators = 8;
  Seconds duration;
  std::int64_t count = 1;                   ///< such jobs
};

/// A job of a trace, with the columns that `headroom replay jobs` reads. Times in seconds since the scenario's start.
struct TracedJob {
  double submit_s = 0, duration_s = 0;
  std::int64_t gpus = 1;
  std::optional<std::int64_t> priority;     ///< instead of the workload's tier
  std::optional<double> deadline_s;         ///< after its submission
  std::optional<double> estimate_s;         ///< of its duration, as its user claims it
  std::optional<double> checkpoint_s;       ///< work between checkpoints; an eviction loses what was done since
};

/// Jobs that arrive at random and are alike.
struct JobArrivals {
  struct Size { std::int64_t accelerators = 8; double weight = 1; };
  double per_day = 0;
  std::vector<Size> sizes;
  Seconds duration;                         ///< mean
  double duration_variation = 1;            ///< coefficient of variation (lognormal)
};

/// Accelerators of one chip at one site that a queue may use.
struct QueuePart {
  std::string site, chip;
  std::int64_t accelerators = 0;            ///< at most
  std::int64_t reserved = 0;                ///< of those, what services never get
  std::int64_t node = 8;                    ///< accelerators of a node
  std::int64_t group = 0;                   ///< nodes of a scale-up domain or rack; 0: one group
};

/// A queue of jobs and of training runs on what services, and runs outside queues, leave of a chip at a site.
struct JobQueueRule : QueuePart {
  std::string id;
  std::vector<QueuePart> also;              ///< further parts; a gang stands in one of them, or a run on two chips in two
  std::string policy = "fifo";
  std::string placement = "packed";         ///< how gangs are laid over the nodes
};

/// Sizes at which a job may run beside its own, as multiples of it.
struct ElasticSize {
  double least = 1, most = 1;
  double growth_efficiency = 1;             ///< speed that each accelerator beyond the job's own adds, as a share of one of those
};

/// Bytes that a unit of load moves between its users and the site that serves it.
struct Traffic {
  Bytes request;                            ///< serving: of an input token, cached ones included; else of a unit
  Bytes response;                           ///< serving: of an output token; else of a unit
};

struct Workload {
  std::string id;
  enum class Kind { serving, training, ranking, video, accelerator_hours, jobs };
  Kind kind = Kind::serving;
  int tier = 1;                             ///< 1 is served first
  struct RegionShare { std::string region; double share; };
  std::vector<RegionShare> regions;         ///< shares sum to 1; traffic stays where a site serves the region
  std::vector<std::string> chips;           ///< eligible; empty: every chip that has a rate
  std::string home;                         ///< site that keeps its weights or its runs' data; empty: every site does
  std::string model;                        ///< performance model: "table" or one of models/serving
  std::vector<OnChip> on_chips;
  std::vector<ModelShare> models;           ///< serving: shares sum to 1; other kinds: one entry with rates
  Shape shape;

  // serving
  SeriesOf<TokensPerSecond> tokens;         ///< key tokens_per_day: input and output, mean of the day
  double output_share = 0;
  double cached_share = 0;                  ///< of input
  std::optional<Lengths> lengths;           ///< what an iteration model needs
  std::optional<RankingService> ranking;    ///< ranking, without rates
  std::optional<VideoService> video;        ///< video, without rates
  ReplicaLayout layout;
  std::optional<PrefillPool> prefill;       ///< absent: replicas do prompts and decodes
  BytesPerSecond transfer_bandwidth{50e9};  ///< of a prefill group, for caches
  Seconds transfer_latency{0.001};
  Seconds ttft_p95, tpot_p95;               ///< slo; zero: no target of that kind
  bool slo_held_by_rates = false;           ///< slo: the table's rates were reached within the latency targets
  Seconds patience{300};                    ///< slo: requests that would wait longer give up
  std::optional<Seconds> round_trip;        ///< slo: longest way to a site and back that a region's users may have
  std::optional<Traffic> traffic;           ///< over links
  std::optional<Seconds> deadline;          ///< batch: backlog may wait that long, at least an hour; absent: interactive
  std::optional<double> within_hour_variation;  ///< standard deviation of minutes within the hour, as a share of the mean

  // ranking, video, accelerator_hours
  Series units_per_second;                  ///< requests x candidates; clip-seconds; accelerators of the reference chip
  double slo_attainment_target = 0.95;

  std::vector<TrainingRun> runs;            ///< training

  // jobs, and training runs that go through a queue: a tenant of it
  std::string queue;
  std::vector<ListedJob> jobs;
  std::vector<TracedJob> trace;
  std::optional<JobArrivals> arrivals;
  std::optional<ElasticSize> elastic;
  Seconds job_checkpoint, job_restart;      ///< work between checkpoints, 0: a failure loses nothing; time after each interruption
  bool saves_when_evicted = true;           ///< an eviction waits for a checkpoint
  std::optional<double> job_communication;  ///< share of a job's time that waits for whole ports; absent: it does not feel where it stands
  std::int64_t quota = 0, may_borrow = 0, lends = 0;  ///< accelerators: its own, beyond them, and of its unused own
  std::int64_t weight = 1;                  ///< of its fair share
  Provenance from;
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
