#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/values.hpp"
#include "sim/sweep/condition.hpp"

namespace headroom::sweep {

/// A text of the plan and where it stands.
struct Placed {
  std::string text;
  scenario::Place place;
};

/// Numbers from one end to the other.
struct AxisRange {
  double from = 0, to = 0;
  int count = 0;                     ///< 0: any value between, where points are drawn
  bool log = false;                  ///< factors instead of differences
  bool whole = false;                ///< whole numbers only
  std::string unit;                  ///< of every value; "" for plain numbers
  /// The value at a share of the way, in (0, 1), as JSON.
  [[nodiscard]] std::string at(double share) const;
  /// All `count` values, both ends included.
  [[nodiscard]] std::vector<std::string> spread() const;
};

/// One dimension of a plan: values of one setting, or overlays. Each choice has a label for points.csv.
struct Axis {
  std::string id;
  Placed set;                          ///< path of the setting, as in --set; empty for overlays
  std::vector<std::string> values;     ///< JSON of each value; those of a range with a count too
  std::vector<std::string> overlays;   ///< files relative to the plan; "" lays nothing over
  std::optional<AxisRange> range;          ///< instead of values

  /// Number of choices; 0 for a range without count.
  [[nodiscard]] std::size_t size() const { return set.text.empty() ? overlays.size() : values.size(); }
};

/// Many scenarios over a base. Names of members are the keys of the file.
struct Plan {
  static constexpr std::size_t most_points = 1'000'000;

  std::string name;
  std::string note;
  std::string base;                    ///< scenario file, relative to the plan
  std::vector<std::string> overlays;   ///< laid over the base in every point
  std::vector<Axis> axes;
  enum class Design { crossed, zipped, random, sobol };
  Design design = Design::crossed;
  int draws = 0;                       ///< key `points`: how many points a random or Sobol design has
  std::uint64_t seed = 1;              ///< of a random or Sobol design
  std::vector<Placed> leave_out;       ///< a point in which one of these holds is left out
  int replications = 0;
  std::vector<Placed> keep;            ///< metrics of points.csv: METRIC[(dim=value,...)], over the whole run
  std::vector<Placed> expect;          ///< checked in every point, beside the scenario's own
  std::filesystem::path folder;        ///< of the plan file
  std::string hash;                    ///< of the plan, its base, every overlay and every file that these read
  std::vector<std::size_t> chosen;     ///< numbers in the design of the points that are not left out; empty without `leave_out`

  [[nodiscard]] bool is_drawn() const { return design == Design::random || design == Design::sobol; }
  /// Points of the design, those left out included.
  [[nodiscard]] std::size_t designed() const;
  [[nodiscard]] std::size_t points() const { return leave_out.empty() ? designed() : chosen.size(); }
};

/// What one point lays over the base. In a crossed design the last axis turns fastest.
struct Point {
  std::size_t index = 0;
  std::vector<std::string> labels;     ///< one an axis, as points.csv shows it
  std::vector<std::string> overlays;   ///< paths
  std::vector<std::string> sets;
};
/// "p000012".
[[nodiscard]] std::string point_id(std::size_t index);

/// Reads a plan strictly. Throws scenario::ScenarioError with every fault.
[[nodiscard]] Plan load_plan(const std::string& path);
/// Requires index < points(). A pure function of its arguments.
[[nodiscard]] Point point(const Plan& plan, std::size_t index);

}  // namespace headroom::sweep
