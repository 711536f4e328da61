#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <vector>

#include "models/catalog/embedded.hpp"
#include "models/catalog/fault.hpp"

namespace headroom::catalog {

/// Reads every embedded file of a folder by `read(json, faults)` and sorts by id. The files were checked when the program was
/// built and tested, so a fault here is our own: std::logic_error.
template <class T, class Read>
[[nodiscard]] std::vector<T> read_files(std::span<const embedded::File> files, Read read) {
  std::vector<T> all;
  all.reserve(files.size());
  for (const embedded::File& file : files) {
    std::vector<Fault> faults;
    all.push_back(read(nlohmann::json::parse(file.content), faults));
    if (!faults.empty()) throw std::logic_error(CatalogError(std::string(file.name), faults).what());
  }
  std::sort(all.begin(), all.end(), [](const T& a, const T& b) { return a.id < b.id; });
  return all;
}

/// By id in a sorted range; null if there is none.
template <class T>
[[nodiscard]] const T* find_by_id(std::span<const T> sorted, std::string_view id) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), id, [](const T& t, std::string_view key) { return t.id < key; });
  return found != sorted.end() && found->id == id ? &*found : nullptr;
}

}  // namespace headroom::catalog
