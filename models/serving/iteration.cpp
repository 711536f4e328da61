#include "models/serving/iteration.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "models/serving/analytic.hpp"
#include "models/serving/table.hpp"

namespace headroom::serving {

Seconds decode_run(const DecodeLine& line, int sequences, double decode_context, long long steps, double gain) {
  const double n = static_cast<double>(steps);
  const double summed_context = n * decode_context + sequences * gain * (0.5 * n * (n - 1.0));
  return n * line.fixed + summed_context * line.per_context_token;
}

OutOfMemory::OutOfMemory(Bytes needed_per_device, Bytes present_per_device)
    : std::runtime_error(fmt::format("out of memory: {:.1f} GiB needed per device, {:.1f} GiB usable", needed_per_device.base() / 1073741824.0,
                                     present_per_device.base() / 1073741824.0)),
      needed(needed_per_device),
      present(present_per_device) {}

std::span<const IterationModelEntry> iteration_models() {
  static constexpr std::array entries{
      IterationModelEntry{"analytic", "datasheet ratings x fitted rates, operator by operator; no contention between replicas",
                          &make_analytic},
      IterationModelEntry{"table", "interpolates measured passes by batch and context; refuses to extrapolate", &make_table},
  };
  return entries;
}

const IterationModelEntry& find_iteration_model(std::string_view name) {
  std::string known;
  for (const IterationModelEntry& entry : iteration_models()) {
    if (entry.name == name) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw std::invalid_argument("no serving model \"" + std::string(name) + "\"; there are: " + known);
}

}  // namespace headroom::serving
