#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "models/catalog/chip.hpp"
#include "models/units/evidence.hpp"
#include "models/units/quantity.hpp"

namespace headroom::power {

/// Draw of one package with its share of host, network and fans, at the input of the equipment (before PUE).
struct PowerEstimate {
  Watts draw;
  Watts low, high;  ///< 80 % interval
  Grade grade = Grade::assumed;
};

/// Power of one chip as a function of its load. Pure; safe to call from many threads.
class PowerModel {
 public:
  virtual ~PowerModel() = default;
  /// `load` from 0 (on, no work) to 1 (as busy as training or full batches keep it). Never falls as load rises; at load 1 it
  /// is `provisioned()`. Throws std::domain_error outside [0, 1].
  [[nodiscard]] virtual PowerEstimate draw(double load) const = 0;
  /// What a site must be able to deliver for it.
  [[nodiscard]] virtual Watts provisioned() const = 0;
  /// The largest load in [0, 1] that keeps the draw within a cap; 0 if even idle exceeds it.
  [[nodiscard]] virtual double load_within(Watts cap) const = 0;
};

/// A way to make power models. `options` is the model's own block of the scenario, an object; unknown keys are rejected.
struct PowerModelEntry {
  std::string_view name;
  std::string_view summary;  ///< what it does and what it cannot do
  std::unique_ptr<PowerModel> (*make)(const catalog::Chip&, const nlohmann::json& options);
};

/// All power models, in the order shown by `headroom catalog models`; the first is the default.
[[nodiscard]] std::span<const PowerModelEntry> power_models();
/// Throws InputError with the valid names, the nearest first, if there is none of that name.
[[nodiscard]] const PowerModelEntry& find_power_model(std::string_view name);

/// What a site must provide for one package, and how well that is known.
struct Provision {
  Watts power;
  Grade grade = Grade::assumed;
  std::string_view basis;  ///< "published all-in power", "chip TDP x 2.2"
};
/// The catalogue's all-in power; else the chip's TDP x 2.2, the median ratio of the chips for which both are published
/// (economics: H100 2.47, MI300X 2.39, H200 2.47, MI325X 2.18, B200 2.17, MI355X 1.89, GB200 1.75). Where the TDP is that of
/// a module with its processor the ratio is too high; the grade says `assumed`. Throws UnknownFact if neither is known.
[[nodiscard]] Provision provision(const catalog::Chip& chip);

}  // namespace headroom::power
