#pragma once

#include <span>
#include <string_view>

/// The JSON files of this room as they were at build time (`room.cmake`), in order of file name.
namespace headroom::catalog::embedded {

struct File {
  std::string_view name;  ///< "chips/h100_sxm.json"
  std::string_view content;
};

[[nodiscard]] std::span<const File> chips();
[[nodiscard]] std::span<const File> networks();
[[nodiscard]] std::span<const File> hosts();
[[nodiscard]] std::span<const File> architectures();
[[nodiscard]] std::span<const File> sources();

}  // namespace headroom::catalog::embedded
