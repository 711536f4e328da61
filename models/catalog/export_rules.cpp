#include "models/catalog/export_rules.hpp"

#include <algorithm>

namespace headroom::catalog {

std::optional<double> total_processing_performance(const Chip& chip) {
  std::optional<double> best;
  const auto take = [&](const Fact<FlopsPerSecond>& rate, double bits) {
    if (rate.known()) best = std::max(best.value_or(0), rate.value().base() / 1e12 * bits);
  };
  take(chip.bf16, 16);
  take(chip.fp16, 16);
  take(chip.fp8, 8);
  take(chip.int8, 8);
  take(chip.fp4, 4);
  return best;
}

std::optional<double> performance_density(const Chip& chip) {
  const auto tpp = total_processing_performance(chip);
  if (!tpp || !chip.die_area_mm2.known()) return std::nullopt;
  return *tpp / chip.die_area_mm2.value();
}

std::string_view to_string(Control control) {
  switch (control) {
    case Control::free: return "free";
    case Control::second_tier: return "second tier";
    case Control::controlled: return "controlled";
    case Control::unknown: break;
  }
  return "unknown";
}

std::string_view to_string(Licence licence) {
  switch (licence) {
    case Licence::not_needed: return "not needed";
    case Licence::case_by_case: return "case by case";
    case Licence::presumed_refused: return "presumed refused";
    case Licence::unknown: break;
  }
  return "unknown";
}

Control october_2022(const Chip& chip) {
  const auto tpp = total_processing_performance(chip);
  if (!tpp) return Control::unknown;
  if (*tpp < 4800) return Control::free;
  if (!chip.scaleup_bandwidth.known()) return Control::unknown;
  return 2 * chip.scaleup_bandwidth.value().base() >= 600e9 ? Control::controlled : Control::free;
}

Control october_2023(const Chip& chip) {
  const auto tpp = total_processing_performance(chip);
  if (!tpp) return Control::unknown;
  if (*tpp >= 4800) return Control::controlled;
  if (*tpp < 1600) return Control::free;
  const auto density = performance_density(chip);
  if (!density) return Control::unknown;
  if (*density >= 5.92) return Control::controlled;
  return *density >= (*tpp >= 2400 ? 1.6 : 3.2) ? Control::second_tier : Control::free;
}

Licence january_2026(const Chip& chip) {
  const Control control = october_2023(chip);
  if (control == Control::free) return Licence::not_needed;
  if (control == Control::unknown) return Licence::unknown;
  if (*total_processing_performance(chip) >= 21000) return Licence::presumed_refused;
  if (!chip.memory_bandwidth.known()) return Licence::unknown;
  return chip.memory_bandwidth.value().base() < 6.5e12 ? Licence::case_by_case : Licence::presumed_refused;
}

Control memory_letter_2025(const Chip& chip) {
  if (!chip.memory_bandwidth.known()) return Control::unknown;
  return chip.memory_bandwidth.value().base() >= 1.4e12 ? Control::controlled : Control::free;
}

}  // namespace headroom::catalog
