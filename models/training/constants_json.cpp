#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/training/constants.hpp"
#include "models/training/embedded.hpp"

namespace headroom::training {

using Json = nlohmann::ordered_json;

std::string to_json(const Fitted& f) {
  Json j;
  j["what"] = "constants of the training step model; made by `headroom fit training`, not edited";
  j["input_sha256"] = f.input_sha256;
  j["profiles_sha256"] = f.profiles_sha256;
  j["spread"] = {{"base", f.spread.base}, {"family_only", f.spread.family_only}, {"unmeasured", f.spread.unmeasured},
                 {"moe", f.spread.moe}, {"small", f.spread.small}, {"assumed_shape", f.spread.assumed_shape}, {"adapter", f.spread.adapter}, {"quantile", f.spread.quantile}};
  j["chips"] = f.chips;
  j["families"] = f.families;
  for (std::size_t i = 0; i < constant_count; ++i) {
    const ConstantInfo& info = constant_table()[i];
    j["constants"][info.name] = {{"value", f.constants.value[i]}, {"log_error", f.constants.log_error[i]}, {"prior", info.prior},
                                 {"prior_spread", info.spread}, {"meaning", info.meaning}};
  }
  return j.dump(1) + "\n";
}

Fitted fitted_from_json(std::string_view text) {
  Fitted f;
  try {
    const Json j = Json::parse(text);
    f.input_sha256 = j.at("input_sha256").get<std::string>();
    f.profiles_sha256 = j.at("profiles_sha256").get<std::string>();
    const Json& s = j.at("spread");
    f.spread = {s.at("base"), s.at("family_only"), s.at("unmeasured"), s.at("moe"), s.at("small"), s.at("assumed_shape"), s.at("adapter"), s.at("quantile")};
    f.chips = j.at("chips").get<std::vector<std::string>>();
    f.families = j.at("families").get<std::vector<std::string>>();
    const Json& constants = j.at("constants");
    if (constants.size() != constant_count) {
      throw std::invalid_argument(fmt::format("{} constants where the model has {}", constants.size(), constant_count));
    }
    for (std::size_t i = 0; i < constant_count; ++i) {
      const Json& c = constants.at(constant_table()[i].name);
      f.constants.value[i] = c.at("value").get<double>();
      f.constants.log_error[i] = c.at("log_error").get<double>();
    }
  } catch (const Json::exception& e) {
    throw std::invalid_argument(fmt::format("training constants: {}", e.what()));
  }
  return f;
}

const Fitted& fitted() {
  static const Fitted f = [] {
    for (const embedded::File& file : embedded::constants()) {
      if (file.name == "constants/step.json") return fitted_from_json(file.content);
    }
    throw std::logic_error("the program was built without models/training/constants/step.json");
  }();
  return f;
}

}  // namespace headroom::training
