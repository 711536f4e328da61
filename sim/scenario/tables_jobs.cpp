#include "sim/scenario/csv_nodes.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

const Table<MixedPart>& mixed_part_table() {
  static const Table<MixedPart> table = [] {
    Table<MixedPart> t("mixed part", "Accelerators of another chip, at the same site, that share a run's work in proportion to their speed.");
    t.add("chip", &MixedPart::chip, name_of("chip"), "The other chip; it needs a rate as well.").required();
    t.add("accelerators", &MixedPart::accelerators, count(1), "Of the other chip.").required().example("512");
    t.add("efficiency", &MixedPart::efficiency, share({0.01, 1}), "Speed of the whole over the sum of its parts alone.");
    t.add("grade", &MixedPart::grade,
          words<std::string>({{"measured", "measured"}, {"interpolated", "interpolated"}, {"extrapolated", "extrapolated"}, {"datasheet", "datasheet"}, {"assumed", "assumed"}}),
          "Evidence grade of the efficiency.");
    return t;
  }();
  return table;
}

const Table<Rollout>& rollout_table() {
  static const Table<Rollout> table = [] {
    Table<Rollout> t("rollout", "Accelerators, at the same site, that generate the tokens from which the run learns.");
    t.add("chip", &Rollout::chip, name_of("chip"), "Chip of the rollouts.").required();
    t.add("accelerators", &Rollout::accelerators, count(1), "Accelerators of the rollouts.").required().example("64");
    t.add("generates", &Rollout::generates, quantity<TokensPerSecond>(positive), "Tokens that a rollout accelerator generates.").required().example("\"1000 tokens/s\"");
    t.add("learns", &Rollout::learns, quantity<TokensPerSecond>(positive), "Tokens that an accelerator of the run learns from.").required().example("\"8000 tokens/s\"");
    t.add("tokens_per_step", &Rollout::tokens_per_step, quantity<Tokens>(positive), "Tokens of one step.").required().example("\"64e6 tokens\"");
    t.add("steps", &Rollout::steps, count(1), "Steps of the run.").required().example("2000");
    t.add("weight_transfer", &Rollout::weight_transfer, quantity<Seconds>(), "Time to bring the new weights to the rollouts, each step.");
    t.add("overlapped", &Rollout::overlapped, truth(), "Whether the next step's rollouts run while this one is learnt.");
    return t;
  }();
  return table;
}

}  // namespace

const Table<TrainingRun>& training_run_table() {
  static const Table<TrainingRun> table = [] {
    Table<TrainingRun> t("training run", "A gang that holds whole accelerators until its work is done.");
    t.add("id", &TrainingRun::id, id(), "Name of the run.").required();
    t.add("start", &TrainingRun::start, day(), "Day from which it waits for accelerators.").required();
    t.add("accelerators", &TrainingRun::accelerators, count(1), "Size of the gang.").required().example("9600");
    t.add("chips", &TrainingRun::chips, list_of(name_of("chip"), 1), "Accepted chips in order of preference; one kind runs it.").required();
    t.add("ideal_duration", &TrainingRun::ideal_duration, span(), "On the first accepted chip, without failures.").absent("from architecture and tokens").example("\"90 days\"");
    t.add("architecture", &TrainingRun::architecture, name_of("architecture"), "Instead of a duration, with `tokens`.").absent("none");
    t.add("tokens", &TrainingRun::tokens, quantity<Tokens>(positive), "Tokens to train on.").absent("none").example("\"15e12 tokens\"");
    t.add("sequence", &TrainingRun::sequence, small_integer(1, 10'000'000), "Tokens of a sequence.");
    t.add("batch", &TrainingRun::batch, quantity<Tokens>(positive), "Tokens of one optimizer step, for a performance model; absent: an assumption.").example("\"16e6 tokens\"");
    t.add("precision", &TrainingRun::precision, words<TrainingRun::Precision>({{"bf16", TrainingRun::Precision::bf16}, {"fp8", TrainingRun::Precision::fp8}}),
          "Of the matrix products; MFU is a share of its dense peak.");
    t.add("interruptions_per_million_accelerator_hours", &TrainingRun::interruptions_per_million_accelerator_hours,
          number(failure_rate), "Rate of interruptions, beside those of the site's failures.");
    t.add("interruptions_per_day", &TrainingRun::interruptions_per_day, number({0, 1e5}),
          "Interruptions that do not depend on its size: small jobs die of other causes than large ones (arXiv 2410.21680).");
    t.add("checkpoint_interval", &TrainingRun::checkpoint_interval, quantity<Seconds>(), "Time of work between checkpoints.").absent("the optimum of Young and Daly; nothing is lost if a write takes no time");
    t.add("checkpoint_write", &TrainingRun::checkpoint_write, quantity<Seconds>(), "Time that training stands for one.");
    t.add("restart", &TrainingRun::restart, quantity<Seconds>(), "Time from an interruption to training again.");
    t.add("checkpoint_size", &TrainingRun::checkpoint_size, quantity<Bytes>(), "State that each restart reads from the site's storage, beside that time; it counts where the site has `checkpoint_read`.");
    t.add("dataset_size", &TrainingRun::dataset_size, quantity<Bytes>(),
          "Data that the run reads: before it first starts at another site than the workload's `home` they are sent there over links, and it waits for them.").example("\"60 TB\"");
    t.add("communication_share", &TrainingRun::communication_share, share({0, 0.99}),
          "With rates, where a site has a `fabric`: share of a step that waits for ports of the chip's own scale-out bandwidth.").absent("none").example("0.1");
    t.add("mixed_with", &TrainingRun::mixed_with, object(mixed_part_table), "Further accelerators of another chip in the same job.").absent("none");
    t.add("rollout", &TrainingRun::rollout, object(rollout_table), "Reinforcement learning: where and how fast its tokens are generated; its steps are its length.").absent("none");
    t.check([](Reader& r, const Node& node, TrainingRun& run) {
      if (run.mixed_with || run.rollout) {
        if (run.chips.size() != 1) r.fault_below(node, "chips", "several accepted chips in a run on two chips", "exactly one");
        if (run.mixed_with && run.rollout) r.fault_at_latest(node, {"mixed_with", "rollout"}, "both a mixed job and rollouts", "one of them");
      }
      if (run.rollout) {
        if (run.ideal_duration) r.fault_at_latest(node, {"ideal_duration", "rollout"}, "both a duration and rollouts, whose steps are the length", "one of them");
        if (!run.architecture.empty()) r.fault_at_latest(node, {"architecture", "rollout"}, "both an architecture and rollouts, whose steps are the length", "one of them");
        return;
      }
      if (run.ideal_duration) {
        for (const char* key : {"architecture", "tokens", "sequence", "batch"}) {
          if (node.find(key) != nullptr) r.fault_below(node, key, "a duration is written, so nothing reads the work to do", "\"ideal_duration\", or \"architecture\" and \"tokens\"");
        }
        if (node.find("architecture") != nullptr || node.find("tokens") != nullptr) return;
      }
      const bool by_work = !run.architecture.empty() && run.tokens.base() > 0;
      if (run.ideal_duration.has_value() == by_work) {
        r.fault(node, by_work ? "both a duration and architecture with tokens" : "neither a duration nor architecture with tokens",
                "\"ideal_duration\", or \"architecture\" and \"tokens\"");
      }
      if (r.horizon && run.start >= r.horizon->end) {
        r.fault_below(node, "start", fmt::format("starts on {}, after the scenario's end", headroom::to_string(run.start)), "an earlier day");
      }
    });
    return t;
  }();
  return table;
}

