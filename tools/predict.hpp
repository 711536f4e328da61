#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::tools {

/// One performance model that `predict` can run over a table of configurations.
struct PredictKind {
  std::string_view name;  ///< "training"
  std::string_view doc;
  struct Answered {
    long long without = 0;             ///< rows that had no answer
    std::vector<std::string> outside;  ///< those outside the validated range, each with its reason
  };
  /// Reads the rows of `file` and writes the answers as CSV.
  Answered (*run)(const std::string& file, std::ostream& out);
};

PredictKind predict_training();
PredictKind predict_serving();

}  // namespace headroom::tools
