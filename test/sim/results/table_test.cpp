#include "sim/results/table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/results/events.hpp"

using namespace headroom;
using namespace headroom::results;

namespace {

Store small_run(double energy_of_january = 12.5) {
  Store s{Calendar{{date(2025, 1, 1), date(2026, 3, 1)}, 1}, {{"Datong, \"west\"", "johor"}, {"h20"}, {"=doubao"}}, cny};
  s.add(metric("energy"), 0, {0, {}, {}}, energy_of_january, Grade::measured);
  s.add(metric("energy"), 12, {1, {}, {}}, 1.0 / 3, Grade::assumed);
  s.add(metric("cash_out"), 0, {0, 0, {}}, Money::of(85e9, cny));
  s.add_ratio(metric("slo_attainment"), 0, {{}, {}, 0}, 999, 1000, Grade::interpolated);
  return s;
}

Table table_of(const Store& s, Every every) { return {"plan", cny, s.dimensions(), {{"central", rows_of(s, every)}}}; }

std::string csv_of(const Table& table) {
  std::ostringstream out;
  write_table_csv(std::span{&table, 1}, out);
  return out.str();
}

}  // namespace

TEST_CASE("yearly.csv has its fifteen columns, all and one row a value of each dimension, and guards its texts", "[results]") {
  REQUIRE(csv_of(table_of(small_run(), Every::year)) ==
          "scenario,replication,period_start,period_end,site,chip,workload,metric,unit,value,low,high,interval,mc_error,grade\n"
          "plan,central,2025-01-01,2026-01-01,all,all,all,cash_out,CNY,85000000000,,,none,,\n"
          "plan,central,2025-01-01,2026-01-01,\"Datong, \"\"west\"\"\",all,all,cash_out,CNY,85000000000,,,none,,\n"
          "plan,central,2025-01-01,2026-01-01,all,h20,all,cash_out,CNY,85000000000,,,none,,\n"
          "plan,central,2025-01-01,2026-01-01,all,all,all,energy,MWh,12.5,,,none,,measured\n"
          "plan,central,2025-01-01,2026-01-01,\"Datong, \"\"west\"\"\",all,all,energy,MWh,12.5,,,none,,measured\n"
          "plan,central,2025-01-01,2026-01-01,johor,all,all,energy,MWh,0,,,none,,\n"
          "plan,central,2025-01-01,2026-01-01,all,all,all,slo_attainment,1,0.999,,,none,,interpolated\n"
          "plan,central,2025-01-01,2026-01-01,all,all,'=doubao,slo_attainment,1,0.999,,,none,,interpolated\n"
          "plan,central,2026-01-01,2026-03-01,all,all,all,cash_out,CNY,0,,,none,,\n"
          "plan,central,2026-01-01,2026-03-01,\"Datong, \"\"west\"\"\",all,all,cash_out,CNY,0,,,none,,\n"
          "plan,central,2026-01-01,2026-03-01,all,h20,all,cash_out,CNY,0,,,none,,\n"
          "plan,central,2026-01-01,2026-03-01,all,all,all,energy,MWh,0.3333333333333333,,,none,,assumed\n"
          "plan,central,2026-01-01,2026-03-01,\"Datong, \"\"west\"\"\",all,all,energy,MWh,0,,,none,,\n"
          "plan,central,2026-01-01,2026-03-01,johor,all,all,energy,MWh,0.3333333333333333,,,none,,assumed\n"
          "plan,central,2026-01-01,2026-03-01,all,all,all,slo_attainment,1,,,,none,,\n"
          "plan,central,2026-01-01,2026-03-01,all,all,'=doubao,slo_attainment,1,,,,none,,\n");
}

TEST_CASE("a table is read back exactly as it was written", "[results]") {
  auto table = table_of(small_run(), Every::month);
  Block other{"0", rows_of(small_run(13.75), Every::month)};
  table.blocks.push_back(other);
  table.blocks.push_back({"mean", mean_of(table.blocks)});
  const std::string before = csv_of(table);
  const auto file = std::filesystem::temp_directory_path() / "headroom-table-test.csv";
  std::ofstream{file} << before;
  const auto read = read_table_csv(file.string());
  REQUIRE(read.unknown_rows == 0);
  REQUIRE(read.tables.size() == 1);
  REQUIRE(read.tables[0].base == cny);
  REQUIRE(read.tables[0].dimensions.workloads == std::vector<std::string>{"=doubao"});
  std::ostringstream again;
  write_table_csv(read.tables, again);
  REQUIRE(again.str() == before);
  std::filesystem::remove(file);
}

TEST_CASE("the mean of replications comes with its error and the 80 % range of outcomes", "[results]") {
  // Outcomes 1 to 11: mean 6, standard deviation 3.3166, t(10) = 2.2281: half-width 2.2281; P10 = 2, P90 = 10 (type 7).
  std::vector<Block> blocks;
  for (int i = 11; i >= 1; --i) blocks.push_back({std::to_string(i), rows_of(small_run(i), Every::year)});
  const auto rows = mean_of(blocks);
  const auto energy = std::find_if(rows.begin(), rows.end(), [](const Row& r) { return r.metric == metric("energy") && r.place == Place{}; });
  REQUIRE(energy->value == 6.0);
  REQUIRE(*energy->mc_error == Approx(2.2281 * std::sqrt(11.0) / std::sqrt(11.0)).epsilon(1e-4));
  REQUIRE(energy->low == 2.0);
  REQUIRE(energy->high == 10.0);
  REQUIRE(energy->grade == "measured");
  // The order of rows is that of a single run, and an empty row stays empty.
  const auto one = rows_of(small_run(), Every::year);
  REQUIRE(rows.size() == one.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(rows[i].metric == one[i].metric);
    REQUIRE(rows[i].place == one[i].place);
  }
  REQUIRE_FALSE(rows.back().value);
  REQUIRE(student_975(30) == Approx(2.0423));
  REQUIRE(student_975(60) == Approx(2.0003).epsilon(1e-4));
}

TEST_CASE("events stand in order of date and keep their order within a day", "[results]") {
  const std::vector<Event> events{{date(2026, 1, 2), "refused", "datong", "h200", "", "h200-2", 20000, "1", "customs, \"no\""},
                                  {date(2025, 5, 1), "policy", "", "", "", "", {}, "", "H20 needs a licence"},
                                  {date(2026, 1, 2), "first_miss", "", "", "doubao", "", 0.931, "1", ""}};
  std::ostringstream out;
  write_events_csv(events, out);
  REQUIRE(out.str() ==
          "date,kind,site,chip,workload,cohort,quantity,unit,note\n"
          "2025-05-01,policy,,,,,,,H20 needs a licence\n"
          "2026-01-02,refused,datong,h200,,h200-2,20000,1,\"customs, \"\"no\"\"\"\n"
          "2026-01-02,first_miss,,,doubao,,0.931,1,\n");
}
