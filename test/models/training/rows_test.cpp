#include <cmath>
#include <cstdlib>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "models/training/memory.hpp"
#include "models/training/predict.hpp"
#include "models/training/profiles.hpp"
#include "models/training/rows.hpp"
#include "models/training/shape.hpp"

using namespace headroom;
using namespace headroom::training;

namespace {
using Cells = std::map<std::string, std::string, std::less<>>;
/// A row of BigScience's sweep with all it states.
Cells bloom() {
  return {{"id", "x"}, {"source", "bigscience-bloom-sweep"}, {"year", "2022"}, {"model", "variant"}, {"arch", "dense"},
          {"hidden", "14400"}, {"heads", "96"}, {"ffn_hidden", "57600"}, {"gated_mlp", "0"}, {"vocab", "250880"}, {"seq_len", "2048"},
          {"accelerator_id", "a100_sxm_80"}, {"num_accelerators", "384"}, {"gpus_per_node", "8"}, {"tp", "8"}, {"pp", "4"}, {"dp", "12"},
          {"micro_batch", "1"}, {"global_batch_seqs", "2040"}, {"precision", "fp16"}, {"metric", "step_time_s"}};
}
bool says(const Case& c, const std::string& words) {
  for (const std::string& note : c.notes) {
    if (note.find(words) != std::string::npos) return true;
  }
  return false;
}
}  // namespace

TEST_CASE("missing layers follow from the parameter count and the stated width", "[training][rows]") {
  // 194e9 = 12 x 14,400^2 x L + two tables of 250,880 x 14,400: L = 75.
  Cells cells = bloom();
  cells["params_total_b"] = "194";
  const Case c = read_case(Row(cells));
  CHECK(c.architecture.hidden == 14400);
  CHECK(c.architecture.layers == 75);
  CHECK(says(c, "75 layers from the parameter count"));
}

TEST_CASE("another number of heads at a known width has another head width", "[training][rows]") {
  Cells cells = bloom();
  cells["model"] = "bloom-176b";
  cells["hidden"] = "14336";
  cells["ffn_hidden"] = "57344";
  cells["layers"] = "72";
  for (const int heads : {16, 64, 112, 256}) {
    cells["heads"] = std::to_string(heads);
    const Case c = read_case(Row(cells));
    CHECK(head_widths(c.architecture).key == 14336.0 / heads);
    CHECK(parameter_counts(c.architecture).attention == Approx(4.0 * 14336 * 14336));
  }
}

TEST_CASE("a printed chip is what it says, and not one whose number begins the same", "[training][rows]") {
  const auto printed = [](const char* name) {
    Cells cells = bloom();
    cells.erase("accelerator_id");
    cells["accelerator"] = name;
    const Case c = read_case(Row(cells));
    return c.devices.chip == nullptr ? *c.unsupported : c.devices.chip->id;
  };
  CHECK(printed("NVIDIA H100 80GB HBM3") == "h100_sxm");
  CHECK(printed("GH200") == "gh200_144");
  CHECK(printed("H200-SXM") == "h200_sxm");
  CHECK(printed("h1000") == "no chip of the catalogue is called 'h1000'");
  CHECK(printed("H2000") == "no chip of the catalogue is called 'H2000'");
}

TEST_CASE("launches block where a row or the source's launch script says so, and the prediction says it", "[training][rows]") {
  CHECK(says(read_case(Row(bloom())), "the host waits for each kernel"));
  Cells cells = bloom();
  cells["source"] = "elsewhere";
  CHECK_FALSE(read_case(Row(cells)).devices.launches_block);
  cells["notes"] = "run with CUDA_LAUNCH_BLOCKING=1";
  CHECK(read_case(Row(cells)).devices.launches_block);
}

TEST_CASE("what a row says and the reading leaves aside is told", "[training][rows]") {
  const auto told = [](const char* column, const char* value, const std::string& words) {
    Cells cells = bloom();
    cells[column] = value;
    return says(read_case(Row(cells)), words);
  };
  CHECK(told("layers", "eighty", "layers \"eighty\" left aside"));
  CHECK(told("zero_stage", "9", "zero_stage \"9\" left aside, as stages are 0 to 3"));
  CHECK(told("year", "1900", "year \"1900\" left aside, 2025 assumed"));
  CHECK(told("precision", "bf17", "precision \"bf17\" left aside, BF16 assumed"));
  CHECK(told("recompute", "ful", "recompute \"ful\" left aside"));
  for (const auto& [column, value] : {std::pair{"zero_stage", "1"}, {"precision", "mxfp8"}, {"recompute", "Selective"}, {"tp", ""}}) CHECK_FALSE(told(column, value, "left aside"));
}

TEST_CASE("heads that are not stated fit the tensor ranks and whole widths", "[training][rows]") {
  Cells cells = bloom();
  cells["hidden"] = "13824";
  cells["ffn_hidden"] = "55296";
  cells["layers"] = "80";
  cells.erase("heads");
  const Case c = read_case(Row(cells));
  CHECK(c.architecture.heads % 8 == 0);
  CHECK(13824 % c.architecture.heads == 0);
  CHECK(says(c, "heads assumed"));
}