namespace {

Position written_at(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value != nullptr ? value->position : node.position;
}

const Table<ListedJob>& listed_job_table() {
  static const Table<ListedJob> table = [] {
    Table<ListedJob> t("job", "A gang job: all of its accelerators at once or none.");
    t.add("at", &ListedJob::at, day(), "Day of submission.").required().example("\"2026-03-07\"");
    t.add("hour", &ListedJob::hour, number({0, 24}), "Hour of the day.");
    t.add("accelerators", &ListedJob::accelerators, count(1, 1000000), "Size of the gang.");
    t.add("duration", &ListedJob::duration, quantity<Seconds>({positive.least, longest_job_time}), "Of its work, without interruptions.").required().example("\"12 h\"");
    t.add("count", &ListedJob::count, count(1, 1000000), "So many such jobs.");
    t.check([](Reader& r, const Node& node, ListedJob& job) {
      job.size_at = written_at(node, "accelerators");
      if (!r.horizon) return;
      if (job.at < r.horizon->begin) {
        r.fault_below(node, "at", fmt::format("submitted on {}, before the scenario's start {}", headroom::to_string(job.at), headroom::to_string(r.horizon->begin)), "a later day");
      } else if (job.hour >= static_cast<double>((r.horizon->end - job.at).count()) * 24) {
        r.fault_below(node, "at", fmt::format("submitted on {} at hour {:g}, when the scenario is over", headroom::to_string(job.at), job.hour), "an earlier time, or a longer scenario");
      }
    });
    return t;
  }();
  return table;
}

const Table<JobArrivals::Size>& job_size_table() {
  static const Table<JobArrivals::Size> table = [] {
    Table<JobArrivals::Size> t("job size", "A size of gang and how often it comes.");
    t.add("accelerators", &JobArrivals::Size::accelerators, count(1, 1000000), "Size of the gang.");
    t.add("weight", &JobArrivals::Size::weight, number(positive), "Relative to the other sizes.");
    return t;
  }();
  return table;
}

const Table<JobArrivals>& job_arrivals_table() {
  static const Table<JobArrivals> table = [] {
    Table<JobArrivals> t("job arrivals", "Jobs that arrive at random and are alike.");
    t.add("per_day", &JobArrivals::per_day, number(positive), "Mean number a day.").required().example("40");
    t.add("sizes", &JobArrivals::sizes, list_of(object(job_size_table), 1), "Sizes of gangs.").required().example("[{\"accelerators\": 8, \"weight\": 3}, {\"accelerators\": 64}]");
    t.add("duration", &JobArrivals::duration, quantity<Seconds>({positive.least, longest_job_time}), "Mean of their work.").required().example("\"6 h\"");
    t.add("duration_variation", &JobArrivals::duration_variation, number({0, 10}), "Coefficient of variation (lognormal).");
    return t;
  }();
  return table;
}

const Table<ElasticSize>& elastic_table() {
  static const Table<ElasticSize> table = [] {
    Table<ElasticSize> t("elastic sizes", "Sizes at which a job may run, as multiples of its own (policy elastic).");
    t.add("least", &ElasticSize::least, number({0.001, 1}), "Least size, rounded up; the speed falls in proportion.");
    t.add("most", &ElasticSize::most, number({1, 1000}), "Largest size, rounded down.");
    t.add("growth_efficiency", &ElasticSize::growth_efficiency, share({0, 1}), "Speed that each accelerator beyond its own adds, as a share of one of those.");
    return t;
  }();
  return table;
}

const Table<TracedJob>& traced_job_table() {
  static const Table<TracedJob> table = [] {
    Table<TracedJob> t("traced job", "A gang job of a trace, with the columns of `headroom replay jobs`.");
    t.add("submit_s", &TracedJob::submit_s, number({0, 1e9}), "Seconds since the scenario's start.").required();
    t.add("gpus", &TracedJob::gpus, count(1, 1000000), "Size of the gang.").required();
    t.add("duration_s", &TracedJob::duration_s, number({0, 1e9}), "Of its work, without interruptions.").required();
    t.add("priority", &TracedJob::priority, count(0, 1000000), "The higher one goes first.").absent("that of the workload's tier: 10 less the tier");
    t.add("deadline_s", &TracedJob::deadline_s, number({0, 1e9}), "Due so long after its submission.").absent("the workload's");
    t.add("estimate_s", &TracedJob::estimate_s, number({0, 1e9}), "Of its duration, as its user claims it, for backfilling.").absent("the duration");
    t.add("checkpoint_s", &TracedJob::checkpoint_s, number({0, 1e9}), "Work between checkpoints; an eviction loses what was done since.").absent("the workload's");
    t.check([](Reader& r, const Node& node, TracedJob& job) {
      job.size_at = written_at(node, "gpus");
      if (r.horizon && job.submit_s >= static_cast<double>((r.horizon->end - r.horizon->begin).count()) * 86400) {
        r.fault_below(node, "submit_s", fmt::format("submitted after {:g} s, when the scenario is over", job.submit_s), "an earlier time, or a longer scenario");
      }
    });
    return t;
  }();
  return table;
}

}  // namespace

