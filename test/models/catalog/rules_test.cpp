#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/catalog/checks.hpp"
#include "models/catalog/export_rules.hpp"

using namespace headroom;
using namespace headroom::catalog;
using Catch::Matchers::Contains;

namespace {

const Chip& chip(const char* id) {
  const Chip* found = find_chip(id);
  REQUIRE(found);
  return *found;
}

std::vector<Finding> findings_of(const std::string& json) {
  std::vector<Fault> faults;
  const Chip own = parse_chip(nlohmann::json::parse(json), faults);
  REQUIRE(faults.empty());
  return check_chip(own);
}

}  // namespace

TEST_CASE("total processing performance agrees with the published values", "[catalog]") {
  const std::pair<const char*, double> published[] = {
      {"h100_sxm", 15832}, {"h200_sxm", 15832}, {"b200_sxm", 36000}, {"b300_sxm", 54000}, {"mi300x", 20920}, {"mi325x", 20920},
      {"mi355x", 40264},   {"h20_96", 2368},    {"l20", 1912},       {"mi308x", 1840},    {"l40s", 5864},    {"a100_sxm_80", 4992}};
  for (const auto& [id, tpp] : published) {
    CAPTURE(id);
    REQUIRE(total_processing_performance(chip(id)) == Approx(tpp).epsilon(1e-9));
  }
  REQUIRE_FALSE(total_processing_performance(chip("hygon_bw1000")));
}

TEST_CASE("H20 lies just under the second tier of October 2023 by its density", "[catalog]") {
  REQUIRE(performance_density(chip("h20_96")) == Approx(2368.0 / 814));  // 2.9, below 3.2 at a TPP below 2400
  REQUIRE(october_2023(chip("h20_96")) == Control::free);
}

TEST_CASE("the rules of 2022 and 2023 sort the parts made for China as history did", "[catalog]") {
  REQUIRE(october_2022(chip("a100_sxm_80")) == Control::controlled);
  REQUIRE(october_2022(chip("h100_sxm")) == Control::controlled);
  REQUIRE(october_2022(chip("a800_sxm_80")) == Control::free);
  REQUIRE(october_2022(chip("h800_sxm")) == Control::free);
  REQUIRE(october_2023(chip("a800_sxm_80")) == Control::controlled);
  REQUIRE(october_2023(chip("h800_sxm")) == Control::controlled);
  REQUIRE(october_2023(chip("l40s")) == Control::controlled);
  REQUIRE(october_2023(chip("l20")) == Control::free);  // 1912 / 609 = 3.14
  REQUIRE(october_2023(chip("bytedance_seedchip")) == Control::unknown);
  REQUIRE(october_2023(chip("mi308x")) == Control::unknown);  // die area not public
}

TEST_CASE("the rule of January 2026 admits H200 and MI325X case by case, not B200 and MI355X", "[catalog]") {
  REQUIRE(january_2026(chip("h200_sxm")) == Licence::case_by_case);
  REQUIRE(january_2026(chip("mi300x")) == Licence::case_by_case);
  REQUIRE(january_2026(chip("mi325x")) == Licence::case_by_case);
  REQUIRE(january_2026(chip("b200_sxm")) == Licence::presumed_refused);
  REQUIRE(january_2026(chip("mi355x")) == Licence::presumed_refused);
  REQUIRE(january_2026(chip("h20_96")) == Licence::not_needed);
}

TEST_CASE("the memory limit of the letter of April 2025 catches H20 and spares RTX Pro 6000D", "[catalog]") {
  REQUIRE(memory_letter_2025(chip("h20_96")) == Control::controlled);
  REQUIRE(memory_letter_2025(chip("rtx_pro_6000d")) == Control::free);
}

TEST_CASE("the catalogue passes its own checks", "[catalog]") {
  for (const Finding& f : check_catalogue(chips())) {
    FAIL_CHECK(f.chip << " " << f.check << ": " << f.message);
  }
}

TEST_CASE("slips of a datasheet are found: sparse for dense, bits for bytes, a number without evidence", "[catalog]") {
  const auto sparse = findings_of(R"({"id": "x", "origin": "us", "bf16": "989 TFLOPS", "fp8": "3958 TFLOPS"})");
  REQUIRE(std::any_of(sparse.begin(), sparse.end(), [](const Finding& f) { return f.check == "fp8_ratio"; }));
  const auto bits = findings_of(R"({"id": "x", "origin": "us", "memory": "80 GB", "memory_bandwidth": "3350 Gb/s"})");
  REQUIRE(bits.front().check == "memory_ratio");
  REQUIRE(bits.back().check == "evidence");
}

TEST_CASE("a price of a whole server among chip prices is found", "[catalog]") {
  std::vector<Chip> some;
  for (const char* id : {"h100_sxm", "h200_sxm", "h800_sxm"}) some.push_back(chip(id));
  some[1].price_low_usd = some[1].price_high_usd = Fact<double>(270565, {"EPP", "2024-03", Status::reported, ""});
  const auto findings = check_catalogue(some);
  REQUIRE(findings.size() == 1);
  REQUIRE(findings[0].chip == "h200_sxm");
  REQUIRE(findings[0].check == "price");
}
