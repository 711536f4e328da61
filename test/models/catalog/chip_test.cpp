#include "models/catalog/chip.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "models/catalog/sources.hpp"
#include "models/text/csv.hpp"
#include "models/units/date.hpp"

using namespace headroom;
using namespace headroom::catalog;
using Catch::Matchers::Contains;

namespace {

/// The folder of measured data; nothing where it is not installed, and the test says that it did not run.
std::optional<std::filesystem::path> data_folder() {
  const char* folder = std::getenv("HEADROOM_DATA");
  if (folder) return folder;
  WARN("not run: HEADROOM_DATA is not set (the tables are public; addresses in models/catalog/sources/addresses.json)");
  return std::nullopt;
}

double base_of(double value) { return value; }
double base_of(int value) { return value; }
template <class Q>
double base_of(Q value) { return value.base(); }

/// Fact and cell say the same: both unknown, or equal to the last bit of the cell's number in its unit.
template <class T>
void require_cell(const text::CsvReader& row, const char* column, const Fact<T>& fact, double unit) {
  CAPTURE(column);
  const std::string_view cell = row[row.column(column)];
  REQUIRE(fact.known() == !cell.empty());
  if (fact.known()) REQUIRE(base_of(fact.value()) == Approx(row.number(row.column(column)) * unit).epsilon(1e-14));
}

Chip parse(const std::string& text, std::vector<Fault>& faults) { return parse_chip(nlohmann::json::parse(text), faults); }
Chip parse(const std::string& text) {
  std::vector<Fault> faults;
  Chip chip = parse(text, faults);
  REQUIRE(faults.empty());
  return chip;
}

}  // namespace

TEST_CASE("every row of the accelerator table is a chip with the same numbers, and an empty cell is unknown", "[catalog]") {
  const auto folder = data_folder();
  if (!folder) return;
  text::CsvReader row(*folder / "accelerators.csv");
  int rows = 0;
  while (row.next()) {
    ++rows;
    const std::string id(row[row.column("id")]);
    CAPTURE(id);
    const Chip* chip = find_chip(id);
    REQUIRE(chip);
    REQUIRE(chip->vendor == row[row.column("vendor")]);
    REQUIRE(chip->name == row[row.column("name")]);
    REQUIRE(chip->grade == row[row.column("evidence_grade")]);
    REQUIRE(chip->export_note == row[row.column("export_status_notes")]);
    require_cell(row, "year_available", chip->year_available, 1);
    require_cell(row, "dense_bf16_tflops", chip->bf16, 1e12);
    require_cell(row, "dense_fp16", chip->fp16, 1e12);
    require_cell(row, "dense_fp8", chip->fp8, 1e12);
    require_cell(row, "dense_fp4", chip->fp4, 1e12);
    require_cell(row, "int8_tops", chip->int8, 1e12);
    require_cell(row, "hbm_gb", chip->memory, 1e9);
    require_cell(row, "hbm_gbps", chip->memory_bandwidth, 1e9);
    require_cell(row, "scaleup_gbps_per_gpu", chip->scaleup_bandwidth, 1e9);
    require_cell(row, "scaleup_domain_size", chip->scaleup_domain, 1);
    require_cell(row, "scaleout_gbps", chip->scaleout_bandwidth, 1e9 / 8);
    require_cell(row, "tdp_w", chip->tdp, 1);
    require_cell(row, "l2_mb", chip->l2, 1e6);
    require_cell(row, "sm_or_core_count", chip->compute_units, 1);
    require_cell(row, "clock_mhz", chip->clock, 1e6);
    require_cell(row, "price_usd_low", chip->price_low_usd, 1);
    require_cell(row, "price_usd_high", chip->price_high_usd, 1);
    const std::string_view link = row[row.column("pcie")];
    if (chip->host_link.known()) {
      REQUIRE(chip->host_link.value() == link);
    } else {
      require_cell(row, "pcie", chip->pcie_generation, 1);
    }
    REQUIRE(chip->die.value_or("") == row[row.column("die_process")]);
  }
  REQUIRE(rows == 65);
}

TEST_CASE("the catalogue has the 65 chips of the table and two placeholders that are named so", "[catalog]") {
  REQUIRE(chips().size() == 67);
  for (const Chip& chip : chips()) {
    if (chip.id.starts_with("placeholder_")) {
      REQUIRE(chip.name.starts_with("PLACEHOLDER"));
      for_each_fact(chip, [](const char*, const auto& fact) { REQUIRE((!fact.known() || fact.from().status == Status::assumed)); });
    }
  }
  REQUIRE_FALSE(find_chip("bytedance_seedchip")->bf16.known());
}

TEST_CASE("every value cites a source with an address, a date and a status", "[catalog]") {
  for (const Chip& chip : chips()) {
    for_each_fact(chip, [&](const char* key, const auto& fact) {
      if (!fact.known()) return;
      CAPTURE(chip.id, key, fact.from().source);
      REQUIRE_FALSE(fact.from().source.empty());
      for (const std::string& code : source_codes(fact.from().source)) REQUIRE_FALSE(source_address(code).empty());
      const std::string& day = fact.from().as_of;
      REQUIRE(parse_date(day + std::string("2000-01-01").substr(std::min<std::size_t>(day.size(), 10))));
    });
  }
}

TEST_CASE("an unknown number is not zero: reading it says which field of the scenario supplies it", "[catalog]") {
  const Chip* seed = find_chip("bytedance_seedchip");
  REQUIRE(seed);
  REQUIRE_FALSE(seed->memory_bandwidth.known());
  REQUIRE_THROWS_AS(seed->memory_bandwidth.value(), UnknownFact);
  REQUIRE_THROWS_WITH(seed->memory_bandwidth.value(), Contains("supply it in the scenario as chips.bytedance_seedchip.memory_bandwidth"));
}

