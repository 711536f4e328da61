#pragma once

#include <string_view>

namespace headroom {

/// How well a model's answer is supported, strongest first. A result takes the weakest grade of what it rests on.
enum class Grade {
  measured,      ///< the configuration itself was measured
  interpolated,  ///< between measured configurations
  extrapolated,  ///< beyond them, along a fitted law
  datasheet,     ///< the chip is known from its datasheet only
  assumed        ///< rests on an assumption
};

[[nodiscard]] constexpr Grade weakest(Grade a, Grade b) { return a < b ? b : a; }

[[nodiscard]] constexpr std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::measured: return "measured";
    case Grade::interpolated: return "interpolated";
    case Grade::extrapolated: return "extrapolated";
    case Grade::datasheet: return "datasheet";
    case Grade::assumed: break;
  }
  return "assumed";
}

}  // namespace headroom
