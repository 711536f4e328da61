#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/serving/analytic.hpp"
#include "models/units/math.hpp"

namespace headroom::serving {

Grade grade_of(const ConstantSet& constants, const catalog::Chip& chip, const DeviceRatings& ratings, const ModelShape& shape) {
  Grade grade = constants.measured_chip(chip.id) ? Grade::extrapolated : Grade::datasheet;
  if (ratings.assumed || shape.estimated) grade = Grade::assumed;
  return grade;
}

std::unique_ptr<IterationModel> make_analytic(const catalog::Architecture& architecture, const catalog::Chip& chip,
                                              const ReplicaPlan& plan, const nlohmann::json& options) {
  if (!options.is_null() && !options.empty()) {
    throw std::invalid_argument("serving model \"analytic\" has no options; found \"" + options.items().begin().key() + "\"");
  }
  const ConstantSet& constants = ConstantSet::fitted();
  const ModelShape shape = shape_of(architecture);
  const DeviceRatings ratings = ratings_of(chip);
  auto model = std::make_unique<AnalyticModel>(shape, ratings, plan, constants.resolve(constants.bind(chip, plan)));
  if (const auto* s = constants.spread("tpot", constants.measured_chip(chip.id))) {
    model->set_evidence(grade_of(constants, chip, ratings, shape), math::exp(s->low), math::exp(s->high));
  }
  return model;
}

}  // namespace headroom::serving
