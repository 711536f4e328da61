#include "sim/scenario/print.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "sim/scenario/issue_formats.hpp"
#include "sim/scenario/templates.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

TEST_CASE("every template is a scenario without a fault", "[scenario]") {
  for (const Template& t : templates()) {
    const Loaded loaded = inspect({"new.json", {}, {}}, reader_of({{"new.json", std::string(t.text)}}), compiled_catalogue());
    INFO(t.name << "\n" << lines(loaded.issues));
    CHECK(loaded.issues.empty());
    CHECK(loaded.scenario.name.starts_with("my-"));
  }
}

TEST_CASE("the merged scenario reads back as the same scenario", "[scenario]") {
  const Loaded first = inspect_text(good_plan(), {{"over.json", R"({"policies": {"headroom_share": 0.3}})"}}, {"over.json"},
                                    {"fx.USD=6.7"});
  const std::string printed = print_merged(first.document);
  CHECK(printed.find("\"headroom_share\": 0.3,  // over.json:1\n") != std::string::npos);
  CHECK(printed.find("\"USD\": 6.7  // --set fx.USD=6.7\n") != std::string::npos);
  const Loaded second = inspect_text(printed);
  INFO(printed << lines(second.issues));
  REQUIRE(second.valid());
  CHECK(second.scenario.hash == first.scenario.hash);
}

TEST_CASE("faults are written in the forms that other programs read", "[scenario]") {
  std::vector<Issue> issues;
  for (int i = 1; i <= 12; ++i) issues.push_back({"a,b.json", i, 2, "/x", "bad \"<&\" 100 %", "good", "x", Issue::Level::error});
  issues.push_back({"a,b.json", 20, 3, "", "doubtful", "", "", Issue::Level::warning});
  const std::vector<Validation> all{{"a,b.json", issues}, {"fine.json", {}}};

  const auto json = nlohmann::json::parse(as_json(all));
  CHECK(json["scenarios"][0]["valid"] == false);
  CHECK(json["scenarios"][0]["issues"].size() == 13);
  CHECK(json["scenarios"][1]["valid"] == true);

  const std::string github = as_github(all);
  CHECK(github.find("::error file=a%2Cb.json,line=9,col=2,title=Headroom scenario::/x: bad \"<&\" 100 %25; expected good; did you mean \"x\"?\n") != std::string::npos);
  CHECK(github.find("line=10,") == std::string::npos);
  CHECK(github.find("::error title=Headroom scenario::3 more\n") != std::string::npos);
  CHECK(github.find("::warning file=a%2Cb.json,line=20,col=3,") != std::string::npos);

  const auto sarif = nlohmann::json::parse(as_sarif(all, "1.2.3"));
  CHECK(sarif["version"] == "2.1.0");
  CHECK(sarif["runs"][0]["columnKind"] == "unicodeCodePoints");
  CHECK(sarif["runs"][0]["results"].size() == 13);
  CHECK(sarif["runs"][0]["results"][12]["locations"][0]["physicalLocation"]["region"]["startLine"] == 20);

  const std::string junit = as_junit(all);
  CHECK(junit.find("tests=\"2\" failures=\"1\"") != std::string::npos);
  CHECK(junit.find("bad &quot;&lt;&amp;&quot; 100 %") != std::string::npos);

  CHECK(as_text(all).find("a,b.json: 12 errors, 1 warning\nfine.json: valid\n") != std::string::npos);
}

TEST_CASE("a value of the command line is reported at the scenario, for readers that know files only", "[scenario]") {
  const Issue issue{"--set fx.USD=x", 1, 8, "/fx/USD", "\"x\" is not a number", "", "", Issue::Level::error};
  const std::vector<Validation> all{{"my plans/a.json", {issue}}};
  CHECK(as_github(all) == "::error file=my plans/a.json,line=1,col=1,title=Headroom scenario::--set fx.USD=x: /fx/USD: \"x\" is not a number\n");
  const auto sarif = nlohmann::json::parse(as_sarif(all, "1"));
  const auto& result = sarif["runs"][0]["results"][0];
  CHECK(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20plans/a.json");
  CHECK(result["message"]["text"] == "--set fx.USD=x: /fx/USD: \"x\" is not a number");
  CHECK(as_text(all).rfind("--set fx.USD=x:1:8: /fx/USD: ", 0) == 0);
}
