#include "models/training/rows.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "models/text/csv.hpp"
#include "models/text/number.hpp"
#include "models/training/row_words.hpp"
#include "models/training/shape.hpp"

namespace headroom::training {
namespace {

using catalog::Architecture;

/// Attention pattern of families whose window the dimensions alone do not tell.
void window_by_name(const std::string& name, Architecture& a) {
  const std::string model = lower(name);
  if (model.rfind("gemma3", 0) == 0 || model.rfind("gemma-3", 0) == 0) {  // five layers of window 1,024 to a full one
    a.sliding_window = 1024;
    a.full_attention_layers = std::max(1, a.layers / 6);
  }
}

/// Heads of a width that does not say: about 128 wide, a whole number of them on each tensor rank, widths in steps of 8.
int usual_heads(int hidden, int tensor) {
  int best = std::max(1, hidden / 128);
  double nearest = 1e9;
  for (int n = 1; n <= hidden / 32; ++n) {
    if (hidden % n != 0 || hidden / n % 8 != 0 || n % tensor != 0) continue;
    const double off = std::abs(static_cast<double>(n) * 128 / hidden - 1);
    if (off < nearest) { nearest = off; best = n; }
  }
  return best;
}

/// How far the shape's parameters are from a published count, with one or two embedding tables, whichever is nearer.
double off_count(const Architecture& a, double total) {
  const ParameterCounts n = parameter_counts(a);
  const double one = n.total(a.experts) + (1 - n.embeddings) * n.embedding;
  return std::min(std::abs(one / total - 1), std::abs((one + n.embedding) / total - 1));
}

/// The published count shows whether the FFN is gated where the row's dimensions alone give another size, and how wide it is
/// where the row does not say.
void settle_ffn(Architecture& a, double total, bool width_given, std::vector<std::string>& notes) {
  if (!(total > 0)) return;
  if (!width_given && a.experts <= 0) {
    Architecture bare = a;
    bare.ffn_hidden = 0;
    const double each = (total - parameter_counts(bare).total(0)) / (static_cast<double>(a.layers) * a.hidden * (a.gated ? 3 : 2));
    if (each >= a.hidden) {
      a.ffn_hidden = static_cast<int>(std::lround(each / 64)) * 64;
      notes.push_back(fmt::format("FFN of {} from the parameter count", a.ffn_hidden));
    }
    return;
  }
  if (off_count(a, total) < 0.1) return;
  Architecture other = a;
  other.gated = !a.gated;
  if (off_count(other, total) < 0.02) {
    a.gated = other.gated;
    notes.push_back(a.gated ? "FFN taken as gated, as the parameter count says" : "FFN taken as not gated, as the parameter count says");
  }
}

/// Shape of the row: the catalogue's under that name, overruled by the row's own columns, else made from parameter counts.
void read_shape(const Row& row, Case& c) {
  const std::string notes = lower(row.text("notes"));
  const Architecture* known = catalog::find_architecture(row.text("model"));
  if (known != nullptr && known->has_dimensions) c.architecture = *known;
  Architecture& a = c.architecture;
  const std::optional<int> layers = row.whole("layers");
  const std::optional<int> hidden = row.whole("hidden");
  const bool own = hidden && (layers || row.number("params_total_b"));
  const double total = row.number("params_total_b").value_or(known != nullptr ? known->params_total / 1e9 : 0) * 1e9;
  double active = row.number("params_active_b").value_or(known != nullptr ? known->params_active / 1e9 : 0) * 1e9;
  if (active <= 0) active = total;
  if (!own && !(known != nullptr && known->has_dimensions)) {
    const double guess = total > 0 ? total : parameters_in_name(row.text("model")) * 1e9;
    if (guess <= 0) {
      c.unsupported = "neither dimensions nor a parameter count are known for model '" + row.text("model") + "'";
      return;
    }
    a = shape_from_parameters(guess, total > 0 ? active : guess, row.whole("vocab").value_or(guess > 5e9 ? 128000 : 51200));
    c.assumed_shape = true;
    c.notes.push_back("dimensions assumed from the parameter count");
    if (layers) a.layers = *layers;
    window_by_name(row.text("model"), a);
    return;
  }
  bool width_given = true;
  if (own) {
    const bool same_width = known != nullptr && known->has_dimensions && known->hidden == *hidden;
    if (!same_width) a = Architecture{};
    a.layers = layers.value_or(same_width ? a.layers : 0);
    a.hidden = *hidden;
    const int before = a.heads;
    if (const auto heads = row.whole("heads"); heads && *heads > 0) a.heads = *heads;
    else if (a.heads <= 0) {
      a.heads = usual_heads(*hidden, std::max(1, row.whole("tp").value_or(1)));
      c.notes.push_back(fmt::format("{} heads assumed", a.heads));
    }
    a.kv_heads = row.whole("kv_heads").value_or(same_width && a.heads == before ? a.kv_heads : a.heads);
    if (!same_width || a.heads != before) a.head_dim = 0;  // another number of heads at the same width has another head width
    if (const auto f = row.whole("ffn_hidden")) a.ffn_hidden = *f;
    else if (a.ffn_hidden <= 0) a.ffn_hidden = 4 * *hidden;
    width_given = row.whole("ffn_hidden").has_value() || (same_width && known->ffn_hidden > 0);
    if (const auto gated = row.whole("gated_mlp")) a.gated = *gated != 0;
    a.experts = row.whole("experts").value_or(same_width ? a.experts : 0);
    a.top_k = row.whole("top_k").value_or(same_width ? a.top_k : 0);
  }
  if (!own && layers) a.layers = *layers;
  if (const auto vocab = row.whole("vocab")) a.vocab = *vocab;
  if (a.vocab <= 0) { a.vocab = 51200; c.notes.push_back("vocabulary of 51,200 assumed"); }
  if (const auto width = number_after(notes, "moe_ffn=")) a.moe_ffn = static_cast<int>(*width);
  if (a.experts > 0) {
    if (a.moe_ffn <= 0) a.moe_ffn = a.ffn_hidden;
    if (const auto shared = number_before(notes, " shared expert")) a.shared_experts = static_cast<int>(*shared);
    else if (notes.find("shared expert") != std::string::npos) a.shared_experts = std::max(1, a.shared_experts);
    if (const auto first = number_between(notes, "first ", " layers dense")) a.first_dense_layers = static_cast<int>(*first);
    if (notes.find("every 2nd layer") != std::string::npos) a.first_dense_layers = a.layers / 2;
    if (a.first_dense_layers >= a.layers) a.first_dense_layers = 0;
  } else {
    a.moe_ffn = 0;
  }
  if (notes.find("sliding-window") != std::string::npos && !a.sliding_window) {
    a.sliding_window = 128;
    a.full_attention_layers = a.layers / 2;
  }
  window_by_name(row.text("model"), a);
  if (notes.find("squared-relu") != std::string::npos) a.gated = false;
  if (a.full_attention_layers && *a.full_attention_layers > a.layers) a.full_attention_layers = a.layers;
  if (notes.find("w/ mtp") != std::string::npos) a.layers += 1;
  if (own && a.layers <= 0) {
    a.layers = 1;
    const ParameterCounts one = parameter_counts(a);
    const double tables = one.embedding * one.embeddings;
    a.layers = std::max(1, static_cast<int>(std::lround((total - tables) / (one.total(a.experts) - tables))));
    c.notes.push_back(fmt::format("{} layers from the parameter count", a.layers));
  } else if (own && row.number("params_total_b")) settle_ffn(a, total, width_given, c.notes);
  c.proxy = notes.find("layer-reduced") != std::string::npos || notes.find("proxy") != std::string::npos;
  // Hybrids have layers of one kind each (attention, state space, experts), so full transformer blocks of that number would
  // be too many: keep the published parameter count by counting fewer blocks.
  const bool hybrid = notes.find("hybrid") != std::string::npos || a.attention == Architecture::Attention::hybrid;
  if (hybrid && !c.proxy && total > 0) {
    ParameterCounts n = parameter_counts(a);
    if (notes.find("latentmoe") != std::string::npos) c.layout.expert_input = a.hidden / 4;
    const double latent = c.layout.expert_input > 0 ? static_cast<double>(c.layout.expert_input) / a.hidden : 1;
    n.expert *= latent;
    const double blocks = n.active(a.top_k) - n.embedding;
    if (blocks > 0) {
      const double share = (active - n.embedding) / blocks;
      const int kept = std::max(1, static_cast<int>(std::lround(a.layers * std::min(1.2, share))));
      if (a.full_attention_layers) a.full_attention_layers = std::min(*a.full_attention_layers, kept);
      else a.full_attention_layers = std::max(1, kept / 6);
      a.layers = kept;
      c.layout.mixing_layers = kept - std::min(kept, *a.full_attention_layers);
      if (a.experts > 0 && total > active) {  // as many experts as the published total holds
        const ParameterCounts now = parameter_counts(a);
        const double each = latent * now.expert * std::max(1, now.moe_layers);
        a.experts = std::max(a.top_k, static_cast<int>(std::lround(a.top_k + (total - active) / each)));
      }
      if (a.first_dense_layers >= a.layers) a.first_dense_layers = 0;
      c.notes.push_back(fmt::format("hybrid layers counted as {} full blocks of the same parameters", kept));
    }
  }
}

void read_devices(const Row& row, Case& c) {
  DeviceGroup& g = c.devices;
  g.chip = chip_of(row.text("accelerator_id"), row.text("accelerator"));
  if (g.chip == nullptr) {
    c.unsupported = "no chip of the catalogue is called '" + row.text("accelerator") + "'";
    return;
  }
  g.per_node = row.whole("gpus_per_node").value_or(g.chip->scaleup_domain.value_or(8) == 4 ? 4 : 8);
  if (g.per_node <= 0) g.per_node = 8;
  g.accelerators = row.whole("num_accelerators").value_or(g.per_node);
  // A node of Ascend A3 has eight packages; its operators count its sixteen dies.
  if (g.chip->id == "ascend_910c" && g.accelerators % 2 == 0 && (g.per_node == 16 || lower(row.text("accelerator")).find("a3") != std::string::npos)) {
    c.dies_counted = 2;
    g.accelerators /= 2;
    if (g.per_node > 8) g.per_node /= 2;
  }
  const int model = row.whole("tp").value_or(1) * row.whole("pp").value_or(1) * row.whole("cp").value_or(1);
  const int with_data = model * std::max(1, row.whole("dp").value_or(0));
  const bool dies = g.chip->id == "mi250x" || g.chip->id == "ascend_910c";
  if (g.chip->id.rfind("trainium1", 0) == 0 || g.chip->id == "inferentia2" || c.dies_counted == 2 || (dies && with_data == 2 * g.accelerators)) {
    g.ranks_per_accelerator = 2;
  }
  if (g.chip->id == "trainium2" || g.chip->id == "trainium3") g.ranks_per_accelerator = with_data > g.accelerators && with_data % g.accelerators == 0 ? with_data / g.accelerators : 4;
  g.stack = stack_of(row.text("source"), row.text("notes"), row.text("ref"));
  // MLPerf's language models run on NeMo, which is Megatron-Core, wherever NVIDIA's chips do the work.
  if (g.stack == Stack::unknown && g.chip->vendor == "NVIDIA" && lower(row.text("source")).rfind("mlperf", 0) == 0) g.stack = Stack::megatron;
  g.launches_block = launches_block(row.text("source"), row.text("notes"));
  if (g.launches_block) c.notes.push_back("the host waits for each kernel");
  g.software_year = software_year(row.text("source"), row.within("year", 2010, 2040).value_or(2025));
  g.scaleout = scaleout_of(row.text("interconnect"), g.per_node);
  if (lower(row.text("interconnect")).find("links per pair") != std::string::npos) g.scaleup_domain = 4;
  if (const auto cap = power_cap_of(row.text("accelerator"), row.text("notes"))) g.power_cap = *cap;
}

void read_layout(const Row& row, Case& c) {
  Layout& l = c.layout;
  const std::string notes = lower(row.text("notes"));
  const std::string precision = lower(row.text("precision"));
  if (precision.find("fp4") != std::string::npos || precision.find("mxfp4") != std::string::npos) l.precision = Precision::fp4;
  else if (precision.find("fp8") != std::string::npos) l.precision = Precision::fp8;
  else if (precision.find("32") != std::string::npos) {
    c.devices.rate = precision.find("tf32") != std::string::npos ? 0.5 : 0.0625;
  }
  if (c.devices.chip != nullptr && l.precision != Precision::bf16) {
    const bool has8 = c.devices.chip->fp8.known();
    const bool has4 = c.devices.chip->fp4.known();
    if (l.precision == Precision::fp4 && !has4) { l.precision = Precision::fp8; c.notes.push_back("no FP4 rate: taken as FP8"); }
    if (l.precision == Precision::fp8 && !has8) { l.precision = Precision::bf16; c.notes.push_back("no FP8 rate: taken as BF16"); }
  }
  l.sequence = row.whole("seq_len").value_or(0);
  if (l.sequence <= 0) { l.sequence = c.devices.software_year < 2024 ? 2048 : 4096; c.notes.push_back(fmt::format("sequence of {} assumed", l.sequence)); }
  l.global_batch = row.whole("global_batch_seqs").value_or(0);
  if (l.global_batch <= 0) {
    const int model = row.whole("tp").value_or(1) * row.whole("pp").value_or(1) * row.whole("cp").value_or(1);
    const int data = std::max(1, row.whole("dp").value_or(c.devices.ranks() / std::max(1, model)));
    l.global_batch = data * row.whole("micro_batch").value_or(1) * (row.whole("pp").value_or(1) > 1 ? 8 * *row.whole("pp") : 4);
    c.notes.push_back(fmt::format("global batch of {} assumed", l.global_batch));
  }
  const std::string model = lower(row.text("model"));
  const bool lora = notes.find("lora") != std::string::npos || lower(row.text("source")).find("lora") != std::string::npos || model.find("lora") != std::string::npos;
  if (lora) l.tuning = Tuning::lora;
  l.biased_attention = notes.find("alibi") != std::string::npos;
}

/// Chunks of layers on a stage where a source leaves the field out, which means unknown or off: since 2023 software with tensor
/// and pipeline ranks on GPUs (Megatron-Core and what descends from it) interleaves whenever the layers divide, or would with
/// one layer less at both ends (Llama 3, 2407.21783, section 3.3.2).
int usual_chunks(const Case& c, int stages) {
  const bool gpu = c.devices.chip->vendor == "NVIDIA" || c.devices.chip->vendor == "AMD";
  const bool interleaves = c.devices.stack == Stack::megatron || (c.devices.stack == Stack::unknown && c.bounds.tensor.value_or(1) > 1);
  if (stages <= 1 || !gpu || !interleaves || c.devices.software_year < 2023.5 || splits_backward(c.bounds.schedule.value_or(Schedule::one_forward_one_backward))) return 1;
  const int layers = c.architecture.layers % stages == 0 ? c.architecture.layers : c.architecture.layers + 2;
  const int each = layers % stages == 0 ? layers / stages : c.architecture.layers / stages;
  int chunks = std::min(6, each);
  while (chunks > 1 && each % chunks != 0) --chunks;
  return std::max(1, chunks);
}

void read_plan(const Row& row, Case& c) {
  PlanBounds& b = c.bounds;
  b.tensor = row.whole("tp");
  b.pipeline = row.whole("pp");
  b.context = row.whole("cp");
  b.expert = row.whole("ep");
  if (const auto stage = row.within("zero_stage", 0, 3)) b.zero_stage = static_cast<int>(*stage);
  b.micro_batch = row.whole("micro_batch");
  b.virtual_stages = row.whole("vpp");
  b.sums_in_32_bit = lower(row.text("precision")) != "fp16";  // frameworks sum BF16 gradients in 32 bit, FP16 ones as they are
  const std::string notes = lower(row.text("notes"));
  if (const auto sp = row.whole("sequence_parallel")) b.sequence_parallel = *sp != 0;
  const std::string recompute = lower(row.text("recompute"));
  if (recompute == "full") b.recompute = Recompute::full;
  else if (recompute == "selective") b.recompute = Recompute::selective;
  else if (recompute == "none") b.recompute = Recompute::none;
  const auto says = [&notes](std::string_view word) { return notes.find(word) != std::string::npos; };
  if (says("zero-bubble") || says("zero bubble") || says("zbv")) b.schedule = Schedule::zero_bubble;
  if (says("dualpipe")) b.schedule = Schedule::dual_pipe;
  // A search over unknown fields should not also sweep the ones that sources leave out when they are not used.
  if (b.tensor && b.pipeline && !b.context) b.context = 1;
  if (b.zero_stage == std::optional{3} && b.pipeline == std::optional{1} && !b.tensor) {  // sharded data parallelism and no more
    b.tensor = 1;
    if (!b.context) b.context = 1;
  }
  if (b.tensor && !b.pipeline) b.pipeline = 1;
  if (b.pipeline && !b.virtual_stages) {
    b.virtual_stages = usual_chunks(c, *b.pipeline);
    if (*b.virtual_stages > 1) c.notes.push_back(fmt::format("{} chunks a stage assumed", *b.virtual_stages));
  }
  if (b.zero_stage == std::optional{3} && b.pipeline && *b.pipeline > 1) {
    // Gathered weights stay whole through the micro-batches of a pipeline, and gradients are reduced after the last
    // (torch/distributed/pipelining/stage.py: no resharding and no sync before it), which is what stage 1 keeps and moves.
    b.zero_stage = 1;
    c.notes.push_back("weights stay whole inside a pipeline's step");
  }
  if (b.tensor && !b.zero_stage) b.zero_stage = 1;
  if (c.architecture.experts <= 0) b.expert = 1;
  else if (b.tensor && !b.expert) b.expert = std::min(c.architecture.experts, 8);
}

/// Tuned recipes of Megatron-Core since 2024, and everything before 2023, sum gradients in 16 bit.
int gradient_bytes(const DeviceGroup& g) {
  const bool tuned = g.stack == Stack::megatron && g.software_year >= 2024;
  return tuned || g.software_year < 2023 ? 2 : 4;
}

}  // namespace

const std::string& Row::text(std::string_view column) const {
  static const std::string none;
  const auto i = cells_.find(column);
  return i == cells_.end() ? none : i->second;
}

std::optional<double> Row::number(std::string_view column) const { return text::parse_double(text(column)); }

std::optional<double> Row::within(std::string_view column, double low, double high) const {
  const std::optional<double> x = number(column);
  return x && *x >= low && *x <= high ? x : std::nullopt;
}

std::optional<int> Row::whole(std::string_view column) const {
  const std::optional<double> x = within(column, 0, 2e9);
  return x ? std::optional{static_cast<int>(std::lround(*x))} : std::nullopt;
}

std::vector<Row> read_rows(const std::filesystem::path& file) {
  text::CsvReader reader(file);
  std::vector<Row> rows;
  while (reader.next()) {
    std::map<std::string, std::string, std::less<>> cells;
    for (std::size_t i = 0; i < reader.header().size(); ++i) cells.emplace(reader.header()[i], reader[i]);
    rows.emplace_back(std::move(cells));
  }
  return rows;
}

namespace {

/// Cells that say something which the reading leaves aside.
void note_unread(const Row& row, Case& c) {
  const auto aside = [&](std::string_view column, std::string_view instead) {
    c.notes.push_back(fmt::format("{} \"{}\" left aside{}", column, row.text(column), instead));
  };
  for (const char* column : {"params_total_b", "params_active_b", "layers", "hidden", "heads", "kv_heads", "ffn_hidden", "gated_mlp", "vocab", "seq_len", "experts",
                             "top_k", "num_accelerators", "gpus_per_node", "tp", "pp", "vpp", "dp", "ep", "cp", "sequence_parallel", "micro_batch", "global_batch_seqs"}) {
    if (!row.text(column).empty() && !row.within(column, 0, 2e9)) aside(column, "");
  }
  if (!row.text("zero_stage").empty() && !row.within("zero_stage", 0, 3)) aside("zero_stage", ", as stages are 0 to 3");
  if (!row.text("year").empty() && !row.within("year", 2010, 2040)) aside("year", ", 2025 assumed");
  const auto one_of = [&](std::string_view column, std::initializer_list<std::string_view> words) {
    const std::string text = lower(row.text(column));
    return text.empty() || std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != std::string::npos; });
  };
  if (!one_of("precision", {"16", "fp8", "fp4", "32"})) aside("precision", ", BF16 assumed");
  if (!one_of("recompute", {"full", "selective", "none"})) aside("recompute", "");
}

}  // namespace

