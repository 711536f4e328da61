#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/catalog/fact.hpp"

namespace headroom::catalog {

/// Shape of a transformer language model. Counts and widths are plain numbers (they have no dimension).
struct Architecture {
  enum class Attention { mha, gqa, mqa, mla, hybrid, other };

  std::string id;                    ///< canonical name, lower case
  std::vector<std::string> aliases;  ///< other spellings in sources
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;  ///< for MLA nope + rope
  int ffn_hidden = 0;
  bool gated = true;
  int vocab = 0;     ///< 0: not known
  int experts = 0;   ///< 0: dense
  int top_k = 0;
  int moe_ffn = 0;   ///< width of one expert
  int shared_experts = 0;
  int first_dense_layers = 0;
  int expert_groups = 0;     ///< into which the experts are divided for routing; 0: none
  int routed_groups = 0;     ///< of these, as many as one token's experts may come from
  Attention attention = Attention::gqa;
  int q_lora_rank = 0, kv_lora_rank = 0, rope_dim = 0, nope_dim = 0, v_head_dim = 0;  ///< MLA
  std::optional<int> sliding_window;
  std::optional<int> full_attention_layers;  ///< layers with full attention where others use a window or linear attention
  std::string other_layers;  ///< what the other layers are, in words; empty if there are none
  bool tied_embedding = false;
  double params_total = 0;   ///< published count of parameters, as a plain number (7e9)
  double params_active = 0;  ///< per token
  Provenance from;           ///< of the shape
  std::string source;        ///< = from.source
  std::string note;          ///< = from.note
  bool has_dimensions = false;  ///< layers, hidden and heads are known; false: little more than the parameter counts is
};

/// Every architecture of the catalogue, in order of id.
[[nodiscard]] std::span<const Architecture> architectures();
/// By id or alias, case-insensitive; else by the name without publisher, hyphens and the words of tunings and formats that keep
/// the shape ("Qwen/Qwen3-32B-FP8" is qwen3-32b). Null if there is none or two shapes could be meant.
[[nodiscard]] const Architecture* find_architecture(std::string_view name);
/// Nearest id or alias to a misspelt name; nothing for nonsense.
[[nodiscard]] std::optional<std::string> suggest_architecture(std::string_view name);
/// "mha", "gqa", "mqa", "mla", "hybrid", "other".
[[nodiscard]] std::string_view to_string(Architecture::Attention attention);

}  // namespace headroom::catalog
