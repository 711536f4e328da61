#pragma once

#include <string>
#include <string_view>

#include "tools/verbs.hpp"

namespace headroom::tools {

/// One performance model that `fit` can refit.
struct FitKind {
  std::string_view name;  ///< "training"
  std::string_view doc;
  int (*run)(const Arguments& arguments);
};

FitKind fit_training();
FitKind fit_serving();

/// The accuracy page is shared by the models: each replaces what stands between its own markers and leaves the rest.
/// Throws UsageError if the file cannot be written.
void write_section(const std::string& file, const std::string& name, const std::string& text);

}  // namespace headroom::tools
