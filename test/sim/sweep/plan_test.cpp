#include "sim/sweep/plan.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "models/units/error.hpp"
#include "sim/sweep/plan_table.hpp"

using namespace headroom;
using namespace headroom::sweep;

namespace {

/// A folder of its own for each test, with a base scenario that need not be valid: plans are read without being run.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-plan-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    write("base.json", "{}");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& file, const std::string& text) const { std::ofstream(path / file) << text; }
  [[nodiscard]] Plan plan(const std::string& keys) const {
    write("plan.json", "{ \"name\": \"p\", \"base\": \"base.json\", \"keep\": [\"energy\"],\n" + keys + "}");
    return load_plan((path / "plan.json").string());
  }
  [[nodiscard]] std::string fault(const std::string& keys) const {
    try {
      static_cast<void>(plan(keys));
    } catch (const InputError& e) {
      return e.what();
    }
    return "no fault";
  }
};

const std::string two_axes = R"("axes": [
  { "id": "growth", "set": "w.growth", "range": { "from": 1, "to": 3, "count": 3 } },
  { "id": "share", "set": "p.share", "values": [0.1, 0.2] }])";

}  // namespace

TEST_CASE("a crossed design turns the last axis fastest, a zipped one turns all at once", "[sweep]") {
  const Folder folder;
  const auto crossed = folder.plan(two_axes);
  REQUIRE(crossed.points() == 6);
  CHECK(point(crossed, 1).sets == std::vector<std::string>{"w.growth=1", "p.share=0.2"});
  CHECK(point(crossed, 5).labels == std::vector<std::string>{"3", "0.2"});
  const auto zipped = folder.plan(R"("design": "zipped", "axes": [{ "id": "a", "set": "x", "values": ["u", "v"] }, { "id": "b", "overlays": ["", "base.json"] }])");
  REQUIRE(zipped.points() == 2);
  CHECK(point(zipped, 0).overlays.empty());
  CHECK(point(zipped, 1).labels == std::vector<std::string>{"v", "base.json"});
}

TEST_CASE("filters leave out the points in which a condition holds; the others are numbered without gaps", "[sweep]") {
  const Folder folder;
  const auto plan = folder.plan(two_axes + R"(, "leave_out": ["growth > 2 and share > 0.1", "growth * share = 0.1"])");
  REQUIRE(plan.designed() == 6);
  REQUIRE(plan.points() == 4);
  CHECK(point(plan, 0).labels == std::vector<std::string>{"1", "0.2"});
  CHECK(point(plan, 3).labels == std::vector<std::string>{"3", "0.1"});
  CHECK(point(plan, 3).index == 3);
  CHECK_THAT(folder.fault(two_axes + ",\n \"leave_out\": [\"growth > 2\", \"shere > 0.1\"]"),
             Catch::Contains("plan.json:5:30: /leave_out/1") && Catch::Contains("there is no axis \"shere\"") && Catch::Contains("share"));
  CHECK_THAT(folder.fault(two_axes + R"(, "leave_out": ["growth > 0"])"), Catch::Contains("all 6 points are left out"));
}

TEST_CASE("drawn designs take any value of a range, whole ones where asked, each listed choice equally often", "[sweep]") {
  const Folder folder;
  const std::string design = GENERATE("random", "sobol");
  const auto plan = folder.plan(R"("points": 64, "seed": 5, "design": ")" + design + R"(", "axes": [
    { "id": "growth", "set": "g", "range": { "from": 1.5, "to": 4.5 } },
    { "id": "chips", "set": "c", "range": { "from": 1, "to": 4, "whole": true } },
    { "id": "load", "set": "l", "range": { "from": 10, "to": 1000, "log": true, "unit": "tokens/s" } },
    { "id": "old", "set": "o", "values": [true, false] }])");
  REQUIRE(plan.points() == 64);
  std::map<std::string, int> chips, old;
  int low = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const auto p = point(plan, i);
    const double growth = std::stod(p.labels[0]);
    CHECK(growth > 1.5);
    CHECK(growth < 4.5);
    ++chips[p.labels[1]];
    CHECK_THAT(p.sets[2], Catch::StartsWith("l=\"") && Catch::EndsWith(" tokens/s\""));
    low += std::stod(p.labels[2]) < 100 ? 1 : 0;
    ++old[p.labels[3]];
  }
  CHECK(chips.size() == 4);
  if (design == "sobol") {
    // 64 points are a net: quarters and halves are met exactly; half of the factors lie below the geometric mean
    CHECK(chips == std::map<std::string, int>{{"1", 16}, {"2", 16}, {"3", 16}, {"4", 16}});
    CHECK(old == std::map<std::string, int>{{"false", 32}, {"true", 32}});
    CHECK(low == 32);
  }
}