TEST_CASE("a published count overrules a gating flag that contradicts it", "[training][rows]") {
  Cells cells = bloom();
  cells["layers"] = "32";
  cells["hidden"] = "4096";
  cells["heads"] = "32";
  cells["ffn_hidden"] = "11008";
  cells["vocab"] = "32000";
  cells["params_total_b"] = "6.74";  // Llama-2 7B: three matrices in the FFN
  const Case c = read_case(Row(cells));
  CHECK(c.architecture.gated);
  CHECK(says(c, "taken as gated"));
}

TEST_CASE("a plan whose states are far beyond the memory does not fit, and the note says what takes it", "[training][rows]") {
  Cells cells = bloom();
  cells["layers"] = "70";
  cells["hidden"] = "14336";
  cells["heads"] = "112";
  cells["ffn_hidden"] = "57344";
  const auto answer = [&cells] { return predict_rows({Row(cells)}, fitted()).front(); };
  cells["tp"] = "8";
  cells["pp"] = "12";
  cells["dp"] = "4";
  CHECK(answer().status == "ok");
  CHECK(answer().predicted > 0);
  cells["tp"] = "1";
  cells["pp"] = "4";
  cells["dp"] = "96";
  CHECK(answer().status == "does_not_fit");
  CHECK(answer().notes.find("weights") != std::string::npos);
  cells["tp"] = "8";
  cells["pp"] = "12";
  cells["num_accelerators"] = "960000";
  cells["dp"] = "10000";
  cells["global_batch_seqs"] = "40000";
  CHECK(answer().status == "out_of_range");
}

TEST_CASE("kernel profiles give products within the shape law and all-reduces above the link", "[training][measured]") {
  const char* data = std::getenv("HEADROOM_DATA");
  if (data == nullptr) {
    WARN("not run: HEADROOM_DATA is not set (profiles: github.com/microsoft/vidur, data/profiling)");
    return;
  }
  const std::vector<KernelSample> kernels = read_profiles(std::filesystem::path(data) / "kernel_profiles");
  REQUIRE(kernels.size() > 500);
  std::map<std::string, std::vector<double>> off;
  for (const KernelSample& k : kernels) off[k.group].push_back(kernel_log_seconds(k, fitted().constants) - k.log_seconds);
  CHECK(off.size() == 4);
  for (const auto& [group, errors] : off) {
    CAPTURE(group);
    double mean = 0, square = 0;
    for (const double e : errors) mean += e / static_cast<double>(errors.size());
    for (const double e : errors) square += (e - mean) * (e - mean) / static_cast<double>(errors.size());
    // The level is that of the bench (clocks, library); the law is in the scatter about it.
    CHECK(std::abs(mean) < 0.3);
    CHECK(std::sqrt(square) < (group.rfind("product", 0) == 0 ? 0.12 : 0.25));
  }
}

TEST_CASE("peaks of memory that sources print are met within 5 % in the mean, nothing fitted", "[training][measured]") {
  const char* data = std::getenv("HEADROOM_DATA");
  if (data == nullptr) {
    WARN("not run: HEADROOM_DATA is not set (rows: bigscience-workshop/bigscience, tr11-176B-ml/chronicles-prequel.md)");
    return;
  }
  const Constants constants = prior_constants();
  double sum = 0, near = 0, runs = 0;
  std::string table;
  for (const Row& row : read_rows(std::filesystem::path(data) / "training_calibration.csv")) {
    Case c = read_case(row);
    if (c.unsupported || !c.peak_memory) continue;
    settle(c, constants);
    const Plan& p = *c.layout.plan;
    const double ours = memory_use(c.architecture, c.layout, p, data_ranks(p, c.devices), p.recompute.value()).total() / *c.peak_memory;
    table += fmt::format("{} {} printed {:.0f} GB, ours {:+.1f} %\n", c.id, describe(p, data_ranks(p, c.devices)), c.peak_memory->base() / 1e9, 100 * (ours - 1));
    sum += std::abs(ours - 1);
    near += std::abs(ours - 1) <= 0.10 ? 1 : 0;
    runs += 1;
  }
  CAPTURE(table);
  REQUIRE(runs >= 90);
  CHECK(sum / runs < 0.05);
  CHECK(near / runs > 0.90);  // the rest: 44 GB and 65 GB are printed for twice the same states, six layers without a pipeline
}

TEST_CASE("a 32 bit sum of gradients takes six bytes more a parameter than DeepSpeed's 16 bit one at D = 1, buckets apart", "[training]") {
  Cells sixteen = bloom();
  sixteen["layers"] = "80";
  sixteen["recompute"] = "full";
  Case c = read_case(Row(sixteen));
  settle(c, prior_constants());
  REQUIRE(c.layout.plan);
  CHECK(c.layout.plan->recipe.copy_bytes == 0);
  CHECK(c.layout.plan->recipe.update_bytes == 4);
  Cells sums = sixteen;
  sums["precision"] = "bf16";
  Case d = read_case(Row(sums));
  settle(d, prior_constants());
  REQUIRE(d.layout.plan);
  CHECK(d.layout.plan->gradient_bytes + d.layout.plan->recipe.copy_bytes == 6);
  CHECK(recipe_of(Stack::megatron, 2025, true).buckets.base() == 0);
}
