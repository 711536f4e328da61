#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/catalog/chip.hpp"

/// United States export rules for accelerators as functions of a chip's published numbers. They say what a rule's thresholds
/// make of a chip, not whether a licence is granted: gates, letters to single firms and entity lists belong to a scenario.
namespace headroom::catalog {

/// Total processing performance: the largest dense rate x bit length of the operation over the known precisions
/// (FP16 and BF16 16, FP8 and INT8 8, FP4 4), in TFLOPS x bits. H100: 1979 x 8 = 15,832. Unknown if no rate is known.
[[nodiscard]] std::optional<double> total_processing_performance(const Chip& chip);
/// TPP per square millimetre of compute die. H20: 2368 / 814 = 2.9. Unknown if either is.
[[nodiscard]] std::optional<double> performance_density(const Chip& chip);

enum class Control {
  free,         ///< below the thresholds
  second_tier,  ///< 3A090.b: licence needed, notification possible
  controlled,   ///< 3A090.a: licence needed
  unknown,      ///< a number that decides is not public
};
/// "free", "second tier", "controlled", "unknown".
[[nodiscard]] std::string_view to_string(Control control);

/// October 2022: TPP >= 4800 and a link of 600 GB/s or more in both directions together. [PLK; the link threshold is from
/// memory and agrees with the 400 GB/s of A800 and H800.]
[[nodiscard]] Control october_2022(const Chip& chip);
/// October 2023: controlled at TPP >= 4800, or >= 1600 with a density >= 5.92; second tier at 2400 to 4800 with a density of
/// 1.6 to 5.92, or >= 1600 with 3.2 to 5.92. [PLK]
[[nodiscard]] Control october_2023(const Chip& chip);

/// January 2026: a controlled chip is decided case by case if TPP < 21,000 and memory bandwidth < 6.5 TB/s, else refusal is
/// presumed. [P-FR; the thresholds are from memory and agree with MI325X inside, B200 and MI355X outside, P-FENW.]
enum class Licence { not_needed, case_by_case, presumed_refused, unknown };
/// "not needed", "case by case", "presumed refused", "unknown".
[[nodiscard]] std::string_view to_string(Licence licence);
[[nodiscard]] Licence january_2026(const Chip& chip);

/// April 2025 letter on the H20: memory bandwidth of about 1.4 TB/s or more needs a licence. [From memory; agrees with the
/// 1398 GB/s of the RTX Pro 6000D.] Unknown if the bandwidth is.
[[nodiscard]] Control memory_letter_2025(const Chip& chip);

}  // namespace headroom::catalog
