#pragma once

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

}  // namespace headroom::tools
