#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/scenario/load.hpp"

namespace headroom::scenario::fixture {

/// Files that exist only in the test.
using Files = std::map<std::string, std::string>;

inline ReadFile reader_of(Files files) {
  return [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
}

/// A catalogue of three chips and one architecture, so that no test depends on the real one.
inline Catalogue small_catalogue() {
  static const std::vector<catalog::Chip> chips = [] {
    std::vector<catalog::Chip> list;
    for (const auto& [id, origin] : {std::pair("h20", "us"), std::pair("h200", "us"), std::pair("ascend-910c", "cn")}) {
      catalog::Chip chip;
      chip.id = id;
      chip.vendor = "vendor";
      chip.origin = origin;
      chip.tdp = catalog::Fact<Watts>(watts(700), {"test", "2025", catalog::Status::reported, ""});
      list.push_back(chip);
    }
    return list;
  }();
  static const std::vector<catalog::Architecture> architectures = [] {
    catalog::Architecture a;
    a.id = "deepseek-v3";
    return std::vector{a};
  }();
  return {chips, architectures};
}

/// A plan in which every list has an entry and nothing is wrong.
inline const std::string& good_plan() {
  static const std::string text = read_from_disk("test/sim/scenario/good.json").value();
  return text;
}

inline Loaded inspect_text(const std::string& text, Files more = {}, std::vector<std::string> overlays = {},
                           std::vector<std::string> sets = {}) {
  more["plan.json"] = text;
  return inspect({"plan.json", std::move(overlays), std::move(sets)}, reader_of(std::move(more)), small_catalogue());
}

/// Every fault, a line each.
inline std::string lines(const std::vector<Issue>& issues) {
  std::string text;
  for (const Issue& issue : issues) text += to_string(issue) + "\n";
  return text;
}

}  // namespace headroom::scenario::fixture
