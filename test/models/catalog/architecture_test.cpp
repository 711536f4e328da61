#include "models/catalog/architecture.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "models/text/csv.hpp"

using namespace headroom;
using namespace headroom::catalog;

TEST_CASE("every model name of the table resolves, case or not, to a shape with the same numbers", "[catalog]") {
  const char* folder = std::getenv("HEADROOM_DATA");
  if (!folder) {
    WARN("not run: HEADROOM_DATA is not set");
    return;
  }
  text::CsvReader row(std::filesystem::path(folder) / "llm_architectures.csv");
  int rows = 0, with_dimensions = 0;
  while (row.next()) {
    ++rows;
    const std::string name(row[row.column("name")]);
    CAPTURE(name);
    // The table gives a cut of four layers the name of the whole model, which is the one that a planner means.
    const Architecture* a = find_architecture(name == "deepseek-v2" ? "deepseek-v2-4layers" : name);
    REQUIRE(a);
    const auto count = [&](const char* column) { return row.optional_integer(row.column(column)).value_or(0); };
    REQUIRE(a->layers == count("layers"));
    REQUIRE(a->hidden == count("hidden"));
    REQUIRE(a->heads == count("heads"));
    REQUIRE(a->kv_heads == count("kv_heads"));
    REQUIRE(a->head_dim == count("head_dim"));
    REQUIRE(a->ffn_hidden == count("ffn_hidden"));
    REQUIRE(a->vocab == count("vocab"));
    REQUIRE(a->experts == count("experts"));
    REQUIRE(a->top_k == count("top_k"));
    REQUIRE(a->moe_ffn == count("moe_ffn"));
    REQUIRE(a->shared_experts == count("shared_experts"));
    REQUIRE(a->first_dense_layers == count("first_dense_layers"));
    REQUIRE(a->kv_lora_rank == count("kv_lora_rank"));
    REQUIRE(a->sliding_window.value_or(0) == count("sliding_window"));
    REQUIRE(a->full_attention_layers.value_or(0) == count("full_attention_layers"));
    REQUIRE(a->tied_embedding == (row[row.column("tied_embedding")] == "1"));
    REQUIRE(a->other_layers == row[row.column("other_layers")]);
    if (!row[row.column("gated")].empty()) REQUIRE(a->gated == (row[row.column("gated")] == "1"));
    if (!row[row.column("attention")].empty()) REQUIRE(to_string(a->attention) == row[row.column("attention")]);
    REQUIRE(a->params_total == row.optional_number(row.column("params_total_b")).value_or(0) * 1e9);
    REQUIRE(a->params_active == row.optional_number(row.column("params_active_b")).value_or(0) * 1e9);
    REQUIRE_FALSE(a->source.empty());
    with_dimensions += a->has_dimensions ? 1 : 0;
  }
  REQUIRE(rows == 223);
  REQUIRE(with_dimensions > 180);
}

TEST_CASE("a name stands for one shape only", "[catalog]") {
  std::set<std::string> seen;
  for (const Architecture& a : architectures()) {
    REQUIRE(seen.insert(a.id).second);
    for (const std::string& alias : a.aliases) REQUIRE(seen.insert(alias).second);
  }
}

TEST_CASE("a tuning or a format of a model has the shape of the model", "[catalog]") {
  const std::pair<const char*, const char*> names[] = {
      {"meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"}, {"Llama-3.3-70B-Instruct-FP8", "llama-3.1-70b"},
      {"Qwen/Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b"}, {"deepseek-ai/DeepSeek-R1-0528-NVFP4", "deepseek-v3"},
      {"Mistral-7B-Instruct-v0.3", "mistral-7b"},               {"Llama-2-70b-chat-hf", "llama-2-70b"},
      {"google/gemma-3-27b-it", "gemma3-27b"},                  {"Qwen2.5-7B-Instruct-AWQ", "qwen2-7b"},
      {"deepseek-ai/DeepSeek-V3.1-Base", "deepseek-v3"},        {"openai/gpt_oss_120b", "gpt-oss-120b"}};
  for (const auto& [name, id] : names) {
    CAPTURE(name);
    const Architecture* found = find_architecture(name);
    REQUIRE(found);
    REQUIRE(found->id == id);
  }
  REQUIRE_FALSE(find_architecture("llama-3.1-9b-instruct"));
  REQUIRE_FALSE(find_architecture("instruct"));
  REQUIRE_FALSE(find_architecture("deepseek-v2-60b-a9b"));
}

TEST_CASE("a shape told from memory has the published count of parameters", "[catalog]") {
  // Embedding, attention, FFN and experts add up to the count within 4 %: linear-attention layers alone are left out of this.
  int checked = 0;
  for (const Architecture& a : architectures()) {
    if (a.source.rfind("published configuration, by memory", 0) != 0) continue;
    CAPTURE(a.id);
    REQUIRE(a.from.status == Status::assumed);
    const double h = a.hidden, heads = a.heads, gates = a.gated ? 3 : 2;
    double attention = h * a.head_dim * (2.0 * heads + 2.0 * a.kv_heads);
    if (a.attention == Architecture::Attention::mla) {
      const double q = a.q_lora_rank > 0 ? h * a.q_lora_rank + a.q_lora_rank * heads * a.head_dim : h * heads * a.head_dim;
      attention = q + h * (a.kv_lora_rank + a.rope_dim) + heads * (a.kv_lora_rank * (a.nope_dim + a.v_head_dim) + a.v_head_dim * h);
    }
    const int sparse = a.experts > 0 ? a.layers - a.first_dense_layers : 0;
    const double total = a.layers * attention + (a.layers - sparse) * gates * h * a.ffn_hidden +
                         sparse * (gates * h * a.moe_ffn * (a.experts + a.shared_experts) + h * a.experts) +
                         (a.tied_embedding ? 1.0 : 2.0) * a.vocab * h;
    REQUIRE(total == Approx(a.params_total).epsilon(0.04));
    ++checked;
  }
  REQUIRE(checked > 60);
}

TEST_CASE("the parameters of a dense model follow from its dimensions", "[catalog]") {
  // Llama 3.1 70B: 80 x (2 x 8192^2 + 2 x 8192 x 1024 + 3 x 8192 x 28672) + 2 x 128256 x 8192 = 70.55e9.
  const Architecture* a = find_architecture("Llama-3.1-70B");
  REQUIRE(a);
  const double layer = 2.0 * a->hidden * a->heads * a->head_dim + 2.0 * a->hidden * a->kv_heads * a->head_dim +
                       (a->gated ? 3.0 : 2.0) * a->hidden * a->ffn_hidden;
  const double total = a->layers * layer + 2.0 * a->vocab * a->hidden;
  REQUIRE(total == Approx(70.55e9).epsilon(1e-3));
  REQUIRE(a->params_total == Approx(total).epsilon(0.01));
}

TEST_CASE("models known by their parameter count alone say so", "[catalog]") {
  const Architecture* a = find_architecture("aquila2-34b");
  REQUIRE(a);
  REQUIRE_FALSE(a->has_dimensions);
  REQUIRE(a->params_total == 34e9);
}

TEST_CASE("a misspelt model name gets the nearest", "[catalog]") {
  REQUIRE_FALSE(find_architecture("deepseek-v33"));
  REQUIRE(suggest_architecture("depseek-v3") == "deepseek-v3");
  REQUIRE_FALSE(suggest_architecture("zzzzzz"));
}
