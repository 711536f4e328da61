#include "models/training/models.hpp"

#include <array>
#include <string>

#include "models/units/error.hpp"

namespace headroom::training {

std::span<const TrainingModelEntry> training_models() {
  static constexpr std::array entries{
      TrainingModelEntry{"analytic", "peaks of the data sheet x fitted constants; one job alone, no contention with others", &make_analytic},
      TrainingModelEntry{"table", "interpolates measured points; refuses to extrapolate", &make_table},
  };
  return entries;
}

const TrainingModelEntry& find_training_model(std::string_view name) {
  std::string valid;
  for (const TrainingModelEntry& e : training_models()) {
    if (e.name == name) return e;
    valid += valid.empty() ? std::string(e.name) : ", " + std::string(e.name);
  }
  throw InputError("no training model is called '" + std::string(name) + "'; there are: " + valid);
}

}  // namespace headroom::training
