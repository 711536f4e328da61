#pragma once

#include <filesystem>
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

/// The rows of a model in the folder of `--data`, else of HEADROOM_DATA. Throws UsageError naming the file if neither is given.
[[nodiscard]] std::filesystem::path calibration_file(const Arguments& arguments, const std::string& name);
/// Writes a whole file, or leaves what was there. Throws results::WriteError.
void write_text(const std::string& file, const std::string& text);
/// Constants to the file of `--write`, else to standard output.
void write_constants(const Arguments& arguments, const std::string& text);

/// The accuracy page is shared by the models: each replaces what stands between its own markers and leaves the rest.
/// Throws results::WriteError.
void write_section(const std::string& file, const std::string& name, const std::string& text);

}  // namespace headroom::tools
