#include <fmt/format.h>

#include <array>
#include <string>

#include "models/power/linear.hpp"
#include "models/power/points.hpp"
#include "models/power/power_model.hpp"
#include "models/text/nearest.hpp"
#include "models/units/error.hpp"

namespace headroom::power {

std::span<const PowerModelEntry> power_models() {
  static constexpr std::array entries{
      PowerModelEntry{"linear", "idle to all-in power in a straight line; knows no clocks and no capping below idle", &make_linear},
      PowerModelEntry{"points", "interpolates measured (load, power) points of the scenario; needs load 0 and 1", &make_points},
  };
  return entries;
}

const PowerModelEntry& find_power_model(std::string_view name) {
  std::array<std::string, 2> names;
  for (std::size_t i = 0; i < power_models().size(); ++i) {
    if (power_models()[i].name == name) return power_models()[i];
    names[i] = power_models()[i].name;
  }
  throw InputError(fmt::format("there is no power model \"{}\"; expected one of {}{}", name, fmt::join(names, ", "), did_you_mean(name, names)));
}

Provision provision(const catalog::Chip& chip) {
  using catalog::Status;
  if (chip.all_in_power.known()) {
    const Status status = chip.all_in_power.from().status;
    const Grade grade = status == Status::assumed ? Grade::assumed : status == Status::measured ? Grade::measured : Grade::datasheet;
    return {chip.all_in_power.value(), grade, "all-in power of the catalogue"};
  }
  if (chip.tdp.known()) return {2.2 * chip.tdp.value(), Grade::assumed, "chip TDP x 2.2"};
  return {chip.all_in_power.value(), Grade::assumed, ""};  // throws: the scenario must supply it
}

}  // namespace headroom::power
