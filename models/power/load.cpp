#include "models/power/load.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace headroom::power {

double checked_load(double load) {
  if (!(load >= 0 && load <= 1)) throw std::domain_error(fmt::format("a load of {} is outside 0 to 1", load));
  return load;
}

}  // namespace headroom::power
