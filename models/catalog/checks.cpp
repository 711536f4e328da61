#include "models/catalog/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "models/catalog/export_rules.hpp"

namespace headroom::catalog {
namespace {

struct Exception {
  std::string_view chip, check, reason;
};
constexpr std::array exceptions{
    Exception{"vr200_nvl72", "fp8_ratio", "4.4 as published"},
    Exception{"trainium3", "fp8_ratio", "3.75 as published"},
    Exception{"ascend_950pr", "fp4_ratio", "1.56 is the launched figure, below the announced 2"},
    Exception{"groq_lpu_v1", "memory_ratio", "on-chip SRAM"},
    Exception{"cerebras_wse3", "memory_ratio", "on-chip SRAM"},
    Exception{"rtx_pro_6000d", "price", "a card without HBM beside server modules of the same generation"},
};

template <std::size_t N>
void check_ratio(std::vector<Finding>& findings, const Chip& chip, std::string_view check, const Fact<FlopsPerSecond>& over,
                 const Fact<FlopsPerSecond>& under, const std::array<double, N>& usual) {
  if (!over.known() || !under.known()) return;
  const double ratio = over.value() / under.value();
  const bool fits = std::any_of(usual.begin(), usual.end(), [&](double u) { return std::fabs(ratio / u - 1) <= 0.1; });
  if (!fits) {
    findings.push_back({chip.id, std::string(check), fmt::format("{} / {} is {:.2f}; expected {} within 10 %: one of them may count "
                        "sparsity or another die", over.key(), under.key(), ratio, fmt::join(usual, " or "))});
  }
}

void check_printed_tpp(std::vector<Finding>& findings, const Chip& chip) {
  const auto at = chip.export_note.find("TPP ");
  const auto tpp = total_processing_performance(chip);
  if (at == std::string::npos || !tpp) return;
  double printed = 0;
  const char* const first = chip.export_note.data() + at + 4;
  if (std::from_chars(first, chip.export_note.data() + chip.export_note.size(), printed).ec != std::errc{}) return;
  if (std::fabs(*tpp / printed - 1) > 1e-3) {
    findings.push_back({chip.id, "tpp", fmt::format("the note says TPP {}, the rates give {:.0f}", printed, *tpp)});
  }
}

/// Geometric middle of the known prices; 0 if there is none.
double price(const Chip& chip) {
  if (!chip.price_low_usd.known() || !chip.price_high_usd.known()) return 0;
  return std::sqrt(chip.price_low_usd.value() * chip.price_high_usd.value());
}

void check_prices(std::vector<Finding>& findings, std::span<const Chip> chips) {
  std::map<std::string, std::vector<double>> by_generation;
  for (const Chip& chip : chips) {
    if (price(chip) > 0) by_generation[chip.generation].push_back(price(chip));
  }
  for (auto& [generation, prices] : by_generation) std::sort(prices.begin(), prices.end());
  for (const Chip& chip : chips) {
    if (price(chip) <= 0) continue;
    const auto& prices = by_generation[chip.generation];
    const double median = prices[prices.size() / 2];
    if (price(chip) > 3 * median || 3 * price(chip) < median) {
      findings.push_back({chip.id, "price", fmt::format("USD {:.0f} against a median of {:.0f} for {}: may be a board, server or rack",
                                                        price(chip), median, chip.generation)});
    }
  }
}

}  // namespace

std::vector<Finding> check_chip(const Chip& chip) {
  std::vector<Finding> findings;
  check_ratio(findings, chip, "fp8_ratio", chip.fp8, chip.bf16.known() ? chip.bf16 : chip.fp16, std::array{1.0, 2.0});
  check_ratio(findings, chip, "fp4_ratio", chip.fp4, chip.fp8, std::array{1.0, 2.0, 3.0});
  if (chip.memory.known() && chip.memory_bandwidth.known()) {
    const double sweeps = chip.memory_bandwidth.value().base() / chip.memory.value().base();
    if (sweeps < 12 || sweeps > 80) {
      findings.push_back({chip.id, "memory_ratio", fmt::format("bandwidth / capacity is {:.3g} a second; expected 12 to 80 for memory "
                          "beside the die: bits for bytes, or one direction for two?", sweeps)});
    }
  }
  for_each_fact(chip, [&](const char* key, const auto& fact) {
    if (!fact.known()) return;
    if (fact.from().source.empty() || fact.from().as_of.empty()) {
      findings.push_back({chip.id, "evidence", fmt::format("{} has no {}", key, fact.from().source.empty() ? "source" : "date")});
    }
  });
  check_printed_tpp(findings, chip);
  return findings;
}

std::vector<Finding> check_catalogue(std::span<const Chip> chips) {
  std::vector<Finding> all;
  for (const Chip& chip : chips) {
    for (Finding& f : check_chip(chip)) all.push_back(std::move(f));
  }
  check_prices(all, chips);
  for (const Exception& e : exceptions) {
    const auto excused = std::remove_if(all.begin(), all.end(), [&](const Finding& f) { return f.chip == e.chip && f.check == e.check; });
    if (excused == all.end() && std::any_of(chips.begin(), chips.end(), [&](const Chip& c) { return c.id == e.chip; })) {
      all.push_back({std::string(e.chip), "stale_exception", fmt::format("nothing to excuse in {} ({})", e.check, e.reason)});
      continue;
    }
    all.erase(excused, all.end());
  }
  return all;
}

}  // namespace headroom::catalog
