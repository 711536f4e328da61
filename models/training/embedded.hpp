#pragma once

#include <span>
#include <string_view>

/// The JSON files of this room as they were at build time (`room.cmake`), in order of file name.
namespace headroom::training::embedded {

struct File {
  std::string_view name;  ///< "constants/step.json"
  std::string_view content;
};

[[nodiscard]] std::span<const File> constants();

}  // namespace headroom::training::embedded