Case read_case(const Row& row) {
  Case c;
  c.id = row.text("id");
  c.source = row.text("source");
  c.group = source_group(c.source);
  c.metric = row.text("metric");
  c.peak_tflops = row.number("peak_tflops_used");
  const std::string notes = lower(row.text("notes"));
  if (const auto peak = number_after(notes, "peak memory ")) c.peak_memory = gigabytes(*peak);
  c.mended = ran_after_fix(notes);
  c.counts_hardware_flops = notes.find("hardware flop") != std::string::npos || notes.find("hardware tflop") != std::string::npos;
  read_devices(row, c);
  if (c.unsupported) return c;
  note_unread(row, c);
  if (lower(row.text("arch")) == "dlrm" || lower(row.text("model")).rfind("dlrm", 0) == 0) {
    c.kind = Kind::ranking;
    c.layout.global_batch = row.whole("global_batch_seqs").value_or(65536);
    return c;
  }
  read_shape(row, c);
  if (c.unsupported) return c;
  read_layout(row, c);
  read_plan(row, c);
  return c;
}

void settle(Case& c, const Constants& k) {
  if (c.unsupported || c.kind == Kind::ranking) return;
  PlanBounds b = c.bounds;
  if (b.tensor && b.pipeline && b.micro_batch && b.context && b.zero_stage && b.virtual_stages && b.expert) {
    Plan p;
    p.tensor = std::max(1, *b.tensor);
    p.pipeline = std::max(1, *b.pipeline);
    p.virtual_stages = std::max(1, *b.virtual_stages);
    p.context = std::max(1, *b.context);
    p.expert = std::max(1, *b.expert);
    p.zero_stage = *b.zero_stage;
    p.micro_batch = std::max(1, *b.micro_batch);
    p.sequence_parallel = b.sequence_parallel.value_or(c.devices.software_year >= 2023 && c.devices.stack != Stack::deepspeed);
    p.schedule = b.schedule.value_or(Schedule::one_forward_one_backward);
    p.recompute = b.recompute;
    const bool sums = b.sums_in_32_bit.value_or(true);
    p.gradient_bytes = c.devices.stack == Stack::deepspeed && sums ? 4 : gradient_bytes(c.devices);
    p.recipe = recipe_of(c.devices.stack, c.devices.software_year, sums);
    const int data = data_ranks(p, c.devices);
    if (data > 0 && p.pipeline <= c.architecture.layers) {
      if (p.virtual_stages * p.pipeline > c.architecture.layers + 2) p.virtual_stages = std::max(1, c.architecture.layers / p.pipeline);
      if (p.micro_batch * data > c.layout.global_batch) {
        p.micro_batch = std::max(1, c.layout.global_batch / data);
        c.notes.push_back(fmt::format("micro-batch {} to fit the global batch", p.micro_batch));
      }
      if (!p.recompute) {
        const Bytes memory = kernels::device_of(*c.devices.chip, c.devices.ranks_per_accelerator).memory;
        RecomputeChoice choice = choose_recompute(c.architecture, c.layout, p, data, usable_memory * memory);
        // PyTorch recipes checkpoint by default, every block or every second operator, whether or not the memory is needed.
        if (c.devices.stack == Stack::fsdp && (choice.kind == Recompute::none || choice.share < 0.5)) {
          choice.kind = Recompute::full;
          choice.share = 0.5;
        }
        p.recompute = choice.kind;
        p.recompute_share = choice.share;
        c.notes.push_back(choice.kind == Recompute::full ? fmt::format("recompute of {:.0f} % of the layers assumed", 100 * choice.share)
                                                         : fmt::format("recompute {} assumed", name(choice.kind)));
      }
      c.layout.plan = p;
      c.plan_given = true;
      return;
    }
    c.notes.push_back("the row's plan does not fit its own counts: plan searched");
    b = PlanBounds{};
    b.recompute = c.bounds.recompute;
  }
  if (!b.micro_batch && b.tensor && b.pipeline) {
    // "2M tokens" is a round figure: every data rank has the same number of sequences.
    const int data = c.devices.ranks() / std::max(1, *b.tensor * *b.pipeline * b.context.value_or(1));
    const int each = data > 0 ? (c.layout.global_batch + data - 1) / data : 1;
    if (data > 1 && c.layout.global_batch > data && each * data != c.layout.global_batch) {
      c.notes.push_back(fmt::format("global batch of {} taken as {} for each of {} data ranks", c.layout.global_batch, each, data));
      c.layout.global_batch = each * data;
    }
  }
  SearchResult found = search_plans(c.architecture, c.layout, c.devices, k, b);
  if (found.best.empty() && b.recompute != std::optional{Recompute::full}) {
    b.recompute = Recompute::full;
    found = search_plans(c.architecture, c.layout, c.devices, k, b);
  }
  if (found.best.empty()) {
    b = PlanBounds{};
    found = search_plans(c.architecture, c.layout, c.devices, k, b);
  }
  if (!found.best.empty()) {
    c.layout.plan = found.best.front().plan;
    c.notes.push_back("plan chosen: " + describe(found.best.front().plan, found.best.front().data));
  } else if (found.nearest_miss) {
    // The source ran it, so our memory count is too strict for its software (offload, other states): answer, and say so.
    c.layout.plan = found.nearest_miss->plan;
    c.notes.push_back(fmt::format("no plan fits by our count; nearest needs {:.0f} GiB: ", found.nearest_miss->memory.base() / 1073741824.0) +
                      describe(found.nearest_miss->plan, found.nearest_miss->data));
  } else {
    Plan p;  // batch smaller than the ranks: pure data parallelism with idle ranks
    p.zero_stage = 3;
    p.recompute = Recompute::full;
    c.layout.plan = p;
    c.notes.push_back("no plan divides the batch over the ranks: plain sharded data parallelism");
  }
}

}  // namespace headroom::training
