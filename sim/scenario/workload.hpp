#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/serving/generation.hpp"
#include "models/serving/plan.hpp"
#include "models/serving/ranking.hpp"
#include "sim/scenario/node.hpp"
#include "sim/scenario/values.hpp"

/// What is to be served and run: services, training runs and jobs, with what a chip does for them, and the queues of jobs.
namespace headroom::scenario {

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
  Position size_at;                         ///< where its size is written
};

/// A job of a trace, with the columns that `headroom replay jobs` reads. Times in seconds since the scenario's start.
struct TracedJob {
  double submit_s = 0, duration_s = 0;
  std::int64_t gpus = 1;
  std::optional<std::int64_t> priority;     ///< instead of the workload's tier
  std::optional<double> deadline_s;         ///< after its submission
  std::optional<double> estimate_s;         ///< of its duration, as its user claims it
  std::optional<double> checkpoint_s;       ///< work between checkpoints; an eviction loses what was done since
  Position size_at;                         ///< where its size is written
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

}  // namespace headroom::scenario