TEST_CASE("a known chip is found by its id alone, never by a name that may mean several", "[catalog]") {
  REQUIRE(find_chip("h100_sxm")->memory.value() == gigabytes(80));
  REQUIRE(find_chip("ascend_910c")->scaleup_domain.value() == 384);
  REQUIRE_FALSE(find_chip("H100"));
  REQUIRE_FALSE(find_chip("h100"));
}

TEST_CASE("a common or misspelt name suggests the chips that it may mean", "[catalog]") {
  using Ids = std::vector<std::string>;
  REQUIRE(suggest_chips("H100") == Ids{"h100_pcie", "h100_sxm"});
  REQUIRE(suggest_chips("h100-sxm") == Ids{"h100_sxm"});
  REQUIRE(suggest_chips("GB200") == Ids{"gb200_nvl72"});
  REQUIRE(suggest_chips("Ascend 910C (per 2-die package)") == Ids{"ascend_910c"});
  REQUIRE(suggest_chips("a100-sxm") == Ids{"a100_sxm_40", "a100_sxm_80"});
  REQUIRE(suggest_chips("mi35") == Ids{"mi355x"});
  REQUIRE(suggest_chips("h200_smx").front() == "h200_sxm");
  REQUIRE(suggest_chips("ascned_910b").front() == "ascend_910b");
  REQUIRE(suggest_chips("quixotic device").empty());
}

TEST_CASE("every accelerator named in the measured rows that has an id in the table is in the catalogue", "[catalog]") {
  const auto folder = data_folder();
  if (!folder) return;
  std::set<std::string> ids;
  for (const char* file : {"training_calibration.csv", "inference_calibration.csv"}) {
    text::CsvReader row(*folder / file);
    const std::size_t column = row.column("accelerator_id");
    while (row.next()) ids.emplace(row[column]);
  }
  ids.erase("");
  REQUIRE(ids.size() > 10);
  for (const std::string& id : ids) {
    CAPTURE(id);
    REQUIRE(find_chip(id));
  }
}

TEST_CASE("an own chip is described by its datasheet and what it leaves out is unknown", "[catalog]") {
  const Chip chip = parse(R"({"id": "mine", "origin": "cn", "memory": "96 GB", "memory_bandwidth":
    {"value": "4 TB/s", "low": "3.6 TB/s", "high": "4.2 TB/s", "source": "datasheet r3", "as_of": "2026-02", "status": "reported"},
    "scaleup_domain": 16})");
  REQUIRE(chip.kind == Chip::Kind::own);
  REQUIRE(chip.memory.value() == gigabytes(96));
  REQUIRE(chip.memory.from().status == Status::assumed);
  REQUIRE(chip.memory_bandwidth.from().status == Status::reported);
  REQUIRE(chip.memory_bandwidth.bounds()->first == gigabytes_per_second(3600));
  REQUIRE(chip.scaleup_domain.value() == 16);
  REQUIRE_THROWS_WITH(chip.bf16.value(), Contains("chips.mine.bf16"));
}

TEST_CASE("an own chip may start from one of the catalogue and says that it is not the same", "[catalog]") {
  const Chip changed = parse(R"({"id": "h20_96", "tdp": "500 W"})");
  REQUIRE(changed.kind == Chip::Kind::changed);
  REQUIRE(changed.tdp.value() == watts(500));
  REQUIRE(changed.memory.value() == gigabytes(96));
  const Chip own = parse(R"({"id": "h20_fast", "based_on": "h20_96", "bf16": "200 TFLOPS"})");
  REQUIRE(own.kind == Chip::Kind::own);
  REQUIRE(own.memory.value() == gigabytes(96));
  REQUIRE(own.bf16.value() == teraflops(200));
  REQUIRE(find_chip("h20_96")->tdp.value() == watts(400));
}

TEST_CASE("every fault of an own chip is named at its place in one go", "[catalog]") {
  std::vector<Fault> faults;
  parse(R"({"id": "mine", "based_on": "h20_69", "memroy": "96 GB", "bf16": "148 TB", "tdp": 400, "scaleup_domain": 8.5,
            "memory_bandwidth": {"value": "4 TB/s", "status": "guessed", "souce": "x", "low": "3 TB/s"}})", faults);
  std::string all;
  for (const Fault& f : faults) all += f.pointer + ": " + f.message + "\n";
  REQUIRE_THAT(all, Contains("/based_on: no chip \"h20_69\" in the catalogue; did you mean \"h20_96\"?"));
  REQUIRE_THAT(all, Contains("/memroy: unknown key; did you mean \"memory\"?"));
  REQUIRE_THAT(all, Contains("/bf16: \"148 TB\" is an amount of data; expected a rate of operations"));
  REQUIRE_THAT(all, Contains("/tdp: expected a text with unit, e.g. \"150 MW\""));
  REQUIRE_THAT(all, Contains("/scaleup_domain: expected a whole number"));
  REQUIRE_THAT(all, Contains("/memory_bandwidth/status: \"guessed\" is none of measured, reported, derived, assumed"));
  REQUIRE_THAT(all, Contains("/memory_bandwidth/souce: unknown key; did you mean \"source\"?"));
  REQUIRE_THAT(all, Contains("/memory_bandwidth: has only one of \"low\" and \"high\""));
  REQUIRE(faults.size() == 8);
}
