#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/results/dictionary.hpp"
#include "sim/results/events.hpp"
#include "sim/results/manifest.hpp"
#include "sim/results/table.hpp"

using namespace headroom;
using namespace headroom::results;

TEST_CASE("the manifest says what ran, what it read, what was checked and what is missing", "[results]") {
  Manifest m;
  m.name = "plan";
  m.scenario_hash = "ab12";
  m.seed = 7;
  m.program_version = "0.1.0";
  m.horizon = {date(2025, 1, 1), date(2027, 1, 1)};
  m.base = cny;
  m.inputs = {{"scenarios/plan.json", "00ff"}};
  m.audits = {{"money: ledger sums to zero", true, 0, ""}, {"chips conserve", false, 3, "2026-02-01 datong h20"}};
  m.warnings = {"fx: USD holds its last point"};
  m.absent = {metric("mfu"), metric("queue_wait_p50")};
  m.files = {"yearly.csv"};
  REQUIRE(to_json(m) == R"({
  "format_version": 1,
  "kind": "run",
  "name": "plan",
  "scenario_hash": "ab12",
  "seed": 7,
  "replications": 1,
  "program": "headroom",
  "program_version": "0.1.0",
  "start": "2025-01-01",
  "end": "2027-01-01",
  "base_currency": "CNY",
  "inputs": [
    {
      "path": "scenarios/plan.json",
      "sha256": "00ff"
    }
  ],
  "audit": [
    {
      "name": "money: ledger sums to zero",
      "ok": true,
      "worst": 0.0,
      "at": ""
    },
    {
      "name": "chips conserve",
      "ok": false,
      "worst": 3.0,
      "at": "2026-02-01 datong h20"
    }
  ],
  "expect": [],
  "warnings": [
    "fx: USD holds its last point",
    "metrics that this run did not produce: mfu, queue_wait_p50"
  ],
  "absent_metrics": [
    "mfu",
    "queue_wait_p50"
  ],
  "files": [
    "yearly.csv"
  ]
}
)");
}

TEST_CASE("every column of every file is described, in the order of the file, and every metric is in the dictionary", "[results]") {
  const auto same = [](std::string_view file, const std::vector<std::string>& header) {
    const auto columns = columns_of(file);
    REQUIRE(columns.size() == header.size());
    for (std::size_t i = 0; i < header.size(); ++i) {
      REQUIRE(columns[i].name == header[i]);
      REQUIRE(columns[i].description.size() > 3);
    }
  };
  same("yearly.csv", table_columns());
  same("timeseries.csv", table_columns());
  same("events.csv", event_columns());
  // sim/finance writes it and may not be seen from here; its own test has the same list.
  same("ledger.csv", {"tx_id", "line_no", "date", "period", "book", "account", "debit", "credit", "currency", "amount_base", "fx_rate", "budget_line",
                      "budget_year", "cohort", "site", "note"});

  const std::vector<std::string> files{"yearly.csv", "timeseries.csv", "ledger.csv", "events.csv", "manifest.json"};
  const auto package = nlohmann::json::parse(datapackage("My plan/B", cny, files));
  REQUIRE(package["name"] == "my-plan-b");
  REQUIRE(package["resources"].size() == 4);
  REQUIRE(package["metrics"].size() == metric_count);
  for (const auto& resource : package["resources"]) {
    REQUIRE(resource["schema"]["missingValues"] == nlohmann::json::array({""}));
    std::vector<std::string> names;
    for (const auto& field : resource["schema"]["fields"]) {
      REQUIRE(field.contains("description"));
      const std::string type = field["type"];
      REQUIRE((type == "string" || type == "date" || type == "number" || type == "integer" || type == "year" || type == "yearmonth"));
      names.push_back(field["name"]);
    }
    if (!resource["schema"].contains("primaryKey")) continue;
    for (const auto& key : resource["schema"]["primaryKey"]) REQUIRE(std::find(names.begin(), names.end(), key) != names.end());
  }
  REQUIRE(package["metrics"][0]["name"] == "budget");
  REQUIRE(package["metrics"][0]["unit"] == "CNY");
}

TEST_CASE("SQLite reads the table without options and sums what we sum", "[results]") {
  if (std::system("command -v sqlite3 >/dev/null 2>&1") != 0) {
    WARN("not run: sqlite3 is not installed (Debian package sqlite3)");
    return;
  }
  Store s{Calendar{{date(2025, 1, 1), date(2027, 1, 1)}, 1}, {{"a \"quoted\", one", "b"}, {}, {}}, cny};
  for (int m = 0; m < 24; ++m) s.add(metric("energy"), m, {static_cast<std::uint16_t>(m % 2), {}, {}}, 0.1 * m);
  const Table table{"plan", cny, s.dimensions(), {{"central", rows_of(s, Every::month)}}};
  const auto file = std::filesystem::temp_directory_path() / "headroom-sqlite-test.csv";
  {
    std::ofstream out{file};
    write_table_csv(std::span{&table, 1}, out);
  }
  const std::string command = "sqlite3 :memory: -cmd '.mode csv' -cmd '.import " + file.string() +
                              " t' \"select printf('%.4f|%.4f|%d', sum(value*(site='all')), sum(value*(site<>'all')), count(*)) from t\"";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char answer[128] = {};
  const bool read = std::fgets(answer, sizeof answer, pipe) != nullptr;
  REQUIRE(::pclose(pipe) == 0);
  REQUIRE(read);
  REQUIRE(std::string{answer}.find("27.6000|27.6000|72") != std::string::npos);
  std::filesystem::remove(file);
}
