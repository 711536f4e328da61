#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace headroom::tools {

/// One performance model that `predict` can run over a table of configurations.
struct PredictKind {
  std::string_view name;  ///< "training"
  std::string_view doc;
  /// Reads the rows of `file` and writes the answers as CSV; returns how many rows had no answer.
  long long (*run)(const std::string& file, std::ostream& out);
};

PredictKind predict_training();
PredictKind predict_serving();

}  // namespace headroom::tools
