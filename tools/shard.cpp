#include "tools/shard.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "models/text/number.hpp"
#include "tools/verbs.hpp"

namespace headroom::tools {

namespace {

constexpr std::int64_t most_shards = 1'000'000;

/// A whole number in a variable; nothing if it is not set.
std::optional<std::int64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  const auto value = text::parse_int(text);
  if (!value || *value < 0 || *value > most_shards) {
    throw UsageError(fmt::format("--shard auto: {}={} is not a whole number from 0 to {}", variable, text, most_shards));
  }
  return value;
}

sweep::Shard shard(std::int64_t number, std::int64_t of, const std::string& text) {
  if (of < 1 || of > most_shards || number < 1 || number > of) {
    throw UsageError(fmt::format("--shard {}: there is no shard {} of {}; the first is 1/{}", text, number, of, std::max<std::int64_t>(of, 1)));
  }
  return {static_cast<int>(number), static_cast<int>(of)};
}

sweep::Shard of_slurm(std::int64_t id) {
  const auto count = number_in("SLURM_ARRAY_TASK_COUNT"), min = number_in("SLURM_ARRAY_TASK_MIN"), max = number_in("SLURM_ARRAY_TASK_MAX");
  if (!count) throw UsageError("--shard auto: SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_COUNT is not");
  const std::int64_t first = min.value_or(0);
  if (first > 1 || (max && *max - first + 1 != *count)) {
    throw UsageError(fmt::format("--shard auto: the array runs from {} to {} with {} tasks; submit it as 0-{} or 1-{}, or give --shard I/N to run one shard again",
                                 first, max ? std::to_string(*max) : "?", *count, *count - 1, *count));
  }
  return shard(id - first + 1, *count, "auto");
}

}  // namespace

sweep::Shard shard_of(const std::string& text) {
  if (text == "auto") {
    if (const auto id = number_in("SLURM_ARRAY_TASK_ID")) return of_slurm(*id);
    const auto index = number_in("JOB_COMPLETION_INDEX");
    if (!index) throw UsageError("--shard auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set");
    const auto of = number_in("HEADROOM_SHARDS");
    if (!of) throw UsageError("--shard auto: JOB_COMPLETION_INDEX is set; set HEADROOM_SHARDS to the job's completions");
    return shard(*index + 1, *of, text);
  }
  const auto slash = text.find('/');
  const auto number = text::parse_int(std::string_view(text).substr(0, slash));
  const auto of = slash == std::string::npos ? std::nullopt : text::parse_int(std::string_view(text).substr(slash + 1));
  if (!number || !of) throw UsageError(fmt::format("--shard {}: expected I/N, e.g. 3/8, or auto", text));
  return shard(*number, *of, text);
}

}  // namespace headroom::tools
