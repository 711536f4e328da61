#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "models/serving/accuracy_page.hpp"
#include "models/text/sha256.hpp"
#include "tools/fit.hpp"

namespace headroom::tools {
namespace {

int run(const Arguments& arguments) {
  const std::filesystem::path file = calibration_file(arguments, "inference_calibration.csv");
  const auto cases = serving::read_cases(file);
  serving::FitOptions options;
  if (arguments.has("leave-out")) {
    const std::string text = serving::left_out_text(cases, arguments.get<std::string>("leave-out"), options);
    if (text.empty()) throw UsageError(fmt::format("no group of sources is called '{}'", arguments.get<std::string>("leave-out")));
    fmt::print("{}", text);
    return Exit::ok;
  }
  const serving::FitReport report = serving::fit_report(cases, text::sha256_of_file(file), options);
  write_constants(arguments, report.constants.to_json());
  if (arguments.has("predictions")) {
    std::ostringstream out;
    serving::write_predictions(out, serving::left_out_predictions(report.validation, report.constants));
    write_text(arguments.get<std::string>("predictions"), out.str());
  }
  if (arguments.has("accuracy")) write_section(arguments.get<std::string>("accuracy"), "serving", serving::accuracy_text(report));
  return Exit::ok;
}

}  // namespace

FitKind fit_serving() { return {"serving", "constants of the serving iteration model", run}; }

}  // namespace headroom::tools
