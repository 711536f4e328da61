#include "models/serving/iteration.hpp"
#include "sim/scenario/tables.hpp"

// What an iteration model needs to know of a service. `headroom serve` reads the same keys.

namespace headroom::scenario {

namespace {

Type<serving::Precision> precision() {
  using P = serving::Precision;
  return words<P>({{"bf16", P::bf16}, {"fp16", P::fp16}, {"fp8", P::fp8}, {"int8", P::int8}, {"fp4", P::fp4}, {"int4", P::int4}});
}

}  // namespace

Type<std::string> performance_model() {
  std::vector<std::pair<std::string, std::string>> names{{"table", "table"}};
  for (const auto& entry : serving::iteration_models()) {
    const std::string name(entry.name);
    if (name != "table") names.emplace_back(name, name);
  }
  return words<std::string>(std::move(names));
}

Type<serving::Setup> engine_setup() {
  using S = serving::Setup;
  return words<S>({{"maintained", S::maintained}, {"stock", S::stock}});
}

const Table<LengthLaw>& length_table() {
  static const Table<LengthLaw> table = [] {
    using Law = LengthLaw::Law;
    Table<LengthLaw> t("length", "A number of tokens (or turns) as a law.");
    t.add("law", &LengthLaw::law, words<Law>({{"constant", Law::constant}, {"normal", Law::normal}, {"lognormal", Law::lognormal}, {"exponential", Law::exponential}}), "Shape.");
    t.add("mean", &LengthLaw::mean, number(positive), "Mean of the law before it is cut.").required().example("1024");
    t.add("sd", &LengthLaw::sd, number(not_negative), "Standard deviation of normal and lognormal.");
    t.add("least", &LengthLaw::least, count(0), "Smaller draws become this.");
    t.add("most", &LengthLaw::most, count(1), "Larger draws become this.");
    t.check([](Reader& r, const Node& node, LengthLaw& l) {
      if (l.least > l.most) r.fault_below(node, "least", "least is above most", "least <= most");
      if (l.law == LengthLaw::Law::lognormal && l.sd <= 0) r.fault(node, "a lognormal law without \"sd\"", "a standard deviation above 0");
    });
    return t;
  }();
  return table;
}

const Table<Lengths>& lengths_table() {
  static const Table<Lengths> table = [] {
    Table<Lengths> t("lengths", "Tokens of prompts and answers.");
    t.add("input", &Lengths::input, object(length_table), "Prompt, without the shared prefix.").required();
    t.add("output", &Lengths::output, object(length_table), "Answer.").required();
    t.add("shared_prefix", &Lengths::shared_prefix, count(0, 10'000'000), "Tokens in front of every prompt that its group shares.");
    t.add("prefix_groups", &Lengths::prefix_groups, count(1, 10'000'000), "Groups with a prefix of their own; drawn by Zipf's law (assumed).");
    return t;
  }();
  return table;
}

const Table<ReplicaLayout>& replica_layout_table() {
  static const Table<ReplicaLayout> table = [] {
    using L = ReplicaLayout;
    using P = serving::Precision;
    Table<L> t("plan", "How one replica is laid out; a fleet searches for the widths where none is written.");
    t.add_with<int>("tp", small_integer(1, 4096), [](L& l, int n) { l.plan.tp = n; }, "Tensor parallel width.", "1");
    t.add_with<int>("pp", small_integer(1, 1024), [](L& l, int n) { l.plan.pp = n; }, "Pipeline stages.", "1");
    t.add_with<int>("attention_dp", small_integer(1, 4096), [](L& l, int n) { l.plan.attention_dp = n; }, "Groups with attention and cache of their own.", "1");
    t.add_with<int>("ep", small_integer(1, 4096), [](L& l, int n) { l.plan.ep = n; }, "Expert parallel width.", "1");
    t.add_with<P>("weights", precision(), [](L& l, P p) { l.plan.weights = p; }, "Format of the weights.", "\"bf16\"");
    t.add_with<P>("kv", precision(), [](L& l, P p) { l.plan.kv = p; }, "Format of the cache.", "\"bf16\"");
    t.add_with<P>("compute", precision(), [](L& l, P p) { l.plan.compute = p; }, "Format of the matrix products.", "\"bf16\"");
    t.add_with<double>("memory_fraction", share({0.1, 1}), [](L& l, double s) { l.plan.memory_fraction = s; }, "Share of device memory for weights, cache and workspaces.", "0.9");
    t.add_with<int>("draft_tokens", small_integer(0, 64), [](L& l, int n) { l.plan.speculation.draft_tokens = n; }, "Tokens drafted a pass.", "0");
    t.add_with<double>("accepted_length", number({1, 64}), [](L& l, double a) { l.plan.speculation.accepted_length = a; }, "Tokens gained a pass, the target's own included.", "1");
    t.check([](Reader&, const Node& node, L& l) {
      l.searched = true;
      for (const char* width : {"tp", "pp", "attention_dp", "ep"}) l.searched = l.searched && node.find(width) == nullptr;
    });
    return t;
  }();
  return table;
}

const Table<OnChip>& on_chip_table() {
  static const Table<OnChip> table = [] {
    Table<OnChip> t("on chip", "Performance model and layout of a workload on one chip.");
    t.add("chip", &OnChip::chip, name_of("chip"), "Chip.").required();
    t.add("performance_model", &OnChip::performance_model, performance_model(), "Performance model.").absent("the workload's");
    t.add("plan", &OnChip::layout, object(replica_layout_table), "Layout of a replica.").absent("the workload's");
    return t;
  }();
  return table;
}

const Table<PrefillPool>& prefill_pool_table() {
  static const Table<PrefillPool> table = [] {
    Table<PrefillPool> t("prefill pool", "Groups of accelerators that do prompts only and send the cache to those that decode, at the same site.");
    t.add("chips", &PrefillPool::chips, list_of(name_of("chip")), "Eligible chips.").absent("the workload's");
    t.add("plan", &PrefillPool::layout, object(replica_layout_table), "Layout of a group.").absent("the workload's");
    return t;
  }();
  return table;
}

const Table<RankingService>& ranking_table() {
  static const Table<RankingService> table = [] {
    using R = RankingService;
    Table<R> t("ranking model", "A recommendation model: embedding rows gathered from memory, then dense layers.");
    t.add_with<double>("lookups_per_candidate", number(positive), [](R& r, double v) { r.model.lookups_per_candidate = v; }, "Embedding rows gathered for a candidate.").required().example("40");
    t.add_with<Bytes>("bytes_per_lookup", quantity<Bytes>(positive), [](R& r, Bytes v) { r.model.bytes_per_lookup = v; }, "Of one row.", "\"256 B\"");
    t.add_with<Flops>("dense_per_candidate", quantity<Flops>(positive), [](R& r, Flops v) { r.model.dense_flops_per_candidate = v; }, "Operations of the dense layers for a candidate.").required().example("\"2 GFLOP\"");
    t.add_with<Bytes>("tables", quantity<Bytes>(positive), [](R& r, Bytes v) { r.model.table_bytes = v; }, "All embedding tables; a replica holds them.").required().example("\"200 GB\"");
    t.add("candidates", &R::candidates, number(positive), "Candidates of a request.");
    t.add("latency_p99", &R::latency_p99, quantity<Seconds>(positive), "99th percentile of a request's latency.");
    t.add("accelerators", &R::devices, small_integer(1, 1024), "Accelerators of a replica.");
    return t;
  }();
  return table;
}

const Table<VideoService>& video_table() {
  static const Table<VideoService> table = [] {
    using V = VideoService;
    using D = serving::DiffusionModel;
    Table<V> t("video model", "A diffusion transformer that makes clips.");
    const auto set = [&t](std::string key, Type<double> type, double D::*member, std::string doc, std::string initial = {}) {
      return t.add_with<double>(std::move(key), std::move(type), [member](V& v, double x) { v.model.*member = x; }, std::move(doc), std::move(initial));
    };
    set("parameters", number(positive), &D::parameters, "Of the denoiser that run in a step.").required().example("14e9");
    set("layers", number(positive), &D::layers, "Blocks.").required().example("40");
    set("hidden", number(positive), &D::hidden, "Width.").required().example("5120");
    set("tokens_per_second", number(positive), &D::tokens_per_second, "Latent tokens of a second of video.").required().example("15000");
    set("fixed_tokens", number(not_negative), &D::fixed_tokens, "Latent tokens of the first frame.", "0");
    set("guidance", number({1, 4}), &D::guidance, "Passes per step; 2 with classifier-free guidance.", "2");
    t.add_with<int>("steps", small_integer(1, 1000), [](V& v, int n) { v.model.steps = n; }, "Denoising steps.", "30");
    t.add("clip", &V::clip, quantity<Seconds>(positive), "Length of a clip.");
    t.add("accelerators", &V::devices, small_integer(1, 1024), "Accelerators that make one clip together.");
    return t;
  }();
  return table;
}

const Table<Workload>& engine_table() {
  static const Table<Workload> table = [] {
    Table<Workload> t("engine", "Software of the replicas.");
    t.add_with<std::string>("name", words<std::string>({{"vllm", "vllm"}, {"sglang", "sglang"}, {"trtllm", "trtllm"}}),
                            [](Workload& w, const std::string& name) { w.layout.plan.engine = serving::parse_engine(name); },
                            "Engine whose defaults hold.", "\"vllm\"");
    t.add_with<Date>("released", day(), [](Workload& w, Date d) { w.layout.plan.released = d; }, "Day of the engine's release.",
                     fmt::format("\"{}\"", headroom::to_string(serving::ReplicaPlan::date_of_record)));
    t.add_with<serving::Setup>("setup", engine_setup(), [](Workload& w, serving::Setup s) { w.layout.plan.setup = s; },
                               "Settings searched for the model and the chip, or a server started with the engine's defaults, which is slower.", "\"maintained\"");
    return t;
  }();
  return table;
}

}  // namespace headroom::scenario
