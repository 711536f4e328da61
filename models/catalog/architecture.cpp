#include "models/catalog/architecture.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "models/catalog/catalog_files.hpp"
#include "models/catalog/object_reader.hpp"
#include "models/text/nearest.hpp"

namespace headroom::catalog {
namespace {

constexpr std::array<std::pair<Architecture::Attention, std::string_view>, 6> attentions{{{Architecture::Attention::mha, "mha"},
    {Architecture::Attention::gqa, "gqa"}, {Architecture::Attention::mqa, "mqa"}, {Architecture::Attention::mla, "mla"},
    {Architecture::Attention::hybrid, "hybrid"}, {Architecture::Attention::other, "other"}}};

Architecture read_architecture(const nlohmann::json& json, std::vector<Fault>& faults) {
  Architecture a;
  ObjectReader reader(json, "", faults);
  for (const char* key : {"id", "source", "as_of", "status"}) reader.require(key);
  reader.read("id", a.id);
  reader.read("aliases", a.aliases);
  const std::pair<const char*, int*> counts[] = {
      {"layers", &a.layers}, {"hidden", &a.hidden}, {"heads", &a.heads}, {"kv_heads", &a.kv_heads}, {"head_dim", &a.head_dim},
      {"ffn_hidden", &a.ffn_hidden}, {"vocab", &a.vocab}, {"experts", &a.experts}, {"top_k", &a.top_k}, {"moe_ffn", &a.moe_ffn},
      {"shared_experts", &a.shared_experts}, {"first_dense_layers", &a.first_dense_layers}, {"expert_groups", &a.expert_groups}, {"routed_groups", &a.routed_groups}, {"q_lora_rank", &a.q_lora_rank},
      {"kv_lora_rank", &a.kv_lora_rank}, {"rope_dim", &a.rope_dim}, {"nope_dim", &a.nope_dim}, {"v_head_dim", &a.v_head_dim}};
  for (const auto& [key, member] : counts) reader.read(key, *member);
  reader.read("gated", a.gated);
  reader.read("tied_embedding", a.tied_embedding);
  reader.read("sliding_window", a.sliding_window);
  reader.read("full_attention_layers", a.full_attention_layers);
  reader.read("other_layers", a.other_layers);
  std::string attention = a.heads > 0 ? "gqa" : "other";
  reader.read_word("attention", attention, {"mha", "gqa", "mqa", "mla", "hybrid", "other"});
  for (const auto& [kind, word] : attentions) {
    if (word == attention) a.attention = kind;
  }
  double total_b = 0, active_b = 0;
  reader.read("params_total_b", total_b);
  reader.read("params_active_b", active_b);
  a.params_total = total_b * 1e9;
  a.params_active = active_b * 1e9;
  a.from = reader.provenance();
  a.source = a.from.source;
  a.note = a.from.note;
  a.has_dimensions = a.layers > 0 && a.hidden > 0 && a.heads > 0;
  reader.finish();
  return a;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// Words that publishers put behind a model's name for a tuning or a format of the same shape.
bool is_variant(std::string_view word) {
  static constexpr std::array<std::string_view, 31> words{"instruct", "chat", "it", "hf", "base", "thinking", "reasoning", "preview", "pt",
      "fp8", "fp4", "nvfp4", "mxfp4", "bf16", "fp16", "int8", "int4", "awq", "gptq", "w4a16", "w8a8", "dynamic", "quantized", "kv", "block",
      "distilled", "exp", "beta", "terminus", "gguf", "mlx"};
  if (std::find(words.begin(), words.end(), word) != words.end()) return true;
  const auto digits = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (word.size() == 4 && digits(word)) return true;  // a release as MMDD or YYMM
  return word.size() > 2 && word[0] == 'v' && word[2] == '.' && digits(word.substr(1, 1)) && digits(word.substr(3));
}

/// A name that differs in hyphens and underscores only: "llama3.1-8b" and "Llama-3.1_8B".
std::string joined(std::string_view name) {
  std::string out = lower(name);
  out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '-' || c == '_' || c == ' '; }), out.end());
  return out;
}

const std::map<std::string, const Architecture*, std::less<>>& names() {
  static const std::map<std::string, const Architecture*, std::less<>> all = [] {
    std::map<std::string, const Architecture*, std::less<>> map;
    for (const Architecture& a : architectures()) {
      map.emplace(lower(a.id), &a);
      for (const std::string& alias : a.aliases) map.emplace(lower(alias), &a);
    }
    return map;
  }();
  return all;
}

/// By joined() name; null where two shapes share it, so that nothing is told apart by the order of files.
const std::map<std::string, const Architecture*, std::less<>>& joined_names() {
  static const std::map<std::string, const Architecture*, std::less<>> all = [] {
    std::map<std::string, const Architecture*, std::less<>> map;
    for (const auto& [name, architecture] : names()) {
      const auto [place, is_new] = map.emplace(joined(name), architecture);
      if (!is_new && place->second != architecture) place->second = nullptr;
    }
    return map;
  }();
  return all;
}

}  // namespace

std::string_view to_string(Architecture::Attention attention) {
  for (const auto& [kind, word] : attentions) {
    if (kind == attention) return word;
  }
  return "other";
}

std::span<const Architecture> architectures() {
  static const std::vector<Architecture> all = read_files<Architecture>(embedded::architectures(), read_architecture);
  return all;
}

const Architecture* find_architecture(std::string_view name) {
  const auto found = names().find(lower(name));
  if (found != names().end()) return found->second;
  std::string_view rest = name.substr(name.rfind('/') + 1);
  if (lower(rest).rfind("meta-", 0) == 0) rest.remove_prefix(5);
  while (true) {
    if (const auto variant = joined_names().find(joined(rest)); variant != joined_names().end()) return variant->second;
    const auto last = rest.find_last_of("-_ ");
    if (last == std::string_view::npos || !is_variant(lower(rest.substr(last + 1)))) return nullptr;
    rest = rest.substr(0, last);
  }
}

std::optional<std::string> suggest_architecture(std::string_view name) {
  std::vector<std::string_view> all;
  for (const auto& [known, architecture] : names()) all.push_back(known);
  return nearest(name, std::span<const std::string_view>(all));
}

}  // namespace headroom::catalog
