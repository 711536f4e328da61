#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/units/date.hpp"
#include "models/units/money.hpp"
#include "sim/results/audit.hpp"
#include "sim/results/expect.hpp"
#include "sim/results/metrics.hpp"

namespace headroom::results {

/// What a folder of results is and how it came about: `manifest.json`. No wall-clock time and no absolute path, so that equal runs
/// have equal bytes.
struct Manifest {
  struct Input { std::string path, sha256; };
  static constexpr int format_version = 1;

  std::string kind = "run";        ///< "run" or "sweep": what may replace it
  std::string name;                ///< of the scenario or plan
  std::string scenario_hash;
  std::uint64_t seed = 0;
  int replications = 1;
  std::string program_version;
  Period horizon{};
  Currency base;
  std::vector<Input> inputs;
  std::vector<Audit> audits;
  std::vector<Outcome> expectations;
  std::vector<std::string> warnings;
  std::vector<MetricId> absent;    ///< metrics of the table that the run did not produce; also named in a warning
  std::vector<std::pair<std::string, std::int64_t>> statistics;  ///< counts of work done in the central world; no times
  std::vector<std::string> files;  ///< of the folder, besides the manifest
};

[[nodiscard]] std::string to_json(const Manifest& manifest);

/// What is needed to recognise and read a folder of results.
struct ManifestHead {
  int format_version = 0;
  std::string kind, name, scenario_hash, program_version;
  std::vector<std::string> files;
  std::vector<std::string> warnings;
};
/// Nothing if the folder has no manifest.json that this program or an earlier version wrote.
[[nodiscard]] std::optional<ManifestHead> read_manifest(const std::filesystem::path& folder);

}  // namespace headroom::results
