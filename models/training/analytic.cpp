#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/training/estimate.hpp"
#include "models/training/models.hpp"
#include "models/training/shape.hpp"
#include "models/units/error.hpp"

namespace headroom::training {
namespace {

class Analytic final : public TrainingModel {
 public:
  [[nodiscard]] StepEstimate step(const catalog::Architecture& a, const Layout& layout, const DeviceGroup& g) const override {
    return estimate(a, layout, g, fitted());
  }
};

}  // namespace

std::unique_ptr<TrainingModel> make_analytic(const nlohmann::json& options) {
  if (!options.is_null() && !options.empty()) throw InputError("the analytic training model takes no options");
  return std::make_unique<Analytic>();
}

}  // namespace headroom::training
