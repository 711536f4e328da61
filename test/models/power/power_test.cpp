#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/power/power_model.hpp"
#include "models/units/error.hpp"

using namespace headroom;
using namespace headroom::power;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const catalog::Chip& chip(const char* id) {
  const catalog::Chip* found = catalog::find_chip(id);
  REQUIRE(found);
  return *found;
}

std::unique_ptr<PowerModel> make(const char* model, const char* id, const json& options = json::object()) {
  return find_power_model(model).make(chip(id), options);
}

const json measured_points = json::parse(R"({"status": "measured", "points":
  [{"load": 0, "power": "400 W"}, {"load": 0.5, "power": "1.2 kW"}, {"load": 1, "power": "1.6 kW"}]})");

}  // namespace

TEST_CASE("an idle chip draws less than a busy one and more than nothing", "[power]") {
  // H100: 1.73 kW all-in [IFX]; idle 0.35 of it.
  const auto model = make("linear", "h100_sxm");
  REQUIRE(model->draw(1).draw == watts(1730));
  REQUIRE(model->draw(1).grade == Grade::datasheet);
  REQUIRE(model->draw(0).draw.base() == Approx(0.35 * 1730));
  REQUIRE(model->draw(0).grade == Grade::assumed);
  REQUIRE(model->provisioned() == watts(1730));
}

TEST_CASE("the published mean of 0.75 of the rating is met at a load of 0.62", "[power]") {
  const auto model = make("linear", "h100_sxm");
  REQUIRE(model->draw(0.6154).draw / model->provisioned() == Approx(0.75).epsilon(1e-3));
}

TEST_CASE("a chip without all-in power is provisioned from its TDP, and that is an assumption", "[power]") {
  const Provision a100 = provision(chip("a100_sxm_80"));
  REQUIRE(a100.power.base() == Approx(2.2 * 400));
  REQUIRE(a100.grade == Grade::assumed);
  // The ratio against the chips for which both are published: within 30 % of every one.
  for (const char* id : {"h100_sxm", "h200_sxm", "b200_sxm", "gb200_nvl72", "mi300x", "mi325x", "mi355x"}) {
    CAPTURE(id);
    REQUIRE(2.2 * chip(id).tdp.value().base() == Approx(chip(id).all_in_power.value().base()).epsilon(0.3));
  }
}

TEST_CASE("a chip of which no power is public asks the scenario for it", "[power]") {
  REQUIRE_THROWS_AS(make("linear", "bytedance_seedchip"), catalog::UnknownFact);
  REQUIRE_THROWS_WITH(make("linear", "bytedance_seedchip"), Contains("chips.bytedance_seedchip.all_in_power"));
}

TEST_CASE("every model: draw never falls with load, stays inside its interval, and ends at what is provisioned", "[power]") {
  for (const PowerModelEntry& entry : power_models()) {
    CAPTURE(entry.name);
    const auto model = entry.make(chip("h200_sxm"), entry.name == "points" ? measured_points : json::object());
    Watts before{0};
    for (int i = 0; i <= 100; ++i) {
      const double load = i / 100.0;
      const PowerEstimate p = model->draw(load);
      REQUIRE(p.draw >= before);
      REQUIRE(p.low <= p.draw);
      REQUIRE(p.draw <= p.high);
      REQUIRE(p.low > watts(0));
      before = p.draw;
      // A cap at a draw allows the load that draws it.
      REQUIRE(model->load_within(p.draw) == Approx(load).margin(1e-12));
    }
    REQUIRE(model->draw(1).draw == model->provisioned());
    REQUIRE(model->load_within(2 * model->provisioned()) == 1);
    REQUIRE(model->load_within(watts(0)) == 0);
    REQUIRE_THROWS_AS(model->draw(1.01), std::domain_error);
    REQUIRE_THROWS_AS(model->draw(-0.01), std::domain_error);
    REQUIRE_THROWS_AS(entry.make(chip("h200_sxm"), json{{"idle", 0.3}}), InputError);
  }
}

TEST_CASE("measured points are measured where they stand and interpolated between", "[power]") {
  const auto model = make("points", "h100_sxm", measured_points);
  REQUIRE(model->draw(0.5).draw == watts(1200));
  REQUIRE(model->draw(0.5).grade == Grade::measured);
  REQUIRE(model->draw(0.25).draw.base() == Approx(800));
  REQUIRE(model->draw(0.25).grade == Grade::interpolated);
}

TEST_CASE("points that fall, do not rise in load or leave out an end are refused together", "[power]") {
  const auto faults_of = [](const char* text) {
    try {
      make("points", "h100_sxm", json::parse(text));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  REQUIRE_THAT(faults_of(R"({"points": [{"load": 0, "power": "400 W"}]})"), Contains("begins at load 0 and ends at load 1"));
  const auto both = faults_of(R"({"points": [{"load": 0, "power": "400 W"}, {"load": 0, "power": "300 W"}, {"load": 1, "power": "1 kW"}]})");
  REQUIRE_THAT(both, Contains("/points/1/load: expected loads that rise"));
  REQUIRE_THAT(both, Contains("/points/1/power: expected powers that do not fall"));
  REQUIRE_THAT(faults_of(R"({"points": [{"load": 0, "power": "400 Wh"}]})"), Contains("/points/0/power: \"400 Wh\" is an energy"));
  REQUIRE_THAT(faults_of(R"({})"), Contains("/points"));
}

TEST_CASE("options and names of models are checked", "[power]") {
  REQUIRE_THROWS_WITH(make("linear", "h100_sxm", json{{"idle_shrae", 0.3}}), Contains("did you mean \"idle_share\"?"));
  REQUIRE_THROWS_AS(make("linear", "h100_sxm", json{{"idle_share", 1.3}}), InputError);
  REQUIRE_THROWS_WITH(find_power_model("linaer"), Contains("expected one of linear, points; did you mean \"linear\"?"));
}
