#include "models/power/linear.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "models/power/load.hpp"
#include "models/text/nearest.hpp"
#include "models/units/error.hpp"

namespace headroom::power {

namespace {

constexpr double usual_idle_share = 0.35;

class Linear final : public PowerModel {
 public:
  Linear(Provision full, double idle_share) : full_(full), idle_(idle_share * full.power) {}

  [[nodiscard]] PowerEstimate draw(double load) const override {
    const Watts busy = checked_load(load) * (full_.power - idle_);
    const Watts spread = 0.15 * busy + 0.4 * (1 - load) * idle_ + 0.15 * load * idle_;
    const Watts draw = load == 1 ? full_.power : idle_ + busy;
    // Only the busy end rests on a published number.
    return {draw, draw - spread, draw + spread, load == 1 ? full_.grade : Grade::assumed};
  }
  [[nodiscard]] Watts provisioned() const override { return full_.power; }
  [[nodiscard]] double load_within(Watts cap) const override {
    if (cap >= full_.power) return 1;
    if (cap <= idle_) return 0;
    return std::clamp((cap - idle_) / (full_.power - idle_), 0.0, 1.0);
  }

 private:
  Provision full_;
  Watts idle_;
};

}  // namespace

std::unique_ptr<PowerModel> make_linear(const catalog::Chip& chip, const nlohmann::json& options) {
  double idle_share = usual_idle_share;
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json& block = options.is_null() ? none : options;
  if (!block.is_object()) throw InputError("power model linear: expected an object of options");
  for (const auto& [key, value] : block.items()) {
    if (key != "idle_share") {
      throw InputError(fmt::format("power model linear: unknown option \"{}\"{}", key, did_you_mean(key, std::array<std::string_view, 1>{"idle_share"})));
    }
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1) {
      throw InputError(fmt::format("power model linear: idle_share is {}; expected a number from 0 to 1", value.dump()));
    }
    idle_share = value.get<double>();
  }
  return std::make_unique<Linear>(provision(chip), idle_share);
}

}  // namespace headroom::power
