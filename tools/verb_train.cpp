#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "models/reliability/goodput.hpp"
#include "models/reliability/hazard.hpp"
#include "models/training/estimate.hpp"
#include "tools/train_fabric.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {
namespace {

using namespace training;

using Count = Whole<1, 100'000'000>;
using Year = Number<2016, 2035>;
using Watt = Number<0, 1'000'000, Least::excluded>;
using Rate = Number<0, 1'000'000>;
using Stop = Number<0, 1'000'000, Least::excluded>;
using Wait = Number<0, 1'000'000>;

void describe(po::options_description& options) {
  describe_fabric(options);
  options.add_options()("chip", po::value<std::string>()->value_name("CHIP"), "accelerator, by id of the catalogue (needed)")(
      "accelerators", po::value<Count>()->value_name("N"), "how many (needed)")("per-node", po::value<Count>()->value_name("N"), "of them in one host (8, or the scale-up domain if that is smaller)")(
      "batch", po::value<Count>()->value_name("N"), "sequences of one step (needed)")("sequence", po::value<Count>()->value_name("N"), "tokens of a sequence (4096)")(
      "precision", po::value<std::string>()->default_value("bf16")->value_name("bf16|fp8|fp4"), "of the linear layers")(
      "stack", po::value<std::string>()->default_value("megatron")->value_name("megatron|deepspeed|fsdp|jax|unknown"), "software")(
      "software-year", po::value<Year>()->default_value({2025.5}, "2025.5")->value_name("YEAR"), "date of the software as a year with fraction, 2016 to 2035")(
      "lora", "fine-tuning by LoRA: the weights stand still")("tp", po::value<Count>()->value_name("N"), "tensor ranks; what is not given is searched")(
      "pp", po::value<Count>()->value_name("N"), "pipeline stages")("vpp", po::value<Count>()->value_name("N"), "chunks of layers on each stage")(
      "cp", po::value<Count>()->value_name("N"), "context ranks")("ep", po::value<Count>()->value_name("N"), "expert ranks")(
      "zero", po::value<Whole<0, 3>>()->value_name("N"), "ZeRO stage")("shard-group", po::value<Count>()->value_name("N"), "ranks that share one copy of sharded states (HSDP)")(
      "micro-batch", po::value<Count>()->value_name("N"), "sequences")("recompute", po::value<std::string>()->value_name("none|selective|full"), "activations (what memory needs)")(
      "schedule", po::value<std::string>()->value_name("1f1b|zero-bubble|dualpipe"), "of the pipeline; 1f1b is interleaved with --vpp")(
      "power-cap", po::value<Watt>()->value_name("W"), "W for each accelerator")(
      "failures", po::value<Rate>()->default_value({6.5}, "6.5")->value_name("X"), "unexpected interruptions for 1,000 node-days (6.5: Meta RSC-1)")(
      "checkpoint-write", po::value<Stop>()->default_value({30}, "30")->value_name("S"), "s that a checkpoint stops the job")(
      "restart", po::value<Wait>()->default_value({900}, "900")->value_name("S"), "s from a failure to work");
}

template <class T>
std::optional<int> given(const Arguments& a, const std::string& name) {
  if (!a.has(name)) return std::nullopt;
  return static_cast<int>(a.get<T>(name).value);
}

int needed(const Arguments& a, const std::string& name) {
  if (!a.has(name)) throw UsageError(fmt::format("train needs --{}", name));
  return static_cast<int>(a.get<Count>(name).value);
}

template <class Enum, std::size_t N>
Enum word(const Arguments& a, const std::string& option, const std::array<std::pair<std::string_view, Enum>, N>& table) {
  for (const auto& [name, value] : table) {
    if (name == a.get<std::string>(option)) return value;
  }
  throw UsageError("--" + option);
}

struct Interruptions {
  double rate = 0, write = 0, restart = 0;
};

Interruptions interruptions(const Arguments& a) {
  const Interruptions i{a.get<Rate>("failures").value, a.get<Stop>("checkpoint-write").value, a.get<Wait>("restart").value};
  // Smaller ones are lost in the arithmetic of the closed form.
  if (i.rate > 0 && i.rate < 1e-6) throw UsageError(fmt::format("train: --failures: {:g} is neither 0 nor a number from 0.000001 up", i.rate));
  if (i.write < 1e-3) throw UsageError(fmt::format("train: --checkpoint-write: {:g} is below a millisecond, 0.001", i.write));
  return i;
}

/// The job that the options describe.
struct Job {
  const catalog::Architecture* architecture = nullptr;
  Layout layout;
  DeviceGroup devices;
  PlanBounds bounds;
  Interruptions interruptions;
};

const catalog::Architecture& find_model(const std::string& name) {
  if (const catalog::Architecture* a = catalog::find_architecture(name)) {
    if (a->has_dimensions) return *a;
    throw UsageError(fmt::format("the catalogue knows no dimensions of {}", name));
  }
  const auto near = catalog::suggest_architecture(name);
  throw UsageError(fmt::format("the catalogue has no model \"{}\"{}; see 'headroom catalog architectures'", name, near ? fmt::format(", did you mean \"{}\"?", *near) : ""));
}

std::string no_chip(const std::string& name) {
  const auto near = catalog::suggest_chips(name);
  const std::string meant = near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "));
  return fmt::format("--chip: the catalogue has no chip \"{}\"{}; see 'headroom catalog chips'", name, meant);
}

/// The ranks that were given leave whole groups of the accelerators, and experts where there are some.
void check_ranks(const Job& job) {
  const PlanBounds& b = job.bounds;
  const int ranks = job.devices.ranks();
  const auto each = std::int64_t{b.tensor.value_or(1)} * b.pipeline.value_or(1);
  if (each > ranks || ranks % (each * b.context.value_or(1)) != 0) {
    std::string given;
    for (const auto& [name, value] : {std::pair{"tp", b.tensor}, {"pp", b.pipeline}, {"cp", b.context}}) {
      if (value) given += fmt::format("{}--{} {}", given.empty() ? "" : " ", name, *value);
    }
    throw UsageError(fmt::format("{}: tp x pp x cp must divide the {} accelerators", given, ranks));
  }
  const int experts = std::max(1, job.architecture->experts);
  if (b.expert.value_or(1) > experts) {
    const std::string has = job.architecture->experts > 0 ? fmt::format("has {} experts", experts) : "is dense, it has no experts to spread";
    throw UsageError(fmt::format("--ep {}: {} {}", *b.expert, job.architecture->id, has));
  }
}

Job read(const Arguments& a) {
  Job job;
  job.architecture = &find_model(a.positional("MODEL"));
  DeviceGroup& g = job.devices;
  if (!a.has("chip")) throw UsageError("train needs --chip; see 'headroom catalog chips'");
  g.chip = catalog::find_chip(a.get<std::string>("chip"));
  if (g.chip == nullptr) throw UsageError(no_chip(a.get<std::string>("chip")));
  g.accelerators = needed(a, "accelerators");
  g.per_node = given<Count>(a, "per-node").value_or(std::min(8, g.chip->scaleup_domain.value_or(8)));
  g.per_node = std::max(1, std::min(g.per_node, g.accelerators));
  g.software_year = a.get<Year>("software-year").value;
  g.stack = word<Stack, 5>(a, "stack", {{{"megatron", Stack::megatron}, {"deepspeed", Stack::deepspeed}, {"fsdp", Stack::fsdp}, {"jax", Stack::jax}, {"unknown", Stack::unknown}}});
  if (a.has("power-cap")) g.power_cap = watts(a.get<Watt>("power-cap").value);
  if (g.power_cap && g.chip->tdp.known() && *g.power_cap < kernels::least_power_cap * g.chip->tdp.value()) {
    throw UsageError(fmt::format("train: --power-cap: {:g} W is below {:.4g} W, {:.1f} % of what a {} takes; the model knows no speed below that", g.power_cap->base(),
                                 (kernels::least_power_cap * g.chip->tdp.value()).base(), 100 * kernels::least_power_cap, g.chip->id));
  }
  job.interruptions = interruptions(a);
  read_fabric(a, g);
  job.layout.global_batch = needed(a, "batch");
  job.layout.sequence = given<Count>(a, "sequence").value_or(4096);
  job.layout.precision = word<Precision, 3>(a, "precision", {{{"bf16", Precision::bf16}, {"fp8", Precision::fp8}, {"fp4", Precision::fp4}}});
  if (a.has("lora")) job.layout.tuning = Tuning::lora;
  PlanBounds& b = job.bounds;
  b.tensor = given<Count>(a, "tp");
  b.pipeline = given<Count>(a, "pp");
  b.virtual_stages = given<Count>(a, "vpp");
  b.context = given<Count>(a, "cp");
  b.expert = given<Count>(a, "ep");
  b.zero_stage = given<Whole<0, 3>>(a, "zero");
  b.shard_group = given<Count>(a, "shard-group");
  b.micro_batch = given<Count>(a, "micro-batch");
  if (a.has("recompute")) {
    b.recompute = word<Recompute, 3>(a, "recompute", {{{"none", Recompute::none}, {"selective", Recompute::selective}, {"full", Recompute::full}}});
  }
  if (a.has("schedule")) {
    b.schedule = word<Schedule, 3>(a, "schedule", {{{"1f1b", Schedule::one_forward_one_backward}, {"zero-bubble", Schedule::zero_bubble}, {"dualpipe", Schedule::dual_pipe}}});
  }
  check_ranks(job);
  return job;
}

double gib(Bytes b) { return b / gibibytes(1); }

void print_step(const Job& job, const StepEstimate& e) {
  fmt::print("{} on {} x {}, {} sequences of {} tokens, {}\nplan: {}\n", job.architecture->id, job.devices.accelerators, job.devices.chip->id,
             job.layout.global_batch, job.layout.sequence, kernels::name(job.layout.precision), describe(e.plan, e.data));
  const int round = e.data * e.plan.micro_batch, full = (job.layout.global_batch + round - 1) / round * round;
  if (full != job.layout.global_batch) {
    fmt::print("note: {} sequences do not fill {} data ranks with micro-batches of {}: a step takes as long as {} and yields {}\n", job.layout.global_batch, e.data,
               e.plan.micro_batch, full, job.layout.global_batch);
  }
  fmt::print("\n");
  fmt::print("step                {:10.4g} s   80 % interval {:.4g} to {:.4g} s   ({})\n", e.time.base(), e.low.base(), e.high.base(), to_string(e.grade));
  fmt::print("tokens/s            {:10.4g}     for each accelerator\nMFU                 {:10.1f} %   of {} peak, causal half, no recompute\n", e.per_accelerator.base(),
             100 * e.mfu, kernels::name(job.layout.precision));
  fmt::print("pipeline bubble     {:10.1f} %\nlimited by          {:>10}\n\nwhere the step goes\n", 100 * e.bubble_share, e.limit);
  struct Part { std::string_view name; Seconds time; };
  const StepParts& s = e.parts;
  for (const Part& p : {Part{"linear layers", s.linear}, Part{"experts", s.experts}, Part{"attention", s.attention}, Part{"memory-bound", s.memory_bound},
                        Part{"recompute", s.recompute}, Part{"tensor comm", s.tensor_comm}, Part{"expert comm", s.expert_comm}, Part{"launches", s.launch},
                        Part{"bubble, sends", s.bubble}, Part{"gradient comm", s.data_comm}, Part{"optimizer", s.optimizer}, Part{"overhead", s.overhead}}) {
    if (p.time.base() > 0) fmt::print("  {:<18}{:10.4g} s {:6.1f} %\n", p.name, p.time.base(), 100 * (p.time / e.time));
  }
  const MemoryUse& m = e.memory;
  fmt::print("\nmemory of the fullest rank: {:.1f} GiB\n", gib(m.total()));
  struct Room { std::string_view name; Bytes bytes; };
  for (const Room& r : {Room{"weights", m.weights}, Room{"gradients", m.gradients}, Room{"optimizer states", m.optimizer}, Room{"activations", m.activations},
                        Room{"logits", m.logits}, Room{"buffers", m.buffers}}) {
    fmt::print("  {:<18}{:10.2f} GiB {:4.0f} %\n", r.name, gib(r.bytes), 100 * (r.bytes / m.total()));
  }
}

void print_search(const SearchResult& found) {
  fmt::print("\nplans: {} examined, {} fit; the best {}\n", found.examined, found.timed, found.best.size());
  for (const Candidate& c : found.best) {
    fmt::print("  {:10.4g} s {:+6.1f} % {:7.1f} GiB   {}\n", c.time.base(), 100 * (c.time / found.best.front().time - 1), gib(c.memory), describe(c.plan, c.data));
  }
  if (found.refused.empty()) return;
  fmt::print("why others were passed over\n");
  for (const Refused& r : found.refused) fmt::print("  {:10} {}\n", r.plans, r.reason);
  if (found.nearest_miss) {
    fmt::print("  nearest that does not fit: {:.1f} GiB, {}\n", gib(found.nearest_miss->memory), describe(found.nearest_miss->plan, found.nearest_miss->data));
  }
}

/// Effective training time by the number of accelerators, each at its own best checkpoint interval.
void print_goodput(const Job& job) {
  const auto& [rate, write, restart] = job.interruptions;
  if (rate == 0) return;
  fmt::print("\neffective training time at {:g} failures for 1,000 node-days, checkpoint {:g} s, restart {:g} s (closed form; renewal)\n"
             "  accelerators   time between failures   checkpoint every   effective\n", rate, write, restart);
  for (const double factor : {0.25, 1.0, 4.0, 16.0}) {
    const double n = std::max(1.0, std::round(job.devices.accelerators * factor));
    const PerSecond lambda = reliability::per_thousand_node_days(rate) * std::ceil(n / job.devices.per_node);
    const Seconds mean{1 / lambda.base()};
    const reliability::Checkpointing c{reliability::young_daly_interval(Seconds{write}, mean), Seconds{write}, Seconds{restart}};
    fmt::print("  {:12.0f} {:21.2f} h {:16.1f} min {:9.2f} %\n", n, mean.base() / 3600, c.interval.base() / 60, 100 * reliability::renewal_ettr(lambda, c));
  }
}

int run(const Arguments& a) {
  Job job = read(a);
  const Fitted& f = fitted();
  const kernels::Device device = tuned_device(job.devices, f.constants);
  if (device.peak[static_cast<std::size_t>(job.layout.precision)].base() <= 0) {
    throw UsageError(fmt::format("{} has no {} rate", job.devices.chip->id, kernels::name(job.layout.precision)));
  }
  const SearchResult found = search_plans(*job.architecture, job.layout, job.devices, f.constants, job.bounds);
  if (found.best.empty()) {
    print_search(found);
    if (found.nearest_miss) {
      const Candidate& c = *found.nearest_miss;
      throw OutOfMemory(memory_use(*job.architecture, job.layout, c.plan, c.data, c.plan.recompute.value_or(Recompute::full)), usable_memory * device.memory);
    }
    throw UnsupportedPlan(fmt::format("no plan within these bounds{}", found.refused.empty() ? "" : fmt::format(": {}", found.refused.front().reason)));
  }
  job.layout.plan = found.best.front().plan;
  print_step(job, estimate(*job.architecture, job.layout, job.devices, f));
  print_search(found);
  print_goodput(job);
  return Exit::ok;
}

}  // namespace

Verb verb_train() {
  return {"train",
          "one training step: time, parts, memory, the best plans and why others fail",
          {{"MODEL", "architecture of the catalogue", true, false, "ARCHITECTURE"}},
          describe,
          run,
          {"headroom train llama3-70b --chip h100_sxm --accelerators 64 --batch 128 --sequence 8192",
           "headroom train llama3-70b --chip h100_sxm --accelerators 2048 --batch 1024 --network roce_400 --domains-per-leaf 32 --leaf-oversubscription 4",
           "headroom train deepseek-v3 --chip gb200_nvl72 --accelerators 256 --batch 2048 --precision fp8 --pp 4 --ep 64"}};
}

}  // namespace headroom::tools
