#include "models/serving/plan.hpp"

#include <array>
#include <cctype>
#include <utility>

namespace headroom::serving {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '-' && c != '_' && c != ' ') out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

}  // namespace

double bytes_per_value(Precision precision) {
  switch (precision) {
    case Precision::fp16:
    case Precision::bf16: return 2.0;
    case Precision::fp8: return 1.0 + 4.0 / (128.0 * 128.0);  // one fp32 scale for a 128 x 128 block
    case Precision::int8: return 1.0;
    case Precision::fp4: return 0.5 + 1.0 / 16.0;             // one byte of scale for 16 values (NVFP4)
    case Precision::mxfp4: return 0.5 + 1.0 / 32.0;           // one for 32
    case Precision::int4: return 0.5 + 2.0 / 128.0;           // one 16-bit scale for 128 values
  }
  return 2.0;
}

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::fp16: return "fp16";
    case Precision::bf16: return "bf16";
    case Precision::fp8: return "fp8";
    case Precision::int8: return "int8";
    case Precision::fp4: return "fp4";
    case Precision::mxfp4: return "mxfp4";
    case Precision::int4: return "int4";
  }
  return "bf16";
}

std::optional<Precision> parse_precision(std::string_view text) {
  const std::string word = lower(text);
  static constexpr std::array<std::pair<std::string_view, Precision>, 24> words{{
      {"fp16/bf16", Precision::bf16}, {"bf16", Precision::bf16},   {"bfloat16", Precision::bf16}, {"fp16", Precision::fp16},
      {"float16", Precision::fp16},   {"fp8", Precision::fp8},     {"fp8block", Precision::fp8},  {"e4m3", Precision::fp8},
      {"w8a8", Precision::int8},      {"int8", Precision::int8},   {"w8a16", Precision::int8},    {"fp4", Precision::fp4},
      {"nvfp4", Precision::fp4},      {"mxfp4", Precision::mxfp4},   {"w4a4", Precision::fp4},      {"mxfp8", Precision::fp8},
      {"int4", Precision::int4},      {"awq", Precision::int4},    {"gptq", Precision::int4},     {"w4a16", Precision::int4},
      {"w4a8", Precision::int4},      {"w4afp8", Precision::int4}, {"int4awq", Precision::int4},  {"half", Precision::fp16},
  }};
  for (const auto& [name, precision] : words) {
    if (word == name) return precision;
  }
  return std::nullopt;
}

std::string_view to_string(Engine engine) {
  switch (engine) {
    case Engine::vllm: return "vllm";
    case Engine::sglang: return "sglang";
    case Engine::trtllm: return "trtllm";
    case Engine::other: break;
  }
  return "other";
}

Engine parse_engine(std::string_view text) {
  const std::string word = lower(text);
  if (word.find("vllm") != std::string::npos) return Engine::vllm;
  if (word.find("sglang") != std::string::npos) return Engine::sglang;
  if (word.find("trt") != std::string::npos || word.find("tensorrt") != std::string::npos) return Engine::trtllm;
  return Engine::other;
}

SchedulerDefaults scheduler_defaults(Engine engine, Date released) {
  SchedulerDefaults defaults;
  switch (engine) {
    case Engine::vllm:
      // V1 (January 2025) mixes chunks of prompts with decodes; V0 ran prompts first.
      if (released >= date(2025, 2, 1)) {
        defaults.order = StepOrder::mixed;
        defaults.max_sequences = 1024;
        if (released < date(2025, 4, 15)) defaults.token_budget = 2048;  // 0.8.4 raised it on chips with 70 GB and more
      } else {
        defaults.order = StepOrder::prefill_first;
        defaults.max_sequences = 256;
      }
      break;
    case Engine::sglang:
      defaults.order = StepOrder::prefill_first;
      defaults.max_sequences = 2048;  // set from memory in practice
      break;
    case Engine::trtllm:
      defaults.order = StepOrder::mixed;
      defaults.max_sequences = 2048;
      break;
    case Engine::other:
      defaults.order = StepOrder::prefill_first;
      defaults.max_sequences = 2048;  // none known: operators set what memory holds
      break;
  }
  return defaults;
}

SchedulerDefaults scheduler_defaults(Engine engine, Date released, const catalog::Chip& chip) {
  SchedulerDefaults defaults = scheduler_defaults(engine, released);
  const bool small = chip.memory.known() && chip.memory.value() < gigabytes(75);
  if (engine == Engine::vllm && (small || chip.id.starts_with("a100") || chip.id.starts_with("a800"))) {
    defaults.token_budget = 2048;
    defaults.max_sequences = 256;
  }
  return defaults;
}

}  // namespace headroom::serving
