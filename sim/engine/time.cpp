#include "sim/engine/time.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace headroom::engine {

SimTime to_sim_time(Seconds time) {
  const double nanoseconds = time.base() * 1e9;
  if (!(time.base() >= 0) || !(nanoseconds <= static_cast<double>(latest.count()))) {
    throw std::domain_error(
        fmt::format("a simulated time of {} s: expected 0 to {:.0f} s", time.base(), to_seconds(latest).base()));
  }
  const auto whole = static_cast<std::int64_t>(nanoseconds + 0.5);  // cuts off, which rounds down: it is not negative
  return SimTime{whole == 0 && time.base() > 0 ? 1 : whole};
}

}  // namespace headroom::engine
