#include "tools/sweep_report.hpp"

#include <fmt/format.h>

#include "sim/results/manifest.hpp"
#include "tools/strict.hpp"

namespace headroom::tools {

int verdict(const Arguments& arguments, const sweep::Tally& tally) {
  if (tally.failed > 0) return Exit::failure;
  return strict_code(arguments, tally.outside, tally.missed > 0 ? Exit::threshold : Exit::ok);
}

std::string tally_text(const sweep::Tally& tally) {
  return fmt::format("{} of {} points: {} ok, {} missed an expectation, {} failed\n", tally.done, tally.points,
                     tally.done - tally.missed - tally.failed, tally.missed, tally.failed);
}

void report_points(const Arguments& arguments, const std::filesystem::path& folder, const sweep::Tally& tally) {
  Gate gate{results::read_manifest(folder).value().name, outcomes_of_points(folder), {}, tally_text(tally), {}, false};
  gate.folder = fmt::format("Results: {}/ (points.csv, yearly.csv; datapackage.json describes them)", folder.string());
  report(arguments, gate);
}

}  // namespace headroom::tools
