#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "models/serving/accuracy.hpp"
#include "models/serving/predict.hpp"

namespace headroom::serving {
namespace {

Row row() {
  Row r;
  r.id = "X-1";
  r.model = "Llama-3.1-70B";
  r.accelerator_id = "h100_sxm";
  r.engine = "vllm";
  r.precision_weights = "fp8";
  r.accelerators = 4;
  r.tp = 4;
  r.input = 1024;
  r.output = 1024;
  r.concurrency = 32;
  r.metric = "tpot_ms";
  r.task = "closed_loop";
  r.year = 2025;
  r.run_id = "R1";
  return r;
}

Prediction one(const Row& r) {
  const auto all = predict_rows({r}, ConstantSet::fitted());
  REQUIRE(all.size() == 1);
  return all.front();
}

std::optional<std::filesystem::path> calibration() {
  const char* folder = std::getenv("HEADROOM_DATA");
  if (folder == nullptr) {
    WARN("not run: HEADROOM_DATA is not set; the measured rows are described in shared/data/README_measured.md");
    return std::nullopt;
  }
  return std::filesystem::path(folder) / "inference_calibration.csv";
}

}  // namespace

TEST_CASE("a model too large for the accelerators of a row without a width is spread over the node and the notes say so", "[serving]") {
  Row r = row();  // 70.6 billion parameters in 16 bit: 131.4 GiB and some for workspaces; an H100 has 80
  r.precision_weights = "bf16";
  r.accelerators = 1;
  r.tp.reset();
  r.metric = "output_tokens_per_s";
  const Prediction whole = one(r);
  REQUIRE(whole.status == "ok");
  CHECK(whole.notes.find("laid out over 2") != std::string::npos);
  r.metric = "output_tokens_per_s_per_gpu";
  CHECK(*one(r).predicted == Approx(*whole.predicted / 2));
  r.tp = 1;
  const Prediction told = one(r);
  CHECK(told.status == "does_not_fit");
  CHECK(told.limit.substr(0, 22) == "out of memory: 134.7 G");
}

TEST_CASE("a plain row is answered inside its own interval, in the unit of its metric", "[serving]") {
  Row r = row();
  const Prediction tpot = one(r);
  REQUIRE(tpot.status == "ok");
  CHECK(*tpot.low <= *tpot.predicted);
  CHECK(*tpot.predicted <= *tpot.high);
  CHECK(*tpot.predicted > 5);
  CHECK(*tpot.predicted < 60);
  r.metric = "output_tokens_per_s";
  const double whole = *one(r).predicted;
  r.metric = "output_tokens_per_s_per_gpu";
  CHECK(*one(r).predicted == Approx(whole / 4));
  r.metric = "tokens_per_s_per_user";
  CHECK(*one(r).predicted == Approx(1000 / *tpot.predicted).epsilon(1e-9));
}

TEST_CASE("what cannot be answered says why", "[serving]") {
  Row r = row();
  r.accelerator_id = "abacus";
  CHECK(one(r).status == "unsupported");
  CHECK_THAT(one(r).limit, Catch::Contains("abacus"));
  r = row();
  r.precision_weights = "bf16";
  r.accelerators = r.tp.emplace(1);
  CHECK(one(r).status == "does_not_fit");
  r = row();
  r.metric = "colour";
  CHECK(one(r).status == "unsupported");
  r = row();
  r.task = "kernel";
  CHECK(one(r).status == "unsupported");
}

TEST_CASE("a model without dimensions is answered from its counts of parameters and says so", "[serving]") {
  Row r = row();
  r.model = "some-new-model";
  r.params_total = r.params_active = 70e9;
  const Prediction p = one(r);
  CHECK(p.status == "ok");
  CHECK_THAT(p.notes, Catch::Contains("assumed"));
  CHECK(*p.predicted == Approx(*one(row()).predicted).epsilon(0.25));
}

TEST_CASE("rows that are not scoreable get no line", "[serving]") {
  Row r = row();
  r.scoreable = false;
  CHECK(predict_rows({r, row()}, ConstantSet::fitted()).size() == 1);
}

TEST_CASE("a chip that was never measured has a wider interval", "[serving]") {
  Row r = row();
  const Prediction known = one(r);
  r.accelerator_id = "h20_96";
  const Prediction fresh = one(r);
  CHECK(*fresh.high / *fresh.low > *known.high / *known.low);
  CHECK_THAT(fresh.notes, Catch::Contains("datasheet"));
}

TEST_CASE("the highest rate within latency limits falls when the limits tighten", "[serving]") {
  Row r = row();
  r.task = "slo_capacity";
  r.metric = "output_tokens_per_s";
  r.concurrency.reset();
  r.notes = "server; TTFT 2 s, TPOT 100 ms (p99)";
  const double loose = *one(r).predicted;
  r.notes = "interactive; TTFT 450 ms, TPOT 30 ms (p99)";
  const double tight = *one(r).predicted;
  CHECK(tight < loose);
  CHECK(tight > 0);
}

TEST_CASE("a server within limits never outdoes the same replica without them", "[serving]") {
  Row r = row();
  r.task = "offline_max";
  r.concurrency.reset();
  r.metric = "output_tokens_per_s";
  const double offline = *one(r).predicted;
  r.task = "slo_capacity";
  r.notes = "p99 TTFT 20000 ms, p99 TPOT 2000 ms";
  CHECK(*one(r).predicted <= offline);
}

TEST_CASE("drafting that the notes tell of speeds answers up by less than its acceptance", "[serving]") {
  // TensorRT-LLM's blog on DeepSeek-R1 with 8 B200, one user: 111 tokens/s, 198 with one drafted token (1.92 accepted), 253 with
  // three (2.82): 1.78 and 2.28 times.
  Row r = row();
  r.model = "DeepSeek-R1";
  r.engine = "trtllm";
  r.accelerator_id = "b200_sxm";
  r.precision_weights = "nvfp4";
  r.accelerators = 8;
  r.tp = 8;
  r.output = 2048;
  r.concurrency = 1;
  r.metric = "tokens_per_s_per_user";
  r.notes = "no MTP";
  const double plain = *one(r).predicted;
  r.notes = "MTP1 acceptance length 1.92";
  CHECK(*one(r).predicted / plain == Approx(198.0 / 111.0).epsilon(0.12));
  r.notes = "MTP3 acceptance length 2.82";
  CHECK(*one(r).predicted / plain == Approx(253.0 / 111.0).epsilon(0.12));
  r.notes = "MTP, draft tokens=3";  // acceptance not told: the usual one, and the notes say so
  const Prediction usual = one(r);
  CHECK(*usual.predicted > 2 * plain);
  CHECK(usual.notes.find("acceptance length taken as 2.95") != std::string::npos);
}

TEST_CASE("the gain of drafting shrinks when the batch fills the arithmetic", "[serving]") {
  Row r = row();
  r.metric = "output_tokens_per_s";
  const auto gain = [&](double users) {
    r.concurrency = users;
    r.notes = "";
    const double plain = *one(r).predicted;
    r.notes = "draft tokens=3, acceptance length 2.5";
    return *one(r).predicted / plain;
  };
  CHECK(gain(512) < 0.8 * gain(4));
}

TEST_CASE("a server whose release is not told is taken as started with its defaults, and is slower", "[serving]") {
  Row r = row();
  const Prediction stock = one(r);
  CHECK(stock.notes.find("its defaults") != std::string::npos);
  r.notes = "engine version 0.9.1";
  const Prediction told = one(r);
  CHECK(told.notes.find("its defaults") == std::string::npos);
  CHECK(*stock.predicted > 1.05 * *told.predicted);
}

TEST_CASE("a server with defaults keeps its cache in 16 bit, one set up after vLLM's recipes in 8", "[serving]") {
  Row r = row();
  r.year = 2026;
  const Configuration stock = read_configuration(r);
  CHECK(stock.plan.kv == Precision::bf16);
  CHECK(stock.plan.released <= date(2026, 7, 1));
  r.notes = "engine version 0.18.0";
  const Configuration recipe = read_configuration(r);
  CHECK(recipe.plan.kv == Precision::fp8);
  CHECK(stock.plan.released >= recipe.plan.released);  // the newest known release, not a day after it
}

TEST_CASE("a log's peak of requests within one second stands for fewer clients", "[serving]") {
  Row r = row();
  r.model = "Llama-3.1-8B";
  r.accelerators = 1;
  r.tp = 1;
  r.output = 220;
  r.concurrency = 11;
  r.metric = "output_tokens_per_s";
  const double set = *one(r).predicted;
  r.input = 1024.5;  // a mean read off a log
  const double logged = *one(r).predicted;
  CHECK(logged < 0.8 * set);
  CHECK(logged > 0.2 * set);
}

TEST_CASE("clients that time what follows the reasoning see a part of an answer's time per token", "[serving]") {
  Row r = row();
  const double whole = *one(r).predicted;
  r.notes = "vllm serve M --reasoning-parser=qwen3";
  const double share = *one(r).predicted / whole;
  CHECK(share > 0.1);
  CHECK(share < 0.95);
}

TEST_CASE("constants survive their own text form", "[serving]") {
  const ConstantSet& set = ConstantSet::fitted();
  const ConstantSet again = ConstantSet::from_json(set.to_json());
  REQUIRE(again.constants.size() == set.constants.size());
  for (std::size_t i = 0; i < set.constants.size(); ++i) {
    CHECK(again.constants[i].name == set.constants[i].name);
    CHECK(again.constants[i].log_value == Approx(set.constants[i].log_value).margin(1e-3));
  }
  CHECK(again.spreads.size() == set.spreads.size());
  CHECK_FALSE(set.inputs.empty());
}

TEST_CASE("the answer never depends on the measured value", "[serving][data]") {
  const auto file = calibration();
  if (!file) return;
  const auto rows = read_rows(*file);
  const auto answers = predict_rows(rows, ConstantSet::fitted());
  long long ok = 0;
  for (const Prediction& p : answers) ok += p.status == "ok";
  CHECK(answers.size() == 11110);
  CHECK(static_cast<double>(ok) >= 0.99 * static_cast<double>(answers.size()));
}

TEST_CASE("measured rows are met within the errors that the accuracy page states", "[serving][data]") {
  const auto file = calibration();
  if (!file) return;
  const ConstantSet& set = ConstantSet::fitted();
  const auto cases = read_cases(*file);
  for (const ErrorRow& e : error_table(residuals(cases, set), set, false)) {
    if (e.family == "tpot" && e.group == "inferencex") CHECK(e.mean < 22);
    if (e.family == "tpot" && e.group == "gap-analysis") CHECK(e.mean < 20);
    if (e.family == "throughput" && e.group == "trtllm-offline") CHECK(e.mean < 32);
    if (e.family == "ttft" && e.group == "trtllm-offline") CHECK(e.median < 25);
  }
}

}  // namespace headroom::serving
