#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/scenario/series.hpp"
#include "sim/scenario/tables.hpp"

namespace headroom::scenario {

namespace {

const Table<Shape::Festival>& festival_table() {
  static const Table<Shape::Festival> table = [] {
    Table<Shape::Festival> t("festival", "Days with a load of their own.");
    t.add("id", &Shape::Festival::id, id(), "Name.").required().example("\"spring-2026\"");
    t.add("from", &Shape::Festival::from, day(), "First day.").required().example("\"2026-02-16\"");
    t.add("days", &Shape::Festival::days, small_integer(1, 60), "Number of days.").required().example("2");
    t.add("factor", &Shape::Festival::factor, number({0, 100}), "Load over that of a plain day.").required().example("4");
    return t;
  }();
  return table;
}

/// Exactly `n` factors that are not negative and not all zero, divided by their mean.
Type<std::vector<double>> factors(int n) {
  Type<std::vector<double>> type = list_of(number(not_negative));
  type.form.exactly = n;
  type.form.name = fmt::format("{} factors", n);
  type.read = [n, read = type.read](Reader& r, const Node& node, std::vector<double>& out) {
    if (!read(r, node, out)) return false;
    if (static_cast<int>(out.size()) != n) {
      r.fault(node, fmt::format("{} factors", out.size()), fmt::format("{} of them", n));
      return false;
    }
    const double mean = std::accumulate(out.begin(), out.end(), 0.0) / n;
    if (!(mean > 0)) {
      r.fault(node, "factors that are all 0", "a mean above 0");
      return false;
    }
    for (double& f : out) f /= mean;
    return true;
  };
  return type;
}

const Table<Workload>& slo_table() {
  static const Table<Workload> table = [] {
    Table<Workload> t("slo", "Service levels.");
    t.add("ttft_p95", &Workload::ttft_p95, quantity<Seconds>(positive), "95th percentile of the time to the first token.")
        .absent("no target")
        .example("\"2 s\"");
    t.add("tpot_p95", &Workload::tpot_p95, quantity<Seconds>(positive), "95th percentile of the time per output token.")
        .absent("no target")
        .example("\"50 ms\"");
    t.add("attainment", &Workload::slo_attainment_target, share({0.01, 1}), "Share of requests that must meet every target.");
    t.add("held_by_rates", &Workload::slo_held_by_rates, truth(), "The rates of the table were reached within the latency targets; a rate knows no latency itself.");
    t.add("round_trip", &Workload::round_trip, quantity<Seconds>(positive),
          "Longest round trip over `links` to a site that may serve a region's users.").absent("what \"ttft_p95\" leaves, where a performance model tells latencies").example("\"80 ms\"");
    t.add("patience", &Workload::patience, quantity<Seconds>(positive),
          "Requests that would wait longer give up; where an iteration model tells the waits. Rates know no waits, and a queue would make every request late "
          "that comes behind it: of an interactive workload they turn away at once what exceeds them, so that nothing waits over the hour.").example("\"5 min\"");
    return t;
  }();
  return table;
}

/// A calendar span, or a time of at least an hour.
Type<Seconds> time_or_span() {
  const Type<CalendarSpan> calendar = span();
  const Range range{3600, longest_job_time};
  const Type<Seconds> time = quantity<Seconds>(range, "\"6 h\"");
  Form any;
  any.kind = Form::Kind::any_of;
  any.name = "calendar span, or time";
  any.example = "\"6 h\"";
  any.parts = {calendar.form, time.form};
  return {any,
          [calendar, time, range, any](Reader& r, const Node& node, Seconds& out) {
            if (!node.is(Node::Kind::string) || !parse_span(node.text)) return time.read(r, node, out);
            CalendarSpan found;
            if (!calendar.read(r, node, found)) return false;
            out = Seconds{3600.0 * (found.days * 24 + found.months * 730)};
            return detail::check_quantity_range(r, node, out.base(), range, dimension_of(out), any);
          },
          {}};
}

/// The name of an architecture, or a list of models with shares.
Type<std::vector<ModelShare>> models() {
  const Type<std::string> name = text();
  const Type<std::vector<ModelShare>> list = list_of(object(model_share_table), 1);
  Form any;
  any.kind = Form::Kind::any_of;
  any.name = "architecture, or list of model shares";
  any.example = "\"deepseek-v3\"";
  any.parts = {name.form, list.form};
  return {any,
          [name, list](Reader& r, const Node& node, std::vector<ModelShare>& out) {
            if (!node.is(Node::Kind::string)) return list.read(r, node, out);
            out.assign(1, {});
            return name.read(r, node, out[0].architecture);
          },
          {}};
}

void check_shares(Reader& r, const Node& node, const std::string& key, double sum) {
  if (std::abs(sum - 1) > 1e-6) r.fault_below(node, key, fmt::format("the shares sum to {:.6g}", sum), "shares that sum to 1");
}

void check_regions(Reader& r, const Node& node, Workload& w) {
  const auto& regions = r.names("region");
  if (w.regions.empty()) {
    if (regions.size() == 1) {
      w.regions.push_back({regions.front(), 1});
    } else if (w.kind != Workload::Kind::training && w.kind != Workload::Kind::jobs) {
      r.fault(node, "key \"regions\" is missing and there are several regions", "shares, e.g. {\"cn\": 0.9, \"sea\": 0.1}");
    }
    return;
  }
  double sum = 0;
  for (const Workload::RegionShare& share : w.regions) {
    sum += share.share;
    if (!r.known("region", share.region)) {
      r.fault_below(node, "regions/" + share.region, fmt::format("no site serves the region {}", json_string(share.region)),
                    fmt::format("one of {}", fmt::join(regions, ", ")), nearest(share.region, regions).value_or(""));
    }
  }
  std::vector<std::string> paths{"regions"};
  for (const Workload::RegionShare& share : w.regions) paths.push_back("regions/" + share.region);
  if (std::abs(sum - 1) > 1e-6) r.fault_at_latest(node, paths, fmt::format("the shares sum to {:.6g}", sum), "shares that sum to 1");
}

void check_models(Reader& r, const Node& node, const Workload& w) {
  double sum = 0;
  for (std::size_t i = 0; i < w.models.size(); ++i) {
    const ModelShare& m = w.models[i];
    sum += m.share;
    if (w.kind == Workload::Kind::serving && m.rates.empty() && !r.known("architecture", m.architecture)) {
      const std::string path = node.find("model") != nullptr && node.find("model")->is(Node::Kind::string)
                                   ? "model" : fmt::format("model/{}/architecture", i);
      r.fault_below(node, path, fmt::format("there is no architecture {} in the catalogue", json_string(m.architecture)),
                    "a catalogue name, or \"rates\" of its own", nearest(m.architecture, r.names("architecture")).value_or(""));
    }
    if (w.kind == Workload::Kind::serving && w.model == "table" && m.rates.empty() && w.on_chips.empty()) {
      r.fault_below(node, "performance_model", "a table model without \"rates\"", "rates, or performance_model \"analytic\"");
    }
    for (const ChipRate& rate : m.rates) {
      const bool serving = w.kind == Workload::Kind::serving;
      if (serving && (rate.prefill.base() <= 0 || rate.decode.base() <= 0)) {
        r.fault_below(node, "rates", fmt::format("the rate on {} lacks prefill or decode", rate.chip), "both, in tokens/s");
      } else if (!serving && w.kind != Workload::Kind::training && rate.units_per_second <= 0) {
        r.fault_below(node, "rates", fmt::format("the rate on {} lacks units_per_second", rate.chip), "a number above 0");
      }
    }
  }
  if (!w.models.empty()) check_shares(r, node, "model", sum);
}

/// The shares of tokens follow from the lengths; written beside them they must agree.
void check_lengths(Reader& r, const Node& node, Workload& w) {
  const double prompt = w.lengths->input.mean + static_cast<double>(w.lengths->shared_prefix);
  const double cached = static_cast<double>(w.lengths->shared_prefix) / prompt;
  const double output = w.lengths->output.mean / (prompt + w.lengths->output.mean);
  const auto agree = [&](const char* key, double& share, double told) {
    if (node.find(key) != nullptr && std::abs(share - told) > 0.01) {
      r.fault_below(node, key, fmt::format("{:.4g} does not agree with the lengths, which say {:.4g}", share, told), "that share, or no such key");
    }
    share = told;
  };
  agree("cached_share", w.cached_share, cached);
  agree("output_share", w.output_share, output);
}

/// Prompts go to a pool of their own for the sake of latencies that an iteration model tells.
void check_prefill(Reader& r, const Node& node, const Workload& w) {
  if (!w.prefill) {
    for (const char* key : {"transfer_bandwidth", "transfer_latency"}) {
      if (node.find(key) != nullptr) r.fault_below(node, key, "a transfer of caches without \"prefill\"", "\"prefill\", or no such key");
    }
    return;
  }
  if (w.model == "table") r.fault_below(node, "prefill", "a prefill pool beside rates that hold prompts and decodes", "performance_model \"analytic\", with \"lengths\"");
  if (w.deadline) r.fault_below(node, "prefill", "a prefill pool for a batch workload, which has no latency to gain", "\"deadline\" or \"prefill\", not both");
  if (w.prefill->layout && w.prefill->layout->plan.kv != w.layout.plan.kv) {
    r.fault_below(node, "prefill/plan", "a cache in another format than that of the decodes", fmt::format("\"kv\": \"{}\", as in \"plan\"", serving::to_string(w.layout.plan.kv)));
  }
}

/// A rate does not say at which latency it was reached unless it says so; an iteration model tells it by itself.
void check_latency_targets(Reader& r, const Node& node, const Workload& w) {
  const bool told = w.ttft_p95.base() > 0 || w.tpot_p95.base() > 0;
  if (w.model == "table" && told && !w.slo_held_by_rates) {
    r.fault_below(node, "slo", "a latency target, and rates that do not say whether they hold it",
                  "\"held_by_rates\": true, or a performance model that tells latencies (\"analytic\", with \"lengths\")");
  } else if (w.slo_held_by_rates && !told) {
    r.fault_below(node, "slo/held_by_rates", "there is no latency target to hold", "\"ttft_p95\", \"tpot_p95\" or both");
  }
}

/// A workload without tokens has rates, or a model that the analytic estimates know.
void check_one_estimate(Reader& r, const Node& node, Workload& w) {
  if (w.models.empty()) w.models.emplace_back();
  const bool rates = !w.models.front().rates.empty();
  if (w.model == "table" && !rates) r.fault(node, "key \"rates\" is missing", "a list with a rate per chip");
  if (w.model == "table" || w.ranking || w.video) return;
  const char* key = w.kind == Workload::Kind::ranking ? "\"ranking_model\"" : w.kind == Workload::Kind::video ? "\"video_model\"" : nullptr;
  if (key == nullptr) r.fault(node, "key \"rates\" is missing", "a list with a rate per chip");
  else r.fault(node, fmt::format("neither \"rates\" nor {}", key), fmt::format("a list with a rate per chip, or {}", key));
}

/// A file of jobs that has none, or a condition on its rows that none meets.
bool refuse_no_jobs(Reader& r, const Node& node, const char* key) {
  const Node* list = node.find(key);
  if (list == nullptr || !list->is(Node::Kind::object)) return false;
  std::string conditions;
  if (const Node* where = list->find("where")) {
    for (const Node::Member& m : where->members) conditions += fmt::format("{}{}={}", conditions.empty() ? " with " : " and ", m.key, m.value.text);
  }
  r.fault_below(node, fmt::format("{}/{}", key, conditions.empty() ? "csv" : "where"), fmt::format("no row of {}{}", to_json(*list->find("csv")), conditions),
                conditions.empty() ? "at least one row below the header" : "a condition that some rows meet");
  return true;
}

void check_workload(Reader& r, const Node& node, Workload& w) {
  const auto need = [&](std::string_view key, std::string expected) {
    if (node.find(key) == nullptr) {
      r.fault(node, fmt::format("key \"{}\" is missing", key), std::move(expected));
    }
  };
  if (w.kind == Workload::Kind::serving) {
    need("tokens_per_day", "token rate over time, e.g. 9e12");
    if (w.lengths) check_lengths(r, node, w);
    else need("output_share", "a share, e.g. 0.22, or \"lengths\"");
    if (w.models.empty()) need("model", "an architecture of the catalogue, or a list of shares");
  } else if (w.kind == Workload::Kind::training) {
    need("runs", "a list of training runs");
    for (const char* key : {"saves_when_evicted", "quota", "may_borrow", "lends", "weight"}) {
      if (w.queue.empty() && node.find(key) != nullptr) r.fault_below(node, key, "runs outside queues, so nothing reads it", "\"queue\", or no such key");
    }
  } else if (w.kind == Workload::Kind::jobs) {
    need("queue", "a queue of policies.queues");
    bool told = w.jobs.empty() && refuse_no_jobs(r, node, "jobs");
    told = (w.trace.empty() && refuse_no_jobs(r, node, "trace")) || told;
    if (!told && w.jobs.empty() && w.trace.empty() && !w.arrivals) r.fault(node, "there are no jobs", "\"jobs\", a \"trace\" or \"arrivals\"");
  } else {
    need("units_per_second", "a rate over time");
    check_one_estimate(r, node, w);
  }
  if (w.deadline && (w.ttft_p95.base() > 0 || w.tpot_p95.base() > 0)) {
    r.fault_below(node, "deadline", "a batch workload with token targets", "\"deadline\" or \"slo\", not both");
  }
  check_regions(r, node, w);
  check_models(r, node, w);
  check_latency_targets(r, node, w);
  check_prefill(r, node, w);
}

}  // namespace

const Table<Shape>& shape_table() {
  static const Table<Shape> table = [] {
    Table<Shape> t("shape", "How the load moves within the day and week, as factors on its mean.");
    t.add("hourly", &Shape::hourly, factors(24), "Factor of each hour of the users' day; divided by their mean.").absent("flat");
    t.add("weekly", &Shape::weekly, factors(7), "Factor of each day from Monday; divided by their mean.").absent("flat");
    t.add("festivals", &Shape::festivals, list_of(object(festival_table)), "Days with a load of their own.").absent("none");
    t.add("hour_offset", &Shape::hour_offset, number({-14, 14}), "Hours to add to UTC to get the users' clock.").example("8");
    return t;
  }();
  return table;
}

const Table<ChipRate>& chip_rate_table() {
  static const Table<ChipRate> table = [] {
    Table<ChipRate> t("chip rate", "What one accelerator of a chip does for a workload, measured or assumed.");
    t.add("chip", &ChipRate::chip, name_of("chip"), "Chip, of the catalogue or of `chips`.").required();
    t.add("prefill", &ChipRate::prefill, quantity<TokensPerSecond>(positive), "Serving: uncached input tokens.").absent("none").example("\"6000 tokens/s\"");
    t.add("decode", &ChipRate::decode, quantity<TokensPerSecond>(positive), "Serving: output tokens.").absent("none").example("\"1200 tokens/s\"");
    t.add("units_per_second", &ChipRate::units_per_second, number(not_negative),
          "Ranking: candidates; video: clip-seconds; accelerator hours: reference hours an hour; jobs: hours of their durations an hour.").absent("none");
    t.add("mfu", &ChipRate::mfu, share(), "Training: share of the dense peak of the run's precision.");
    t.add("replica", &ChipRate::replica, count(1, 100000), "Accelerators that stand and fall together.");
    t.add("ported", &ChipRate::ported, day(), "Day from which the chip may be used.").absent("always");
    t.add("includes", &ChipRate::includes,
          list_of(words<std::string>({{"idle", "idle"}, {"failures", "failures"}, {"headroom", "headroom"}, {"cache", "cache"}})),
          "Losses that the rate already holds, so that nothing is derated twice.").absent("none");
    t.add("low_factor", &ChipRate::low_factor, number({0.01, 1}), "Lower end of the 80 % interval, as a factor.");
    t.add("high_factor", &ChipRate::high_factor, number({1, 100}), "Upper end of the 80 % interval, as a factor.");
    t.add("grade", &ChipRate::grade,
          words<std::string>({{"measured", "measured"}, {"interpolated", "interpolated"}, {"extrapolated", "extrapolated"},
                              {"datasheet", "datasheet"}, {"assumed", "assumed"}}),
          "Evidence grade.").absent("\"assumed\"");
    add_provenance(t);
    t.check([](Reader&, const Node&, ChipRate& rate) {
      if (rate.grade.empty()) rate.grade = "assumed";
    });
    return t;
  }();
  return table;
}

const Table<ModelShare>& model_share_table() {
  static const Table<ModelShare> table = [] {
    Table<ModelShare> t("model share", "A model and its share of the workload's tokens.");
    t.add("architecture", &ModelShare::architecture, text(), "Catalogue name, or a name of its own beside `rates`.").required().example("\"deepseek-v3\"");
    t.add("share", &ModelShare::share, share(), "Share of the tokens.");
    t.add("rates", &ModelShare::rates, list_of(object(chip_rate_table)), "Rate on each chip, for the table model.").absent("none");
    return t;
  }();
  return table;
}

const Table<Workload>& workload_table() {
  using Kind = Workload::Kind;
  static const Table<Workload> table = [] {
    Table<Workload> t("workload", "A load over the years and what it needs.");
    const std::vector<std::string> units{"ranking", "video", "accelerator_hours"};
    t.add("id", &Workload::id, id(), "Name of the workload.").required().example("\"doubao\"");
    t.add("kind", &Workload::kind,
          words<Kind>({{"serving", Kind::serving}, {"training", Kind::training}, {"ranking", Kind::ranking}, {"video", Kind::video},
                       {"accelerator_hours", Kind::accelerator_hours}, {"jobs", Kind::jobs}}),
          "Which of the following keys describe it.").required();
    t.add("tier", &Workload::tier, small_integer(1, 9), "Priority; 1 is served first.");
    t.add("regions", &Workload::regions,
          map_of<double, Workload::RegionShare>(share(), "regions", [](const std::string& region, double s) {
            return Workload::RegionShare{region, s};
          }),
          "Share of the load by region; it stays where a site serves the region.").absent("the only region").example("{\"cn\": 1}");
    t.add("chips", &Workload::chips, list_of(name_of("chip")), "Eligible chips.").absent("every chip with a rate");
    t.add("performance_model", &Workload::model, performance_model(), "Performance model.").absent("\"table\" if there are rates, else \"analytic\"");
    t.add("on_chips", &Workload::on_chips, list_of(object(on_chip_table)), "Performance model and layout by chip.").absent("the workload's").when("kind", {"serving"});
    t.add("plan", &Workload::layout, object(replica_layout_table), "Layout of a replica, for an iteration model.").when("kind", {"serving"});
    t.add_group("engine", engine_table, "Software of the replicas, for an iteration model.");
    t.add("prefill", &Workload::prefill, object(prefill_pool_table), "Prompts in a pool of their own, for an iteration model; the other keys then tell of decodes. The fleet balances the two.")
        .when("kind", {"serving"}).absent("replicas do both");
    t.add("transfer_bandwidth", &Workload::transfer_bandwidth, quantity<BytesPerSecond>(positive), "Of a prefill group for caches.").when("kind", {"serving"});
    t.add("transfer_latency", &Workload::transfer_latency, quantity<Seconds>(), "Of a transfer.").when("kind", {"serving"});
    t.add("model", &Workload::models, models(), "Architecture of the catalogue, or a weighted list.").absent("none");
    t.add_with<std::vector<ChipRate>>("rates", list_of(object(chip_rate_table)),
                                      [](Workload& out, std::vector<ChipRate> rates) {
                                        if (out.models.empty()) out.models.emplace_back();
                                        if (out.models.size() == 1) out.models[0].rates = std::move(rates);
                                      },
                                      "Rate on each chip, for a workload of one model.").absent("none");
    t.add("shape", &Workload::shape, object(shape_table), "How it moves within the day and week.").absent("flat").when("kind", {"serving", "ranking", "video", "accelerator_hours"});
    t.add("home", &Workload::home, name_of("site"), "Site that keeps its models' weights, or its runs' data: where it is served later than the first day, or a run starts, they are sent over links.")
        .absent("every site has them").when("kind", {"serving", "training"});
    t.add("tokens_per_day", &Workload::tokens, series_of<TokensPerSecond>(), "Input and output, mean of the day.")
        .when("kind", {"serving"}).example("{\"points\": [[\"2025-01-01\", 5e12], [\"2026-01-01\", 50e12]], \"interpolation\": \"exponential\", \"after\": \"hold\"}");
    t.add("output_share", &Workload::output_share, share(), "Output tokens of all tokens.").absent("that of `lengths`").when("kind", {"serving"}).example("0.22");
    t.add("cached_share", &Workload::cached_share, share(), "Share of the input that is cached.").absent("that of `lengths`, else 0").when("kind", {"serving"});
    t.add("lengths", &Workload::lengths, object(lengths_table), "Prompts and answers, for an iteration model.").absent("not known").when("kind", {"serving"});
    t.add_group("slo", slo_table, "Service levels.");
    t.add("traffic", &Workload::traffic, object(traffic_table), "Bytes between users and a site that is reached over `links`.").absent("none").when("kind", {"serving", "ranking", "video", "accelerator_hours"});
    t.add("deadline", &Workload::deadline, time_or_span(), "Batch: the backlog may wait that long. Jobs: each is due that long after its submission. At least an hour; a month counts as 730 hours.").absent("interactive").when("kind", {"serving", "ranking", "video", "accelerator_hours", "jobs"});
    t.add("within_hour_variation", &Workload::within_hour_variation, share({0, 5}),
          "Standard deviation of minutes within the hour, of the mean.").when("kind", {"serving"}).absent("the model's");
    t.add("ranking_model", &Workload::ranking, object(ranking_table), "What the performance model \"analytic\" needs of it.").absent("rates").when("kind", {"ranking"});
    t.add("video_model", &Workload::video, object(video_table), "What the performance model \"analytic\" needs of it.").absent("rates").when("kind", {"video"});
    t.add("units_per_second", &Workload::units_per_second, series(),
          "Ranking: requests x candidates; video: clip-seconds; accelerator_hours: accelerators of the reference chip.").when("kind", units);
    t.add("runs", &Workload::runs, list_of(object(training_run_table), 1), "Training runs.").when("kind", {"training"});
    add_job_keys(t);
    add_provenance(t);
    t.add_later("prefix_population", "Prompt prefixes, from which the hit rate follows.", "\"cached_share\"");
    t.check([](Reader&, const Node& node, Workload& w) {
      if (node.find("performance_model") == nullptr) {
        const bool rates = !w.models.empty() && !w.models.front().rates.empty();
        w.model = rates ? "table" : "analytic";
      }
    });
    t.check(check_workload);
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