TEST_CASE("a plan that cannot be meant is refused at its line, with what would be right", "[sweep]") {
  const Folder folder;
  const std::string axis = R"("axes": [{ "id": "g", "set": "g", "range": { "from": 1, "to": 4 } }])";
  CHECK_THAT(folder.fault(axis), Catch::Contains("plan.json:2:") && Catch::Contains("has no count") && Catch::Contains("sobol"));
  CHECK_THAT(folder.fault(axis + R"(, "design": "sobol")"), Catch::Contains("\"points\" is missing"));
  CHECK_THAT(folder.fault(axis + R"(, "design": "soboll", "points": 4)"), Catch::Contains("sobol"));
  CHECK_THAT(folder.fault(two_axes + R"(, "points": 4)"), Catch::Contains("\"points\" does not go with design"));
  CHECK_THAT(folder.fault(two_axes + R"(, "leave_aut": [])"), Catch::Contains("leave_out"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "set": "g", "range": { "from": 1, "to": 4, "hwole": true, "count": 2 } }])"), Catch::Contains("whole"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "set": "g", "range": { "from": 1, "to": 3, "whole": true, "count": 5 } }])"), Catch::Contains("stands in the range twice"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "set": "g", "range": { "from": 1.5, "to": 3, "whole": true, "count": 2 } }])"), Catch::Contains("whole ends"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "set": "g", "range": { "from": 0, "to": 3, "log": true, "count": 2 } }])"), Catch::Contains("through zero"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "set": "g", "range": { "from": 1, "to": 9, "count": 5000 } }, { "id": "h", "set": "h", "range": { "from": 1, "to": 9, "count": 5000 } }])"),
             Catch::Contains("too many points"));
  CHECK_THAT(folder.fault(R"("axes": [{ "id": "g", "overlays": ["gone.json"] }])"), Catch::Contains("gone.json"));
}

TEST_CASE("the hash of a plan is that of everything a point may depend on, blanks aside", "[sweep]") {
  const Folder folder;
  folder.write("over.json", R"({ "note": "x" })");
  const std::string keys = R"("axes": [{ "id": "o", "overlays": ["", "over.json"] }])";
  const auto before = folder.plan(keys).hash;
  CHECK(folder.plan(" " + keys + "\n").hash == before);
  folder.write("over.json", R"({ "note": "y" })");
  const auto after = folder.plan(keys).hash;
  CHECK(after != before);
  folder.write("base.json", R"({ "note": "z" })");
  CHECK(folder.plan(keys).hash != after);
}

TEST_CASE("the schema and the key reference of plans in the tree are those of the tables", "[sweep]") {
  // `headroom show --plan-schema > scenarios/schema/plan.schema.json`, `headroom show --plan-keys > scenarios/schema/plan-keys.md`
  const auto file = [](const std::string& name) {
    std::ostringstream out;
    out << std::ifstream("scenarios/schema/" + name, std::ios::binary).rdbuf();
    return out.str();
  };
  CHECK(file("plan.schema.json") == plan_schema());
  CHECK(file("plan-keys.md") == plan_keys());
}

TEST_CASE("every plan in the tree can be read, and the first in order of name is small", "[sweep]") {
  std::map<std::string, std::size_t> plans;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios/plans")) plans[entry.path().string()] = load_plan(entry.path().string()).points();
  REQUIRE(plans.size() >= 2);
  CHECK(plans.begin()->second <= 100);
}
