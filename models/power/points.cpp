#include "models/power/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/catalog/object_reader.hpp"
#include "models/power/load.hpp"

namespace headroom::power {
namespace {

struct Point {
  double load = -1;
  Watts power;
};

class Points final : public PowerModel {
 public:
  Points(std::vector<Point> points, catalog::Status status) : points_(std::move(points)), status_(status) {}

  [[nodiscard]] PowerEstimate draw(double load) const override {
    checked_load(load);
    const auto next = std::find_if(points_.begin(), points_.end(), [&](const Point& p) { return p.load >= load; });
    const bool at_point = next->load == load;
    Watts draw = next->power;
    if (!at_point) {
      const Point& before = *(next - 1);
      draw = before.power + (load - before.load) / (next->load - before.load) * (next->power - before.power);
    }
    return {draw, 0.95 * draw, 1.05 * draw, grade(at_point)};
  }
  [[nodiscard]] Watts provisioned() const override { return points_.back().power; }
  [[nodiscard]] double load_within(Watts cap) const override {
    if (cap >= points_.back().power) return 1;
    if (cap < points_.front().power) return 0;
    const auto next = std::find_if(points_.begin(), points_.end(), [&](const Point& p) { return p.power > cap; });
    const Point& before = *(next - 1);
    return before.load + (cap - before.power) / (next->power - before.power) * (next->load - before.load);
  }

 private:
  [[nodiscard]] Grade grade(bool at_point) const {
    switch (status_) {
      case catalog::Status::measured: return at_point ? Grade::measured : Grade::interpolated;
      case catalog::Status::reported:
      case catalog::Status::derived: return Grade::datasheet;
      case catalog::Status::assumed: break;
    }
    return Grade::assumed;
  }

  std::vector<Point> points_;  ///< from load 0 to load 1
  catalog::Status status_;
};

Point read_point(const nlohmann::json& json, std::size_t index, std::vector<catalog::Fault>& faults) {
  Point point;
  catalog::Fact<Watts> power;
  catalog::ObjectReader reader(json, fmt::format("/points/{}", index), faults);
  reader.require("load");
  reader.require("power");
  reader.read("load", point.load);
  reader.read_fact("power", power);
  reader.finish();
  if (power.known()) point.power = power.value();
  return point;
}

}  // namespace

std::unique_ptr<PowerModel> make_points(const catalog::Chip& chip, const nlohmann::json& options) {
  std::vector<catalog::Fault> faults;
  std::vector<Point> points;
  std::string status = "assumed";
  const nlohmann::json block = options.is_object() ? options : nlohmann::json::object();
  for (const auto& [key, value] : block.items()) {
    if (key != "points" && key != "status") faults.push_back({"/" + key, "unknown key; expected points and status"});
  }
  if (block.contains("points") && block["points"].is_array()) {
    for (const nlohmann::json& item : block["points"]) points.push_back(read_point(item, points.size(), faults));
  }
  if (block.contains("status")) status = block["status"].is_string() ? block["status"].get<std::string>() : block["status"].dump();
  const auto known_status = catalog::parse_status(status);
  if (!known_status) faults.push_back({"/status", fmt::format("\"{}\" is none of measured, reported, derived, assumed", status)});
  if (faults.empty()) {
    if (points.size() < 2 || points.front().load != 0 || points.back().load != 1) {
      faults.push_back({"/points", "expected a list that begins at load 0 and ends at load 1"});
    }
    for (std::size_t i = 1; i < points.size(); ++i) {
      if (points[i].load <= points[i - 1].load) faults.push_back({fmt::format("/points/{}/load", i), "expected loads that rise"});
      if (points[i].power < points[i - 1].power) faults.push_back({fmt::format("/points/{}/power", i), "expected powers that do not fall"});
    }
  }
  if (!faults.empty()) throw catalog::CatalogError("power model points of " + chip.id, faults);
  return std::make_unique<Points>(std::move(points), *known_status);
}

}  // namespace headroom::power
