#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  int vocab = 0;
  int experts = 0;   ///< 0: dense
  int top_k = 0;
  int moe_ffn = 0;   ///< width of one expert
  int shared_experts = 0;
  int first_dense_layers = 0;
  Attention attention = Attention::gqa;
  int q_lora_rank = 0, kv_lora_rank = 0, rope_dim = 0, nope_dim = 0, v_head_dim = 0;  ///< MLA
  std::optional<int> sliding_window;
  std::optional<int> full_attention_layers;  ///< layers with full attention where others use a window or linear attention
  bool tied_embedding = false;
  double params_total = 0;   ///< published count of parameters, as a plain number (7e9)
  double params_active = 0;  ///< per token
  std::string source;
  std::string note;
  bool has_dimensions = false;  ///< false: only the parameter counts are known
};

/// Every architecture of the catalogue, in order of id.
[[nodiscard]] std::span<const Architecture> architectures();
/// By id or alias, case-insensitive; null if there is none.
[[nodiscard]] const Architecture* find_architecture(std::string_view name);

}  // namespace headroom::catalog