void add_job_keys(Table<Workload>& t) {
  const std::vector<std::string> jobs{"jobs"}, tenants{"jobs", "training"};
  t.add("queue", &Workload::queue, name_of("queue"),
        "Queue of `policies.queues` whose tenant it is. Training runs in a queue are its jobs: its policy says who goes first, and who makes room.").when("kind", tenants).absent("none");
  t.add("jobs", &Workload::jobs, list_or_csv(listed_job_table), "Jobs, or a CSV file of them.").when("kind", jobs).absent("none");
  t.add("trace", &Workload::trace, list_or_csv(traced_job_table), "Jobs of a trace: a CSV file, its rows chosen by `where`.").when("kind", jobs).absent("none")
      .example("{\"csv\": \"philly_jobs.csv\", \"where\": {\"vc\": \"11cb48\"}}");
  t.add("arrivals", &Workload::arrivals, object(job_arrivals_table), "Jobs that arrive at random.").when("kind", jobs).absent("none");
  t.add("checkpoint_interval", &Workload::job_checkpoint, quantity<Seconds>({0, longest_job_time}), "Work between checkpoints; a failure loses what was done since.").when("kind", jobs);
  t.add("restart", &Workload::job_restart, quantity<Seconds>({0, longest_job_time}), "Time from each interruption to work again.").when("kind", jobs);
  t.add("saves_when_evicted", &Workload::saves_when_evicted, truth(), "Whether a job that must make room for others writes a checkpoint first.").when("kind", tenants);
  t.add("communication_share", &Workload::job_communication, share({0, 0.99}),
        "Share c of a job's time that waits for the ports of its accelerators at their whole bandwidth: where the fabric leaves a share f of that, the job takes 1 - c + c / f times as long. Jobs inside one scale-up domain see all of it.")
      .when("kind", jobs).absent("jobs do not feel where they stand").example("0.1");
  t.add("elastic", &Workload::elastic, object(elastic_table), "Sizes beside the jobs' own, for a queue with the policy elastic.").when("kind", jobs).absent("rigid");
  t.add("quota", &Workload::quota, count(), "Accelerators of the queue that are its own (policy quota).").when("kind", tenants);
  t.add("may_borrow", &Workload::may_borrow, count(), "Accelerators beyond its quota, while others lend.").when("kind", tenants);
  t.add("lends", &Workload::lends, count(), "Of its unused quota, what others may borrow.").when("kind", tenants);
  t.add("weight", &Workload::weight, count(1), "Of its fair share (policy fairshare).").when("kind", tenants);
}

}  // namespace headroom::scenario
