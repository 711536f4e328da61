#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom::catalog {

/// The address behind a source code ("EPO" -> repository, file and commit). Empty if the code is not one of the catalogue's.
[[nodiscard]] std::string_view source_address(std::string_view code);
/// The codes of a provenance, "EPO;MLE" cut at the semicolons.
[[nodiscard]] std::vector<std::string> source_codes(std::string_view source);

}  // namespace headroom::catalog
