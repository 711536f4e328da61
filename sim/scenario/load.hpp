#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/catalog/architecture.hpp"
#include "models/catalog/chip.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/issue.hpp"
#include "sim/scenario/reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::scenario {

/// Everything that reading a scenario gives.
struct Loaded {
  Scenario scenario;
  Document document;                    ///< the merged tree with its positions
  std::vector<Issue> issues;            ///< errors and warnings, sorted; a scenario with an error must not be simulated
  std::vector<ResolvedValue> resolved;  ///< each value with where it came from, defaults included

  [[nodiscard]] bool valid() const;     ///< no error
};

/// What a scenario may refer to beside itself.
struct Catalogue {
  std::span<const catalog::Chip> chips;
  std::span<const catalog::Architecture> architectures;
  std::vector<std::string> (*suggest_chips)(std::string_view name) = nullptr;  ///< ids that a name may have meant
};
[[nodiscard]] Catalogue compiled_catalogue();

/// Reads, merges and checks; never throws for faults of the input.
[[nodiscard]] Loaded inspect(const Request& request, const ReadFile& read_file, const Catalogue& catalogue);
[[nodiscard]] Loaded inspect(const Request& request);

/// The scenario of a file with overlays and settings. Throws ScenarioError with every fault.
[[nodiscard]] Scenario load(const std::string& path, const std::vector<std::string>& overlays = {},
                            const std::vector<std::string>& sets = {});
[[nodiscard]] Scenario load(const Request& request, const ReadFile& read_file, const Catalogue& catalogue);

}  // namespace headroom::scenario
