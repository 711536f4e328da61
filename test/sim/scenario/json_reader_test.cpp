#include "sim/scenario/json_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fixture.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

Node read(const std::string& text, std::vector<Issue>& issues) { return read_json(text, 0, "t", issues); }

std::string faults_of(const std::string& text) {
  std::vector<Issue> issues;
  (void)read(text, issues);
  return lines(issues);
}

/// Whether a tree says the same as nlohmann/json's.
bool same(const Node& node, const nlohmann::json& json) {
  switch (node.kind) {
    case Node::Kind::null: return json.is_null();
    case Node::Kind::boolean: return json.is_boolean() && json.get<bool>() == node.boolean;
    case Node::Kind::number: return json.is_number() && json.get<double>() == node.number;
    case Node::Kind::string: return json.is_string() && json.get<std::string>() == node.text;
    case Node::Kind::array:
      if (!json.is_array() || json.size() != node.items.size()) return false;
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (!same(node.items[i], json[i])) return false;
      }
      return true;
    case Node::Kind::object:
      if (!json.is_object() || json.size() != node.members.size()) return false;
      for (const Node::Member& m : node.members) {
        if (!json.contains(m.key) || !same(m.value, json[m.key])) return false;
      }
      return true;
    case Node::Kind::broken: return false;
  }
  return false;
}

}  // namespace

TEST_CASE("values know the position of their first character, counted in characters", "[scenario]") {
  std::vector<Issue> issues;
  const Node root = read("{ /* é */ \"ключ\": [1,\n  \"x\"],\t\"b\": {}}", issues);
  REQUIRE(issues.empty());
  CHECK(root.members[0].position == Position{0, 1, 11});
  CHECK(root.members[0].value.position == Position{0, 1, 19});
  CHECK(root.members[0].value.items[0].position == Position{0, 1, 20});
  CHECK(root.members[0].value.items[1].position == Position{0, 2, 3});
  CHECK(root.members[1].position == Position{0, 2, 9});
}

TEST_CASE("reading goes on after a fault", "[scenario]") {
  CHECK(faults_of("{\"a\": NaN, \"b\": 1e999, \"c\": 'x', \"d\": [1, 2,], \"a\": 2}") ==
        "t:1:7: NaN is not a number that a plan can hold; expected a finite number\n"
        "t:1:17: 1e999 is too large for a number; expected at most 1.797e308 and at least 2.3e-308 in size\n"
        "t:1:29: a string in single quotes; expected double quotes\n"
        "t:1:44: a comma before ']'; expected no comma after the last entry\n"
        "t:1:48: key \"a\" stands twice in this object (first at line 1); expected each key once\n");
}

TEST_CASE("numbers are those of JSON and no others", "[scenario]") {
  for (const char* bad : {"+1", ".5", "5.", "01", "0x10", "1_000", "1e", "--1", "1.2.3", "infinity", "-nan", "1e-400"}) {
    INFO(bad);
    CHECK_FALSE(faults_of(bad).empty());
  }
  for (const char* good : {"0", "-0", "1e308", "85e9", "0.1", "-2.5E-3", "9007199254740992", "100000000000000000000"}) {
    INFO(good);
    CHECK(faults_of(good).empty());
  }
  CHECK_FALSE(faults_of("9007199254740993").empty());  // a double would make it ...992
}

TEST_CASE("the reader agrees with nlohmann/json on what it accepts", "[scenario]") {
  for (const std::string& text : std::vector<std::string>{
        good_plan(), std::string(R"(["\u00e9\ud83d\ude00\n\"\\\/\b\f\r\t", 1e-7, -0.0, true, null, {}, [], "é😀"])"), std::string("7"),
        std::string("// only a comment\n\"x\" /* y */")}) {
    std::vector<Issue> issues;
    const Node node = read(text, issues);
    INFO(lines(issues));
    CHECK(issues.empty());
    CHECK(same(node, nlohmann::json::parse(text, nullptr, true, true)));
  }
}

TEST_CASE("the number of faults told of one text is bounded", "[scenario]") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "NaN,";
  std::vector<Issue> issues;
  (void)read(text + "1]", issues);
  CHECK(issues.size() == max_text_issues);
}

TEST_CASE("nesting is read to a depth and refused beyond it", "[scenario]") {
  CHECK(faults_of(std::string(max_depth, '[') + std::string(max_depth, ']')).empty());
  CHECK(faults_of(std::string(max_depth + 1, '[') + std::string(max_depth + 1, ']')) ==
        "t:1:65: nested more than 64 deep; expected a flatter document\n");
  CHECK_FALSE(faults_of(std::string(1'000'000, '{')).empty());
}
