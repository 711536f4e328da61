#include "models/kernels/device.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::kernels {

std::string_view name(Precision p) {
  switch (p) {
    case Precision::bf16: return "bf16";
    case Precision::fp8: return "fp8";
    case Precision::fp4: return "fp4";
  }
  return "?";
}

std::string_view name(Family f) {
  static constexpr std::array<std::string_view, family_count> names{
      "volta", "ampere", "hopper", "ada", "blackwell", "blackwell_ultra", "rubin", "cdna", "gaudi", "tpu", "trainium", "ascend", "other"};
  return names[static_cast<std::size_t>(f)];
}

Family family_of(const catalog::Chip& chip) {
  struct Line { std::string_view prefix; Family family; };
  static constexpr std::array lines{
      Line{"Volta", Family::volta}, Line{"Ampere", Family::ampere}, Line{"Hopper", Family::hopper}, Line{"Ada", Family::ada},
      Line{"Blackwell Ultra", Family::blackwell_ultra}, Line{"Blackwell", Family::blackwell}, Line{"Rubin", Family::rubin}, Line{"CDNA", Family::cdna},
      Line{"Gaudi", Family::gaudi}, Line{"TPU", Family::tpu}, Line{"Trainium", Family::trainium},
      Line{"Inferentia", Family::trainium}, Line{"Ascend", Family::ascend}};
  for (const Line& line : lines) {
    if (std::string_view(chip.generation).substr(0, line.prefix.size()) == line.prefix) return line.family;
  }
  return Family::other;
}

GemmCeiling gemm_ceiling(const catalog::Chip& chip) {
  // Shares of the catalogue's dense peak: MAMF best shape / peak (facts/training.md 5.6), 0 where the format is missing.
  struct Row { std::string_view id; double bf16, fp8, fp4; };
  static constexpr std::array measured{
      Row{"a100_sxm_40", 0.87, 0, 0},       Row{"a100_sxm_80", 0.87, 0, 0},      Row{"h100_sxm", 0.80, 0.71, 0},
      Row{"h200_sxm", 0.80, 0.73, 0},       Row{"gh200_144", 0.84, 0.73, 0},     Row{"b200_sxm", 0.78, 0.76, 0.70},
      Row{"gb200_nvl72", 0.73, 0.72, 0.68}, Row{"b300_sxm", 0.79, 0.76, 0.60},   Row{"gb300_nvl72", 0.76, 0.75, 0.58},
      Row{"mi300x", 0.51, 0.47, 0},         Row{"mi325x", 0.60, 0.55, 0},        Row{"mi355x", 0.62, 0.58, 0.50},
      Row{"gaudi2", 0.97, 0.90, 0},         Row{"gaudi3", 0.74, 0.74, 0}};
  for (const Row& row : measured) {
    if (row.id == chip.id) return {{row.bf16, row.fp8, row.fp4}, false};
  }
  // Family priors, labelled assumed: the family's measured members, or 0.7 where there are none. H20-like parts keep the
  // memory and clocks of a chip several times their size and run close to their reduced peak.
  switch (family_of(chip)) {
    case Family::volta: return {{0.82, 0, 0}, true};
    case Family::ampere: return {{0.85, 0, 0}, true};
    case Family::hopper:
      if (chip.bf16.known() && chip.bf16.value().base() < 300e12) return {{0.93, 0.90, 0}, true};
      return {{0.78, 0.70, 0}, true};
    case Family::ada: return {{0.72, 0.70, 0}, true};
    case Family::blackwell: return {{0.74, 0.72, 0.62}, true};
    case Family::blackwell_ultra: return {{0.76, 0.74, 0.58}, true};
    case Family::rubin: return {{0.72, 0.60, 0.50}, true};
    case Family::cdna:
      if (chip.bf16.known() && chip.bf16.value().base() < 150e12) return {{0.85, 0.80, 0}, true};
      return {{0.55, 0.50, 0.45}, true};
    case Family::gaudi: return {{0.80, 0.75, 0}, true};
    case Family::tpu:  // public MaxText runs: 60-67 % MFU on v4, v5e and v5p, 42-50 % on v6e, whose arrays outgrew its memory
      if (chip.id == "tpu_v6e") return {{0.85, 0.75, 0}, true};
      return {{0.95, 0.80, 0}, true};
    case Family::trainium: return {{0.55, 0.50, 0.40}, true};
    case Family::ascend: return {{0.68, 0.60, 0.50}, true};
    case Family::other: return {{0.62, 0.55, 0.45}, true};
  }
  return {{0.62, 0.55, 0.45}, true};
}

