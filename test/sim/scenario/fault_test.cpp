#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "fixture.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

// Each file of faults/ is a plan with one seeded fault (many_faults.json has several), most of them laid over good.json.
// faults.txt holds what must be said about them, every line of it.

namespace {

const std::string folder = "test/sim/scenario/";

ReadFile seeded() {
  return [](const std::string& path) { return read_from_disk(folder + "faults/" + path); };
}

std::vector<std::string> seeded_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "faults")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("every seeded fault is refused at its position and nothing else is", "[scenario]") {
  std::istringstream expected(read_from_disk(folder + "faults.txt").value_or(""));
  const std::vector<std::string> names = seeded_files();
  REQUIRE(names.size() >= 40);
  for (const std::string& name : names) {
    const Loaded loaded = inspect({name, {}, {}}, seeded(), small_catalogue());
    CHECK_FALSE(loaded.valid());
    for (const Issue& issue : loaded.issues) {
      std::string line;
      std::getline(expected, line);
      CHECK(to_string(issue) == line);
    }
    REQUIRE_THROWS_AS(load({name, {}, {}}, seeded(), small_catalogue()), ScenarioError);
  }
  std::string rest;
  CHECK_FALSE(std::getline(expected, rest));
}

TEST_CASE("a file that is not there is one fault", "[scenario]") {
  const Loaded loaded = inspect({"nowhere.json", {}, {}}, reader_of({}), small_catalogue());
  CHECK(lines(loaded.issues) == "nowhere.json:1:1: this file cannot be read; expected an existing file\n");
}

TEST_CASE("faults of overlays and settings name the overlay and the setting", "[scenario]") {
  const Loaded loaded = inspect_text(good_plan(), {{"over.json", "{\n \"fleet\": [{\"id\": \"old\", \"cuont\": 3}]\n}"}}, {"over.json"},
                                     {"workloads.chat.output_share=22", "orders.h2.package=8", "policies.headroom_shar=0.1", "fleet",
                                      "sites.hebei.power=60 MWh", "expect=[1,]"});
  CHECK(lines(loaded.issues) ==
        "--set expect=[1,]:1:10: a comma before ']'; expected no comma after the last entry\n"
        "--set fleet:1:1: no '=' after the path; expected PATH=VALUE, e.g. workloads.chat.tokens_per_day=2e12\n"
        "--set orders.h2.package=8:1:8: /orders/h2: there is no entry \"h2\"; expected one of h200-a\n"
        "--set policies.headroom_shar=0.1:1:10: /policies/headroom_shar: unknown key \"headroom_shar\"; did you mean \"headroom_share\"?\n"
        "--set sites.hebei.power=60 MWh:1:19: /sites/0/power: \"60 MWh\" is an energy; expected a power, e.g. \"150 MW\"\n"
        "--set workloads.chat.output_share=22:1:29: /workloads/0/output_share: 22 is out of range; expected between 0 and 1\n"
        "over.json:2:26: /fleet/0/cuont: unknown key \"cuont\"; did you mean \"count\"?\n");
}
