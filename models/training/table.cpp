#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/training/estimate.hpp"
#include "models/training/models.hpp"
#include "models/training/shape.hpp"
#include "models/units/error.hpp"
#include "models/units/math.hpp"

namespace headroom::training {
namespace {

struct Point {
  std::string architecture, chip, precision;
  int accelerators = 0, global_batch = 0, sequence = 0;
  double seconds = 0;
};

struct Read {
  double seconds = 0;
  Grade grade = Grade::measured;
};

class Table final : public TrainingModel {
 public:
  explicit Table(std::vector<Point> points) : points_(std::move(points)) {}

  [[nodiscard]] StepEstimate step(const catalog::Architecture& a, const Layout& layout, const DeviceGroup& g) const override {
    StepEstimate out = estimate(a, layout, g, fitted());  // for parts, memory and plan; the time comes from the points
    const Read read = look_up(a, layout, g);
    const double scale = read.seconds / out.time.base();
    for (Seconds* part : {&out.parts.linear, &out.parts.experts, &out.parts.attention, &out.parts.memory_bound, &out.parts.recompute,
                          &out.parts.tensor_comm, &out.parts.expert_comm, &out.parts.launch, &out.parts.bubble, &out.parts.data_comm,
                          &out.parts.optimizer, &out.parts.overhead}) {
      *part *= scale;
    }
    out.time = out.parts.total();
    out.per_accelerator = TokensPerSecond{out.per_accelerator.base() / scale};
    out.mfu /= scale;
    // Repeated measurements of one configuration differ by 1 to 3 % (facts/training.md 2.4); between points twice that.
    const double width = read.grade == Grade::measured ? 1.04 : 1.08;
    out.low = out.time / width;
    out.high = out.time * width;
    out.grade = read.grade;
    return out;
  }

 private:
  [[nodiscard]] Read look_up(const catalog::Architecture& a, const Layout& layout, const DeviceGroup& g) const {
    std::vector<const Point*> same;
    for (const Point& p : points_) {
      if (p.architecture == a.id && p.chip == g.chip->id && p.precision == kernels::name(layout.precision) && p.sequence == layout.sequence) same.push_back(&p);
    }
    for (const Point* p : same) {
      if (p->accelerators == g.accelerators && p->global_batch == layout.global_batch) return {p->seconds, Grade::measured};
    }
    // Equal accelerators: time is linear in the batch between two points.
    if (const auto t = between(same, [&](const Point& p) { return p.accelerators == g.accelerators; },
                               [](const Point& p) { return static_cast<double>(p.global_batch); }, layout.global_batch)) {
      return {*t, Grade::interpolated};
    }
    // Equal batch for each accelerator (weak scaling): over the logarithm of the size.
    const double each = static_cast<double>(layout.global_batch) / g.accelerators;
    if (const auto t = between(same, [&](const Point& p) { return std::abs(static_cast<double>(p.global_batch) / p.accelerators / each - 1) < 1e-9; },
                               [](const Point& p) { return math::log(p.accelerators); }, math::log(g.accelerators))) {
      return {*t, Grade::interpolated};
    }
    throw Infeasible(fmt::format("table: {} on {} x {} at {}, batch {}, sequence {} lies outside the {} measured points of that kind",
                                 a.id, g.accelerators, g.chip->id, kernels::name(layout.precision), layout.global_batch, layout.sequence, same.size()));
  }

  template <class Fits, class At>
  static std::optional<double> between(const std::vector<const Point*>& points, Fits fits, At at, double wanted) {
    const Point* below = nullptr;
    const Point* above = nullptr;
    for (const Point* p : points) {
      if (!fits(*p)) continue;
      if (at(*p) <= wanted && (below == nullptr || at(*p) > at(*below))) below = p;
      if (at(*p) >= wanted && (above == nullptr || at(*p) < at(*above))) above = p;
    }
    if (below == nullptr || above == nullptr) return std::nullopt;
    if (below == above) return below->seconds;
    const double w = (wanted - at(*below)) / (at(*above) - at(*below));
    return below->seconds + w * (above->seconds - below->seconds);
  }

  std::vector<Point> points_;
};

}  // namespace

std::unique_ptr<TrainingModel> make_table(const nlohmann::json& options) {
  std::vector<Point> points;
  try {
    for (const auto& [key, value] : options.items()) {
      if (key != "points") throw InputError(fmt::format("training table: unknown key '{}'; there is: points", key));
    }
    for (const nlohmann::json& j : options.at("points")) {
      Point p{j.at("architecture"), j.at("chip"), j.at("precision"), j.at("accelerators"), j.at("global_batch"), j.at("sequence"), j.at("seconds")};
      if (p.accelerators <= 0 || p.global_batch <= 0 || p.sequence <= 0 || !(p.seconds > 0)) {
        throw InputError("training table: a point needs positive accelerators, global_batch, sequence and seconds");
      }
      for (const Point& q : points) {
        const bool comparable = q.architecture == p.architecture && q.chip == p.chip && q.precision == p.precision &&
                                q.sequence == p.sequence && q.accelerators == p.accelerators;
        if (comparable && (q.global_batch - p.global_batch) * (q.seconds - p.seconds) < 0) {
          throw InputError(fmt::format("training table: on {} x {} a batch of {} takes longer than a larger one", p.accelerators, p.chip,
                                       std::min(p.global_batch, q.global_batch)));
        }
      }
      points.push_back(std::move(p));
    }
  } catch (const nlohmann::json::exception& e) {
    throw InputError(fmt::format("training table: {}", e.what()));
  }
  if (points.empty()) throw InputError("training table: no points");
  return std::make_unique<Table>(std::move(points));
}

}  // namespace headroom::training