double memory_ceiling(const catalog::Chip& chip) {
  switch (family_of(chip)) {
    case Family::volta: case Family::ampere: return 0.89;
    case Family::hopper: return 0.91;
    case Family::ada: case Family::blackwell: case Family::blackwell_ultra: case Family::rubin: return 0.88;
    case Family::cdna: case Family::gaudi: case Family::tpu: return 0.79;
    case Family::trainium: return 0.64;
    case Family::ascend: case Family::other: return 0.68;
  }
  return 0.68;
}

Device device_of(const catalog::Chip& chip, int ranks) {
  Device d;
  d.family = family_of(chip);
  const double part = 1.0 / std::max(1, ranks);
  // Rates and sizes that no public source states for the chip itself; recalled or measured by others, so `assumed`
  // (facts/chips.md: P800 and MLU590 from memory; BI-V150 measured 197 TFLOPS by FlagPerf).
  struct Recalled { std::string_view id; double tflops, gigabytes; };
  static constexpr std::array recalled{Recalled{"kunlun_p800", 345, 96}, Recalled{"cambricon_mlu590", 314, 80}, Recalled{"iluvatar_biv150", 240, 64}};
  const auto known = std::find_if(recalled.begin(), recalled.end(), [&](const Recalled& r) { return r.id == chip.id; });
  const Bytes memory = chip.memory.known() || known == recalled.end() ? chip.memory.value() : gigabytes(known->gigabytes);
  FlopsPerSecond bf16{};
  if (chip.bf16.known()) bf16 = chip.bf16.value();
  else if (chip.fp16.known()) bf16 = chip.fp16.value();
  else if (!chip.fp8.known() && known != recalled.end()) bf16 = teraflops(known->tflops);
  else bf16 = 0.5 * chip.fp8.value();  // throws UnknownFact with the chip's name when that is missing too
  const FlopsPerSecond fp8 = chip.fp8.known() ? chip.fp8.value() : FlopsPerSecond{};
  const FlopsPerSecond fp4 = chip.fp4.known() ? chip.fp4.value() : FlopsPerSecond{};
  d.peak = {part * bf16, part * fp8, part * fp4};
  d.share = gemm_ceiling(chip).share;
  d.memory = part * memory;
  // A streaming rate that is not public is put at the catalogue's median balance of 27 GB/s for each GB.
  d.bandwidth = part * chip.memory_bandwidth.value_or(BytesPerSecond{memory.base() * 27});
  const bool gpu = d.family <= Family::rubin || d.family == Family::cdna;
  const int units = chip.compute_units.value_or(d.family == Family::blackwell_ultra ? 148 : 0);  // two dies as in B200
  d.units = gpu ? static_cast<int>(part * units) : 0;
  if (d.family == Family::volta || d.family == Family::ampere || d.family == Family::ada) d.tile_columns = 128;
  if (!gpu) d.tile_columns = 128;
  return d;
}

double power_cap_share(Watts cap, Watts tdp) {
  if (tdp.base() <= 0 || cap >= tdp) return 1.0;
  const double x = (cap.base() / tdp.base() - power_floor) / (1 - power_floor);
  return std::sqrt(std::max(x, 0.01));
}

Seconds stream_time(const Device& d, Bytes bytes) {
  return Seconds{bytes.base() / (d.bandwidth.base() * d.bandwidth_share)};
}

}  // namespace headroom::kernels
