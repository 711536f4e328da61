// A whole plan at scale, as `headroom run` simulates it: 20 sites, 50 services that the hours place, a queue of gang jobs at each site,
// failures and repairs, money, power and placement by the day. bench_fleet [ACCELERATORS JOBS YEARS]: one size, else a table.
// Prints processor time of the central run and of a drawn world, in which every failure is an event, and the highest resident memory.
// `bench_jobs` times the queues' scheduler without the plan around it.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/fleet/fleet.hpp"
#include "sim/scenario/load.hpp"

using namespace headroom;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int sites = 20, services = 50;

/// Jobs in four sizes that shrink with the sites, on 80 % of each; they keep 55 % of the fleet busy, whatever their number.
json plan(double accelerators, double jobs, int years) {
  const double days = 365.25 * years;
  const auto site = static_cast<std::int64_t>(accelerators / sites);
  const auto size = [&](std::int64_t of_50000) { return std::max<std::int64_t>(8, of_50000 * site / 50000 / 8 * 8); };
  const json sizes = {{{"accelerators", size(8192)}, {"weight", 2}}, {{"accelerators", size(1024)}, {"weight", 28}},
                      {{"accelerators", size(256)}, {"weight", 50}}, {{"accelerators", 8}, {"weight", 20}}};
  double mean = 0;
  for (const json& one : sizes) mean += one["accelerators"].get<double>() * one["weight"].get<double>() / 100;
  json p = {{"format_version", 1}, {"name", "bench"}, {"start", "2026-01-01"}, {"end", fmt::format("{}-01-01", 2026 + years)}, {"base_currency", "USD"}, {"orders", json::array()}};
  const json causes = {{{"id", "gpu"}, {"component", "gpu"}, {"takes_down", 8}, {"interruptions_per_million_accelerator_hours", 20}}};
  const json failures = {{{"id", "boxes"}, {"repair", "6 h"}, {"repair_variation", 1}, {"crew", 100000}, {"replaced_per_year", 0.04}, {"spare_share", 0.01}, {"rma", true}, {"causes", causes}}};
  for (int s = 0; s < sites; ++s) {
    const std::string id = fmt::format("s{}", s), queue = fmt::format("q{}", s);
    p["sites"].push_back({{"id", id}, {"region", "r" + id}, {"location", "us"}, {"power", fmt::format("{:.3f} MW", 0.002 * static_cast<double>(site))}, {"pue", 1.2},
                          {"racking_per_week", 7000}, {"tariff", "0.1 USD/kWh"}, {"carbon", "400 g/kWh"}, {"failures", failures}});
    p["fleet"].push_back({{"id", "f" + id}, {"chip", "h100_sxm"}, {"count", site}, {"site", id}, {"in_service", "2025-01-01"}});
    p["policies"]["queues"].push_back({{"id", queue}, {"site", id}, {"chip", "h100_sxm"}, {"accelerators", site * 8 / 10 / 8 * 8}});
    p["workloads"].push_back({{"id", "j" + id}, {"kind", "jobs"}, {"queue", queue}, {"tier", 3}, {"checkpoint_interval", "1 h"},
                              {"arrivals", {{"per_day", jobs / days / sites}, {"sizes", sizes}, {"duration", fmt::format("{:.3f} h", 0.55 * accelerators * days * 24 / jobs / mean)}}}});
  }
  const json rate = {{"chip", "h100_sxm"}, {"prefill", "100 tokens/s"}, {"decode", "100 tokens/s"}, {"replica", 1}};
  for (int v = 0; v < services; ++v) {
    p["workloads"].push_back({{"id", fmt::format("v{}", v)}, {"kind", "serving"}, {"tokens_per_day", fmt::format("{} tokens/s", 6 * site)}, {"output_share", 0.5},
                              {"regions", {{fmt::format("rs{}", v % sites), 1}}}, {"model", {{{"architecture", "m"}, {"rates", {rate}}}}}});
  }
  p["policies"]["reference_chip"] = "h100_sxm";
  return p;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void row(double accelerators, double jobs, int years) {
  std::string file = (fs::temp_directory_path() / "bench-fleet-XXXXXX.json").string();
  const int handle = ::mkstemps(file.data(), 5);
  if (handle < 0) throw std::runtime_error("no temporary file");
  ::close(handle);
  std::ofstream(file) << plan(accelerators, jobs, years);
  const auto scenario = scenario::load(file);
  fs::remove(file);
  double seconds[2];
  for (int drawn = 0; drawn < 2; ++drawn) {
    const double start = cpu_seconds();
    static_cast<void>(fleet::simulate(scenario, drawn == 0 ? std::nullopt : std::optional<int>{1}));
    seconds[drawn] = cpu_seconds() - start;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:>9.0f} {:>9.0f} {:>4}  {:>9.2f} {:>9.2f}  {:>6.0f}\n", accelerators, jobs, years, seconds[0], seconds[1], static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  fmt::print("{:>9} {:>9} {:>4}  {:>9} {:>9}  {:>6}\n", "accel.", "jobs", "yrs", "central s", "drawn s", "MiB");
  if (argc == 4) {
    row(std::stod(argv[1]), std::stod(argv[2]), std::stoi(argv[3]));
    return 0;
  }
  for (const double n : {1e5, 125e3, 250e3, 500e3, 1e6}) row(n, n, 4);
}
