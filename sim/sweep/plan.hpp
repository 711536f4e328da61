#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/values.hpp"

namespace headroom::sweep {

/// One dimension of a plan: values of one setting, or overlays. Each choice has a label for points.csv.
struct Axis {
  std::string id;
  std::string set;                     ///< path of the setting, as in --set; empty for overlays
  std::vector<std::string> values;     ///< JSON of each value
  std::vector<std::string> overlays;   ///< files relative to the plan; "" lays nothing over
  struct Range { double from = 0, to = 0; int count = 0; bool log = false; };
  Range range;                         ///< instead of values; count > 0
  [[nodiscard]] std::size_t size() const { return set.empty() ? overlays.size() : values.size(); }
  /// As points.csv shows it: overlays by file, strings without their quotes.
  [[nodiscard]] std::string label(std::size_t i) const;
};

/// A grid of scenarios over a base. Names of members are the keys of the file.
struct Plan {
  std::string name;
  std::string note;
  std::string base;                    ///< scenario file, relative to the plan
  std::vector<std::string> overlays;   ///< laid over the base in every point
  std::vector<Axis> axes;
  enum class Design { crossed, zipped };
  Design design = Design::crossed;
  int replications = 0;
  struct Text { std::string text; scenario::Place place; };
  std::vector<Text> keep;              ///< metrics of points.csv: METRIC[(dim=value,...)], over the whole run
  std::vector<Text> expect;            ///< checked in every point, beside the scenario's own
  std::filesystem::path folder;        ///< of the plan file
  std::string hash;                    ///< of the plan, its base and every overlay

  [[nodiscard]] std::size_t points() const;
};

/// What one point lays over the base. The last axis turns fastest.
struct Point {
  std::size_t index = 0;
  std::vector<std::string> labels;     ///< one an axis
  std::vector<std::string> overlays;   ///< paths
  std::vector<std::string> sets;
  [[nodiscard]] std::string id() const;  ///< "p000012"
};

/// Reads a plan strictly. Throws scenario::ScenarioError with every fault.
[[nodiscard]] Plan load_plan(const std::string& path);
/// Requires index < points().
[[nodiscard]] Point point(const Plan& plan, std::size_t index);

}  // namespace headroom::sweep
