#include "sim/scenario/document.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace headroom::scenario;
using namespace headroom::scenario::fixture;

namespace {

Document merged(Files files, std::vector<std::string> overlays = {}, std::vector<std::string> sets = {}) {
  return read_document({"a.json", std::move(overlays), std::move(sets)}, reader_of(std::move(files)));
}

std::string text_of(const Document& d) {
  INFO(lines(d.issues));
  CHECK(d.issues.empty());
  return to_json(d.root);
}

}  // namespace

TEST_CASE("objects merge by key, null deletes, other values are replaced", "[scenario]") {
  CHECK(text_of(merged({{"a.json", R"({"x": {"p": 1, "q": [1, 2]}, "y": 2})"}, {"o.json", R"({"x": {"q": [3], "r": 4}, "y": null})"}}, {"o.json"})) ==
        R"({"x": {"p": 1, "q": [3], "r": 4}})");
}

TEST_CASE("lists of named entries merge by name, and an object over one addresses its entries", "[scenario]") {
  const std::string base = R"({"l": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]})";
  CHECK(text_of(merged({{"a.json", base}, {"o.json", R"({"l": [{"id": "b", "n": 3}, {"id": "c", "n": 4}]})"}}, {"o.json"})) ==
        R"({"l": [{"id": "a", "n": 1}, {"id": "b", "n": 3}, {"id": "c", "n": 4}]})");
  CHECK(text_of(merged({{"a.json", base}, {"o.json", R"({"l": {"a": null, "b": {"m": 5}}})"}}, {"o.json"})) ==
        R"({"l": [{"id": "b", "n": 2, "m": 5}]})");
}

TEST_CASE("budget lines are named by year and purpose", "[scenario]") {
  const std::string base = R"({"budgets": [{"year": 2025, "purpose": "chips", "n": 1}, {"year": 2025, "purpose": "sites", "n": 2}, {"year": 2026, "purpose": "chips", "n": 3}]})";
  CHECK(text_of(merged({{"a.json", base}}, {}, {"budgets.2025:sites.n=9", "budgets.2026.n=8"})) ==
        R"({"budgets": [{"year": 2025, "purpose": "chips", "n": 1}, {"year": 2025, "purpose": "sites", "n": 9}, {"year": 2026, "purpose": "chips", "n": 8}]})");
  const Document d = merged({{"a.json", base}}, {}, {"budgets.2025.n=9"});
  REQUIRE(d.issues.size() == 1);
  CHECK(d.issues[0].expected == "one of 2025:chips, 2025:sites, 2026:chips");
}

TEST_CASE("includes come first, then the file, then overlays from left to right, then settings", "[scenario]") {
  const Files files{{"a.json", R"({"include": ["parts/i.json"], "file": "file", "over": "file", "set": "file"})"},
                    {"parts/i.json", R"({"include": "deep.json", "include_only": 1, "file": "include", "over": "include"})"},
                    {"parts/deep.json", R"({"deep": 1, "include_only": 0})"},
                    {"o1.json", R"({"over": "first", "left": 1})"},
                    {"o2.json", R"({"over": "second"})"}};
  const Document d = merged(files, {"o1.json", "o2.json"}, {"set=one", "set=two"});
  CHECK(text_of(d) == R"({"deep": 1, "include_only": 1, "file": "file", "over": "second", "set": "two", "left": 1})");
  REQUIRE(d.sources.size() == 7);
  CHECK(d.sources[1].name == "parts/i.json");
  CHECK(d.sources[2].name == "parts/deep.json");
  CHECK(d.sources[d.root.find("over")->position.source].name == "o2.json");
  CHECK(d.sources[d.root.find("include_only")->position.source].kind == Source::Kind::include);
}

TEST_CASE("a cycle of includes is named", "[scenario]") {
  const Document d = merged({{"a.json", R"({"include": ["b.json"]})"}, {"b.json", R"({"include": ["x/../a.json"]})"}});
  CHECK(lines(d.issues) == "b.json:1:14: /include: the includes form a cycle: a.json -> b.json -> a.json; expected no file in itself\n");
}

TEST_CASE("a part may be included twice", "[scenario]") {
  CHECK(text_of(merged({{"a.json", R"({"include": ["b.json", "c.json"]})"}, {"b.json", R"({"include": ["d.json"], "b": 1})"},
                        {"c.json", R"({"include": ["d.json"], "c": 1})"}, {"d.json", R"({"d": 1})"}})) == R"({"d": 1, "b": 1, "c": 1})");
}

TEST_CASE("settings reach into objects, names and positions, and read JSON or text", "[scenario]") {
  const std::string base = R"({"w": [{"id": "kimi-k2.5", "t": 1}], "p": [[0, 1], [2, 3]], "o": {"a.b": {"c": 1}}})";
  CHECK(text_of(merged({{"a.json", base}}, {},
                       {"w.kimi-k2.5.t=2e3", "p.1.0=\"x\"", "o.a.b.c={\"d\": [1]}", "start=2026-01-01", "new.deep.key=true", "o.\"q.r\"=-1"})) ==
        R"({"w": [{"id": "kimi-k2.5", "t": 2e3}], "p": [[0, 1], ["x", 3]], "o": {"a.b": {"c": {"d": [1]}}, "q.r": -1}, "start": "2026-01-01", "new": {"deep": {"key": true}}})");
  CHECK(text_of(merged({{"a.json", base}}, {}, {"w.kimi-k2.5=null", "o=null", "p=null"})) == R"({"w": []})");
}

TEST_CASE("a misspelt name in a setting gets the nearest one", "[scenario]") {
  const Document d = merged({{"a.json", R"({"orders": [{"id": "h200-2026"}, {"id": "gb200"}]})"}}, {}, {"orders.h200-2062.package=8"});
  CHECK(lines(d.issues) ==
        "--set orders.h200-2062.package=8:1:8: /orders/h200-2062: there is no entry \"h200-2062\"; expected one of h200-2026, gb200; did you mean \"h200-2026\"?\n");
}

TEST_CASE("a value set on the command line knows its column there", "[scenario]") {
  const Document d = merged({{"a.json", "{}"}}, {}, {"a.b={\"c\": 5}"});
  const Node* c = d.root.find("a")->find("b")->find("c");
  CHECK(c->position == Position{1, 1, 11});
}
