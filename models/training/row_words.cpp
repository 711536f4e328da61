#include "models/training/row_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "models/text/number.hpp"
#include "models/training/rows.hpp"

namespace headroom::training {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

/// Number that starts at `at`.
std::optional<double> number_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (digit(text[end]) || (text[end] == '.' && end + 1 < text.size() && digit(text[end + 1])))) ++end;
  if (end == at) return std::nullopt;
  return text::parse_double(text.substr(at, end - at));
}

}  // namespace

std::string lower(std::string_view s) {
  std::string t(s);
  for (char& c : t) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return t;
}

std::optional<double> number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  return number_at(text, at + key.size());
}

std::optional<double> number_before(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && (digit(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  if (begin == at) return std::nullopt;
  return text::parse_double(text.substr(begin, at - begin));
}

std::optional<double> number_between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t end = text.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  const std::size_t at = text.rfind(before, end);
  if (at == std::string_view::npos) return std::nullopt;
  return text::parse_double(text.substr(at + before.size(), end - at - before.size()));
}

double parameters_in_name(std::string_view model) {
  const std::string m = lower(model);
  double best = 0;
  for (std::size_t i = 0; i < m.size(); ++i) {
    if (!digit(m[i]) || (i > 0 && (digit(m[i - 1]) || m[i - 1] == '.'))) continue;
    std::size_t end = i;
    while (end < m.size() && (digit(m[end]) || m[end] == '.')) ++end;
    const std::optional<double> n = text::parse_double(std::string_view(m).substr(i, end - i));
    if (!n || end >= m.size()) continue;
    if (m[end] == 'b') best = std::max(best, *n);
    if (m[end] == 'm' && (end + 1 == m.size() || !std::isalpha(static_cast<unsigned char>(m[end + 1])))) best = std::max(best, *n / 1000);
    if (m[end] == 'x' && end + 1 < m.size() && digit(m[end + 1])) {
      // experts share attention: about 0.85 of n copies
      if (const auto each = number_at(m, end + 1)) best = std::max(best, 0.85 * *n * *each);
      i = end + 1;
    }
  }
  return best;
}

const catalog::Chip* chip_of(std::string_view id, std::string_view printed) {
  if (!id.empty()) {
    if (const catalog::Chip* chip = catalog::find_chip(id)) return chip;
  }
  const std::string p = lower(printed);
  if (p.empty()) return nullptr;
  std::string plain = p;
  std::replace(plain.begin(), plain.end(), '-', '_');
  std::replace(plain.begin(), plain.end(), ' ', '_');
  if (const catalog::Chip* chip = catalog::find_chip(plain)) return chip;
  struct Alias { std::string_view word, id; };
  // The more particular word first.
  static constexpr std::array aliases{
      Alias{"a100_40", "a100_sxm_40"}, Alias{"a100", "a100_sxm_80"}, Alias{"a800", "a800_sxm_80"}, Alias{"h100_pcie", "h100_pcie"},
      Alias{"h100", "h100_sxm"}, Alias{"h800", "h800_sxm"}, Alias{"gh200", "gh200_144"}, Alias{"h200_nvl", "h200_nvl"},
      Alias{"h200", "h200_sxm"}, Alias{"h20_141", "h20_141"}, Alias{"h20", "h20_96"}, Alias{"gb200", "gb200_nvl72"},
      Alias{"gb300", "gb300_nvl72"}, Alias{"b200", "b200_sxm"}, Alias{"b300", "b300_sxm"}, Alias{"l40", "l40s"}, Alias{"l20", "l20"},
      Alias{"v100", "v100_sxm2_32"}, Alias{"mi250", "mi250x"}, Alias{"mi300", "mi300x"}, Alias{"mi308", "mi308x"},
      Alias{"mi325", "mi325x"}, Alias{"mi350", "mi355x"}, Alias{"mi355", "mi355x"}, Alias{"gaudi_2", "gaudi2"}, Alias{"gaudi2", "gaudi2"},
      Alias{"gaudi_3", "gaudi3"}, Alias{"gaudi3", "gaudi3"}, Alias{"v5p", "tpu_v5p"}, Alias{"v5e", "tpu_v5e"}, Alias{"v5lite", "tpu_v5e"},
      Alias{"v6e", "tpu_v6e"}, Alias{"trillium", "tpu_v6e"}, Alias{"tpu_v4", "tpu_v4"}, Alias{"v7", "tpu_v7"}, Alias{"ironwood", "tpu_v7"},
      Alias{"trn1", "trainium1"}, Alias{"trn2", "trainium2"}, Alias{"trainium3", "trainium3"}, Alias{"trainium2", "trainium2"},
      Alias{"trainium", "trainium1"}, Alias{"910c", "ascend_910c"}, Alias{"ascend_a3", "ascend_910c"}, Alias{"ascend", "ascend_910b"},
      Alias{"910", "ascend_910b"}, Alias{"mlu", "cambricon_mlu590"}, Alias{"p800", "kunlun_p800"}, Alias{"c500", "metax_c500_oam"},
      Alias{"c550", "metax_c500_oam"}, Alias{"s4000", "mtt_s4000"}, Alias{"s5000", "mtt_s5000"}, Alias{"v150", "iluvatar_biv150"},
      Alias{"ppu", "thead_ppu"}, Alias{"wse", "cerebras_wse3"}};
  // A number goes to its end: "h1000" is no H100.
  const auto names = [&](std::string_view word) {
    for (std::size_t at = plain.find(word); at != std::string::npos; at = plain.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if (!digit(word.back()) || end == plain.size() || !digit(plain[end])) return true;
    }
    return false;
  };
  for (const Alias& a : aliases) {
    if (names(a.word)) return catalog::find_chip(a.id);
  }
  return nullptr;
}

Stack stack_of(std::string_view source, std::string_view notes, std::string_view reference) {
  const std::string s = lower(source);
  const std::string text = lower(notes) + " " + lower(reference);
  if (has(text, "deepspeed") || has(s, "deepspeed") || has(s, "bigscience") || has(s, "bloom")) return Stack::deepspeed;
  if (has(text, "maxtext") || has(text, "paxml") || has(text, "jax") || has(s, "tpu") || has(s, "maxtext") || has(s, "jax")) return Stack::jax;
  if (has(text, "nemo") || has(text, "megatron") || has(s, "megatron") || has(s, "nemo") || has(s, "primus")) return Stack::megatron;
  if (has(text, "fsdp") || has(s, "titan") || has(s, "fsdp") || has(text, "torchtitan") || has(s, "automodel")) return Stack::fsdp;
  return Stack::unknown;
}

bool launches_block(std::string_view source, std::string_view notes) {
  return has(lower(source), "bigscience") || has(lower(notes), "launch_blocking") || has(lower(notes), "launch-blocking");
}

double software_year(std::string_view source, double year) {
  // A release reads YY.MM; its year may differ by one from the row's.
  for (std::size_t i = 0; i + 5 <= source.size(); ++i) {
    const bool starts = i == 0 || source[i - 1] == '-' || source[i - 1] == 'v';
    if (!starts || !digit(source[i]) || !digit(source[i + 1]) || source[i + 2] != '.' || !digit(source[i + 3]) || !digit(source[i + 4])) continue;
    const double yy = 2000 + (source[i] - '0') * 10 + (source[i + 1] - '0');
    const double mm = (source[i + 3] - '0') * 10 + (source[i + 4] - '0');
    if (std::abs(yy - year) <= 1 && mm >= 1 && mm <= 12) return yy + (mm - 0.5) / 12;
  }
  return year + 0.5;
}

std::optional<BytesPerSecond> scaleout_of(std::string_view interconnect, int per_node) {
  const std::string t = lower(interconnect);
  if (has(t, "not stated")) return std::nullopt;
  // "<n>x[ words ]<rate>g"
  for (std::size_t i = 1; i + 1 < t.size(); ++i) {
    if (t[i] != 'x' || !digit(t[i - 1])) continue;
    std::size_t begin = i;
    while (begin > 0 && digit(t[begin - 1])) --begin;
    const std::optional<double> n = number_at(t, begin);
    for (std::size_t j = i + 1; j < std::min(t.size(), i + 16); ++j) {
      if (!digit(t[j]) || digit(t[j - 1])) continue;
      const std::optional<double> rate = number_at(t, j);
      std::size_t end = j;
      while (end < t.size() && digit(t[end])) ++end;
      if (n && rate && *rate >= 25 && end < t.size() && t[end] == 'g') return gigabits_per_second(*n * *rate / per_node);
      break;
    }
  }
  if (const auto rate = number_before(t, "g per gpu")) return gigabits_per_second(*rate);
  if (has(t, "gb/s per node")) {
    for (std::size_t i = 0; i < t.size(); ++i) {
      if (digit(t[i])) {
        if (const auto rate = number_at(t, i); rate && *rate >= 25) return gigabits_per_second(*rate / per_node);
      }
    }
  }
  return std::nullopt;
}

std::optional<Watts> power_cap_of(std::string_view printed, std::string_view notes) {
  const std::string p = lower(printed);
  for (std::size_t i = 1; i < p.size(); ++i) {
    if (p[i] == 'w' && digit(p[i - 1]) && (i + 1 == p.size() || !std::isalpha(static_cast<unsigned char>(p[i + 1])))) {
      std::size_t begin = i;
      while (begin > 0 && digit(p[begin - 1])) --begin;
      const auto w = number_at(p, begin);
      if (w && *w >= 150) return watts(*w);
    }
  }
  const std::string n = lower(notes);
  if (has(n, "power cap") || has(n, "capped at")) {
    for (const char* key : {"power cap ", "power capped at ", "capped at "}) {
      if (const auto w = number_after(n, key); w && *w >= 150) return watts(*w);
    }
  }
  return std::nullopt;
}

std::string source_group(const std::string& source) {
  for (const std::string_view family : {"nvidia-megatron-bridge", "nvidia-dgxc-benchmarking"}) {
    if (source.rfind(family, 0) == 0) return std::string(family);
  }
  if (source.rfind("mlperf-v", 0) == 0) {
    const std::size_t dash = source.rfind('-');
    const std::string tail = source.substr(dash + 1);
    if (tail == "llm" || tail == "lora" || tail == "dlrm") return "mlperf-" + tail;
  }
  return source;
}

bool ran_after_fix(std::string_view notes) {
  const auto word_after = [&](std::string_view key, std::size_t length) {
    const std::size_t at = notes.find(key);
    return at == std::string_view::npos ? std::string_view{} : notes.substr(at + key.size(), length);
  };
  const std::string_view day = word_after("date ", 10), fix = word_after(" fix on ", 5);  // 2022-02-26, 02-25
  return day.size() == 10 && fix.size() == 5 && day.substr(5) >= fix;
}

}  // namespace headroom::training
